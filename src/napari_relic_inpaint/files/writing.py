"""Pictures written: which format, what it may replace, and one step for each band of rows."""

import os
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import folders, jpeg, png, tiff, tiff_writer
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.collisions import check_apart
from napari_relic_inpaint.files.folders import check_folder
from napari_relic_inpaint.files.formats import ONLY_READ
from napari_relic_inpaint.files.metadata import Metadata
from napari_relic_inpaint.files.pictures import PictureFile, is_negative, open_picture
from napari_relic_inpaint.files.reading import reading
from napari_relic_inpaint.files.statement import ATTRIBUTE, Statement
from napari_relic_inpaint.files.stating import with_statement
from napari_relic_inpaint.files.streaming import OutgoingPicture
from napari_relic_inpaint.files.targets import check_target
from napari_relic_inpaint.files.tiff_levels import SourcePixels
from napari_relic_inpaint.picture.lazy_array import LazyArray
from napari_relic_inpaint.steps import Step, finish

_TIFF = (".tif", ".tiff")
_ZARR = ".zarr"
_AT_ONCE = {".png": png, ".jpg": jpeg, ".jpeg": jpeg}
# Of zarr only what is quick to import
_CHECKED_BY = {**_AT_ONCE, **dict.fromkeys(_TIFF, tiff_writer), _ZARR: folders}
_SUFFIXES = tuple(_CHECKED_BY)


def fitting_suffixes(data: Any, *, rgb: bool) -> list[str]:
    """Return the formats that can hold a picture, one suffix each, the one to propose first.

    That is TIFF, or beyond 4 GB OME-Zarr, since many programs do not open a BigTIFF; PNG and JPEG,
    for which a picture is read whole, are then left out.

    Parameters
    ----------
    data, rgb
        As for `write_picture`.

    Raises
    ------
    FileError
        If there is no pixel.
    """
    picture = OutgoingPicture(data, rgb=rgb)
    if picture.nbytes > tiff_writer.BIGTIFF_BYTES:
        suffixes = [_ZARR, ".tif"]
    else:
        suffixes = [".tif", ".png", _ZARR, ".jpg"]
    return [suffix for suffix in suffixes if _holds(suffix, picture)]


def check_output(
    path: str | os.PathLike[str], *, overwrite: bool, like: Path | None = None
) -> Path:
    """Check that a picture can be written, before the work that leads to it.

    Parameters
    ----------
    path : path-like
        Where the picture shall go.
    overwrite : bool
        Whether an existing file or zarr folder may be replaced.
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
        exists and `overwrite` is False, or it is the picture `like`, lies in its folder or
        contains it.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in ONLY_READ:
        raise FileError(
            f"{path} ends in {suffix}: {ONLY_READ[suffix]} is read, but not written. Choose a name "
            f"that ends in {', '.join(_SUFFIXES)}."
        )
    if suffix not in _SUFFIXES:
        raise FileError(
            f"{path} ends in {suffix or 'nothing'}: choose a name that ends in "
            f"{', '.join(_SUFFIXES)}."
        )
    if like is not None:
        check_apart([("the result", path)], [("the source picture", like)])
    if suffix == _ZARR:
        check_folder(path, overwrite)
    else:
        check_target(path, overwrite)
    return path


def write_picture(
    path: str | os.PathLike[str],
    data: Any,
    *,
    rgb: bool,
    like: PictureFile | None = None,
    record: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write a picture as PNG, JPEG, TIFF or OME-Zarr, by the suffix of `path`.

    The file or folder appears under its name only when it is complete; a failure leaves an old
    one as it was. TIFF and zarr are written in bands of rows, each of which is read once, so that
    a lazy picture may be larger than memory; for PNG and JPEG it is read whole.

    Parameters
    ----------
    path : path-like
        Where to write.
    data : array-like
        (..., H, W) or, with `rgb`, (..., H, W, C) with at least two channels: NumPy, or anything
        with a shape and a dtype that can be sliced; bool is written as 0 and 255.
    rgb : bool
        True if the last axis is colour.
    like : PictureFile, optional
        The picture this one was made from; its profile, resolution, EXIF, XMP and lossless
        compression are kept, of a zarr folder the place and size of the pixels.
    record : mapping, optional
        Of the restoration, if the picture is a restored one: its XMP then says so, with the hash
        of the record, and with program, method and model; in a zarr folder, an attribute does.
    overwrite : bool
        Whether an existing file or zarr folder may be replaced.

    Returns
    -------
    list of str
        Sentences for the user about what the format could not keep.

    Raises
    ------
    FileError
        If the format cannot hold the data or the file cannot be written.
    """
    return finish(
        write_picture_steps(path, data, rgb=rgb, like=like, record=record, overwrite=overwrite)
    )


