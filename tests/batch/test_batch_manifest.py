import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from galleries import contents, draw, rows
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.batch import Outcome, make_plan, run
from napari_relic_inpaint.batch.manifest import COLUMNS, Manifest
from napari_relic_inpaint.settings import Settings


def test_a_manifest_keeps_the_rows_of_earlier_runs(restored, relic):
    Path("more").mkdir()
    draw(Path("more/yard.png"), 3)
    before = rows()
    options = ("--damage", "masks/wall_damage.png", "-o", "out", "--method", "membrane")
    assert relic("batch", "more", *options)[0] == 0
    assert rows().items() >= before.items()
    assert list(rows())[-1] == "more/yard.png"


def test_a_picture_that_is_done_again_has_one_row_at_any_time(restored):
    plan = make_plan(["scans"], "masks", restored)
    for _ in run(plan, Settings(method="telea"), existing="replace"):
        with (restored / "manifest.csv").open(newline="") as stream:
            names = [row["picture"] for row in csv.DictReader(stream)]
        assert names == ["scans/apse.tif", "scans/nave.png", "scans/wall.png"]


@pytest.mark.parametrize("content", [b"", b"my,own,list\r\n1,2,3\r\n", b"\xff\xfe\x00"])
def test_another_manifest_is_never_touched(gallery, relic, content):
    Path("out").mkdir()
    Path("out/manifest.csv").write_bytes(content)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane", "--overwrite")
    code, _, errors = relic("batch", "scans", *options)
    assert code == 2
    assert "is not the manifest of a batch" in errors
    assert contents("out") == {"manifest.csv": content}


def test_a_row_that_a_crash_cut_short_is_left_out(restored):
    path = restored / "manifest.csv"
    whole = rows()
    path.write_bytes(path.read_bytes()[:-150])
    with Manifest(restored):
        pass
    assert rows() == dict(list(whole.items())[:2])


@given(
    st.lists(st.tuples(st.text("ab,\"'\n é;", min_size=1), st.text()), max_size=4).map(
        lambda pairs: [(name, error.replace("\r", "").replace("\0", "")) for name, error in pairs]
    )
)
def test_a_manifest_gives_back_any_names_and_errors(pairs):
    with TemporaryDirectory() as folder:
        with Manifest(Path(folder)) as manifest:
            for name, error in pairs:
                manifest.add(Outcome(Path(name), "failed", error=error))
        with Manifest(Path(folder)):
            pass
        last = {str(Path(name)): error for name, error in pairs}
        assert {name: row["error"] for name, row in rows(folder).items()} == last
        with Path(folder, "manifest.csv").open(newline="") as stream:
            assert tuple(next(csv.reader(stream))) == COLUMNS
