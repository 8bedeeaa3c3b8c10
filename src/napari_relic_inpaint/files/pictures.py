"""The public door of this folder: read, check and write pictures, masks and records."""

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import jpeg, png, tiff
from napari_relic_inpaint.files.atomic import check_target, replacing
from napari_relic_inpaint.files.metadata import Metadata

_WRITERS = {
    ".png": png,
    ".jpg": jpeg,
    ".jpeg": jpeg,
    ".tif": tiff,
    ".tiff": tiff,
}
_LABELS_SHOWN = 20


@dataclass(frozen=True, eq=False)
class PictureFile:
    """A picture as it lies on disk.

    Attributes
    ----------
    path : Path
        Where it was read from.
    data : numpy.ndarray
        (H, W), (H, W, C) or a stack of planes (..., H, W[, C]) in the file's own dtype; never
        rotated by the orientation tag.
    rgb : bool
        True if the last axis is colour: grey and alpha, RGB, RGBA or more samples.
    metadata : Metadata
        Colour profile, EXIF, XMP, resolution and the like, for `write_picture`.
    """

    path: Path
    data: np.ndarray = field(repr=False)
    rgb: bool
    metadata: Metadata = field(repr=False, default_factory=Metadata)


def read_picture(path: str | os.PathLike[str]) -> PictureFile:
    """Read a PNG, JPEG or TIFF; the kind is told by the content, not by the name.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    PictureFile
        Its pixels and what else it carries.

    Raises
    ------
    FileError
        If the file is missing, damaged, or in colours other than grey and RGB.
    """
    path = Path(path)
    return PictureFile(path, *_decode(path))


def read_mask(path: str | os.PathLike[str], label: int | None = None) -> np.ndarray:
    """Read a damage mask; transparency is ignored.

    Parameters
    ----------
    path : path-like
        A PNG, JPEG or TIFF. Without `label`, damage is where any colour differs from black
        (lossy files: where it is brighter than the middle).
    label : int, optional
        Only pixels of this value (the index in pictures with a palette) are damage.

    Returns
    -------
    numpy.ndarray
        bool, (H, W) or (N, H, W); True where the picture is damaged.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If `label` does not occur in the mask or the mask cannot hold labels.
    """
    path = Path(path)
    data, rgb, metadata = _decode(path, as_stored=label is not None)
    if rgb:
        data = data[..., : data.shape[-1] - metadata.alpha_channels]
    if label is not None:
        mask = _labelled(path, data, rgb, metadata, label)
    else:
        if _is_negative(metadata):
            data = _inverted(data)
        threshold = np.iinfo(data.dtype).max // 2 if metadata.lossy else 0
        damaged = data > threshold if metadata.lossy else data != 0
        mask = np.asarray(damaged.any(axis=-1) if rgb else damaged)
    return mask.reshape(-1, *mask.shape[-2:]) if mask.ndim > 3 else mask


def check_output(
    path: str | os.PathLike[str], *, overwrite: bool, like: Path | None = None
) -> Path:
    """Check that a picture can be written, before the work that leads to it.

    Parameters
    ----------
    path : path-like
        Where the picture shall go.
    overwrite : bool
        Whether an existing file may be replaced.
    like : Path, optional
        The picture it is made from, which is never replaced.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    FileError
        If the suffix is unknown, the folder is missing or cannot be written to, the file
        exists and `overwrite` is False, or it is the file `like`.
    """
    path = Path(path)
    if path.suffix.lower() not in _WRITERS:
        raise FileError(
            f"{path} ends in {path.suffix or 'nothing'}: choose a name that ends in "
            f"{', '.join(_WRITERS)}."
        )
    if like is not None and path.exists() and like.exists() and path.samefile(like):
        raise FileError(f"{path} is the source picture itself: choose another name.")
    check_target(path, overwrite)
    return path


