"""Zarr folders read: plain arrays, and OME-Zarr pictures at their full size."""

import os
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.chunks import LARGEST_CHUNK_BYTES, Chunked, Index, workers
from napari_relic_inpaint.files.metadata import Metadata, ZarrAxis
from napari_relic_inpaint.picture.lazy_array import Converted, LazyArray, Rearranged

ALPHA = "alpha"
"""Label of a channel that is transparency, in OMERO's part of the metadata."""

_KNOWN_AXES = "tczyx"


def read(
    path: Path, *, as_stored: bool, lazily: bool, sparse: bool, by_columns: bool = False
) -> tuple[np.ndarray | LazyArray, bool, Metadata]:
    """Read a zarr array (versions 2 and 3) or the first picture of an OME-Zarr folder.

    Parameters
    ----------
    path : Path
        The folder.
    as_stored : bool
        Keep bool, instead of 0 and 255.
    lazily : bool
        Read the pixels when they are sliced, unless the chunks are very large.
    sparse : bool
        Take chunks that are missing for empty ones, without a warning.
    by_columns : bool
        Whether it will be read in bands of columns, not of rows.

    Returns
    -------
    data : numpy.ndarray or LazyArray
        (..., H, W) or (..., H, W, C) in native byte order; axes of length 1 are left out.
    rgb : bool
        True if the last axis is colour: an axis of channels or, in an array that does not name
        its axes, a last axis of length 3 or 4.
    metadata : Metadata
        Where the pixels lie, and which channel is transparency.

    Raises
    ------
    FileError
        If there is no picture in the folder or no known order of axes.
    """
    picture = _find(path, zarr.open(str(path), mode="r"))
    array = picture.array
    _refuse_unsupported(path, array)
    if not sparse:
        _warn_of_missing_chunks(path, array)
    names = [axis.name for axis in picture.axes]
    kept = [
        n for n, name in enumerate(names) if name in "yx" or (array.shape[n] > 1 and name != "c")
    ]
    rgb = "c" in names and array.shape[names.index("c")] > 1
    if rgb:
        kept.append(names.index("c"))
    stored = Chunked(
        path,
        tuple(array.shape),
        array.dtype.newbyteorder("="),
        array.chunks,
        _Chunks(path, array),
        [n for n, name in enumerate(names) if name in ("cy" if by_columns else "cx")],
    )
    data: LazyArray = Rearranged(stored, kept)
    if data.dtype == bool and not as_stored:
        data = Converted(data, _spread, np.dtype(np.uint8))
    metadata = Metadata(
        kind="zarr",
        alpha_channels=int(rgb and picture.alpha),
        zarr_axes=tuple(picture.axes[n] for n in kept) if picture.placed else (),
    )
    whole = not lazily or stored.chunk_bytes > LARGEST_CHUNK_BYTES
    return data[...] if whole else data, rgb, metadata


@dataclass(frozen=True)
class _Chunks:
    """Loads chunks of a zarr array."""

    path: Path
    array: Any

    def __call__(self, indices: list[Index]) -> Iterator[np.ndarray]:
        return workers().map(self._load, indices)

    def _load(self, index: Index) -> np.ndarray:
        if _ends_in_blosc(self.array):
            self._refuse_cut_off(index)
        place = tuple(
            slice(number * length, (number + 1) * length)
            for number, length in zip(index, self.array.chunks, strict=True)
        )
        return np.asarray(self.array[place])

    def _refuse_cut_off(self, index: Index) -> None:
        """Compare a chunk's size with its header: Blosc reads past the end without a word."""
        array = self.array
        file = array.store.root / array.path / array.metadata.encode_chunk_key(index)
        with suppress(FileNotFoundError), file.open("rb") as stream:
            size = int.from_bytes(stream.read(16)[12:], "little")
            if size != stream.seek(0, os.SEEK_END):
                raise FileError(f"{self.path} is cut off: copy it again from its source.")


@dataclass(frozen=True)
class _Picture:
    """An array of a folder; `placed` if the folder says where its axes lie."""

    array: Any
    axes: tuple[ZarrAxis, ...]
    alpha: bool
    placed: bool = False


