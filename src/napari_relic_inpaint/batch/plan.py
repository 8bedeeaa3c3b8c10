"""Which pictures a batch restores, with which masks, and where the results go."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from napari_relic_inpaint.batch.collisions import written
from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.batch.manifest import FILE
from napari_relic_inpaint.batch.outcome import Outcome
from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import AS_DRAWN, MaskReading
from napari_relic_inpaint.files.collisions import check_apart
from napari_relic_inpaint.files.folders import is_plain
from napari_relic_inpaint.files.formats import SUFFIXES, result_suffix
from napari_relic_inpaint.files.matching import Names, by_key, key, masks_in, pictures_in
from napari_relic_inpaint.files.targets import real

PLACEHOLDER = "{name}"
"""Stands for the picture's name without suffix in a pattern of masks."""

Existing = Literal["refuse", "keep", "replace"]
"""What becomes of results that exist: no run at all, those that are whole are kept, or none is."""

SHOWN = 3


@dataclass(frozen=True)
class Plan:
    """What a batch does.

    Attributes
    ----------
    folder : Path
        Where the results and the manifest go.
    jobs : list of Job
        What is to be restored, in the order of the pictures given.
    failures : list of Outcome
        Pictures that cannot even be started.
    notes : list of str
        Sentences for the user.
    """

    folder: Path
    jobs: list[Job]
    failures: list[Outcome]
    notes: list[str]


def make_plan(
    pictures: Iterable[str],
    damage: str,
    folder: Path,
    *,
    reading: MaskReading = AS_DRAWN,
    save_edges: bool = False,
) -> Plan:
    """Find the mask of each picture and a place for each result.

    Parameters
    ----------
    pictures : iterable of str
        Files, folders (all pictures in them) and patterns such as ``scans/*.tif``. Masks among them
        are left out.
    damage : str
        A pattern with ``{name}``, which stands for the picture's name without suffix; or a folder
        of masks, which belong to pictures by their names, ``wall_damage.png`` to ``wall.tif``; or
        one mask for all.
    folder : Path
        Where the results go: ``wall_restored.tif`` for ``wall.tif``, and for formats that are
        only read. Need not exist.
    reading : MaskReading
        Which values of the masks count as damage.
    save_edges : bool
        Whether the edges that were followed are kept, as ``wall_edges.png``.

    Returns
    -------
    Plan
        Nothing has been written yet.

    Raises
    ------
    InputError
        If a folder or pattern has no pictures, two results would have one name, or results would
        go where pictures or masks are looked for.
    FileError
        If the masks or a folder cannot be found.
    """
    found = _find(pictures)
    masks = _masks(damage, found)
    used = {real(mask) for mask in masks.values() if isinstance(mask, Path)}
    taken = [path for path in found if real(path) not in used]
    if not taken:
        raise InputError(
            f"{found[0]} is given as a picture and is its own mask: give the pictures and --damage "
            f"apart, such as --damage 'masks/{PLACEHOLDER}.png'"
        )
    _check_folder(folder, taken, damage)
    _check_names(taken)
    jobs, failures = [], []
    for path in taken:
        mask = _problem(path) or masks[path]
        if isinstance(mask, str):
            failures.append(Outcome(path, "failed", error=mask))
            continue
        result = folder / f"{path.stem}_restored{result_suffix(path.suffix)}"
        edges = folder / f"{path.stem}_edges.png" if save_edges else None
        jobs.append(Job(path, mask, result, reading, saved_edges=edges))
    _check_apart(folder, jobs, found)
    left_out = len(found) - len(taken)
    notes = [f"{left_out} of the files given are masks and were left out."] if left_out else []
    return Plan(folder, jobs, failures, notes)


def _find(given: Iterable[str]) -> list[Path]:
    """Return the pictures that are meant, each name once, also where several lead to one file."""
    found: dict[Path, Path] = {}
    for text in given:
        path = Path(text)
        if is_plain(path):
            pictures = pictures_in(path)
        elif path.exists() or not glob.has_magic(text):
            pictures = [path]
        else:
            # Path.glob takes no absolute patterns.
            matches = sorted(map(Path, glob.glob(text, recursive=True)))  # noqa: PTH207
            pictures = [match for match in matches if match.suffix.lower() in SUFFIXES]
        if not pictures:
            raise InputError(f"there are no pictures in {text}: they end in {', '.join(SUFFIXES)}")
        for picture in pictures:
            found.setdefault(real(picture.parent) / picture.name, picture)
    return list(found.values())


