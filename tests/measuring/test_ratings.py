import csv
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.measuring.ratings import (
    CRITERIA,
    Detail,
    Rating,
    Session,
    append,
    cautions,
    find_details,
    read,
    shuffled,
    summarise,
)

RATING = Rating(
    time="2026-01-02T03:04:05+00:00",
    rater="Anna",
    picture="wall",
    detail="rows 0-9, columns 0-9",
    method="telea",
    order=1,
    structure=4,
    texture=3,
    plausibility=5,
    version="0.1.0",
)
HEADER = "time,rater,picture,detail,method,order,structure,texture,plausibility,version"
LINE = "now,Anna,wall,face,telea,1,4,3,5,0.1.0"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = texts.filter(str.strip)
marks = st.integers(1, 5)
some_ratings = st.lists(
    st.builds(
        Rating,
        time=texts,
        rater=names,
        picture=names,
        detail=names,
        method=names,
        order=st.integers(1, 26),
        structure=marks,
        texture=marks,
        plausibility=marks,
        version=texts,
    ),
    max_size=5,
    unique_by=lambda rating: rating.key,
)


def rated(rater, detail, method, mark):
    """A rating with the same mark for all criteria."""
    given = dict.fromkeys(CRITERIA, mark)
    return replace(RATING, rater=rater, detail=detail, method=method, **given)


# The file


@given(some_ratings, some_ratings)
def test_what_is_appended_is_what_is_read(tmp_path_factory, first, second):
    path = tmp_path_factory.mktemp("marks") / "marks.csv"
    known = {rating.key for rating in first}
    second = [rating for rating in second if rating.key not in known]
    append(path, first)
    before = path.read_bytes()
    append(path, second)
    assert path.read_bytes().startswith(before)
    assert read([path]) == first + second


def test_a_file_is_continued_even_if_an_editor_took_its_last_line_end(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text(f"\ufeff{HEADER}\n{LINE}", encoding="utf-8")
    append(path, [RATING])
    first, second = read([path])
    assert (first.rater, first.detail, first.texture) == ("Anna", "face", 3)
    assert second == RATING


def test_an_empty_file_is_begun(tmp_path):
    path = tmp_path / "marks.csv"
    path.touch()
    append(path, [RATING])
    assert path.read_text().splitlines()[0] == HEADER
    assert read([path]) == [RATING]


@pytest.mark.parametrize("content", [b"name;age\nAnna;7\n", b"\xff\xfe\x00marks", b"\n"])
def test_a_foreign_file_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "foreign.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"foreign\.csv is no file of ratings"):
        append(path, [RATING])
    with pytest.raises(FileError, match=r"foreign\.csv is no file of ratings"):
        read([path])
    assert path.read_bytes() == content


def test_what_was_marked_is_not_marked_again(tmp_path):
    path = tmp_path / "marks.csv"
    append(path, [RATING])
    before = path.read_bytes()
    with pytest.raises(InputError, match="'Anna' marked 'telea'"):
        append(path, [replace(RATING, texture=1)])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (LINE.replace("4,3,5", "4,6,5"), "the texture is 6"),
        (LINE.replace("4,3,5", "0,3,5"), "the structure is 0"),
        (LINE.replace("4,3,5", "4,3,"), "the plausibility is ''"),
        (LINE.replace("4,3,5", "4,3"), "there are 9 values"),
        (LINE.replace("telea", " "), "the method is empty"),
        (LINE.replace("telea,1", "telea,0"), "the order is 0"),
        (LINE, "marked 'telea' on 'face' of 'wall' before, in .*line 2"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path, line, sentence):
    path = tmp_path / "marks.csv"
    path.write_text(f"{HEADER}\n{LINE}\n{line}\n")
    with pytest.raises(FileError, match=rf"marks\.csv, line 3.*{sentence}"):
        read([path])


def test_the_same_rating_in_two_files_names_both(tmp_path):
    for name in ("a.csv", "b.csv"):
        append(tmp_path / name, [RATING])
    with pytest.raises(FileError, match=r"b\.csv, line 2.*a\.csv, line 2"):
        read([tmp_path / "a.csv", tmp_path / "b.csv"])


# The session


@given(st.lists(names, unique=True), names, names)
def test_the_order_depends_on_the_occasion_alone(things, rater, detail):
    order = shuffled(things, rater, detail)
    assert sorted(order) == sorted(things)
    assert shuffled(reversed(things), rater, detail) == order


def test_every_method_comes_first_about_as_often():
    first = [shuffled("abc", f"rater {n}", "detail")[0] for n in range(300)]
    assert all(70 < first.count(method) < 130 for method in "abc")


def session(path, **changes):
    options = {
        "rater": "Anna",
        "picture": "wall",
        "details": ["face", "hand", "hem"],
        "methods": ["telea", "membrane"],
    }
    return Session(path, **{**options, **changes})


MARKS = {"structure": 4, "texture": 3, "plausibility": 5}


def test_a_session_goes_on_where_it_was_left(tmp_path):
    path = tmp_path / "marks.csv"
    first = session(path)
    assert sorted(first.details) == ["face", "hand", "hem"]
    whole, half = first.details[:2]
    first.save(whole, dict.fromkeys(first.candidates(whole), MARKS))
    one, other = first.candidates(half)
    first.save(half, {one: MARKS})
    again = session(path, methods=["membrane", "telea"])
    assert again.details == first.details[1:]
    assert again.candidates(half) == [other]
    assert [other.letter, other.order] == ["B", 2]
    assert len(session(path, rater="Ben").details) == 3
    assert len(session(path, picture="door").details) == 3
    saved = read([path])
    assert {rating.key for rating in saved} == {
        ("Anna", "wall", whole, "telea"),
        ("Anna", "wall", whole, "membrane"),
        ("Anna", "wall", half, one.method),
    }
    assert all((rating.structure, rating.plausibility) == (4, 5) for rating in saved)


@pytest.mark.parametrize("count", [0, 1, 27])
def test_a_session_needs_as_many_methods_as_it_has_letters(tmp_path, count):
    with pytest.raises(InputError, match=f"there are {count} restorations"):
        session(tmp_path / "marks.csv", methods=[str(n) for n in range(count)])


# The details

masks = arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40))).filter(np.any)


