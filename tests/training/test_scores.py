import csv
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.measure import Measurement

from napari_relic_inpaint.errors import FileError, RelicInpaintError
from training.pairs import cut_pairs, write_manifest
from training.pictures import find_pictures
from training.scores import EXPLAINED, score_table


def test_the_table_fits_a_terminal_and_its_words_are_explained(folder, tmp_path, vgg_file):
    pairs = cut_pairs(find_pictures([str(folder)]), 1, size=64)
    write_manifest(tmp_path / "pairs.json", pairs)
    table = score_table(
        [],
        ["relic-base"],
        1,
        methods=["membrane+window=64"],
        manifest=tmp_path / "pairs.json",
        perceptual_weights=vgg_file,
    )
    assert Measurement.get(Console(width=500), Console(width=500).options, table).maximum <= 80
    assert max(map(len, EXPLAINED.splitlines())) <= 80
    for word in ("PSNR", "SSIM", "decibels", "own edges", "true edges", "prior", "crack"):
        assert word in EXPLAINED
    for column in (table.columns[1].cells, [c.header for c in table.columns[2:]]):
        assert all(word in EXPLAINED for cell in column for word in cell.splitlines())


def test_a_method_has_a_row_for_each_way_to_run_it(folder, tmp_path, vgg_file, tiny_model):
    pairs = cut_pairs(find_pictures([str(folder)]), 1, size=64)[1:]
    write_manifest(tmp_path / "pairs.json", pairs)
    table = score_table(
        [],
        [f"{tiny_model}+coarse_to_fine=false"],
        1,
        methods=["membrane", "membrane+window=64"],
        classical=False,
        manifest=tmp_path / "pairs.json",
        perceptual_weights=vgg_file,
        csv_file=tmp_path / "scores.csv",
    )
    with (tmp_path / "scores.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = ["membrane", "membrane+window=64"]
    model = f"{tiny_model}+coarse_to_fine=false"
    names += [f"{model}, own edges", f"{model}, true edges"]
    names += [f"{model}, detail from the picture, own edges"]
    methods, measures, *cells = (list(column.cells) for column in table.columns)
    assert methods == names
    assert [column.header for column in table.columns[2:]] == [pair.kind for pair in pairs]
    assert measures[0].splitlines()[-2:] == ["texture", "VGG distance"]
    shown = {
        (column.header, name): cell.splitlines()
        for column, below in zip(table.columns[2:], cells, strict=True)
        for name, cell in zip(names, below, strict=True)
    }
    for row in rows:
        texture, distance = shown[row["kind"], row["contender"]][-2:]
        assert texture == f"{float(row['texture']):.2f}"
        assert distance == f"{float(row['vgg_distance']):.3f}"


def test_what_cannot_run_is_said_before_the_run(large, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    for methods, words in (
        (["exemplar"], "pypatchmatch"),
        (["membrane+windw=64"], "no option 'windw'"),
        (["membrane+window=wide"], "window cannot be 'wide'"),
        (["membrane+method=telea"], "name another method"),
        (["nonesuch+window=64"], "no method 'nonesuch'"),
    ):
        with pytest.raises(RelicInpaintError, match=words):
            score_table([str(large)], [], 1, methods=methods, csv_file=tmp_path / "scores.csv")
    assert not (tmp_path / "scores.csv").exists()


def test_the_table_has_every_method_on_the_same_pairs(folder, tmp_path):
    pairs = cut_pairs(find_pictures([str(folder)]), 1, size=64)
    write_manifest(tmp_path / "pairs.json", pairs)
    table = score_table(
        [], ["relic-base"], 1, manifest=tmp_path / "pairs.json", csv_file=tmp_path / "scores.csv"
    )
    with (tmp_path / "scores.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    methods = {row["contender"] for row in rows}
    assert methods == {
        "telea",
        "navier-stokes",
        "biharmonic",
        "membrane",
        "spline",
        "relic-base, own edges",
        "relic-base, true edges",
        "relic-base, detail from the picture, own edges",
    }
    assert len(rows) == 4 * len(methods)
    assert table.row_count == len(methods)
    shares = {pair.kind: pair.hole().mean() for pair in pairs}
    for row in rows:
        difference = float(row["psnr"]) - float(row["hole_psnr"])
        assert 10 ** (-difference / 10) == pytest.approx(shares[row["kind"]], rel=0.02)


@pytest.mark.parametrize("name", ["PAIRS.json", "scores.csv"])
def test_the_table_is_neither_the_pairs_nor_a_picture(folder, tmp_path, name):
    pairs = cut_pairs(find_pictures([str(folder)]), 1, size=64)
    write_manifest(tmp_path / "pairs.json", pairs)
    (tmp_path / "scores.csv").symlink_to(pairs[0].file)
    before = Path(pairs[0].file).read_bytes()
    with pytest.raises(FileError, match=r"would be both|is a picture itself"):
        score_table([], [], 1, manifest=tmp_path / "pairs.json", csv_file=tmp_path / name)
    assert Path(pairs[0].file).read_bytes() == before
    assert not (tmp_path / "PAIRS.json").exists()
