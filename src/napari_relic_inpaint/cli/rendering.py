"""One restored file rendered to another one, with its record."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_relic_inpaint import files
from napari_relic_inpaint.cli.mask_options import labels_of
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import MaskFile, MaskReading, PictureFile
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.collisions import check_apart
from napari_relic_inpaint.marking.classes import DamageClass, named
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.record import DISPLAY, make_display_record
from napari_relic_inpaint.remedies import COMMAND_LINE, worded
from napari_relic_inpaint.showing.look import count_steps, range_steps
from napari_relic_inpaint.showing.modes import PARAMETERS, DisplayMode, account
from napari_relic_inpaint.showing.rendering import Rendering
from napari_relic_inpaint.steps import Step, part_of

COUNTED, LOOKED = 0.1, 0.2
"""Shares of the time after which the damage is counted, and the range of values known."""

LARGEST_RECORD = 16 << 20


@dataclass(frozen=True)
class Order:
    """What is to be rendered, and how.

    Attributes
    ----------
    restored, damage, out : Path
        The files.
    reading : MaskReading
        Which values of the mask count as damage.
    modes : sequence of str
        As they were written: ``MODE`` or ``CLASS=MODE``, each with parameters perhaps.
    given : mapping of str to str
        Parameters for all modes that have them.
    pixel_mm : float, optional
        Side of a pixel; by default as the files say.
    preset : sequence of DamageClass, optional
        What the labels are called; by default as the mask's file says.
    preset_file : Path, optional
        Where that is from.
    """

    restored: Path
    damage: Path
    out: Path
    reading: MaskReading
    modes: Sequence[str]
    given: Mapping[str, str]
    pixel_mm: float | None
    preset: Sequence[DamageClass] | None
    preset_file: Path | None

    @property
    def inputs(self) -> dict[str, Path]:
        """The files that are read, by their role."""
        roles = {"restored": self.restored, "damage": self.damage, "classes": self.preset_file}
        return {role: path for role, path in roles.items() if path is not None}


@dataclass(frozen=True)
class Rendered:
    """What was written: sentences about each class, and notes."""

    shown: Sequence[str]
    notes: Sequence[str]


def render_file(order: Order, *, overwrite: bool) -> Generator[Step, None, Rendered]:
    """Render a restored picture file, yielding a `Step` after each part of the work.

    Picture and record appear whole and together, or neither does.

    Raises
    ------
    FileError
        If a file cannot be read or written.
    InputError
        If a mode or a class is none, a length cannot be, or nothing is damaged.
    """
    beside = files.record_path(order.out)
    check_apart(
        [("the rendering", order.out), ("its record", beside)],
        [(f"the file of {role}", path) for role, path in order.inputs.items()],
    )
    files.check_output(order.out, overwrite=overwrite, like=order.restored)
    files.check_record(beside, overwrite=overwrite)
    hashes = {role: files.file_sha256(path) for role, path in order.inputs.items()}
    picture = files.open_picture(order.restored)
    mask = files.open_mask_of(picture, order.damage, order.reading)
    labels = labels_of(mask, order.reading)
    source = Picture(picture.data, rgb=picture.rgb)
    counts = yield from part_of(count_steps(source, labels), 0.0, COUNTED)
    if not counts:
        raise InputError(f"nothing is marked as damaged in {order.damage}: {mask.described()}")
    known = mask.classes if order.preset is None else order.preset
    others, modes = _modes(order, [*counts], known)
    restoration = _restoration(order.restored, hashes["restored"])
    values = _values(restoration)
    if values is None:
        values = yield from part_of(range_steps(source), COUNTED, LOOKED)
    size = _size(order, picture, mask)
    shown = Rendering(
        picture.data,
        labels,
        modes,
        others=others,
        rgb=picture.rgb,
        pixel_size=size,
        values=values,
    )
    notes = [worded(sentence, COMMAND_LINE) for sentence in (*picture.notes, *mask.notes)]
    pixel_mm = None if size is None else math.sqrt(size[0] * size[1])
    display = account(
        modes, others, pixel_mm, {label: named(label, known).name for label in counts}
    )
    for entry in display["classes"]:
        entry["pixels"] = counts[entry["label"]]
    record = make_display_record(source, values, display, restoration)
    record |= {"mask": order.reading.as_dict()} | ({"warnings": notes} if notes else {})
    with Together() as together:
        allowed: dict[str, Any] = {"overwrite": overwrite, "together": together}
        writing = files.write_picture_steps(
            order.out, shown, rgb=picture.rgb, like=picture, record=record, **allowed
        )
        not_kept = yield from part_of(writing, LOOKED, 1.0)
        hashes["result"] = files.file_sha256(together.content(order.out))
        record = files.with_files(record, order.inputs | {"result": order.out}, hashes)
        files.write_json(beside, record, **allowed)
    said = [
        f"{named(label, known).name}: {modes.get(label, others).described()}, {pixels} pixels"
        for label, pixels in counts.items()
    ]
    return Rendered(said, [*notes, *not_kept])


def _modes(
    order: Order, labels: Sequence[int], known: Sequence[DamageClass]
) -> tuple[DisplayMode, dict[int, DisplayMode]]:
    """Return the mode of all classes that are not named, and those of the others."""
    others: DisplayMode | None = None
    modes: dict[int, DisplayMode] = {}
    used: set[str] = set()
    for text in order.modes:
        head, sign, _ = text.partition(",")[0].partition("=")
        said = text[len(head) + 1 :] if sign else text
        mode = DisplayMode.parse(said)
        own = {part.partition("=")[0].strip() for part in said.split(",")[1:]}
        fitting = {
            name: value
            for name, value in order.given.items()
            if name in mode.parameters and name not in own
        }
        used |= set(order.given) & set(mode.parameters)
        mode = mode.with_text(fitting)
        if sign:
            label = _label(head.strip(), labels, known)
            if label in modes:
                raise InputError(
                    f"two modes for {head.strip()}, {modes[label].mode} and {mode.mode}: leave one "
                    "of them out"
                )
            modes[label] = mode
        elif others is None:
            others = mode
        else:
            raise InputError(
                f"two modes for all classes, {others.mode} and {mode.mode}: name the class of one "
                "of them, as in crack=outline"
            )
    if others is None:
        others = DisplayMode()
        fitting = {n: value for n, value in order.given.items() if n in others.parameters}
        used |= set(fitting)
        others = others.with_text(fitting)
    for name in PARAMETERS:
        if name in order.given and name not in used:
            chosen = sorted({each.mode for each in (*modes.values(), others)})
            raise InputError(f"--{name} has no use: {' and '.join(chosen)} have no {name}")
    return others, modes


def _label(name: str, labels: Sequence[int], known: Sequence[DamageClass]) -> int:
    """Return the label of a class of which there is some damage."""
    for each in known:
        if each.name.casefold() == name.casefold() and each.label in labels:
            return each.label
    if name.isdecimal() and int(name) in labels:
        return int(name)
    there = [
        f"{label} ({named(label, known).name})"
        if any(each.label == label for each in known)
        else str(label)
        for label in labels
    ]
    raise InputError(f"there is no damage of a class {name!r} in the mask: it has {_few(there)}")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (" and more" if len(names) > 20 else "")


def _size(order: Order, picture: PictureFile, mask: MaskFile) -> PixelSize | None:
    if order.pixel_mm is not None:
        return order.pixel_mm, order.pixel_mm
    return files.pixel_size(picture) or mask.pixel_size


def _restoration(restored: Path, sha256: str) -> dict[str, Any]:
    """Return the record of the restoration beside the picture, if that is what it is about.

    Raises
    ------
    InputError
        If it says that the picture is a rendering itself.
    """
    record = _read_json(files.record_path(restored))
    hashes = record.get("file_sha256")
    if not isinstance(hashes, dict) or hashes.get("result") != sha256:
        return {}
    if record.get("kind") == DISPLAY:
        raise InputError(
            f"{restored} is a display rendering itself: render the restored picture that it was "
            "made from"
        )
    return record


def _read_json(path: Path) -> dict[str, Any]:
    """Return what a file has, empty if that is no record."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_RECORD:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _values(restoration: dict[str, Any]) -> ValueRange | None:
    """Return which values were black and white in the restoration, if its record says so."""
    with suppress(KeyError, TypeError, ValueError):
        said = restoration["picture"]
        values = ValueRange(float(said["black"]), float(said["white"]))
        if math.isfinite(values.low) and math.isfinite(values.high) and values.high > values.low:
            return values
    return None