def write_picture(
    path: str | os.PathLike[str],
    data: np.ndarray,
    *,
    rgb: bool,
    like: PictureFile | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write a picture as PNG, JPEG or TIFF, by the suffix of `path`.

    The file appears under its name only when it is complete; a failure leaves an old file as
    it was.

    Parameters
    ----------
    path : path-like
        Where to write.
    data : numpy.ndarray
        (..., H, W) or, with `rgb`, (..., H, W, C) with at least two channels; bool is written
        as 0 and 255.
    rgb : bool
        True if the last axis is colour.
    like : PictureFile, optional
        The picture this one was made from; its profile, resolution, EXIF, XMP and lossless
        compression are kept.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    list of str
        Sentences for the user about what the format could not keep.

    Raises
    ------
    FileError
        If the format cannot hold the data or the file cannot be written.
    """
    path = check_output(path, overwrite=overwrite, like=like.path if like else None)
    writer = _WRITERS[path.suffix.lower()]
    metadata = like.metadata if like else Metadata()
    if data.dtype == bool:
        data = data.astype(np.uint8) * np.uint8(255)
    data = np.asarray(data, dtype=data.dtype.newbyteorder("="))
    if data.ndim < 2 + rgb or data.size == 0:
        raise FileError(f"A picture of shape {data.shape} has no rows and columns to write.")
    metadata, warnings = _with_fitting_profile(metadata, 1 if not rgb else data.shape[-1])
    if writer is not tiff and not rgb and _is_negative(metadata) and data.dtype.kind == "u":
        data = _inverted(data)
    with replacing(path, overwrite, data.nbytes) as stream:
        warnings += writer.write(stream, data, rgb=rgb, metadata=metadata)
    return warnings


def check_record(path: Path, *, overwrite: bool) -> None:
    """Check that a record can be written, before the work that leads to it; raises `FileError`."""
    check_target(path, overwrite)


def write_json(path: str | os.PathLike[str], content: dict[str, Any], *, overwrite: bool) -> None:
    """Write a record as JSON (UTF-8, indented), whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to write.
    content : dict
        What to write.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FileError
        If the file exists and `overwrite` is False, or it cannot be written.
    """
    text = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    with replacing(Path(path), overwrite, len(text)) as stream:
        stream.write(text)


def _decode(path: Path, *, as_stored: bool = False) -> tuple[np.ndarray, bool, Metadata]:
    if path.is_dir():
        raise FileError(f"{path} is a folder: choose a picture in it.")
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start == b"\x89PNG":
            return png.read(path, as_stored=as_stored)
        if start[:3] == b"\xff\xd8\xff":
            return jpeg.read(path)
        if start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return tiff.read(path, as_stored=as_stored)
    except FileError:
        raise
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist: check the name and the folder.") from error
    except PermissionError as error:
        raise FileError(f"{path} may not be read: ask its owner for permission.") from error
    except MemoryError as error:
        raise FileError(f"{path} does not fit in memory: close other programs.") from error
    except Exception as error:
        # Decoders answer damaged files with errors of every kind, down to IndexError.
        raise FileError(
            f"{path} is damaged or cut off ({error}): copy it again from its source."
        ) from error
    raise FileError(f"{path} is not a PNG, JPEG or TIFF picture: save it as one of these.")


def _labelled(
    path: Path, data: np.ndarray, rgb: bool, metadata: Metadata, label: int
) -> np.ndarray:
    if metadata.lossy:
        raise InputError(f"{path} is a JPEG, which blurs labels: save the labels as PNG or TIFF.")
    if rgb:
        if (data != data[..., :1]).any():
            raise InputError(
                f"{path} has colours, not labels, so label {label} cannot be picked: "
                "save it as grey."
            )
        data = data[..., 0]
    mask = np.asarray(data == label)
    if not mask.any():
        labels = [f"{value:g}" for value in np.unique(data) if value]
        shown = ", ".join(labels[:_LABELS_SHOWN]) + (" and more" if labels[_LABELS_SHOWN:] else "")
        raise InputError(
            f"label {label} does not occur in {path}: its labels are {shown or 'none, all are 0'}."
        )
    return mask


def _is_negative(metadata: Metadata) -> bool:
    return metadata.tiff is not None and metadata.tiff.photometric == tiff.MINISWHITE


def _inverted(data: np.ndarray) -> np.ndarray:
    return ~data if data.dtype.kind in "ub" else data.max() - data


def _with_fitting_profile(metadata: Metadata, channels: int) -> tuple[Metadata, list[str]]:
    expected = b"GRAY" if channels <= 2 else b"RGB "
    if metadata.icc is None or metadata.icc[16:20] in (expected, b""):
        return metadata, []
    space = metadata.icc[16:20].decode("latin-1").strip()
    chunks = tuple(chunk for chunk in metadata.png_chunks if chunk[0] != b"iCCP")
    return replace(metadata, icc=None, png_chunks=chunks), [
        f"The colour profile of the source is for {space} pictures and was left out of a picture "
        f"with {channels} channel{'s' if channels > 1 else ''}."
    ]
