"""Small pictures as they stand in a report: embedded, in sRGB, with the damage drawn over."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from napari_relic_inpaint.documenting.overview import Overview
from napari_relic_inpaint.marking.classes import DamageClass, named

_QUALITY = 92
_PALE = 0.55
_OVERLAY = 0.85
_STEPS = (1, 2, 5)
_LONGEST_BAR = 0.3


def photograph(colours: NDArray[np.uint8], icc: bytes | None = None) -> str:
    """Return a picture ``(h, w, 3)`` as a JPEG for the ``src`` of an image, in sRGB."""
    image = Image.fromarray(np.ascontiguousarray(colours))
    if icc is not None and icc[16:20] == b"RGB ":
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            made = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
            image = made if made is not None else image
        except (ImageCms.PyCMSError, OSError):
            pass  # a damaged profile: as if there were none
    return _embedded(image, "JPEG", quality=_QUALITY, subsampling=0)


def drawing(colours: NDArray[np.uint8]) -> str:
    """Return a picture ``(h, w, 3)`` of few colours as a PNG for the ``src`` of an image."""
    return _embedded(Image.fromarray(np.ascontiguousarray(colours)), "PNG", optimize=False)


def damage_map(view: Overview, classes: tuple[DamageClass, ...]) -> NDArray[np.uint8]:
    """Return the picture, pale and grey, with the damage in the colours of its classes."""
    colours: NDArray[np.float32] = _pale(view.picture)
    for label in np.unique(view.labels[view.labels > 0]).tolist():
        place = view.labels == label
        value = named(label, classes).colour
        colour = np.array([int(value[n : n + 2], 16) for n in (1, 3, 5)], np.float32)
        colours[place] = (_OVERLAY * colour + (1 - _OVERLAY) * colours[place]).astype(np.float32)
    return np.rint(colours).astype(np.uint8)


def edge_map(edges: NDArray[np.bool_], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return edges as dark lines on paper, those inside the damage in red."""
    colours = np.full((*edges.shape, 3), 255, np.uint8)
    colours[labels > 0] = (246, 236, 226)
    colours[edges] = (70, 70, 70)
    colours[edges & (labels > 0)] = (190, 40, 30)
    return colours


def source_map(view: Overview) -> NDArray[np.uint8]:
    """Return the colours of the sources over the pale picture."""
    assert view.sources is not None
    pale = _pale(view.result)
    own = view.sources[..., 3] if view.sources.shape[-1] == 4 else 255 * view.sources.any(axis=-1)
    opacity = np.asarray(own, np.float32) / 255
    colours = view.sources[..., :3]
    return np.rint(pale + (colours - pale) * (_OVERLAY * opacity[..., None])).astype(np.uint8)


def scale_bar(width: int, pixel: float | None) -> tuple[float, float]:
    """Return the length of a scale bar, and which share of a picture's width it is.

    Parameters
    ----------
    width : int
        Of the picture in pixels.
    pixel : float, optional
        Width of a pixel in millimetres; without it the length is in pixels.
    """
    whole = width * (pixel or 1.0)
    power = 10.0 ** math.floor(math.log10(whole))
    lengths = [step * power * tens for tens in (0.01, 0.1, 1) for step in _STEPS]
    length = max(each for each in lengths if each <= whole * _LONGEST_BAR)
    return length, length / whole


def _pale(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = colours.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    pale = 255 - (255 - grey) * _PALE
    return np.repeat(pale[..., None], 3, axis=-1)


def _embedded(image: Image.Image, form: str, **options: object) -> str:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    content = base64.b64encode(stream.getvalue()).decode("ascii")
    return f"data:image/{form.lower()};base64,{content}"
