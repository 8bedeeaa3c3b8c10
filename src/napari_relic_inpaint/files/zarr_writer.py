"""OME-Zarr pictures written: the full size and smaller copies, made band by band."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import zarr

from napari_relic_inpaint.files.folders import STACK
from napari_relic_inpaint.files.metadata import UNIT_NONE, Metadata, ZarrAxis, unpack_exif
from napari_relic_inpaint.files.reduction import block_means
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.tiff_tags import (
    RESOLUTION_UNIT,
    SOFTWARE,
    X_RESOLUTION,
    Y_RESOLUTION,
)
from napari_relic_inpaint.files.uninterrupted import uninterrupted
from napari_relic_inpaint.files.zarr_folder import ALPHA
from napari_relic_inpaint.steps import Step

# Every program that opens 0.5 opens 0.4 as well; napari-ome-zarr before 2025, Bio-Formats and with
# it Fiji and QuPath, and all that is built on zarr 2 open 0.4 only.
VERSION = "0.4"

CHUNK = 512
"""Side of a chunk, in pixels."""

SMALLEST_SIDE = 1024
"""Copies are halved until the longer side is below this."""

_MOST_CHANNELS_IN_CHUNK = 4
_TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
_RGB = {"red": "FF0000", "green": "00FF00", "blue": "0000FF"}
_WHITE = "FFFFFF"


def write(
    folder: Path, picture: OutgoingPicture, metadata: Metadata
) -> Generator[Step, None, list[str]]:
    """Write an OME-Zarr picture that `folders.check` allows and return warnings for the user.

    Parameters
    ----------
    folder : Path
        An empty folder.
    picture : OutgoingPicture
        Integers or floats, up to two axes before rows and columns.
    metadata : Metadata
        Of the picture this one was made from; of a zarr folder, the place of the pixels is kept.

    Yields
    ------
    Step
        After each band of rows.

    Returns
    -------
    list of str
        What could not be kept.
    """
    axes = _axes(picture, metadata)
    # Zarr writes in a thread of its own, which an exception here would not stop.
    with uninterrupted():
        group = zarr.open_group(str(folder), mode="w", zarr_format=2)
        arrays = _make_arrays(group, picture, axes)
        group.attrs.update(
            {
                "multiscales": [_multiscales(axes, len(arrays))],
                **({"omero": _channels(picture, metadata)} if picture.rgb else {}),
            }
        )
    for plane in picture.planes:
        level = _Level(arrays, _place(axes, plane))
        for band in picture.bands(plane, CHUNK):
            with uninterrupted():
                level.add(band.values)
            yield band.step
    return _losses(metadata)


def add_attributes(folder: Path, attributes: dict[str, Any]) -> None:
    """Let a folder that was written say more about its picture."""
    with uninterrupted():
        zarr.open_group(str(folder), mode="r+").attrs.update(attributes)


class _Level:
    """One size of a plane: gathers rows until a row of chunks is full, and passes half of them on.

    Parameters
    ----------
    arrays : list of zarr.Array
        This size and all smaller ones.
    place : tuple of (int or slice)
        Index of the plane, with all its channels.
    """

    def __init__(self, arrays: list[Any], place: tuple[int | slice, ...]) -> None:
        self._array = arrays[0]
        self._place = place
        self._smaller = _Level(arrays[1:], place) if arrays[1:] else None
        self._waiting: list[np.ndarray] = []
        self._written = 0

    def add(self, rows: np.ndarray) -> None:
        """Add the next rows, (h, W) or (h, W, C)."""
        self._waiting.append(rows)
        ready = sum(map(len, self._waiting))
        if self._written + ready < self._array.shape[-2]:
            ready -= ready % CHUNK
        if not ready:
            return
        values = np.concatenate(self._waiting) if self._waiting[1:] else rows
        self._waiting = [values[ready:]] if ready < len(values) else []
        values = values[:ready]
        target = slice(self._written, self._written + ready)
        stored = values if values.ndim == 2 else np.moveaxis(values, -1, 0)
        self._array[(*self._place, target)] = stored
        self._written += ready
        if self._smaller is not None:
            self._smaller.add(block_means(values, (2, 2)))


def _axes(picture: OutgoingPicture, metadata: Metadata) -> list[ZarrAxis]:
    """Return the axes in the order that OME-Zarr asks for: time, channels, space."""
    source = {axis.name: axis for axis in metadata.zarr_axes}
    stack = [name for name in source if name in STACK]
    if len(stack) != len(picture.stack):
        stack = list(STACK[len(STACK) - len(picture.stack) :])
    names = sorted([*stack, *["c"][: picture.rgb], "y", "x"], key="tczyx".index)
    return [source.get(name, ZarrAxis(name)) for name in names]


def _place(axes: list[ZarrAxis], plane: tuple[int, ...]) -> tuple[int | slice, ...]:
    numbers = iter(plane)
    return tuple(slice(None) if axis.name == "c" else next(numbers) for axis in axes[:-2])


def _make_arrays(group: Any, picture: OutgoingPicture, axes: list[ZarrAxis]) -> list[Any]:
    arrays: list[Any] = []
    lengths = iter(picture.stack)
    before = [picture.channels if axis.name == "c" else next(lengths) for axis in axes[:-2]]
    chunk = [
        picture.channels if axis.name == "c" and picture.channels <= _MOST_CHANNELS_IN_CHUNK else 1
        for axis in axes[:-2]
    ]
    height, width = picture.height, picture.width
    while True:
        arrays.append(
            group.create_array(
                str(len(arrays)),
                shape=(*before, height, width),
                chunks=(*chunk, min(CHUNK, height), min(CHUNK, width)),
                dtype=picture.dtype,
                compressors=numcodecs.Blosc("zstd", clevel=3),
                chunk_key_encoding={"name": "v2", "separator": "/"},
                fill_value=0,
                # xarray's, and ours where a level is opened by itself
                attributes={"_ARRAY_DIMENSIONS": [axis.name for axis in axes]},
                # A chunk that is missing is then one that was lost.
                config={"write_empty_chunks": True},
            )
        )
        if picture.named or max(height, width) < SMALLEST_SIDE:
            return arrays
        height, width = -(-height // 2), -(-width // 2)


def _multiscales(axes: list[ZarrAxis], levels: int) -> dict[str, Any]:
    return {
        "version": VERSION,
        "axes": [
            {
                "name": axis.name,
                "type": _TYPES[axis.name],
                **({"unit": axis.unit} if axis.unit else {}),
            }
            for axis in axes
        ],
        "datasets": [
            {"path": str(level), "coordinateTransformations": _transformations(axes, level)}
            for level in range(levels)
        ],
        "type": "mean",
    }


def _transformations(axes: list[ZarrAxis], level: int) -> list[dict[str, Any]]:
    scale = [axis.scale * (2**level if axis.name in "yx" else 1) for axis in axes]
    steps: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
    translation = [axis.translation for axis in axes]
    if any(translation):
        steps.append({"type": "translation", "translation": translation})
    return steps


def _channels(picture: OutgoingPicture, metadata: Metadata) -> dict[str, Any]:
    """Return OMERO's part, by which viewers give the channels their colours."""
    if picture.named:
        window = {"start": 0, "end": max(picture.height, picture.width)}
        window |= {"min": window["start"], "max": window["end"]}
        return {
            "channels": [
                {"label": name, "color": _WHITE, "window": window} for name in picture.named
            ]
        }
    colours = _RGB if picture.channels >= 3 else {"grey": _WHITE}
    further = [f"channel {n + 1}" for n in range(len(colours), picture.channels)]
    # A zarr folder that did not call its last channel transparency has something else in it.
    if picture.channels in (2, 4) and (metadata.alpha_channels or not metadata.zarr_axes):
        further = [ALPHA]
    named = {**colours, **dict.fromkeys(further, _WHITE)}
    window = {"start": 0, "end": 255, "min": 0, "max": 255}
    return {
        "channels": [
            {
                "label": label,
                "color": colour,
                "active": label in colours,
                **({"window": window} if picture.dtype == np.uint8 else {}),
            }
            for label, colour in named.items()
        ],
        "rdefs": {"model": "color"},
    }


def _losses(metadata: Metadata) -> list[str]:
    exif = unpack_exif(metadata.exif) if metadata.exif else None
    # The resolution is named by itself, and which program wrote the source is no loss.
    rest = {X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, SOFTWARE}
    described = exif and (
        exif.photo or exif.gps or any(entry.code not in rest for entry in exif.main)
    )
    lost = [
        name
        for name, value in (
            ("colour profile", metadata.icc),
            ("resolution", metadata.resolution and metadata.resolution.unit != UNIT_NONE),
            ("EXIF data", described),
            ("XMP data", metadata.xmp),
            ("IPTC captions", metadata.photoshop or (metadata.tiff and metadata.tiff.iptc)),
        )
        if value
    ]
    if not lost:
        return []
    return [
        f"OME-Zarr cannot hold everything of the source ({', '.join(lost)}); "
        "write a TIFF to keep it."
    ]
