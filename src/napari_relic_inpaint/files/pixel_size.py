"""How large the pixels of a picture are, where its file knows."""

from __future__ import annotations

from napari_relic_inpaint.files.metadata import UNIT_NONE, Metadata, unpack_exif
from napari_relic_inpaint.files.pictures import PictureFile

MM_PER_INCH = 25.4

NOMINAL = {72, 96}
"""Pixels per inch that programs write where nobody knows."""

_MM = {"nanometer": 1e-6, "micrometer": 1e-3, "millimeter": 1.0, "centimeter": 10.0, "meter": 1e3}

# Exposure time, aperture and focal length: a camera's resolution is that of a print.
_OF_A_CAMERA = {0x829A, 0x829D, 0x920A}


def pixel_size(picture: PictureFile) -> tuple[float, float] | None:
    """Return the height and the width of a pixel in millimetres, None where nobody knows.

    That is the resolution of a scan. What a photograph says is left out, since no camera knows how
    far away the wall was, and so is what programs write for want of anything else.

    Parameters
    ----------
    picture : PictureFile
        The picture, as it was opened.
    """
    return pixel_size_in(picture.metadata)


def pixel_size_in(metadata: Metadata) -> tuple[float, float] | None:
    """Return the size of a pixel as `pixel_size` does, from what a file carries."""
    resolution = metadata.resolution
    if metadata.zarr_axes:
        return _of_axes(metadata)
    if resolution is None or resolution.unit == UNIT_NONE or not (resolution.x and resolution.y):
        return None
    exif = unpack_exif(metadata.exif) if metadata.exif else None
    if exif is not None and _OF_A_CAMERA & {entry.code for entry in exif.photo}:
        return None
    across, down = resolution.per_inch()
    if {round(across), round(down)} <= NOMINAL:
        return None
    return MM_PER_INCH / down, MM_PER_INCH / across


def _of_axes(metadata: Metadata) -> tuple[float, float] | None:
    axes = {axis.name: axis for axis in metadata.zarr_axes}
    sides = [axes[name].scale * _MM.get(axes[name].unit or "", 0.0) for name in "yx"]
    return (sides[0], sides[1]) if all(side > 0 for side in sides) else None
