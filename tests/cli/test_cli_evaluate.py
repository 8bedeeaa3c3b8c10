import csv
import math
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import zarr
from alexnet import write_alexnet

from napari_relic_inpaint import evaluate
from napari_relic_inpaint.files import read_picture, write_picture


def make_case(seed):
    """A reference, labels, and a restoration that differs inside the damage only."""
    rng = np.random.default_rng(seed)
    reference, painted = rng.integers(0, 256, (2, 30, 40, 3), dtype=np.uint8)
    labels = np.zeros((30, 40), np.uint8)
    labels[5:15, 5:15], labels[20:25, 20:30] = 1, 2
    return np.where(labels[..., None] > 0, painted, reference), reference, labels


@pytest.fixture
def files(tmp_path):
    """Write one case; returns the files of restored picture, reference and damage."""
    paths = [tmp_path / name for name in ("restored.png", "reference.png", "damage.png")]
    for path, data in zip(paths, make_case(0), strict=True):
        write_picture(path, data, rgb=data.ndim == 3)
    return paths


@pytest.fixture
def folders(tmp_path):
    """Write three cases into folders; returns those of restored pictures, references, damage."""
    paths = [tmp_path / name for name in ("restored", "reference", "damage")]
    suffixes = ("_restored.tif", ".png", "_mask.png")
    for path in paths:
        path.mkdir()
    for seed, name in enumerate(["wall_1", "wall_12", "wall"]):
        for path, suffix, data in zip(paths, suffixes, make_case(seed), strict=True):
            write_picture(path / (name + suffix), data, rgb=data.ndim == 3)
    return paths


