from pathlib import Path

import pytest

import napari_relic_inpaint

REFERENCE = Path(__file__).parents[1] / "docs" / "api"


@pytest.mark.parametrize("name", napari_relic_inpaint.__all__)
def test_the_python_reference_has_everything_public(name):
    described = {
        line.split("::")[1].strip()
        for page in REFERENCE.glob("*.md")
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith(".. auto")
    }
    assert name in described
