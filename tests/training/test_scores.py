import csv
from pathlib import Path

import pytest
from rich.console import Console
from rich.measure import Measurement

from napari_relic_inpaint.errors import FileError
from training.pairs import cut_pairs, write_manifest
from training.pictures import find_pictures
from training.scores import EXPLAINED, score_table


def test_the_table_fits_a_terminal_and_its_words_are_explained(folder, tmp_path):
    pairs = cut_pairs(find_pictures([str(folder)]), 1, size=64)
    write_manifest(tmp_path / "pairs.json", pairs)
    table = score_table([], ["relic-base"], 1, manifest=tmp_path / "pairs.json")
    assert Measurement.get(Console(width=500), Console(width=500).options, table).maximum <= 80
    assert max(map(len, EXPLAINED.splitlines())) <= 80
    for word in ("PSNR", "SSIM", "decibels", "own edges", "true edges", "prior", "crack"):
        assert word in EXPLAINED


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
