import ast
import re
from pathlib import Path

import pytest

import napari_relic_inpaint

DOCS = Path(__file__).parents[1] / "docs"
REFERENCE = DOCS / "api"


@pytest.mark.parametrize("name", napari_relic_inpaint.__all__)
def test_the_python_reference_has_everything_public(name):
    described = {
        line.split("::")[1].strip()
        for page in REFERENCE.glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith(".. auto")
    }
    assert name in described


def test_every_test_that_the_table_of_situations_names_is_there():
    page = (DOCS / "situations.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if "](../tests/" in line]
    named = re.findall(r"\| \[([\w ]+)\]\((\.\./tests/[\w/.]+)\) \|", page)
    assert len(named) == len(rows) > 0
    for words, file in named:
        tree = ast.parse((DOCS / file).read_text(encoding="utf-8"))
        tests = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
        assert "test_" + words.replace(" ", "_") in tests, file