@given(masks, st.integers(1, 50))
def test_details_lie_in_the_picture_and_show_all_damage(damage, size):
    details = find_details(damage, size, most=damage.size)
    left = damage.copy()
    for detail in details:
        assert damage[detail.rows, detail.columns].shape == (detail.height, detail.width)
        assert (detail.height, detail.width) == tuple(np.minimum(size, damage.shape))
        left[detail.rows, detail.columns] = False
    assert not left.any()
    assert find_details(damage, size, most=1) == details[:1]


def test_damage_that_fits_one_view_shares_it():
    damage = np.zeros((400, 600), bool)
    damage[100:104, 100:140] = damage[130:140, 110:120] = True
    damage[350:360, 500:520] = True
    together, alone = find_details(damage, 64, most=9)
    assert damage[together.rows, together.columns].sum() == 4 * 40 + 10 * 10
    assert alone == Detail(355 - 32, 510 - 32, 64, 64)
    assert str(alone) == "rows 323-386, columns 478-541"


def test_surroundings_end_with_the_picture():
    assert Detail(10, 40, 20, 20).with_surroundings((100, 65)) == Detail(0, 30, 40, 35)


def test_details_need_damage():
    with pytest.raises(InputError, match="the damage mask is empty"):
        find_details(np.zeros((8, 8), bool), 4, most=1)


# The summary


def test_means_and_intervals_are_over_people():
    # The people's means are 2, 3 and 4: standard error 1 / sqrt(3), t(0.975, 2) = 4.302653.
    given = {"Anna": (1, 3), "Ben": (3, 3), "Cleo": (5, 3)}
    ratings = [
        rated(rater, detail, "telea", mark)
        for rater, pair in given.items()
        for detail, mark in zip(("face", "hand"), pair, strict=True)
    ]
    (summary,) = summarise(ratings)
    assert (summary.marks, summary.raters, summary.details) == (6, 3, 2)
    for criterion in CRITERIA:
        estimate = summary.estimates[criterion]
        assert estimate.mean == pytest.approx(3)
        assert estimate.low == pytest.approx(max(1, 3 - 4.302653 / math.sqrt(3)))
        assert estimate.high == pytest.approx(min(5, 3 + 4.302653 / math.sqrt(3)))