def _find(path: Path, node: Any) -> _Picture:
    if isinstance(node, zarr.Array):
        names = _names_of_plain_array(node)
        alpha = names[-1] == "c" and node.shape[-1] == 4
        return _Picture(node, tuple(ZarrAxis(name) for name in names), alpha)
    attributes = node.attrs.asdict()
    # Version 0.5 has moved all of it below one key.
    attributes = attributes.get("ome", attributes)
    if "multiscales" in attributes:
        return _of_multiscales(path, node, attributes)
    if "bioformats2raw.layout" in attributes:
        return _find(path, node["0"])
    raise FileError(f"{path} is a zarr group without a picture: choose an array or picture in it.")


def _of_multiscales(path: Path, group: Any, attributes: dict[str, Any]) -> _Picture:
    multiscales = attributes["multiscales"][0]
    level = multiscales["datasets"][0]
    array = group[level["path"]]
    # Version 0.3 has names only, and older ones always these five axes.
    given = [
        axis if isinstance(axis, dict) else {"name": axis}
        for axis in multiscales.get("axes", _KNOWN_AXES)
    ]
    names = ["c" if axis.get("type") == "channel" else str(axis["name"]).lower() for axis in given]
    if not _are_known(names) or len(names) != array.ndim:
        raise FileError(
            f"{path} has axes {', '.join(names)} for an array of {array.ndim}: save it with y and "
            "x last, and before them no others than t, c and z."
        )
    ones = [1.0] * len(names)
    place = {step["type"]: step for step in level.get("coordinateTransformations", [])}
    scale = place.get("scale", {}).get("scale", ones)
    translation = place.get("translation", {}).get("translation", [0.0] * len(names))
    axes = tuple(
        ZarrAxis(name, axis.get("unit"), float(size), float(start))
        for name, axis, size, start in zip(names, given, scale, translation, strict=True)
    )
    channels = attributes.get("omero", {}).get("channels", [])
    alpha = bool(channels) and channels[-1].get("label") == ALPHA
    return _Picture(array, axes, alpha, placed=True)


def _names_of_plain_array(array: Any) -> list[str]:
    """Return names as the array gives them (version 3, or xarray's in version 2), or a guess."""
    given = getattr(array.metadata, "dimension_names", None)
    given = given or array.attrs.get("_ARRAY_DIMENSIONS") or []
    names = ["c" if name in ("channel", "band") else str(name).lower() for name in given]
    if _are_known(names) and len(names) == array.ndim:
        return names
    colour = array.ndim > 2 and array.shape[-1] in (3, 4)
    # Leading axes keep their order, whatever they are called.
    return ["z"] * (array.ndim - 2 - colour) + ["y", "x", *["c"][:colour]]


def _are_known(names: list[str]) -> bool:
    spatial = [name for name in names if name != "c"]
    return (
        set(names) <= set(_KNOWN_AXES)
        and len(set(names)) == len(names)
        and spatial[-2:] == ["y", "x"]
    )


def _ends_in_blosc(array: Any) -> bool:
    codecs = array.compressors
    return array.shards is None and bool(codecs) and "blosc" in type(codecs[-1]).__name__.lower()


def _refuse_unsupported(path: Path, array: Any) -> None:
    if array.ndim < 2 or 0 in array.shape:
        raise FileError(f"{path} has shape {array.shape}, which is no picture: choose another.")
    if array.dtype.kind not in "buif":
        raise FileError(f"{path} has values of an unknown kind: save it with 8 or 16 bit.")


def _warn_of_missing_chunks(path: Path, array: Any) -> None:
    present = array.nchunks_initialized
    if present == 0:
        raise FileError(f"{path} has no chunk of its pixels: copy it again from its source.")
    if present < array.nchunks:
        warnings.warn(
            f"{path} has no file for {array.nchunks - present} of its {array.nchunks} chunks, "
            f"which then have the value {array.fill_value}: copy it again if that is not meant.",
            stacklevel=2,
        )


def _spread(values: np.ndarray) -> np.ndarray:
    return values.astype(np.uint8) * np.uint8(255)
