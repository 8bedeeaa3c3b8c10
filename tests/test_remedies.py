"""Each door names its own way out: in Python and napari nobody reads of options."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import napari_relic_inpaint
from napari_relic_inpaint.errors import ExistsError, InputError, ScalesError
from napari_relic_inpaint.files import open_mask, write_picture
from napari_relic_inpaint.marking.damage import note_of_inversion
from napari_relic_inpaint.methods import make
from napari_relic_inpaint.remedies import COMMAND_LINE, NAPARI, Remedy, worded
from napari_relic_inpaint.restoration import restore
from napari_relic_inpaint.settings import Settings

PACKAGE = Path(napari_relic_inpaint.__file__).parent
OPTION = re.compile(r"(^|[\s('])--?[a-z][a-z-]+")
OF_THE_COMMAND_LINE = ("cli", "batch", "remedies.py")
PIP = "pip install"


def texts(module):
    """Return the texts of a module that are not its docstrings."""
    tree = ast.parse(module.read_text())
    docs = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [node.value for node in nodes if isinstance(node.value, str) and node not in docs]


def test_only_the_command_line_names_its_options():
    modules = [
        path
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in OF_THE_COMMAND_LINE
    ]
    assert len(modules) > 100
    named = [
        (path.name, text)
        for path in modules
        for text in texts(path)
        if OPTION.search(text) and PIP not in text
    ]
    assert named == []


@pytest.mark.parametrize("remedy", Remedy)
def test_the_command_line_has_its_own_words_for_every_remedy(remedy):
    said = worded(f"something is wrong: {remedy}", COMMAND_LINE)
    assert said == f"something is wrong: {COMMAND_LINE[remedy]}"
    assert "--" in said


def test_sentences_of_python_name_what_python_has(tmp_path):
    with pytest.raises(InputError, match=re.escape(Remedy.INVERT)):
        restore(np.zeros((20, 20), np.uint8), np.ones((20, 20)), method="membrane")
    assert "--" not in note_of_inversion(0.7)
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    with pytest.raises(InputError, match=re.escape(Remedy.CHOOSE)):
        open_mask(tmp_path / "photo.png")
    with pytest.raises(ExistsError, match=Remedy.OVERWRITE):
        write_picture(tmp_path / "photo.png", noise, rgb=True)
    with pytest.raises(ValueError, match=Remedy.NETWORK):
        make(Settings(method="onnx"))
    assert Remedy.WHITE in str(ScalesError("one", "another"))


def test_napari_says_what_can_be_done_there():
    assert worded(note_of_inversion(0.7), NAPARI).endswith("intact, mark the damage instead.")


def test_folders_are_evaluated_in_the_words_of_the_command_line(relic, tmp_path):
    reference = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    for folder in ("restored", "reference"):
        (tmp_path / folder).mkdir()
    dark = reference.astype(np.float32) / 10
    write_picture(tmp_path / "restored" / "wall.tif", dark, rgb=True)
    write_picture(tmp_path / "reference" / "wall.png", reference, rgb=True)
    code, _, errors = relic("evaluate", tmp_path / "restored", tmp_path / "reference")
    assert code == 1
    assert COMMAND_LINE[Remedy.WHITE] in errors
    assert Remedy.WHITE not in errors


def test_a_batch_tells_of_failures_in_the_words_of_the_command_line(relic, tmp_path):
    for folder in ("scans", "masks"):
        (tmp_path / folder).mkdir()
    picture = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    write_picture(tmp_path / "scans" / "wall.png", picture, rgb=True)
    write_picture(tmp_path / "masks" / "wall.png", picture[::-1], rgb=True)
    arguments = ("--damage", tmp_path / "masks", "-o", tmp_path / "out", "--method", "membrane")
    code, _, errors = relic("batch", tmp_path / "scans", *arguments)
    assert code == 1
    for said in (errors, (tmp_path / "out" / "manifest.csv").read_text()):
        assert "--mask-colour" in said
        assert "MaskReading" not in said