def test_somebody_who_marks_more_details_does_not_count_more():
    ratings = [rated("Anna", str(n), "telea", 5) for n in range(9)]
    (summary,) = summarise([*ratings, rated("Ben", "0", "telea", 1)])
    assert summary.estimates["texture"].mean == pytest.approx(3)


def test_one_person_gives_an_interval_over_details_and_one_mark_none():
    # Marks 2, 3, 3, 4: standard error sqrt(2 / 3) / 2, t(0.975, 3) = 3.182446.
    marks = enumerate((2, 3, 3, 4))
    ratings = [rated("Anna", str(n), "telea", mark) for n, mark in marks]
    one, many = summarise([*ratings, rated("Anna", "0", "membrane", 4)])
    assert (one.method, many.method) == ("membrane", "telea")
    assert many.estimates["structure"].low == pytest.approx(3 - 3.182446 * math.sqrt(2 / 3) / 2)
    assert one.estimates["structure"].mean == 4
    assert math.isnan(one.estimates["structure"].low)
    assert math.isnan(one.estimates["structure"].high)


@given(some_ratings)
def test_intervals_hold_their_mean_and_stay_on_the_scale(ratings):
    summaries = summarise(ratings)
    assert sum(summary.marks for summary in summaries) == len(ratings)
    for summary in summaries:
        for estimate in summary.estimates.values():
            assert 1 <= estimate.mean <= 5
            if not math.isnan(estimate.low):
                assert 1 <= estimate.low <= estimate.mean <= estimate.high <= 5


def test_cautions_tell_what_cannot_be_compared():
    same = [
        rated(rater, detail, method, 3)
        for rater in ("Anna", "Ben")
        for detail in ("face", "hand")
        for method in ("telea", "membrane")
    ]
    assert cautions(same) == []
    (sentence,) = cautions(same[:-1])
    assert "membrane on 3" in sentence
    assert "of 4 views" in sentence
    (sentence,) = cautions(same[:4])
    assert "only one person marked membrane, telea" in sentence


# The command line


def test_summarise_prints_and_writes_the_means_of_several_files(relic, tmp_path):
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path, rater, mark in zip(files, ("Anna", "Ben"), (3, 4), strict=True):
        append(path, [rated(rater, "face", "restored [1]", mark)])
    table = tmp_path / "means.csv"
    code, said, notes = relic("ratings", "summarise", *files, "--csv", table)
    assert (code, notes) == (0, "")
    assert "restored [1]" in said
    assert "3.50" in said
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["criterion"] for row in rows] == list(CRITERIA)
    assert {(row["mean"], row["low"], row["high"], row["raters"]) for row in rows} == {
        ("3.5000", "1.0000", "5.0000", "2")
    }
    code, _, errors = relic("ratings", "summarise", *files, "--csv", table)
    assert (code, "exists already" in errors) == (2, True)
    assert relic("ratings", "summarise", *files, "--csv", table, "--overwrite")[0] == 0


def test_summarise_shows_an_undefined_interval_as_a_dash_and_says_why(relic, tmp_path):
    append(tmp_path / "a.csv", [RATING])
    code, said, notes = relic("ratings", "summarise", tmp_path / "a.csv")
    assert code == 0
    assert said.split().count("-") == len(CRITERIA)
    assert "only one person" in notes


def test_bad_files_are_one_sentence(relic, tmp_path):
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{LINE.replace('4,3,5', '4,3,9')}\n")
    append(tmp_path / "b.csv", [RATING])
    for arguments, sentence in [
        ([tmp_path / "a.csv"], "line 2: the plausibility is 9"),
        ([tmp_path / "none.csv"], "does not exist"),
        ([tmp_path], "cannot be read"),
        ([tmp_path / "b.csv", tmp_path / "b.csv"], "keep one of the two"),
        ([tmp_path / "b.csv", "--csv", tmp_path / "wall.png"], "does not end in .csv"),
    ]:
        code, said, errors = relic("ratings", "summarise", *arguments)
        assert (code, said, errors.count("\n")) == (2, "", 1), errors
        assert sentence in errors


def test_a_file_without_marks_is_no_error(relic, tmp_path):
    append(tmp_path / "a.csv", [])
    code, _, notes = relic("ratings", "summarise", tmp_path / "a.csv")
    assert code == 0
    assert "no marks" in notes