def read_table(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_picture_is_scored_by_class_of_damage(relic, files, tmp_path):
    restored, reference, damage = files
    table = tmp_path / "scores.csv"
    code, said, errors = relic("evaluate", restored, reference, "--damage", damage, "--csv", table)
    assert (code, errors) == (0, "")
    expected = evaluate(*make_case(0)).rows
    rows = read_table(table)
    assert [row["area"] for row in rows] == ["all damage", "class 1", "class 2"]
    for row, scores in zip(rows, expected, strict=True):
        assert (row["picture"], row["reference"]) == ("restored.png", "reference.png")
        assert int(row["pixels"]) == scores.pixels
        assert float(row["hole_psnr"]) == scores.hole_psnr
        assert f"{scores.hole_psnr:.2f}" in said
    assert "class 2" in said


def test_a_label_counts_as_the_only_damage(relic, files, tmp_path):
    table = tmp_path / "scores.csv"
    options = ("--label", "2", "--csv", table)
    assert relic("evaluate", *files[:2], "--damage", files[2], *options)[0] == 0
    restored, reference, labels = make_case(0)
    (row,) = read_table(table)
    expected = evaluate(restored, reference, labels == 2).rows[0]
    assert float(row["hole_psnr"]) == expected.hole_psnr
    assert float(row["largest_change_outside"]) == expected.largest_change_outside > 0


def test_without_damage_the_scores_of_the_hole_stay_empty(relic, files, tmp_path):
    table = tmp_path / "scores.csv"
    assert relic("evaluate", files[0], files[0], "--csv", table)[0] == 0
    (row,) = read_table(table)
    assert (row["area"], row["hole_psnr"], row["psnr"]) == ("whole picture", "", "inf")


def test_folders_are_matched_by_name_and_averaged(relic, folders, tmp_path):
    restored, reference, damage = folders
    table = tmp_path / "scores.csv"
    code, said, errors = relic("evaluate", restored, reference, "--damage", damage, "--csv", table)
    assert (code, errors) == (0, "")
    rows = read_table(table)
    assert [(row["picture"], row["reference"]) for row in rows] == [
        ("wall_12_restored.tif", "wall_12.png"),
        ("wall_1_restored.tif", "wall_1.png"),
        ("wall_restored.tif", "wall.png"),
        ("mean", ""),
    ]
    psnrs = [evaluate(*make_case(seed)).rows[0].hole_psnr for seed in (1, 0, 2)]
    assert [float(row["hole_psnr"]) for row in rows] == [*psnrs, pytest.approx(np.mean(psnrs))]
    assert {row["largest_change_outside"] for row in rows} == {"0.0"}
    assert "wall_12_restored.tif" in said


@pytest.mark.skipif(find_spec("lpips") is None, reason="needs the package lpips")
def test_lpips_is_measured_on_request(relic, folders, tmp_path, monkeypatch):
    restored, reference, damage = folders
    for path in (path for folder in folders for path in folder.iterdir()):
        picture = read_picture(path)  # too small for LPIPS
        larger = np.concatenate([picture.data] * 2)
        write_picture(path, larger, rgb=picture.rgb, overwrite=True)
    table = tmp_path / "scores.csv"
    options = ("--damage", damage, "--csv", table)
    assert "LPIPS" not in relic("evaluate", restored, reference, *options)[1]
    assert [row["lpips"] for row in read_table(table)] == [""] * 4
    assert {row["texture"] for row in read_table(table)} != {""}

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    write_alexnet(tmp_path)
    code, said, errors = relic("evaluate", restored, reference, *options, "--lpips", "--overwrite")
    assert (code, errors) == (0, "")
    *rows, mean = read_table(table)
    scores = [float(row["lpips"]) for row in rows]
    assert all(score > 0 for score in scores)
    assert float(mean["lpips"]) == pytest.approx(np.mean(scores))
    assert "LPIPS" in said
    assert f"{np.mean(scores):.3f}" in said


def test_without_the_network_of_lpips_no_picture_is_tried(relic, folders, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    table = tmp_path / "scores.csv"
    code, said, errors = relic("evaluate", *folders[:2], "--lpips", "--csv", table)
    assert (code, said) == (2, "")
    assert errors.count("pip install") == 1
    assert not table.exists()


def test_one_mask_serves_a_whole_folder(relic, folders, files):
    code, said, _ = relic("evaluate", *folders[:2], "--damage", files[2])
    assert code == 0
    assert said.count("_restored.tif") == 3


@pytest.mark.parametrize(
    ("folder", "name", "new_name", "sentence"),
    [
        (0, "wall_restored.tif", "door.tif", "door.tif has no reference in"),
        (0, "wall_restored.tif", "walls.tif", "walls.tif has no reference in"),
        (1, "wall_12.png", "door.png", "door.png has no restored picture in"),
        (2, "wall_1_mask.png", "door.png", "wall_1_restored.tif has no damage mask in"),
    ],
)
def test_a_picture_without_a_partner_is_named_and_the_others_are_scored(
    relic, folders, tmp_path, folder, name, new_name, sentence
):
    (folders[folder] / name).rename(folders[folder] / new_name)
    table = tmp_path / "scores.csv"
    options = ("--damage", folders[2], "--csv", table)
    code, _, errors = relic("evaluate", *folders[:2], *options)
    assert code == 1
    assert sentence in errors
    assert read_table(table)[-1]["picture"] == "mean"


def test_two_references_of_one_name_stop_their_picture_and_no_other(relic, folders, tmp_path):
    restored, reference, damage = folders
    for name in ("wall_1.tif", "other.png", "other.jpg"):
        write_picture(reference / name, make_case(1)[1], rgb=True)
    table = tmp_path / "scores.csv"
    code, _, errors = relic("evaluate", restored, reference, "--damage", damage, "--csv", table)
    assert code == 1
    first, second = reference / "wall_1.png", reference / "wall_1.tif"
    path = restored / "wall_1_restored.tif"
    assert f"{path} could belong to {first} and {second}: keep one of them there" in errors
    assert f"{reference / 'other.jpg'} has no restored picture" in errors
    pictures = [row["picture"] for row in read_table(table)]
    assert pictures == ["wall_12_restored.tif", "wall_restored.tif", "mean"]


def test_two_masks_for_one_picture_are_no_choice(relic, folders):
    damage = folders[2]
    (damage / "wall_1_other.png").write_bytes((damage / "wall_1_mask.png").read_bytes())
    code, said, errors = relic("evaluate", *folders[:2], "--damage", damage)
    assert code == 1
    assert "wall_1_restored.tif has 2 damage masks" in errors
    assert "wall_1_restored" not in said
    (damage / "wall_1_other.png").rename(damage / "wall_1.png")
    assert relic("evaluate", *folders[:2], "--damage", damage)[0] == 0


def test_a_broken_picture_stops_no_other(relic, folders, tmp_path):
    (folders[0] / "wall_12_restored.tif").write_bytes(b"not a picture")
    table = tmp_path / "scores.csv"
    code, said, errors = relic("evaluate", *folders[:2], "--csv", table)
    assert code == 1
    assert "wall_12_restored.tif" in errors
    assert errors.count("\n") == 1
    assert "wall_12" not in said
    assert len(read_table(table)) == 3


def test_notes_name_their_picture(relic, folders):
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 2**16, (30, 40, 3), dtype=np.uint16)
    write_picture(folders[1] / "wall.png", wide, rgb=True, overwrite=True)
    code, _, notes = relic("evaluate", *folders[:2])
    assert code == 0
    assert "Note: wall_restored.tif: The restored picture is uint8, the reference uint16" in notes


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["restored.png", "nowhere.png"], "nowhere.png does not exist"),
        (["restored.png", "restored"], "give two files or two folders"),
        (["restored.png", "reference.png", "--damage", "damage"], "damage is a folder"),
        (["restored.png", "reference.png", "--label", "1"], "add --damage"),
        (["restored.png", "damage.png", "--csv", "no/scores.csv"], "no is not a folder"),
        (["restored.png", "damage.png", "--csv", "scores.png"], "does not end in .csv"),
        (["restored.png", "reference.png", "--csv", "old.csv"], "exists already"),
        (["restored.png", "small.png"], "30 x 40 x 3, the reference 29 x 40"),
        (["restored.png", "reference.png", "--damage", "small.png"], "damage is 29 x 40"),
        (
            ["restored.png", "reference.png", "--damage", "damage.png", "--label", "9"],
            "label 9 does not occur",
        ),
        (["restored", "damage", "--csv", "scores.csv"], "no picture in restored has the name"),
        (["restored", "doubles"], "no picture in restored has the name"),
    ],
)
@pytest.mark.usefixtures("files", "folders")
def test_bad_input_is_one_sentence_and_writes_nothing(
    relic, tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    small = np.ones((29, 40), np.uint8)
    (tmp_path / "doubles").mkdir()
    for name in ("small.png", "doubles/a.png", "doubles/a.tif"):
        write_picture(tmp_path / name, small, rgb=False)
    (tmp_path / "old.csv").write_text("precious")
    before = sorted(tmp_path.rglob("*"))
    code, said, errors = relic("evaluate", *arguments)
    assert (code, said) == (2, "")
    assert sentence in errors
    assert errors.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "old.csv").read_text() == "precious"


