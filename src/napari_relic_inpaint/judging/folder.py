"""A folder of hypotheses: pictures, map, table of holes; and the picture composed from it.

The table, ``holes.csv``, has a column *take* that is filled in with a spreadsheet: the name of the
hypothesis that each hole is taken from.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.folders import new_folder
from napari_relic_inpaint.files.formats import WRITTEN
from napari_relic_inpaint.judging.choosing import Candidate, Composition, compose
from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.judging.judging import Judging
from napari_relic_inpaint.marking.holes import Holes, Position, find_holes_steps
from napari_relic_inpaint.marking.plane_masks import PlaneMasks
from napari_relic_inpaint.picture.lazy_planes import PlaneFill
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.steps import Step, part_of
from napari_relic_inpaint.windows.survey import Surveyor

LIST, TABLE, MAP = "hypotheses.json", "holes.csv", "disagreement.tif"
HOLE, TAKE = "hole", "take"
COLUMNS = (HOLE, "pixels", "widest", "labels", "disagreement", "doubts", TAKE)

RESTORED = 0.9
"""Share of the time after which all is restored, and left to be written."""

_LOSSY = (".jpg", ".jpeg")


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes
    ----------
    paths : tuple of Path
        The pictures of the hypotheses.
    holes, marked : int
        How many holes there are, and how many of them are marked.
    notes : tuple of str
        Sentences for the user.
    """

    paths: tuple[Path, ...]
    holes: int
    marked: int
    notes: tuple[str, ...]


def read_hypotheses(path: Path) -> tuple[Hypothesis, ...]:
    """Read hypotheses from a JSON file, as `write_folder_steps` writes it or somebody edits it.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it lists none, or a value cannot be.
    """
    return tuple(Hypothesis.from_dict(each) for each in _listed(path))


def write_folder_steps(
    folder: Path,
    source: files.PictureFile,
    work: Judging,
    hypotheses: Sequence[Hypothesis],
    *,
    overwrite: bool,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Step, None, Written]:
    """Restore a picture by hypotheses into a folder, yielding a `Step` after each part.

    All files appear together, or none does.

    Parameters
    ----------
    folder : Path
        Where; it is made if it does not exist.
    source : PictureFile
        The damaged picture; its format is that of the hypotheses, where that loses nothing.
    work : Judging
        The restorations of it.
    hypotheses : sequence of Hypothesis
        What to restore by.
    overwrite : bool
        Whether files that exist may be replaced.
    should_stop : callable, optional
        Asked often; when it says True the work ends with `Stopped`.
    """
    paths = [
        folder / f"{number}-{_slug(each.name)}{_suffix(source.path)}"
        for number, each in enumerate(hypotheses, 1)
    ]
    with new_folder(folder):
        for path in paths:
            files.check_output(path, overwrite=overwrite, like=source.path)
        for name in (MAP, LIST, TABLE):
            files.check_record(folder / name, overwrite=overwrite)
        yield from part_of(work.steps(hypotheses, should_stop), 0, RESTORED)
        notes: list[str] = []
        with Together() as together:
            allowed: dict[str, Any] = {"overwrite": overwrite, "together": together}
            for number, (path, done) in enumerate(zip(paths, work.finished, strict=True)):
                writing = files.write_picture_steps(
                    path, done.picture, rgb=source.rgb, like=source, record=done.record, **allowed
                )
                start, end = (
                    RESTORED + (1 - RESTORED) * n / len(paths) for n in (number, number + 1)
                )
                notes += yield from part_of(writing, start, end)
            if work.disagreement is not None:
                writing = files.write_map_steps(folder / MAP, work.disagreement, (), **allowed)
                notes += yield from part_of(writing, 1, 1)
            said = [
                {**each.said(), "file": path.name}
                for each, path in zip(work.finished, paths, strict=True)
            ]
            files.write_json(folder / LIST, {"hypotheses": said}, **allowed)
            content = _table(work)
            with together.file(folder / TABLE, overwrite, len(content)) as stream:
                stream.write(content)
    judged = work.judged()
    marked = sum(bool(each.doubts) for each in judged)
    return Written(tuple(paths), len(judged), marked, tuple(dict.fromkeys(notes)))


