"""Every option against values that are too small, too large, of a wrong type, or empty."""

import os
import re
import sys

import numpy as np
import pytest
import typer.main
from PIL import Image
from tiny import TINY, draw_picture

from napari_relic_inpaint.files import write_picture
from training import cli
from training.errors import TrainingError
from training.presets import load_recipe
from training.recipe import STAGES

MISSING = ["", "nowhere/*.png", "nowhere", "a**b/*.png"]
NUMBER = ["", "0", "-1", "99999999999", "many", "1.5"]
NAME = [""]
SEED = ["", "-1", "99999999999999999999", "many"]
METHODS = ["", "rembrandt", "membrane+windw=64", "membrane+window=wide"]
WEIGHTS = ["", "nowhere.safetensors", "pictures", "file.txt"]
NEW_FILE = ["", "nowhere/file.png", "pictures"]

BAD = {
    "check": {
        "--data": [*MISSING, "cmyk", "tiny"],
        "--val": [*MISSING, "cmyk", "tiny"],
        "--val-share": ["", "0", "-1", "0.9", "many", "nan"],
        "--masks": [*MISSING, "black"],
        "--preset": ["", "rembrandt", "pictures", "binary.toml", "broken.toml"],
        "--set": ["", "steps", "steps=", "stepz=3", "scale=[1.2,0.7]", "scale=[0,1]", "batch=x"],
        "--sheet": ["", "nowhere/sheet.png", "sheet.docx", "pictures"],
    },
    "fit": {
        "--out": ["", "file.txt", "file.txt/run", "/proc/run"],
        "--preset": ["", "rembrandt", "pictures", "binary.toml", "broken.toml"],
        "--data": [*MISSING, "cmyk", "tiny"],
        "--val": [*MISSING, "cmyk", "tiny", "pictures"],
        "--val-share": ["", "0", "-1", "0.9", "many", "nan"],
        "--masks": [*MISSING, "black"],
        "--set": ["", "steps", "learning_rate=1e30", "block=[0.5,0.2]", "init_from=nowhere"],
        "--perceptual-weights": ["", "nowhere.safetensors", "pictures"],
        "--accelerator": ["", "tpu", "1"],
        "--devices": ["", "0", "-1", "99999", "two", "1.5"],
        "--nodes": [*NUMBER, "2"],
        "--minutes": ["0", "-1", "nan", "soon", ""],
    },
    "adapt": {
        "--out": ["", "file.txt", "My Murals", "nowhere/../file.txt/murals", "/proc/murals"],
        "--minutes": ["", "0", "-5", "1e9", "long", "nan"],
        "--parent": ["", "rembrandt", "glcic-base", "pictures"],
        "--val-share": ["", "0", "0.9", "many"],
        "--masks": [*MISSING, "black"],
        "--set": ["", "steps", "batch=-1"],
        "--accelerator": ["", "tpu"],
    },
    "export": {
        "--to": ["", "My Model", "pictures"],
        "--licence": NAME,
        "--weights-version": NAME,
        "--edges-from": ["", "rembrandt", "glcic-base", "pictures"],
        "--coarser-levels": ["", "-1", "9", "99999999999", "some", "1"],
        "--widest-hole": [*NUMBER],
        "--texture": ["-0.1", "1.1", "nan", "much", ""],
    },
    "preview": {
        "--to": ["", "nowhere/sheet.png", "sheet.docx", "pictures"],
        "--pairs": NUMBER,
        "--model": ["", "rembrandt", "pictures"],
        "--data": [*MISSING, "cmyk", "pictures"],
    },
    "score": {
        "--data": [*MISSING, "cmyk", "pictures"],
        "--model": ["", "rembrandt", "pictures"],
        "--methods": METHODS,
        "--pairs": NUMBER,
        "--seed": SEED,
        "--manifest": ["", "pictures", "file.txt"],
        "--csv": NEW_FILE,
        "--perceptual-weights": WEIGHTS,
        "--processes": NUMBER,
    },
    "compare": {
        "--out": ["", "file.txt", "/proc/report"],
        "--pictures": [*MISSING, "cmyk", "pictures"],
        "--manifest": ["", "nowhere.json", "pictures", "file.txt"],
        "--damaged": ["", "nowhere", "file.txt", "pictures"],
        "--methods": METHODS,
        "--models": ["", "rembrandt", "onnx:nowhere.onnx"],
        "--without-d3": ["", "rembrandt"],
        "--perceptual-weights": WEIGHTS,
        "--pairs": NUMBER,
        "--seed": SEED,
        "--processes": NUMBER,
    },
}

