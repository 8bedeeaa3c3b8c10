import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint.documenting.notes import (
    FORM,
    Note,
    from_list,
    made_note,
    notes_path,
    read_notes,
    to_list,
    write_notes,
)
from napari_relic_inpaint.errors import ExistsError, FileError, InputError

NOTE = {"hole": [3, 4], "status": "evidence", "text": "a", "author": "b", "date": "2026-11-28"}

positions = st.lists(st.integers(0, 10**6), min_size=2, max_size=5)
notes = st.builds(
    made_note,
    hole=positions | st.none(),
    label=st.none(),
    status=st.sampled_from(["evidence", "analogy", "hypothesis"]),
    text=st.text(max_size=50),
    author=st.text(max_size=20),
    day=st.dates(),
)


@given(st.lists(notes, max_size=4))
def test_notes_come_back_from_plain_json(given_notes):
    kept = json.loads(json.dumps(to_list(given_notes)))
    assert from_list(kept, "layer") == tuple(given_notes)


def test_notes_come_back_from_a_file(tmp_path):
    path = notes_path(tmp_path / "mask.png")
    assert path.name == "mask.png.notes.json"
    written = (Note(**NOTE), Note(label=2, status="analogy", date=date(2026, 1, 2)))
    write_notes(path, written)
    assert read_notes(path) == written
    assert json.loads(path.read_text())[FORM] == 1
    with pytest.raises(ExistsError):
        write_notes(path, ())


@pytest.mark.parametrize(
    "change",
    [
        {"status": "certain"},
        {"date": "yesterday"},
        {"label": 1},
        {"hole": [3]},
        {"hole": [-1, 4]},
        {"hole": "3,4"},
        {"colour": "red"},
        {"text": "a" * 20_001},
        {"text": 3},
    ],
)
def test_what_is_no_note_is_refused_with_its_number(change):
    with pytest.raises(InputError, match="layer: note 2 cannot be read"):
        from_list([NOTE, NOTE | change], "layer")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        '{"notes": []}',
        f'{{"{FORM}": 2, "notes": []}}',
        f'{{"{FORM}": 1, "notes": 3}}',
        "[" * 100_000,
    ],
)
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"a\.json"):
        read_notes(path)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileError, match="check the name"):
        read_notes(tmp_path / "none.json")
