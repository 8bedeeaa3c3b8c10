"""The provenance record: what was done to which picture, with what, and by which software."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from napari_relic_inpaint.picture.lazy_planes import EdgeMaps
from napari_relic_inpaint.picture.picture import Picture, ValueRange
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.settings import Settings

FORMAT = 1
DISPLAY = "display rendering"
"""Kind of a record that is not about a restoration, but about how one is shown."""

PACKAGES = ("numpy", "torch", "numba", "scikit-image", "opencv-python")
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
CLASSICAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"


def make_record(
    *,
    picture: Picture,
    scale: ValueRange,
    picture_sha256: str,
    mask_sha256: str,
    damaged: int,
    widest: int,
    edges: EdgeMaps | None,
    edges_drawn: bool,
    settings: Settings,
    method: dict[str, Any],
    windows: int,
    remembered: int,
    seconds: float,
) -> dict[str, Any]:
    """Return the record of a run as a plain dict that JSON takes.

    Parameters
    ----------
    picture, scale : Picture, ValueRange
        The input and the values that counted as black and white.
    picture_sha256, mask_sha256 : str
        Hashes of the input's pixels (C order, own dtype) and of the mask (one byte a pixel).
    damaged : int
        Number of damaged pixels in all planes.
    widest : int
        Diameter in pixels of the largest disk in the damage.
    edges : EdgeMaps, optional
        The composed edge maps of all planes.
    edges_drawn : bool
        Whether the user gave the edges inside the damage.
    settings : Settings
        The options of the run.
    method : dict
        What the method says of itself.
    windows : int
        Number of windows that the damage lies in.
    remembered : int
        How many of them were not painted anew, since an earlier run had.
    seconds : float
        Duration of the run.
    """
    mask_size = int(np.prod(picture.shape)) * len(picture.planes)
    return {
        "format": FORMAT,
        "software": {"name": "napari-relic-inpaint", "version": software_version()},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "digital_source_type": SOURCE_TYPE if "model" in method else CLASSICAL_SOURCE_TYPE,
        "picture": {
            "shape": [int(n) for n in picture.data.shape],
            "dtype": str(picture.dtype),
            "colour": picture.colours == 3,
            "black": scale.low,
            "white": scale.high,
            "sha256": picture_sha256,
        },
        "damage": {
            "pixels": damaged,
            "share": damaged / mask_size,
            "widest": widest,
            "sha256": mask_sha256,
        },
        "edges": None
        if edges is None
        else {
            "source": "drawn" if edges_drawn else "predicted",
            "sha256": _sha256(edges),
        },
        "settings": settings.as_dict(),
        **method,
        "windows": windows,
        "windows_remembered": remembered,
        "seconds": round(seconds, 3),
        "versions": _versions(),
    }


def make_display_record(
    picture: Picture, scale: ValueRange, display: dict[str, Any], restoration: dict[str, Any]
) -> dict[str, Any]:
    """Return the record of a restored picture whose fill is shown so that it can be recognised.

    Parameters
    ----------
    picture, scale : Picture, ValueRange
        The restored picture and the values that counted as black and white.
    display : dict
        How each class of damage is shown.
    restoration : dict
        The record of the restoration; empty if nobody has it.
    """
    kept = restoration.get("digital_source_type")
    return {
        "format": FORMAT,
        "software": {"name": "napari-relic-inpaint", "version": software_version()},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "kind": DISPLAY,
        "about": "The fills of a restored picture, shown so that they can be told from the "
        "original. This is not the restoration itself: do not measure it, or restore from it.",
        **({} if kept is None else {"digital_source_type": kept}),
        "picture": {
            "shape": [int(n) for n in picture.data.shape],
            "dtype": str(picture.dtype),
            "colour": picture.colours == 3,
            "black": scale.low,
            "white": scale.high,
        },
        "display": display,
    }


def _sha256(edges: EdgeMaps) -> str:
    """Hash an edge map band by band, in C order."""
    digest = hashlib.sha256()
    *stack, height, width = edges.shape
    for index in np.ndindex(*stack):
        for rows in bands(height, width):
            digest.update(edges[(*index, rows)].data)
    return digest.hexdigest()


def detail_of(record: dict[str, Any]) -> str:
    """Return what a record's fill has beside the painting, for people; empty if nothing."""
    return "detail from the picture" if record.get("detail", {}).get("copied") else ""


def software_version() -> str:
    """Version of this package, ``unknown`` when it runs without being installed."""
    return _version("napari-relic-inpaint")


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        **{name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