def write_picture_steps(
    path: str | os.PathLike[str],
    data: Any,
    *,
    rgb: bool,
    like: PictureFile | None = None,
    record: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    together: Together | None = None,
) -> Generator[Step, None, list[str]]:
    """Write as `write_picture` does, yielding a `Step` after each band of rows, or PNG and JPEG.

    Closing the generator between two steps stops the writing and leaves nothing behind. Its
    return value is the list of sentences. With `together`, the picture takes its place with the
    other files that are written there.
    """
    path = check_output(path, overwrite=overwrite, like=like.path if like else None)
    suffix = path.suffix.lower()
    picture = OutgoingPicture(data, rgb=rgb)
    _CHECKED_BY[suffix].check(picture)
    metadata, warnings = _with_fitting_profile(
        like.metadata if like else Metadata(), picture.channels
    )
    if suffix not in _TIFF and not rgb and is_negative(metadata) and picture.dtype.kind == "u":
        picture.invert()
    source = _source_pixels(like, picture) if suffix in _TIFF else None
    statement = None if record is None else Statement.of(record)
    if statement is not None and suffix != _ZARR:
        longest = jpeg.LONGEST_XMP if _AT_ONCE.get(suffix) is jpeg else None
        metadata, notes = with_statement(metadata, statement, longest)
        warnings += notes
    written = path, picture, metadata, statement, source, overwrite
    if together is None:
        with Together() as alone:
            return warnings + (yield from _write(*written, alone))
    return warnings + (yield from _write(*written, together))


def write_map_steps(
    path: str | os.PathLike[str],
    data: Any,
    channels: tuple[str, ...],
    *,
    overwrite: bool,
    together: Together,
) -> Generator[Step, None, list[str]]:
    """Write values that belong to pixels and are no colours, as `write_picture_steps` does.

    They have one size only, since a mean of places is no place.

    Parameters
    ----------
    path, overwrite, together
        As for `write_picture_steps`.
    data : array-like
        (..., H, W), or (..., H, W, C) with `channels`.
    channels : tuple of str
        What each channel is; none for a map of one value a pixel.
    """
    path = check_output(path, overwrite=overwrite)
    picture = OutgoingPicture(data, rgb=bool(channels), named=channels)
    _CHECKED_BY[path.suffix.lower()].check(picture)
    return (yield from _write(path, picture, Metadata(), None, None, overwrite, together))


def _write(
    path: Path,
    picture: OutgoingPicture,
    metadata: Metadata,
    statement: Statement | None,
    source: SourcePixels | None,
    overwrite: bool,
    together: Together,
) -> Generator[Step, None, list[str]]:
    suffix = path.suffix.lower()
    if suffix == _ZARR:
        from napari_relic_inpaint.files import zarr_writer  # noqa: PLC0415 - slow to import

        with together.folder(path, overwrite, picture.nbytes) as folder:
            warnings = yield from zarr_writer.write(folder, picture, metadata)
            if statement is not None:
                zarr_writer.add_attributes(folder, {ATTRIBUTE: statement.as_dict()})
            return warnings
    with together.file(path, overwrite, picture.nbytes) as stream:
        if suffix in _TIFF:
            return (yield from tiff_writer.write(stream, picture, metadata, source))
        warnings = _AT_ONCE[suffix].write(stream, picture.whole(), metadata)
        yield Step("writing", 1, 1, 1.0)
        return warnings


def _source_pixels(like: PictureFile | None, picture: OutgoingPicture) -> SourcePixels | None:
    """Open the smaller copies of the source, if a picture like it is written."""
    layout = like.metadata.tiff if like else None
    if like is None or layout is None or not layout.copies[1:]:
        return None
    try:
        with reading(like.path):
            copies = tiff.open_copies(like.path)
        if not copies:
            return None
        # An array in memory may have been painted on.
        lazy = isinstance(like.data, LazyArray)
        before = like.data if lazy else open_picture(like.path).data
    # Without the source, which may be gone by now, all of them are made anew.
    except FileError:
        return None
    shapes = [data.shape[len(picture.stack) :][:2] for data in (before, *copies)]
    same = before.shape == picture.shape and before.dtype == picture.dtype
    if same and shapes == [copy.size for copy in layout.copies]:
        return SourcePixels(before, copies)
    return None


def _holds(suffix: str, picture: OutgoingPicture) -> bool:
    try:
        _CHECKED_BY[suffix].check(picture)
    except FileError:
        return False
    return True


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
