import errno
import hashlib
import json
import os

import numpy as np
import pytest
import tifffile
import zarr

from napari_relic_inpaint.files import read_picture, write_picture


@pytest.fixture
def pair(tmp_path):
    """A 16-bit picture and its mask, as files."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 2**16, (48, 56, 3), dtype=np.uint16)
    mask = np.zeros((48, 56), np.uint8)
    mask[10:20, 10:20], mask[30:35, 40:50] = 1, 2
    write_picture(tmp_path / "wall.tif", picture, rgb=True)
    write_picture(tmp_path / "damage.png", mask, rgb=False)
    return tmp_path / "wall.tif", tmp_path / "damage.png", picture, mask


def test_restore_writes_picture_and_record(relic, pair, tmp_path, tiny_model):
    file, damage, picture, mask = pair
    code, said, _ = relic(
        "restore", file, damage, "-o", tmp_path / "out.tif", "--model", tiny_model
    )
    assert code == 0
    assert str(tmp_path / "out.tif") in said
    restored = tifffile.imread(tmp_path / "out.tif")
    assert restored.dtype == np.uint16
    np.testing.assert_array_equal(restored[mask == 0], picture[mask == 0])
    assert (restored[mask != 0] != picture[mask != 0]).any()
    record = json.loads((tmp_path / "out.tif.json").read_text())
    assert record["files"] == {"picture": "wall.tif", "damage": "damage.png", "result": "out.tif"}
    assert record["picture"]["sha256"] == hashlib.sha256(picture.tobytes()).hexdigest()


def test_edges_can_be_saved_edited_and_given_back(relic, pair, tmp_path, tiny_model):
    file, damage, _, mask = pair
    options = ("--model", tiny_model)
    saved = ("--save-edges", tmp_path / "edges.png")
    assert relic("restore", file, damage, "-o", tmp_path / "a.png", *options, *saved)[0] == 0
    given = ("--edges", tmp_path / "edges.png")
    assert relic("restore", file, damage, "-o", tmp_path / "b.png", *options, *given)[0] == 0
    first, again = (read_picture(tmp_path / name).data for name in ("a.png", "b.png"))
    np.testing.assert_array_equal(first, again)
    edges = read_picture(tmp_path / "edges.png").data
    edges[mask != 0] = 255 - edges[mask != 0]
    write_picture(tmp_path / "edges.png", edges, rgb=False, overwrite=True)
    assert relic("restore", file, damage, "-o", tmp_path / "c.png", *options, *given)[0] == 0
    assert (read_picture(tmp_path / "c.png").data != first).any()


def test_label_restores_one_class_of_damage(relic, pair, tmp_path):
    file, damage, picture, mask = pair
    options = ("--method", "membrane", "--label", "2")
    assert relic("restore", file, damage, "-o", tmp_path / "out.png", *options)[0] == 0
    restored = read_picture(tmp_path / "out.png").data
    np.testing.assert_array_equal(restored[mask != 2], picture[mask != 2])


def test_a_jpeg_is_written_with_a_note_that_it_changes_pixels(relic, tmp_path):
    rng = np.random.default_rng(0)
    write_picture(tmp_path / "p.png", rng.integers(0, 255, (40, 40, 3), np.uint8), rgb=True)
    mask = np.zeros((40, 40), np.uint8)
    mask[5:9] = 255
    write_picture(tmp_path / "m.png", mask, rgb=False)
    out = tmp_path / "o.jpg"
    code, _, notes = relic(
        "restore", tmp_path / "p.png", tmp_path / "m.png", "-o", out, "--method", "membrane"
    )
    assert code == 0
    assert "JPEG" in notes
    assert out.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--method", "magic"], "there is no method 'magic'"),
        (["--model", "none"], "there is no model 'none'"),
        (["--device", "tpu"], "device cannot be 'tpu'"),
        (["--window", "100"], "window cannot be 100"),
        (["--label", "9"], "label 9 does not occur"),
        (["--edges", "missing.png"], "missing.png does not exist"),
        (["--method", "telea", "--save-edges", "e.png"], "no edges to save"),
    ],
)
def test_bad_options_are_one_sentence_and_write_nothing(
    relic, pair, tmp_path, monkeypatch, options, sentence
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    code, said, errors = relic("restore", *pair[:2], "-o", tmp_path / "out.png", *options)
    assert (code, said) == (2, "")
    assert sentence in errors
    assert errors.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_an_existing_result_is_kept_unless_told_otherwise(relic, pair, tmp_path):
    out = tmp_path / "out.png"
    out.write_bytes(b"precious")
    options = ("restore", *pair[:2], "-o", out, "--method", "membrane")
    code, _, errors = relic(*options)
    assert code == 2
    assert "exists already" in errors
    assert out.read_bytes() == b"precious"
    assert relic(*options, "--overwrite")[0] == 0
    assert read_picture(out).data.shape == (48, 56, 3)


def test_the_source_is_never_the_result(relic, pair):
    file, damage, *_ = pair
    before = file.read_bytes()
    code, _, errors = relic("restore", file, damage, "-o", file, "--overwrite")
    assert code == 2
    assert "source picture itself" in errors
    assert file.read_bytes() == before


def test_a_mask_of_another_size_names_both(relic, pair, tmp_path):
    write_picture(tmp_path / "m.png", np.ones((48, 55), np.uint8), rgb=False)
    code, _, errors = relic("restore", pair[0], tmp_path / "m.png", "-o", tmp_path / "o.png")
    assert code == 2
    assert "48 x 55" in errors
    assert "48 x 56" in errors


def test_demo_restores_a_sample_and_says_where(relic, tmp_path):
    code, said, _ = relic("demo", "coins", "-o", tmp_path / "demo")
    assert code == 0
    assert str(tmp_path / "demo" / "coins_restored.png") in said
    names = {file.name for file in (tmp_path / "demo").iterdir()}
    assert names == {
        "coins_damaged.png",
        "coins_edges.png",
        "coins_intact.png",
        "coins_restored.png",
        "coins_restored.png.json",
    }


def test_a_demo_that_cannot_be_written_leaves_no_empty_folder(relic, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "there").mkdir()
    code, _, errors = relic("demo", "coins", "-o", tmp_path / "there" / "new" / "demo")
    assert code == 2
    assert "the disk is full" in errors
    assert [*tmp_path.rglob("*")] == [tmp_path / "there"]


def test_the_demo_keeps_what_the_user_did_with_its_files(relic, tmp_path):
    (tmp_path / "coins_edges.png").write_bytes(b"drawn on")
    code, _, errors = relic("demo", "coins", "-o", tmp_path)
    assert code == 2
    assert "--overwrite" in errors
    assert [file.name for file in tmp_path.iterdir()] == ["coins_edges.png"]
    code, _, _ = relic("demo", "coins", "-o", tmp_path, "--overwrite")
    assert code == 0


def test_a_folder_is_no_picture(relic, pair, tmp_path):
    code, _, errors = relic("restore", tmp_path, pair[1], "-o", tmp_path / "o.png")
    assert code == 2
    assert "is a folder" in errors
    assert "relic-inpaint batch" in errors


def test_sources_and_confidence_are_saved(relic, pair, tmp_path):
    names = {name: tmp_path / f"{name}.tif" for name in ("out", "sources", "confidence")}
    given = ("restore", *pair[:2], "--method", "membrane", "--overwrite")
    saved = ("--save-sources", names["sources"], "--save-confidence", names["confidence"])
    code, _, errors = relic(*given, "-o", names["out"], *saved)
    assert code == 0, errors
    sources, confidence = (tifffile.imread(names[name]) for name in ("sources", "confidence"))
    assert (sources.dtype, confidence.dtype) == ("int32", "float32")
    assert sources.shape == (*confidence.shape, 3)
    record = json.loads(names["out"].with_name("out.tif.json").read_text())
    assert record["settings"]["detail"] == "picture"
    assert record["files"]["saved_sources"] == "sources.tif"
    code, _, errors = relic(*given, "-o", tmp_path / "b.tif", *saved, "--detail", "none")
    assert code == 2
    assert "without detail nothing is copied" in errors


def test_sources_in_a_zarr_are_places_at_one_size(relic, tmp_path):
    wide = np.random.default_rng(0).integers(0, 255, (40, 1100, 3)).astype(np.uint8)
    damage = np.zeros(wide.shape[:2], np.uint8)
    damage[10:30, 500:520] = 255
    write_picture(tmp_path / "wall.png", wide, rgb=True)
    write_picture(tmp_path / "damage.png", damage, rgb=False)
    code, _, errors = relic(
        *("restore", tmp_path / "wall.png", tmp_path / "damage.png", "-o", tmp_path / "out.png"),
        *("--method", "membrane", "--save-sources", tmp_path / "sources.zarr"),
    )
    assert code == 0, errors
    group = zarr.open_group(str(tmp_path / "sources.zarr"), mode="r")
    assert [*group.array_keys()] == ["0"]
    assert group["0"].shape == (3, 40, 1100)
    assert group["0"].dtype == "int32"
    labels = [channel["label"] for channel in group.attrs["omero"]["channels"]]
    assert labels == ["row", "column", "mirrored"]


def test_masks_of_where_to_copy_from_are_told_of(relic, pair, tmp_path):
    picture, damage, pixels, _ = pair
    height, width = pixels.shape[:2]
    half = np.full((height // 2, width // 2), 255, np.uint8)
    half[:5] = 0
    write_picture(tmp_path / "half.png", half, rgb=False)
    write_picture(tmp_path / "other.png", np.full((31, 70), 255, np.uint8), rgb=False)
    given = ("restore", picture, damage, "--method", "membrane", "-o")
    code, _, notes = relic(*given, tmp_path / "a.tif", "--copy-from", tmp_path / "half.png")
    assert code == 0
    assert "half.png is" in notes
    assert "half.png" in json.loads((tmp_path / "a.tif.json").read_text())["warnings"][0]
    code, _, errors = relic(*given, tmp_path / "b.tif", "--never-from", tmp_path / "other.png")
    assert code == 2
    assert "the mask of where not to copy from" in errors
    assert "other.png, is 31 x 70, the picture" in errors
    code, _, errors = relic(*given, tmp_path / "c.tif", "--copy-from", picture)
    assert code == 2
    assert "the mask of where to copy from cannot be used" in errors


def test_models_are_listed_and_shown(relic, tiny_model):
    code, said, _ = relic("models", "list")
    assert code == 0
    # Names are what other commands ask for: never cut, at any width.
    assert "contextual-attention-base (contextual-attention, version 0.1, MIT)\n    " in said
    assert "relic-base (two-stage" in said
    code, said, _ = relic("models", "show", tiny_model)
    assert code == 0
    assert '"width": 4' in said
    code, _, errors = relic("models", "show", "nowhere")
    assert code == 2
    assert "nowhere" in errors


@pytest.mark.parametrize("command", [(), ("restore",), ("models",), ("models", "list"), ("batch",)])
def test_every_command_says_its_version(relic, command):
    code, output, _ = relic(*command, "--version")
    assert code == 0
    assert output.startswith("napari-relic-inpaint ")
