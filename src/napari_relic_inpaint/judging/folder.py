"""A folder of hypotheses: their pictures, the map of disagreement, the table of holes."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_relic_inpaint import files
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.collisions import Role, check_apart
from napari_relic_inpaint.files.folders import new_folder
from napari_relic_inpaint.files.formats import WRITTEN
from napari_relic_inpaint.judging.hole_csv import TABLE, check_nothing_taken, table_of
from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.judging.hypothesis_file import LIST
from napari_relic_inpaint.judging.judging import Judging
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.steps import Step, part_of

MAP = "disagreement.tif"

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


def write_folder_steps(
    folder: Path,
    source: files.PictureFile,
    work: Judging,
    hypotheses: Sequence[Hypothesis],
    *,
    classes: Sequence[DamageClass] = (),
    inputs: Sequence[Role] = (),
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
    classes : sequence of DamageClass
        What the labels of the damage mean.
    inputs : sequence of (str, Path)
        The files that are read, which are never replaced.
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
        beside = [folder / name for name in (MAP, TABLE)]
        check_apart([(f"the file {path.name}", path) for path in (*paths, *beside)], inputs)
        for path in paths:
            files.check_output(path, overwrite=overwrite, like=source.path)
        for name in (MAP, LIST, TABLE):
            files.check_record(folder / name, overwrite=overwrite)
        check_nothing_taken(folder / TABLE)
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
            content = table_of(work, classes)
            with together.file(folder / TABLE, overwrite, len(content)) as stream:
                stream.write(content)
    judged = work.judged()
    marked = sum(bool(each.doubts) for each in judged)
    return Written(tuple(paths), len(judged), marked, tuple(dict.fromkeys(notes)))


def _suffix(path: Path) -> str:
    """Return a suffix for pictures like this one that loses nothing."""
    suffix = path.suffix.lower()
    if suffix in _LOSSY:
        return ".png"
    return suffix if suffix in WRITTEN else ".tif"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "hypothesis"