FREE_TEXT = {"--summary", "--trained-on"}
"""An empty one is what it is by default."""

COMMANDS = typer.main.get_command(cli.app).commands


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of good and bad pictures, masks and files."""
    place = tmp_path_factory.mktemp("place")
    for name in ("pictures", "large", "cmyk", "tiny", "black"):
        (place / name).mkdir()
    for i in range(3):
        write_picture(place / f"pictures/{i}.png", draw_picture(i), rgb=True)
        write_picture(place / f"tiny/{i}.png", draw_picture(i, 20), rgb=True)
    write_picture(place / "large/a.png", draw_picture(7, 280), rgb=True)
    Image.new("CMYK", (300, 300), (9, 9, 9, 9)).save(place / "cmyk/a.jpg")
    write_picture(place / "black/a.png", np.zeros((90, 90), np.uint8), rgb=False)
    (place / "file.txt").write_text("text\n")
    (place / "broken.toml").write_text("[model\n")
    (place / "binary.toml").write_bytes(bytes(range(256)))
    return place


def base(command):
    """Return arguments with which a command has nothing to complain about."""
    tiny = [part for setting in (*TINY, "steps=1", "own=0") for part in ("--set", setting)]
    return {
        "check": ["--data", "pictures", *tiny],
        "fit": ["inpaint", "--data", "pictures", "--out", "run", "--accelerator", "cpu", *tiny],
        "adapt": ["large", "pictures", "--out", "murals", "--accelerator", "cpu"],
        "export": ["relic-base", "--to", "model"],
        "preview": ["relic-base", "--data", "large", "--pairs", "4"],
        "score": ["--data", "large", "--pairs", "1"],
        "compare": ["--pictures", "large", "--out", "report", "--pairs", "1"],
    }[command]


def replaced(arguments, option, value):
    """Return arguments with another value of an option."""
    kept = list(arguments)
    if option in kept and option != "--set":
        at = kept.index(option)
        del kept[at : at + 2]
    if option == "--manifest" and "--pictures" in kept:
        at = kept.index("--pictures")
        del kept[at : at + 2]
    if option == "--without-d3":
        kept.append("--ablation")
    return [*kept, option, value]


CASES = [
    pytest.param(command, option, value, id=f"{command} {option}={value or 'nothing'}")
    for command, options in BAD.items()
    for option, values in options.items()
    for value in values
]


@pytest.mark.parametrize(("command", "option", "value"), CASES)
def test_a_bad_value_gets_a_sentence(place, tmp_path, capsys, monkeypatch, command, option, value):
    for entry in place.iterdir():
        (tmp_path / entry.name).symlink_to(entry)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["training", command, *replaced(base(command), option, value)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr().err
    assert end.value.code in (1, 2), said
    sentence = " ".join(said[said.index("Error: ") :].split())
    assert "Traceback" not in sentence and "[Errno" not in sentence
    assert len(sentence) > len("Error: ") + 15
    parts = [part for part in re.split(r"[=/:+]", value) if part] or [option]
    assert option in sentence or any(part in sentence for part in parts), sentence
    assert not any((tmp_path / name).exists() for name in ("murals", "model"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_in_the_table(command):
    options = {
        parameter.opts[0]
        for parameter in COMMANDS[command].params
        if parameter.opts[0].startswith("--") and not getattr(parameter, "is_flag", False)
    }
    assert options - FREE_TEXT == set(BAD[command])


def leaves(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}".removeprefix("stage."), value


VALUES = [
    pytest.param(stage, key, value, id=f"{stage} {key}={value or 'nothing'}")
    for stage in STAGES
    for key, default in leaves(load_recipe("relic", stage).model_dump(mode="json"))
    for value in ("-1", "1e30", "moon", "", "nan", "[]")
    if key not in ("name", "model.init_from")
]


@pytest.mark.parametrize(("stage", "key", "value"), VALUES)
def test_a_bad_number_of_a_recipe_is_named(stage, key, value):
    with pytest.raises(TrainingError) as error:
        load_recipe("relic", stage, [f"{key}={value}"])
    text = str(error.value)
    assert key.rsplit(".")[-1] in text and "\n" not in text
    assert (value or "nothing") in text or "e+30" in text or value == "[]"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(place, tmp_path, capsys, monkeypatch):
    tmp_path.chmod(0o500)
    run = ["fit", "inpaint", "--data", str(place / "pictures"), "--out", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", ["training", *run])
    with pytest.raises(SystemExit):
        cli.main()
    assert "permission denied" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_says_its_version(capsys, monkeypatch, command):
    monkeypatch.setattr(sys, "argv", ["training", *command, "--version"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("napari-relic-inpaint ")