def compose_folder_steps(
    folder: Path,
    source: files.PictureFile,
    damage: Any,
    *,
    choices: Path | None = None,
    others: str | None = None,
) -> Generator[Step, None, Composition]:
    """Compose a picture from a folder of hypotheses, yielding a `Step` after each part.

    Parameters
    ----------
    folder : Path
        What `write_folder_steps` has written.
    source : PictureFile
        The damaged picture, the same as then.
    damage : array-like
        Its damage, the same as then.
    choices : Path, optional
        The table of holes with what is taken; by default that in the folder.
    others : str, optional
        The hypothesis for all holes that nothing is taken for; by default the first one.

    Raises
    ------
    FileError
        If something in the folder cannot be read.
    InputError
        If picture or damage are others than then, or a choice cannot be.
    """
    said = _listed(folder / LIST)
    taken = read_choices(choices or folder / TABLE)
    picture = Picture(source.data, rgb=source.rgb)
    masks = PlaneMasks(damage, picture, "damage")
    surveyor = Surveyor(picture, masks)
    pixels = {}
    for index in picture.planes:
        for survey in surveyor.plane(index):
            if survey is not None:
                pixels[index] = survey.pixels
            yield Step("reading", len(pixels), len(picture.planes), 0.2)
    for what, found in (("picture", surveyor.picture_sha256), ("damage", surveyor.mask_sha256)):
        if _record(said[0], folder)[what]["sha256"] != found:
            raise InputError(
                f"the {what} is not the one that the hypotheses in {folder} were made from: give "
                "that one, or make them anew"
            )
    holes = yield from part_of(_holes(masks, picture), 0.2, 0.4)
    candidates = []
    for number, each in enumerate(said):
        opened = files.open_picture(folder / str(each.get("file", "")))
        if opened.data.shape != source.data.shape or opened.data.dtype != source.data.dtype:
            raise InputError(f"{opened.path} has another size or type than the picture")
        one = Picture(opened.data, rgb=source.rgb)
        fills = {index: PlaneFill(picture, part) for index, part in pixels.items() if len(part)}
        for index, fill in fills.items():
            done = 0
            for rows in bands(*picture.shape):
                area = rows, slice(0, picture.shape[1])
                mask = fill.pixels.mask(area)
                values = one.colour(one.raw(index, area))[mask]
                fill.values[done : done + len(values)] = values
                done += len(values)
        candidates.append(Candidate(str(each["name"]), each, fills))
        yield Step("reading", number + 1, len(said), 0.4 + 0.6 * (number + 1) / len(said))
    return compose(picture, holes, candidates, taken, others or candidates[0].name)


def read_choices(path: Path) -> dict[Position, str]:
    """Read what is taken for which hole from a table of holes; rows that take nothing are left out.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it is no table of holes.
    """
    try:
        # A spreadsheet may have put semicolons where commas were.
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read ({error}): choose a table of holes.") from None
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    if not {HOLE, TAKE} <= set(rows.fieldnames or ()):
        raise InputError(f"{path} is no table of holes: it has no columns '{HOLE}' and '{TAKE}'")
    found = {}
    for row in rows:
        place, name = (row[HOLE] or "").strip(), (row[TAKE] or "").strip()
        if not name:
            continue
        if not re.fullmatch(r"\d+( \d+)+", place):
            raise InputError(
                f"{path} takes {name!r} for the hole {place!r}: a hole is named by its row and "
                "column, such as '120 340'"
            )
        found[tuple(map(int, place.split()))] = name
    return found


def _table(work: Judging) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in work.judged():
        hole = each.hole
        apart = "" if np.isnan(each.disagreement) else f"{each.disagreement:.3f}"
        labels = " ".join(map(str, hole.labels))
        place = " ".join(map(str, hole.position))
        doubts = " ".join(each.doubts)
        writer.writerow([place, hole.pixels, hole.widest, labels, apart, doubts, ""])
    return text.getvalue().encode("utf-8-sig")  # spreadsheets take other UTF-8 for Latin-1


def _listed(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}): choose another.") from None
    except ValueError as error:
        raise InputError(f"{path} is no JSON ({error}): choose a list of hypotheses") from None
    listed = content.get("hypotheses") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not listed:
        raise InputError(f'{path} lists no hypotheses: it begins with {{"hypotheses": [')
    for each in listed:
        Hypothesis.from_dict(each)
    return listed


def _record(said: dict[str, Any], folder: Path) -> dict[str, Any]:
    record = said.get("record")
    parts = [
        record.get(name) if isinstance(record, dict) else None for name in ("picture", "damage")
    ]
    if not all(isinstance(part, dict) and "sha256" in part for part in parts):
        raise InputError(f"{folder / LIST} has no records: make the hypotheses anew")
    assert isinstance(record, dict)
    return record


def _holes(masks: PlaneMasks, picture: Picture) -> Generator[Step, None, Holes]:
    # Which labels a hole has matters to nobody here.
    planes = [
        np.concatenate([masks.read(index, rows) for rows in bands(*picture.shape)])
        for index in picture.planes
    ]
    return (yield from find_holes_steps(np.reshape(planes, (*picture.stack, *picture.shape))))


def _suffix(path: Path) -> str:
    """Return a suffix for pictures like this one that loses nothing."""
    suffix = path.suffix.lower()
    if suffix in _LOSSY:
        return ".png"
    return suffix if suffix in WRITTEN else ".tif"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "hypothesis"
