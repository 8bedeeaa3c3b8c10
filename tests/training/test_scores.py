import csv

import pytest

from training.pairs import cut_pairs, write_manifest
from training.pictures import find_pictures
from training.scores import score_table


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
