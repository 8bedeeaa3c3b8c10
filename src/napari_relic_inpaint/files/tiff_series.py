"""Which of the pages in a TIFF are the picture, and which are smaller copies of it."""

from typing import Any

import tifffile

_TRANSPARENCY_MASK = 4


def main_series(tif: Any) -> Any:
    """Return the pages of the largest picture, or stack of pictures, in a TIFF.

    Thumbnails and masks say what they are (NewSubfileType), and are passed over wherever they lie.

    Parameters
    ----------
    tif : tifffile.TiffFile
        The file, open.

    Returns
    -------
    tifffile.TiffPageSeries
        The first of the largest; its further `levels` are smaller copies.
    """
    found = [series for series in map(_without_masks, tif.series) if series is not None]
    full = [series for series in found if not series.keyframe.is_reduced]
    # A file of nothing but thumbnails or masks is still a picture to whoever opens it.
    main = max(full or found or tif.series, key=_pixels)
    return _stacked([series for series in full if _alike(series, main)]) or main


def smaller_copies(series: Any) -> list[Any]:
    """Return the series of a picture's smaller copies, each smaller than the one before."""
    return [level for level in series.levels[1:] if level.shape != series.shape]


def is_mask(page: Any) -> bool:
    """Tell whether a page says that it is the transparency of another."""
    return bool(page.is_mask) or page.photometric == _TRANSPARENCY_MASK


def _alike(series: Any, main: Any) -> bool:
    """Tell whether two series hold pictures of one kind, page by page, without smaller copies."""
    page, other = series.keyframe, main.keyframe
    return (
        (page.shape, page.dtype, page.axes) == (other.shape, other.dtype, other.axes)
        and page.photometric == other.photometric
        and len(series.levels) == 1
        and series.size == len(series.pages) * page.size
    )


def _stacked(series: list[Any]) -> Any:
    """Return several series of equal pages as one stack; None if there is but one.

    Programs that write page after page leave each with a description of its own, and so it
    looks like a picture of its own.
    """
    if len(series) < 2:
        return None
    pages = [page.aspage() for each in series for page in each.pages]
    page = pages[0]
    return tifffile.TiffPageSeries(
        pages, (len(pages), *page.shape), page.dtype, "I" + page.axes, kind="generic"
    )


def _pixels(series: Any) -> int:
    return int(series.keyframe.imagelength * series.keyframe.imagewidth)


def _without_masks(series: Any) -> Any:
    """Return a series without masks of the picture's own size and kind; None if nothing is left."""
    if is_mask(series.keyframe) and len(series.pages) == 1:
        return None
    if series.kind not in ("generic", "uniform") or len(series.pages) == 1:
        return series
    pages = [page.aspage() for page in series.pages]
    pictures = [page for page in pages if not is_mask(page)]
    if len(pictures) == len(pages):
        return series
    if not pictures:
        return None
    page, count = pictures[0], len(pictures)
    return tifffile.TiffPageSeries(
        pictures,
        (count, *page.shape) if count > 1 else page.shape,
        page.dtype,
        "I" + page.axes if count > 1 else page.axes,
        kind="generic",
    )
