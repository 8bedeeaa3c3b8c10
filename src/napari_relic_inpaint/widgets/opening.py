"""The command that opens pictures upright: as other programs show them, and at any size."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import napari.viewer
import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.qt.threading import create_worker
from napari.utils.history import get_open_history, update_open_history
from napari.utils.notifications import show_warning
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import PictureFile
from napari_relic_inpaint.files.formats import SUFFIXES
from napari_relic_inpaint.picture.lazy_array import Rearranged

FILE_KEY = "relic_inpaint_file"
"""Key in a layer's ``metadata``: path and orientation of the file that it was opened from."""

SMALL = 16_000_000
"""Pixels of all planes up to which a picture is loaded, and those of a plane up to which it is
shown without smaller copies."""

_FOLDER = ".zarr"


@dataclass(frozen=True)
class Opened:
    """A picture that was opened.

    Attributes
    ----------
    picture : PictureFile
        The file.
    levels : list of array-like
        Its pixels, and smaller copies of a large one.
    """

    picture: PictureFile
    levels: list[Any]

    def layer(self) -> Image:
        """Return a layer for it."""
        picture, levels = self.picture, self.levels
        rgb = picture.rgb and levels[0].shape[-1] in (3, 4)
        if picture.rgb and not rgb:
            # Grey with transparency, or further channels: each is a plane of its own.
            levels = [*map(_channels_first, levels)]
        layer = Image(
            levels if levels[1:] else levels[0],
            multiscale=len(levels) > 1,
            rgb=rgb,
            name=picture.path.stem,
            metadata={FILE_KEY: {"path": str(picture.path), "orientation": picture.orientation}},
        )
        size = files.pixel_size(picture)
        if size is not None:
            layer.scale = (*layer.scale[:-2], *size)
            layer.units = (*layer.units[:-2], "mm", "mm")
        return layer


def open_upright(viewer: napari.viewer.Viewer) -> None:
    """Ask for pictures and open them, as their orientation tags say they are to be shown."""
    kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES if suffix != _FOLDER)
    active = viewer.layers.selection.active
    beside = None if active is None else source_folder(active)
    chosen, _ = QFileDialog.getOpenFileNames(
        QApplication.activeWindow(),
        "Open pictures upright",
        str(beside or get_open_history()[0]),
        f"Pictures ({kinds});;All files (*)",
    )
    if chosen:
        update_open_history(chosen[0])
        add_upright(viewer, [Path(path) for path in chosen])


def add_upright(viewer: ViewerModel, paths: Sequence[Path]) -> None:
    """Open pictures in a thread and add a layer for each.

    A file that cannot be opened is a warning, and does not keep the others from being opened.
    """
    worker = create_worker(_open_all, paths, _progress={"total": len(paths), "desc": "opening"})
    worker.yielded.connect(partial(_show, viewer))
    worker.warned.connect(lambda warned: show_warning(str(warned[0])))
    worker.start()


def source_file(layer: Layer) -> Path | None:
    """Return the file that a layer was opened from, if it is known."""
    path = layer.source.path or layer.metadata.get(FILE_KEY, {}).get("path")
    return Path(path) if path else None


def source_folder(layer: Layer) -> Path | None:
    """Return the folder of the file that a layer was opened from, if it is known and there."""
    source = source_file(layer)
    folder = None if source is None else source.absolute().parent
    return folder if folder is not None and folder.is_dir() else None


def _open_all(paths: Sequence[Path]) -> Generator[Opened | FileError, None, None]:
    for path in paths:
        try:
            yield _opened(path)
        except FileError as error:
            yield error


def _opened(path: Path) -> Opened:
    picture = files.open_picture(path)
    planes = picture.data.shape[:-1] if picture.rgb else picture.data.shape
    if math.prod(planes[-2:]) > SMALL:
        return Opened(picture, [picture.data, *files.overviews(picture, SMALL)])
    if math.prod(planes) > SMALL:
        # Of a stack napari reads the plane that is shown.
        return Opened(picture, [picture.data])
    # What is small is painted on and counted as what napari opens itself.
    return Opened(picture, [picture.data[...]])


def _channels_first(data: Any) -> Any:
    axes = len(data.shape)
    order = [*range(axes - 3), axes - 1, axes - 3, axes - 2]
    return data.transpose(order) if isinstance(data, np.ndarray) else Rearranged(data, order)


def _show(viewer: ViewerModel, opened: Opened | FileError) -> None:
    if isinstance(opened, FileError):
        show_warning(str(opened))
    else:
        viewer.add_layer(opened.layer())
