"""Masks read and written with what their labels mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.history import (
    get_open_history,
    get_save_history,
    update_open_history,
    update_save_history,
)
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint import files
from napari_relic_inpaint.files.formats import SUFFIXES
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.steps import Step, stoppable
from napari_relic_inpaint.widgets.classed_layer import classes_of, set_classes
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import geometry, planes_shape, snapshot
from napari_relic_inpaint.widgets.opening import FILE_KEY, source_folder

NOTHING = "Choose a layer of damage first."
FILTERS = {
    ".png": "Palette PNG (*.png)",
    ".tif": "TIFF, for stacks and many labels (*.tif *.tiff)",
    ".zarr": "OME-Zarr folder, for large masks (*.zarr)",
}


class MaskSaving(Job):
    """A button that writes a layer of damage with its classes, in a thread."""

    def __init__(self) -> None:
        super().__init__(
            "Save mask ...",
            "Write the layer of damage with the names and colours of its classes, as a palette "
            "PNG, a TIFF or an OME-Zarr folder. Every program reads these as pictures; here, and "
            "on the command line, the names come back.",
        )
        self._layer: Labels | None = None
        self._picture: Image | None = None
        self._size: PixelSize | None = None
        self.set_obstacle(NOTHING)
        self.requested.connect(self._ask)
        self.finished.connect(self._tell)

    def follow(self, picture: Image | None, layer: Labels | None, size: PixelSize | None) -> None:
        """Write this layer from now on, whose pixels are of this size."""
        self._picture, self._layer, self._size = picture, layer, size
        self.set_obstacle(NOTHING if layer is None else None)

    def _ask(self) -> None:
        layer = self._layer
        if layer is None:
            return
        labels, classes, size = snapshot(layer), classes_of(layer), self._size
        beside = None if self._picture is None else source_folder(self._picture)
        folder = Path(get_save_history()[0]) if beside is None else beside
        suffixes = list(FILTERS)[1 if labels.ndim > 2 else 0 :]
        name = re.sub(r"[^\w.-]+", "_", layer.name).strip("_")
        kinds = {FILTERS[suffix]: suffix for suffix in suffixes}
        chosen, kind = QFileDialog.getSaveFileName(
            self.native,
            f"Save '{layer.name}'",
            str(folder / f"{name}{suffixes[0]}"),
            ";;".join(kinds),
        )
        if not chosen:
            return
        path = Path(chosen)
        if not path.suffix:
            path = path.with_suffix(kinds.get(kind, suffixes[0]))
        # The dialog has asked before it lets an existing file be chosen, but not for a folder.
        overwrite = str(path) == chosen and path.is_file()

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, Path]:
            writing = files.write_mask_steps(
                path, labels, classes, pixel_size=size, overwrite=overwrite
            )
            yield from stoppable(writing, should_stop)
            return path

        self.start(work)

    def _tell(self, path: Path) -> None:
        update_save_history(str(path))
        self.say(f"Saved as {path}, with the names of its classes.")


@dataclass(frozen=True)
class _Opened:
    """A mask that was read."""

    path: Path
    labels: np.ndarray
    classes: tuple[DamageClass, ...]
    size: PixelSize | None
    notes: tuple[str, ...]


class MaskOpening(Job):
    """A button that opens a mask as a layer of damage, with its classes.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layer goes.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(
            "Open mask ...",
            "Open a damage mask from a file as a layer of labels, with the names and colours of "
            "its classes if the file has them.",
        )
        self._viewer = viewer
        self._picture: Image | None = None
        self.requested.connect(self._ask)
        self.finished.connect(self._show)

    def follow(self, picture: Image | None) -> None:
        """Lay masks of this picture's size over it from now on."""
        self._picture = picture

    def _ask(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        beside = None if self._picture is None else source_folder(self._picture)
        chosen, _ = QFileDialog.getOpenFileName(
            self.native,
            "Open a damage mask",
            str(beside or get_open_history()[0]),
            f"Masks ({kinds});;All files (*)",
        )
        if chosen:
            self.open(Path(chosen))

    def open(self, path: Path) -> None:
        """Open this mask."""

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, _Opened]:
            yield Step("reading", 0, 1, 0.0)
            mask = files.open_labels(path)
            labels = np.asarray(mask.labels())
            if labels.dtype.kind not in "ui":
                labels = labels.astype(np.uint8)
            return _Opened(path, labels, mask.classes, mask.pixel_size, mask.notes)

        self.start(work)

    def _show(self, opened: _Opened) -> None:
        update_open_history(str(opened.path))
        layer = self._layer(opened)
        self._viewer.add_layer(layer)
        self._viewer.layers.selection.active = layer
        self.say(" ".join([f"Opened {opened.path.name}.", *opened.notes]))

    def _layer(self, opened: _Opened) -> Labels:
        picture, labels = self._picture, opened.labels
        place: dict[str, Any] = {}
        if picture is not None and planes_shape(picture) == labels.shape:
            place = geometry(picture)
        layer = Labels(
            labels,
            name=opened.path.stem,
            opacity=0.6,
            metadata={FILE_KEY: {"path": str(opened.path), "orientation": 1}},
            **place,
        )
        if not place and opened.size is not None:
            layer.scale = (*layer.scale[:-2], *opened.size)
            layer.units = (*layer.units[:-2], "mm", "mm")
        if opened.classes:
            set_classes(layer, opened.classes)
        return layer
