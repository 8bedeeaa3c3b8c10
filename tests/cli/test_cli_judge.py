import csv
import json

import numpy as np
import pytest

from napari_relic_inpaint.files import read_picture, write_mask, write_picture
from napari_relic_inpaint.marking.classes import DamageClass

LIST = {
    "hypotheses": [
        {"name": "Smooth", "settings": {"method": "membrane", "detail": "none"}},
        {"name": "Straight", "settings": {"method": "telea", "detail": "none"}},
    ]
}


@pytest.fixture
def wall(tmp_path):
    """A picture of 16 bits with three holes, its mask, and two quick hypotheses."""
    picture = np.random.default_rng(0).integers(0, 65535, (60, 80, 3), dtype=np.uint16)
    mask = np.zeros((60, 80), np.uint8)
    mask[5:15, 5:30] = mask[40:44, 50:54] = mask[55, 3:9] = 255
    write_picture(tmp_path / "wall.tif", picture, rgb=True)
    write_picture(tmp_path / "mask.png", mask, rgb=False)
    (tmp_path / "list.json").write_text(json.dumps(LIST))
    return tmp_path, picture, mask != 0


def hypotheses(relic, folder, *more):
    files = folder / "wall.tif", folder / "mask.png"
    return relic(
        "hypotheses", *files, "-o", folder / "out", "--hypotheses", folder / "list.json", *more
    )


def compose(relic, folder, *more):
    files = folder / "wall.tif", folder / "mask.png", folder / "out"
    return relic("compose", *files, "-o", folder / "final.tif", *more)


def take(folder, names):
    table = folder / "out" / "holes.csv"
    rows = [*csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines())]
    for row in rows:
        row["take"] = names.get(row["hole"], "")
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def test_hypotheses_are_written_and_composed_hole_by_hole(relic, wall):
    folder, picture, mask = wall
    code, said, errors = hypotheses(relic, folder)
    assert code == 0, errors
    assert "holes are marked" in said
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {
        *("1-smooth.tif", "2-straight.tif", "disagreement.tif", "holes.csv", "hypotheses.json")
    }
    smooth, straight = (
        read_picture(folder / "out" / name).data for name in ("1-smooth.tif", "2-straight.tif")
    )
    for each in (smooth, straight):
        assert each.dtype == np.uint16
        np.testing.assert_array_equal(each[~mask], picture[~mask])
    apart = read_picture(folder / "out" / "disagreement.tif").data
    assert apart.dtype == np.float32
    assert not apart[~mask].any()
    rows = take(folder, {"40 50": "Straight"})
    assert [row["hole"] for row in rows] == ["5 5", "40 50", "55 3"]
    assert float(rows[0]["disagreement"]) == pytest.approx(apart[5:15, 5:30].mean(), abs=1e-3)
    code, said, errors = compose(relic, folder)
    assert code == 0, errors
    expected = smooth.copy()
    expected[40:44, 50:54] = straight[40:44, 50:54]
    np.testing.assert_array_equal(read_picture(folder / "final.tif").data, expected)
    record = json.loads((folder / "final.tif.json").read_text())
    assert record["choices"] == [{"hole": [40, 50], "hypothesis": "Straight"}]
    assert record["others"] == "Smooth"
    assert record["files"]["picture"] == "wall.tif"
    code, _, _ = compose(relic, folder, "--others", "Straight", "--overwrite")
    assert code == 0
    np.testing.assert_array_equal(read_picture(folder / "final.tif").data, straight)


@pytest.mark.parametrize(
    ("names", "more", "said"),
    [
        ({"40 50": "Crooked"}, (), "no finished hypothesis 'Crooked'"),
        ({}, ("--others", "Crooked"), "no finished hypothesis 'Crooked'"),
        ({}, ("--invert-mask",), "the damage is not the one"),
    ],
)
def test_what_cannot_be_composed_is_refused(relic, wall, names, more, said):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    take(folder, names)
    code, _, errors = compose(relic, folder, *more)
    assert code == 2
    assert said in errors
    assert not (folder / "final.tif").exists()


def test_another_picture_is_refused(relic, wall):
    folder, picture, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    write_picture(folder / "wall.tif", picture[::-1], rgb=True, overwrite=True)
    code, _, errors = compose(relic, folder)
    assert code == 2
    assert "the picture is not the one" in errors


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "lists no hypotheses"),
        ('[{"name": "A", "edges": "many"}]', "cannot be 'many'"),
        ('[{"name": "A", "edges": "drawn"}]', "there are none"),
    ],
)
def test_lists_that_cannot_be_are_refused_and_leave_nothing(relic, wall, content, said):
    folder, _, _ = wall
    (folder / "list.json").write_text(content)
    code, _, errors = hypotheses(relic, folder)
    assert code == 2
    assert said in errors
    assert not (folder / "out").exists()


def test_files_that_exist_are_not_replaced_unasked(relic, wall):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    code, _, errors = hypotheses(relic, folder)
    assert code == 2
    assert "exists already" in errors
    assert hypotheses(relic, folder, "--overwrite")[0] == 0


