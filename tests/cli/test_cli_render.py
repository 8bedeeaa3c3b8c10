import hashlib
import json

import numpy as np
import pytest
from PIL import Image, ImageCms

from napari_relic_inpaint.files import read_picture, write_mask, write_picture
from napari_relic_inpaint.marking.classes import PRESET

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def wall(tmp_path):
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(140, 20, (80, 100, 3)), 0, 255).astype(np.uint8)
    labels = np.zeros((80, 100), np.uint8)
    labels[20:50, 20:50] = 1
    labels[60:64, 10:90] = 2
    path, mask = tmp_path / "restored.png", tmp_path / "mask.png"
    Image.fromarray(picture).save(path, dpi=(254, 254), icc_profile=PROFILE)
    write_mask(mask, labels, classes=PRESET)
    return path, mask, picture, labels


def test_a_rendering_is_written_with_its_record_and_what_the_picture_carries(relic, wall, tmp_path):
    path, mask, picture, labels = wall
    out = tmp_path / "shown.png"
    modes = "--mode", "rigatino", "--line", "0.4mm", "--mode", "crack=outline,line=1px"
    code, said, errors = relic("render", path, mask, "-o", out, *modes)
    assert code == 0, errors
    assert "crack: outline" in said
    shown = read_picture(out).data
    np.testing.assert_array_equal(shown[labels == 0], picture[labels == 0])
    assert (shown[labels == 1] != picture[labels == 1]).any(axis=-1).mean() > 0.9
    with Image.open(out) as written:
        assert written.info["icc_profile"] == PROFILE
        assert round(written.info["dpi"][0]) == 254
    record = json.loads((tmp_path / "shown.png.json").read_text())
    assert record["kind"] == "display rendering"
    lacuna, crack = record["display"]["classes"]
    assert (lacuna["name"], lacuna["mode"], lacuna["line"]) == ("lacuna", "rigatino", "0.4mm")
    assert (crack["mode"], crack["line"], crack["pixels"]) == ("outline", "1px", 320)
    assert record["display"]["pixel_mm"] == pytest.approx(0.1)
    assert record["files"]["restored"] == "restored.png"
    assert record["file_sha256"]["result"] == hashlib.sha256(out.read_bytes()).hexdigest()
    code, _, errors = relic("render", out, mask, "-o", tmp_path / "again.png")
    assert code == 2
    assert "display rendering itself" in errors


def test_what_restore_wrote_is_rendered_in_its_own_depth(relic, tmp_path):
    rng = np.random.default_rng(1)
    picture = rng.integers(200, 3000, (64, 64), dtype=np.uint16)
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 20:40] = 255
    write_picture(tmp_path / "p.tif", picture, rgb=False)
    write_picture(tmp_path / "m.png", mask, rgb=False)
    restored = tmp_path / "r.tif"
    code, _, errors = relic(
        "restore", tmp_path / "p.tif", tmp_path / "m.png", "-o", restored, "--method", "telea"
    )
    assert code == 0, errors
    out = tmp_path / "s.zarr"
    code, _, errors = relic("render", restored, tmp_path / "m.png", "-o", out, "--mode", "dotted")
    assert code == 0, errors
    before, shown = read_picture(restored).data, read_picture(out).data
    assert shown.dtype == np.uint16
    np.testing.assert_array_equal(shown[mask == 0], before[mask == 0])
    assert (shown[mask > 0] != before[mask > 0]).mean() > 0.5
    record = json.loads((tmp_path / "s.zarr.json").read_text())
    assert record["picture"]["white"] == 4095
    assert "digitalsourcetype" in record["digital_source_type"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--mode", "hatched"], "choose one of"),
        (["--mode", "moss=outline"], "1 (lacuna), 2 (crack)"),
        (["--mode", "stain=outline"], "no damage of a class"),
        (["--mode", "7=outline"], "no damage of a class"),
        (["--mode", "crack="], "no display mode"),
        (["--mode", "=outline"], "no damage of a class"),
        (["--mode", ""], "no display mode"),
        (["--mode", "dotted", "--mode", "neutral"], "two modes"),
        (["--mode", "crack=dotted", "--mode", "2=neutral"], "two modes for 2"),
        (["--mode", "outline", "--angle", "10"], "--angle has no use"),
        (["--line", "thick"], "0.4mm"),
        (["--line", "0.01mm"], "at least 1px (0.1mm)"),
        (["--line", "inf"], "0.4mm"),
        (["--angle", "100"], "-90 to 90"),
        (["--step", "9"], "--step has no use"),
        (["--scale", "big"], "the scale cannot be"),
        (["--label", "9"], "label 9 does not occur"),
        (["--classes", "nowhere.json"], "nowhere.json"),
    ],
)
def test_bad_options_are_refused_and_nothing_is_written(relic, wall, tmp_path, options, why):
    path, mask, *_ = wall
    code, _, errors = relic("render", path, mask, "-o", tmp_path / "out.png", *options)
    assert code == 2, errors
    assert why in " ".join(errors.split())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mask.png", "restored.png"]


def test_bad_files_are_refused(relic, wall, tmp_path):
    path, mask, _, labels = wall
    before = path.read_bytes()
    for out in (path, mask, tmp_path / "shown.webp", tmp_path / "no" / "shown.png"):
        assert relic("render", path, mask, "-o", out)[0] == 2
    empty, small = tmp_path / "empty.png", tmp_path / "small.png"
    Image.fromarray(np.zeros_like(labels)).save(empty)
    Image.fromarray(labels[:50, :70]).save(small)
    for bad in (empty, small, tmp_path / "nowhere.png", tmp_path):
        code, _, errors = relic("render", path, bad, "-o", tmp_path / "out.png")
        assert code == 2, errors
        assert "Error" in errors
    (tmp_path / "restored.png.json").write_text("[" * 100_000)
    out = tmp_path / "out.png"
    assert relic("render", path, mask, "-o", out)[0] == 0
    code, _, errors = relic("render", path, mask, "-o", out)
    assert code == 2
    assert "--overwrite" in errors
    assert relic("render", path, mask, "-o", out, "--overwrite")[0] == 0
    assert path.read_bytes() == before


def test_one_label_is_shown_and_the_others_left(relic, wall, tmp_path):
    path, mask, picture, labels = wall
    out = tmp_path / "out.png"
    code, _, errors = relic("render", path, mask, "-o", out, "--label", "2", "--mode", "lighter")
    assert code == 0, errors
    shown = read_picture(out).data
    np.testing.assert_array_equal(shown[labels != 2], picture[labels != 2])
    assert (shown[labels == 2] > picture[labels == 2]).any(axis=-1).all()