def test_an_old_table_is_replaced_on_request(relic, files, tmp_path):
    table = tmp_path / "scores.csv"
    table.write_text("precious")
    assert relic("evaluate", *files[:2], "--csv", table, "--overwrite")[0] == 0
    assert not math.isnan(float(read_table(table)[0]["psnr"]))


def test_a_mask_that_leaves_out_what_is_empty_keeps_its_labels(relic, files, tmp_path):
    labels = make_case(0)[2]
    mask = zarr.create_array(
        tmp_path / "labels.zarr", shape=labels.shape, chunks=(10, 10), dtype=np.uint8, fill_value=0
    )
    mask[...] = labels
    assert mask.nchunks_initialized < mask.nchunks
    table = tmp_path / "scores.csv"
    options = ("--damage", tmp_path / "labels.zarr", "--csv", table)
    code, _, errors = relic("evaluate", *files[:2], *options)
    assert (code, errors) == (0, "")
    assert [row["area"] for row in read_table(table)] == ["all damage", "class 1", "class 2"]


@pytest.mark.parametrize("kept", [(), (0,), (1,), (2,), (0, 2)])
def test_pictures_that_are_folders_are_no_folders_of_pictures(relic, files, tmp_path, kept):
    given = []
    for number, path in enumerate(files):
        data = read_picture(path)
        given.append(path if number in kept else path.with_suffix(".zarr"))
        write_picture(given[-1], data.data, rgb=data.rgb, overwrite=True)
    table = tmp_path / "scores.csv"
    code, _, errors = relic("evaluate", *given[:2], "--damage", given[2], "--csv", table)
    assert (code, errors) == (0, "")
    scores = evaluate(*make_case(0)).rows[0]
    assert float(read_table(table)[0]["hole_psnr"]) == scores.hole_psnr


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_labels_on_an_opaque_layer_are_classes(relic, files, tmp_path, suffix):
    labels = make_case(0)[2]
    mask = tmp_path / f"layer{suffix}"
    write_picture(mask, np.stack([labels, np.full_like(labels, 255)], -1), rgb=True)
    table = tmp_path / "scores.csv"
    code, _, errors = relic("evaluate", *files[:2], "--damage", mask, "--csv", table)
    assert (code, errors) == (0, "")
    assert [row["area"] for row in read_table(table)] == ["all damage", "class 1", "class 2"]


@pytest.mark.parametrize("option", [("--invert-mask",), ("--mask-threshold", "0")])
def test_a_mask_that_is_read_in_another_way_has_no_labels(relic, files, option):
    code, said, _ = relic("evaluate", *files[:2], "--damage", files[2], *option)
    assert code == 0
    assert "class" not in said


def test_a_coloured_mask_has_no_labels(relic, files, tmp_path):
    colours = np.stack([make_case(0)[2]] * 3, axis=-1) * np.array([90, 0, 0], np.uint8)
    write_picture(tmp_path / "red.png", colours, rgb=True)
    code, said, _ = relic("evaluate", *files[:2], "--damage", tmp_path / "red.png")
    assert code == 0
    assert "all damage" in said
    assert "class" not in said


def test_scales_that_cannot_be_told_are_asked_for(relic, tmp_path):
    reference, _, _ = make_case(0)
    write_picture(tmp_path / "dark.tif", reference.astype(np.float32) / 10, rgb=True)
    write_picture(tmp_path / "wall.png", reference, rgb=True)
    pair = tmp_path / "dark.tif", tmp_path / "wall.png"
    code, _, errors = relic("evaluate", *pair)
    assert code == 2
    assert "say with --data-range which value is white" in errors
    assert relic("evaluate", *pair, "--data-range", 255)[0] == 0
