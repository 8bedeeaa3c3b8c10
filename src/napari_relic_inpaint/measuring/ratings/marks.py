"""The marks that people gave, and the CSV file that keeps them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files.atomic import replacing
from napari_relic_inpaint.files.targets import check_regular

CRITERIA = {
    "structure": "Do lines and shapes run on through the damage as they should: outlines, folds, "
    "letters?",
    "texture": "Does the surface look like the one around it: grain, brushwork, craquelure, "
    "sharpness?",
    "plausibility": "Could this have been there? Does it make sense in the picture as a whole?",
}
"""What is marked, and the question that each mark answers."""

MARKS = {
    1: "wrong, disturbs at once",
    2: "clearly off",
    3: "acceptable",
    4: "good, off only on a close look",
    5: "cannot be told from the original",
}
"""The marks, and what each means."""

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Rating:
    """What one person thinks of one restoration of one detail; a line of the file.

    Attributes
    ----------
    time : str
        When it was given, ISO 8601. For people to read: nothing depends on it.
    rater : str
        Who gave it: a name or a number.
    picture, detail : str
        What was looked at.
    method : str
        What made the restoration; the rater did not know.
    order : int
        Its place among the restorations that were shown, 1 for the one shown as A.
    structure, texture, plausibility : int
        The marks, 1 to 5.
    version : str
        Version of this package.

    Raises
    ------
    InputError
        If a mark is not one of `MARKS`, the order is less than 1, or a name is empty.
    """

    time: str
    rater: str
    picture: str
    detail: str
    method: str
    order: int
    structure: int
    texture: int
    plausibility: int
    version: str

    def __post_init__(self) -> None:
        for name in ("rater", "picture", "detail", "method"):
            if not getattr(self, name).strip():
                raise InputError(f"the {name} is empty: every rating needs one")
        for name in CRITERIA:
            if self.mark(name) not in MARKS:
                raise InputError(f"the {name} is {self.mark(name)}: marks go from 1 to 5")
        if self.order < 1:
            raise InputError(f"the order is {self.order}: it counts from 1")

    @property
    def key(self) -> Key:
        """What there is at most one rating of: rater, picture, detail and method."""
        return self.rater, self.picture, self.detail, self.method

    @property
    def view(self) -> tuple[str, str]:
        """What was looked at: picture and detail."""
        return self.picture, self.detail

    def mark(self, criterion: str) -> int:
        """Return the mark for one of `CRITERIA`."""
        return int(getattr(self, criterion))


COLUMNS = tuple(field.name for field in fields(Rating))
_NUMBERS = ("order", *CRITERIA)


def read(paths: Iterable[Path]) -> list[Rating]:
    """Read files of ratings.

    Raises
    ------
    FileError
        If a file cannot be read or is of another form, or if a person marked the same restoration
        twice; names the file and the line.
    """
    ratings: dict[Key, Rating] = {}
    places: dict[Key, str] = {}
    for path in paths:
        for line, rating in _parse(path, _content(path)):
            place = f"{path}, line {line}"
            if rating.key in ratings:
                raise FileError(
                    f"{place}: {_said(rating)} before, in {places[rating.key]}; keep one of the two"
                )
            ratings[rating.key], places[rating.key] = rating, place
    return list(ratings.values())


def append(path: Path, ratings: Iterable[Rating]) -> None:
    """Add ratings to a file, which is made if it is not there.

    The file changes as a whole or not at all, and what it holds stays as it is, byte for byte.

    Raises
    ------
    FileError
        If the file holds anything but ratings or cannot be written.
    InputError
        If a rating is in the file already, or given twice.
    """
    old = _content(path) if path.is_file() else b""
    known = {rating.key for _, rating in _parse(path, old)} if old else set()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if not old:
        writer.writerow(COLUMNS)
    elif not old.endswith((b"\n", b"\r")):
        # Somebody's editor took the end of the last line away.
        writer.writerow(())
    for rating in ratings:
        if rating.key in known:
            raise InputError(f"{_said(rating)} before, in {path}")
        known.add(rating.key)
        writer.writerow(astuple(rating))
    content = old + text.getvalue().encode()
    with replacing(path, overwrite=True, size=len(content)) as stream:
        stream.write(content)


def _content(path: Path) -> bytes:
    check_regular(path)
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist: check its name") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror})") from error


def _parse(path: Path, content: bytes) -> Iterator[tuple[int, Rating]]:
    """Yield the ratings of a file, each with the number of its line."""
    try:
        # Spreadsheet programs put a byte order mark first.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is no file of ratings: it is not UTF-8 text") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        if tuple(next(lines, ())) != COLUMNS:
            raise FileError(
                f"{path} is no file of ratings: its first line is not {','.join(COLUMNS)}; "
                "choose another file"
            )
        for cells in lines:
            if cells:
                yield lines.line_num, _rating(cells)
    except (InputError, csv.Error) as error:
        raise FileError(f"{path}, line {lines.line_num}: {error}") from error


def _rating(cells: list[str]) -> Rating:
    if len(cells) != len(COLUMNS):
        raise InputError(f"there are {len(cells)} values, {len(COLUMNS)} are needed")
    values = dict(zip(COLUMNS, cells, strict=True))
    numbers = {name: _number(name, values.pop(name)) for name in _NUMBERS}
    return Rating(**values, **numbers)  # type: ignore[arg-type]


def _number(name: str, cell: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise InputError(f"the {name} is {cell!r}: a whole number is needed") from None


def _said(rating: Rating) -> str:
    return (
        f"rater {rating.rater!r} marked {rating.method!r} on {rating.detail!r} of "
        f"{rating.picture!r}"
    )