def _masks(damage: str, pictures: Sequence[Path]) -> dict[Path, Path | str]:
    """Return the mask of each picture, or a sentence that says why it has none."""
    if PLACEHOLDER in damage:
        return {path: _named(damage.replace(PLACEHOLDER, path.stem)) for path in pictures}
    place = Path(damage)
    if not place.exists():
        raise FileError(
            f"{damage} does not exist: give a mask, a folder of masks, or a pattern such as "
            f"'masks/{PLACEHOLDER}.png'."
        )
    if not is_plain(place):
        return dict.fromkeys(pictures, place)
    names = _names(pictures)
    fitting = masks_in(place, names)
    return {path: _only(path, fitting.get(path, ()), place, names) for path in pictures}


def _named(mask: str) -> Path | str:
    return Path(mask) if Path(mask).exists() else f"its damage mask {mask} does not exist"


def _names(pictures: Sequence[Path]) -> Names:
    """Return the pictures by name, and their neighbours, whose masks are not theirs.

    Without ``wall_12.tif``, which is not to be restored now, ``wall_12_damage.png`` would pass for
    a mask of ``wall.tif``. A neighbour of the same name in another format has no mask of its own.
    """
    folders = dict.fromkeys(path.parent for path in pictures if path.exists())
    given = {(real(path.parent), path.stem) for path in pictures}
    neighbours = [
        path
        for folder in folders
        for path in pictures_in(folder)
        if (real(folder), path.stem) not in given
    ]
    return by_key([*pictures, *neighbours])


def _only(picture: Path, masks: Sequence[Path], folder: Path, names: Names) -> Path | str:
    if not masks:
        return f"it has no damage mask in {folder}"
    other = next((path for path in names[key(picture)] if path != picture), None)
    if other is not None:
        return f"its damage mask {masks[0]} could be that of {other} as well: rename one of them"
    if len(masks) > 1:
        return (
            f"it has {len(masks)} damage masks in {folder}: name one of them {picture.stem}, "
            "exactly as the picture"
        )
    return masks[0]


def _problem(picture: Path) -> str | None:
    if not picture.exists():
        return "it does not exist: check the name and the folder"
    if picture.suffix.lower() not in SUFFIXES:
        return f"it is no picture that can be restored: these end in {', '.join(SUFFIXES)}"
    return None


def _check_folder(folder: Path, pictures: Sequence[Path], damage: str) -> None:
    """Results among the pictures or masks would be taken for pictures or masks the next time."""
    place = real(folder)
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file: give a folder for the results.")
    among = next(
        (path for path in pictures if place in (real(path).parent, real(path.parent))), None
    )
    if among is not None or place == real(Path(damage)):
        raise InputError(
            f"results would go to {folder}, where {among or 'the masks'} "
            f"{'is' if among else 'are'}: choose another folder with -o"
        )


def _check_names(pictures: Sequence[Path]) -> None:
    """No result may take another's place, nor on disks that ignore the case of letters."""
    for first, *others in by_key(pictures).values():
        for path in others:
            raise InputError(
                f"{first} and {path} would both become {path.stem}_restored: rename one, or "
                "restore them into different folders"
            )


def _check_apart(folder: Path, jobs: Sequence[Job], pictures: Sequence[Path]) -> None:
    """No result may replace a picture, mask or other result, nor by way of a link."""
    inputs = (*pictures, *(path for job in jobs for path in job.inputs.values()))
    outputs = [output for job in jobs for output in written(job, f" of {job.picture}")]
    check_apart(
        [*outputs, ("the manifest", folder / FILE)],
        [("a picture or mask of this batch", path) for path in inputs],
    )


def check_existing(plan: Plan) -> None:
    """Raise an `InputError` if a file that is to be written exists."""
    there = [
        path for job in plan.jobs for path in (*job.outputs.values(), job.record) if path.exists()
    ]
    if there:
        names = ", ".join(path.name for path in there[:SHOWN])
        more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
        raise InputError(
            f"{names}{more} exist already in {plan.folder}: keep what is whole and go on with "
            "--resume, or allow --overwrite"
        )