def test_what_somebody_has_taken_is_not_replaced(relic, wall):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    assert hypotheses(relic, folder, "--overwrite")[0] == 0
    table = folder / "out" / "holes.csv"
    table.write_text("hole,take\n40 50,Straight\n")
    before = {path: path.read_bytes() for path in (folder / "out").iterdir()}
    code, _, errors = hypotheses(relic, folder, "--overwrite")
    assert code == 2
    assert "would be lost" in errors
    assert {path: path.read_bytes() for path in (folder / "out").iterdir()} == before


def test_holes_have_the_names_of_their_classes(relic, wall):
    folder, _, mask = wall
    labels = mask.astype(np.uint8)
    labels[5:15, 20:30] = 2
    labels[40:44, 50:54] = 2
    classes = [DamageClass(1, "crack", "#ff0000"), DamageClass(2, "loss", "#00ff00")]
    write_mask(folder / "mask.png", labels, classes, overwrite=True)
    assert hypotheses(relic, folder)[0] == 0
    rows = take(folder, {})
    assert [row["labels"] for row in rows] == ["1 2", "2", "1"]
    assert [row["classes"] for row in rows] == ["crack, loss", "loss", "crack"]
    assert compose(relic, folder)[0] == 0
    code, _, errors = hypotheses(relic, folder, "--label", 2, "--overwrite")
    assert code == 0, errors
    assert [row["classes"] for row in take(folder, {})] == ["loss", "loss"]


def test_without_names_of_classes_their_column_is_empty(relic, wall):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    assert {row["classes"] for row in take(folder, {})} == {""}


@pytest.mark.parametrize("option", ["--copy-from", "--never-from"])
def test_detail_comes_from_where_it_may(relic, wall, option):
    folder, _, mask = wall
    everywhere = np.full(mask.shape, 255, np.uint8)
    limit = np.zeros_like(everywhere) if option == "--copy-from" else everywhere.copy()
    # A mask needs both values.
    limit[0, 0] = 255 - limit[0, 0]
    write_picture(folder / "limit.png", limit, rgb=False)
    settings = {"method": "membrane"}
    (folder / "list.json").write_text(
        json.dumps(
            [
                {"name": "Plain", "settings": settings | {"detail": "none"}},
                {"name": "Limited", "settings": settings},
                {"name": "Free", "settings": settings, "sources": "everywhere"},
            ]
        )
    )
    code, _, errors = hypotheses(relic, folder, option, folder / "limit.png")
    assert code == 0, errors
    plain, limited, free = (
        read_picture(folder / "out" / f"{name}.tif").data
        for name in ("1-plain", "2-limited", "3-free")
    )
    np.testing.assert_array_equal(limited, plain)
    assert not np.array_equal(free, plain)


def test_with_limits_one_proposal_copies_from_everywhere(relic, wall):
    folder, _, _ = wall
    there = folder / "out" / "4-detail-from-everywhere.tif"
    there.parent.mkdir()
    there.touch()
    files = folder / "wall.tif", folder / "mask.png"
    code, _, errors = relic(
        "hypotheses", *files, "-o", folder / "out", "--never-from", folder / "mask.png"
    )
    assert code == 2
    assert there.name in errors


def test_what_is_read_is_never_replaced(relic, wall):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    there = folder / "out" / "2-straight.tif"
    before = there.read_bytes()
    code, _, errors = hypotheses(relic, folder, "--never-from", there, "--overwrite")
    assert code == 2
    assert "where not to copy from" in errors
    assert there.read_bytes() == before


def test_tables_that_are_none_are_refused(relic, wall):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    other = folder / "other.csv"
    other.write_text("a,b\n1,2\n")
    assert "no table of holes" in compose(relic, folder, "--choices", other)[2]
    other.write_text("hole,take\nhere,Smooth\n")
    assert "row and column" in compose(relic, folder, "--choices", other)[2]
    assert compose(relic, folder, "--choices", folder / "missing.csv")[0] == 2


@pytest.mark.parametrize(
    "name",
    ["mask.png", "out/1-smooth.tif", "out/2-straight.tif", "out/disagreement.tif", "choices.png"],
)
def test_what_is_composed_never_replaces_what_it_is_composed_from(relic, wall, name):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    choices = folder / "choices.png"
    choices.write_bytes((folder / "out" / "holes.csv").read_bytes())
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    files = folder / "wall.tif", folder / "mask.png", folder / "out"
    code, _, errors = relic(
        "compose", *files, "-o", folder / name, "--choices", choices, "--overwrite"
    )
    assert code == 2
    assert "itself" in errors
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("again", ["40 50", "41 51"])
def test_a_hole_is_taken_from_one_hypothesis(relic, wall, again):
    folder, _, _ = wall
    assert hypotheses(relic, folder)[0] == 0
    table = folder / "twice.csv"
    table.write_text(f"hole,take\n40 50,Straight\n{again},Straight\n")
    assert compose(relic, folder, "--choices", table)[0] == 0
    (folder / "final.tif").unlink()
    table.write_text(f"hole,take\n40 50,Straight\n{again},Smooth\n")
    code, _, errors = compose(relic, folder, "--choices", table, "--overwrite")
    assert code == 2
    assert "'Straight' and 'Smooth'" in errors
    assert not (folder / "final.tif").exists()
