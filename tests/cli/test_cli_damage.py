import csv

import numpy as np
import pytest
from PIL import Image

from napari_relic_inpaint import files
from napari_relic_inpaint.marking.classes import PRESET, DamageClass


@pytest.fixture
def labels():
    mask = np.zeros((100, 120), np.uint8)
    mask[10:20, 10:30] = 1
    mask[50, 10:110] = 2
    mask[60, 10:110] = 2
    return mask


@pytest.fixture
def mask(tmp_path, labels):
    path = tmp_path / "mask.png"
    files.write_mask(path, labels, PRESET, pixel_size=(0.5, 0.5))
    return path


def table(path):
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return {row["name"]: row for row in csv.DictReader(stream)}


def test_a_mask_tells_what_is_damaged_in_its_own_words_and_size(relic, mask, tmp_path):
    code, out, err = relic("damage", mask, "--csv", tmp_path / "a.csv")
    assert code == 0
    assert "0.5 mm, as the mask's file says" in err
    crack = next(line for line in out.splitlines() if line.split()[:1] == ["crack"])
    assert crack.split()[1:] == ["2", "200", "1.67%", "50", "25", "100", "0.5"]
    rows = table(tmp_path / "a.csv")
    assert list(rows) == [*(each.name for each in PRESET), "all damage"]
    assert (rows["lacuna"]["pixels"], rows["lacuna"]["area_mm2"]) == ("200", "50.0")
    assert rows["lacuna"]["length"] == ""


def test_scale_and_preset_of_the_user_count_more(relic, mask, tmp_path):
    files.write_preset(tmp_path / "own.json", [DamageClass(2, "Riss", "#000000", lines=True)])
    options = "--scale", "10 px/mm", "--classes", tmp_path / "own.json"
    code, out, err = relic("damage", mask, *options)
    assert code == 0
    assert "0.1 mm, as you said" in err
    assert "Riss" in out
    assert "label 1" in out


def test_a_plain_mask_is_measured_in_pixels(relic, labels, tmp_path):
    Image.fromarray(labels).save(tmp_path / "grey.png")
    code, out, err = relic("damage", tmp_path / "grey.png")
    assert code == 0
    assert "label 1" in out
    assert "--scale" in err


def test_one_label_can_be_picked(relic, mask):
    code, out, _ = relic("damage", mask, "--label", 2)
    assert code == 0
    assert "crack" in out
    assert "lacuna" not in out


def test_two_campaigns_give_a_table_of_changes(relic, mask, labels, tmp_path):
    labels[60] = 0
    labels[80:90, 80:90] = 3
    files.write_mask(tmp_path / "old.png", labels, PRESET)
    options = "--before", tmp_path / "old.png", "--csv", tmp_path / "a.csv"
    code, out, _ = relic("damage", mask, *options)
    assert code == 0
    assert "unchanged" in out
    rows = table(tmp_path / "a.csv")
    assert (rows["crack"]["new"], rows["crack"]["new_pixels"]) == ("1", "100")
    assert (rows["flaking"]["gone"], rows["flaking"]["gone_mm2"]) == ("1", "25.0")
    assert rows["lacuna"]["unchanged"] == "1"


def test_an_existing_table_is_only_replaced_on_request(relic, mask, tmp_path):
    old = tmp_path / "a.csv"
    old.write_text("kept")
    code, _, err = relic("damage", mask, "--csv", old)
    assert code == 2
    assert "--overwrite" in err
    assert old.read_text() == "kept"
    assert relic("damage", mask, "--csv", old, "--overwrite")[0] == 0
    assert "crack" in table(old)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scale", "wide"), "600 dpi"),
        (("--csv", "mask.png"), ".csv"),
        (("--classes", "none.json"), "does not exist"),
        (("--before", "none.png"), "does not exist"),
        (("--label", "9"), "label 9 does not occur"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(relic, mask, monkeypatch, options, said):
    monkeypatch.chdir(mask.parent)
    before = mask.read_bytes()
    code, out, err = relic("damage", mask, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert mask.read_bytes() == before
