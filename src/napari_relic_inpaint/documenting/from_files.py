"""The material of a report, from the files that a restoration has left."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint import files
from napari_relic_inpaint.documenting.material import Check, Material, Shown
from napari_relic_inpaint.documenting.notes import Note, notes_path, read_notes
from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files.pictures import PictureFile, is_negative
from napari_relic_inpaint.files.records import hash_steps
from napari_relic_inpaint.files.statement import is_rendering, names_record, record_sha256
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.steps import Step, part_of

_LARGEST_RECORD = 64 << 20
_LARGEST_TABLE = 16 << 20


@dataclass(frozen=True)
class Sources:
    """The files that a report is made from.

    Attributes
    ----------
    result, damage, picture : Path
        After, what was damaged, and before.
    reading : MaskReading
        What counts as damage.
    record : Path, optional
        By default what lies beside the result.
    edges, sources : Path, optional
        As a restoration saves them.
    displays : sequence of Path
        Renderings of the result.
    notes : Path, optional
        By default what lies beside the mask.
    scores : Path, optional
        A table of measurements.
    classes : Path, optional
        What the labels mean; by default as the mask says.
    pixel_size : (float, float), optional
        By default as the files say.
    title, object_name, author : str
        As in `Material`.
    """

    result: Path
    damage: Path
    picture: Path
    reading: files.MaskReading = files.AS_DRAWN
    record: Path | None = None
    edges: Path | None = None
    sources: Path | None = None
    displays: Sequence[Path] = ()
    notes: Path | None = None
    scores: Path | None = None
    classes: Path | None = None
    pixel_size: PixelSize | None = None
    title: str = ""
    object_name: str = ""
    author: str = ""

    @property
    def inputs(self) -> list[tuple[str, Path]]:
        """Every file that is given, with its role in words."""
        named = [
            ("the result", self.result),
            ("the damage mask", self.damage),
            ("the picture", self.picture),
            ("the record", self.record),
            ("the edges", self.edges),
            ("the sources", self.sources),
            ("the notes", self.notes or notes_path(self.damage)),
            ("the scores", self.scores),
            ("the preset", self.classes),
            *(("a display", each) for each in self.displays),
        ]
        return [(role, path) for role, path in named if path is not None]


def open_material_steps(sources: Sources) -> Generator[Step, None, tuple[Material, list[str]]]:
    """Open the files, yielding a `Step` after each part of checking them.

    Returns
    -------
    Material
        For `write_report_steps`; pictures are read when they are sliced.
    list of str
        Sentences for the user about how the files were read, and what is missing.

    Raises
    ------
    FileError, InputError
        If a file cannot be read or is something else.
    """
    picture, result = files.open_picture(sources.picture), files.open_picture(sources.result)
    mask = files.open_mask_of(picture, sources.damage, sources.reading)
    record, notes = _record(sources)
    preset = None if sources.classes is None else files.read_preset(sources.classes)
    size = sources.pixel_size or mask.pixel_size or files.pixel_size(picture)
    kept = None
    if sources.sources is not None:
        opened = files.open_picture(sources.sources)
        if not opened.rgb or opened.data.dtype != np.int32:
            raise InputError(
                f"{sources.sources} does not tell where detail was copied from: give the file that "
                "a restoration has saved"
            )
        kept = Shown(opened.data, opened.rgb, sources.sources.name)
    checks = yield from _check_steps(sources, record, result)
    material = Material(
        picture=_shown(picture),
        result=_shown(result),
        damage=mask.labels(),
        damage_name=sources.damage.name,
        title=sources.title,
        object_name=sources.object_name,
        author=sources.author,
        classes=mask.classes if preset is None else preset,
        pixel_size=size,
        edges=None if sources.edges is None else files.open_edges_of(picture, sources.edges),
        sources=kept,
        displays=[_shown(files.open_picture(path)) for path in sources.displays],
        record=record,
        notes=_notes(sources),
        scores=() if sources.scores is None else _scores(sources.scores),
        checks=checks,
    )
    return material, [*picture.notes, *mask.notes, *notes]


def _shown(picture: PictureFile) -> Shown:
    metadata = picture.metadata
    return Shown(picture.data, picture.rgb, picture.path.name, metadata.icc, is_negative(metadata))


def _record(sources: Sources) -> tuple[Mapping[str, Any], list[str]]:
    path = sources.record or files.record_path(sources.result)
    if sources.record is None and not path.exists():
        return {}, [f"There is no record {path.name} beside the result: the report has none."]
    try:
        if path.stat().st_size > _LARGEST_RECORD:
            raise InputError(f"{path} is too large for a record: choose another file")
        record = json.loads(path.read_bytes())
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}): check the name.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no record, since it is no JSON ({error})") from None
    if not isinstance(record, dict):
        raise InputError(f"{path} is no record: give the .json file beside the result")
    if is_rendering(record):
        raise InputError(
            f"{sources.result} is a display rendering by its record: give the restored picture "
            "that it was made from, and this one as what is displayed"
        )
    return record, []


def _notes(sources: Sources) -> Sequence[Note]:
    if sources.notes is not None:
        return read_notes(sources.notes)
    beside = notes_path(sources.damage)
    return read_notes(beside) if beside.exists() else ()


def _scores(path: Path) -> list[dict[str, str]]:
    """Read a table as ``relic-inpaint evaluate --csv`` writes it."""
    try:
        if path.stat().st_size > _LARGEST_TABLE:
            raise InputError(f"{path} is too large for a table of scores: choose another file")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [dict(row) for row in csv.DictReader(stream)]
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}): check the name.") from error
    except (ValueError, csv.Error) as error:
        raise InputError(f"{path} is no table of scores ({error})") from None
    if not rows or "area" not in rows[0]:
        raise InputError(f"{path} is no table of scores: give the CSV file of an evaluation")
    return rows


def _check_steps(
    sources: Sources, record: Mapping[str, Any], result: PictureFile
) -> Generator[Step, None, list[Check]]:
    """Compare files with what the record says of them."""
    if not record:
        return []
    hashes = record.get("file_sha256")
    known = hashes if isinstance(hashes, dict) else {}
    roles = {"picture": sources.picture, "damage": sources.damage, "result": sources.result}
    asked = [(role, path) for role, path in roles.items() if role in known]
    checks = []
    for number, (role, path) in enumerate(asked):
        hashing = hash_steps(path)
        digest = yield from part_of(hashing, number / len(asked), (number + 1) / len(asked))
        checks.append(Check(role, digest == known[role]))
    if result.metadata.kind != "zarr":
        checks.append(Check("statement", names_record(result.metadata.xmp, record_sha256(record))))
    return checks
