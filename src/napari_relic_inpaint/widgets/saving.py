"""Restored layers written to files: all of their pixels, with what their source carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.utils.history import get_save_history, update_save_history
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint import files
from napari_relic_inpaint.steps import Step, stoppable
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data
from napari_relic_inpaint.widgets.opening import source_file, source_folder

NOTHING = "There is no result to save yet."
FILTERS = {
    ".tif": "TIFF picture (*.tif *.tiff)",
    ".png": "PNG picture (*.png)",
    ".zarr": "OME-Zarr folder, for large pictures (*.zarr)",
    ".jpg": "JPEG picture, not exact (*.jpg *.jpeg)",
}


class Made(Protocol):
    """Knows which layers are made from a picture."""

    def finished(self, picture: Layer) -> list[Image]:
        """Return the layers, the last made one last."""


@dataclass(frozen=True)
class _Saved:
    """What was written, and sentences about what could not be kept."""

    path: Path
    notes: list[str]


class Saving(Job):
    """A button that writes the restored layer of a picture, in a thread.

    Of several, that is the layer selected in the viewer, else the one restored last.

    Parameters
    ----------
    viewer : ViewerModel
        Where the layers are.
    results : Made
        Which layers are restorations of a picture.
    text, tooltip, nothing : str
        What the button says, and what is told where there is nothing to save.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        results: Made,
        text: str = "Save result ...",
        tooltip: str = "Write the restored picture at its full size, with the colour profile and "
        "resolution of the picture's file, and a record of how it was made beside it. If there "
        "are several results, select the layer to write.",
        nothing: str = NOTHING,
    ) -> None:
        super().__init__(text, tooltip)
        self._viewer = viewer
        self._results = results
        self._picture: Layer | None = None
        self._folders: dict[Path, Path] = {}
        self._nothing = nothing
        self.set_obstacle(nothing)
        self.requested.connect(self._ask)
        self.finished.connect(self._tell)

    def follow(self, picture: Layer | None) -> None:
        """Write the restorations of this picture; to be called when layers have changed."""
        self._picture = picture
        self.set_obstacle(self._nothing if self._result is None else None)

    @property
    def _result(self) -> Image | None:
        made = [] if self._picture is None else self._results.finished(self._picture)
        selected = self._viewer.layers.selection.active
        return selected if selected in made else next(reversed(made), None)

    def describe(self, layer: Image) -> Generator[Step, None, dict[str, Any]]:
        """Return steps, for a thread, that lead to the record of a layer as it is now."""
        return _known(layer.metadata[RECORD_KEY])

    def _ask(self) -> None:
        """Ask for a file, and start to write it."""
        layer, picture = self._result, self._picture
        if layer is None or picture is None:
            return
        data, rgb, describing = full_data(layer), layer.rgb, self.describe(layer)
        source, beside = source_file(picture), source_folder(picture)
        history = Path(get_save_history()[0])
        folder = history if beside is None else self._folders.get(beside, beside)
        path, overwrite = self._choose(folder, layer.name, files.fitting_suffixes(data, rgb=rgb))
        if path is None:
            return
        if beside is not None:
            # Where one result goes, the others of these pictures are likely to go.
            self._folders[beside] = path.parent

        def work(should_stop: Callable[[], bool]) -> Generator[Step, None, _Saved]:
            record = yield from stoppable(describing, should_stop)
            writing = files.write_restored_steps(
                path, data, record, rgb=rgb, source=source, overwrite=overwrite
            )
            return _Saved(path, (yield from stoppable(writing, should_stop)))

        self.start(work)

    def _choose(self, folder: Path, name: str, suffixes: list[str]) -> tuple[Path | None, bool]:
        """Return the file that the user chose, and whether it may be replaced."""
        kinds = {FILTERS[suffix]: suffix for suffix in suffixes}
        proposed = re.sub(r"[^\w.-]+", "_", name).strip("_") + suffixes[0]
        chosen, kind = QFileDialog.getSaveFileName(
            self.native,
            f"Save '{name}'",
            str(folder / proposed),
            ";;".join(kinds),
        )
        if not chosen:
            return None, False
        path, suffix = Path(chosen), kinds.get(kind, suffixes[0])
        # Not every dialog gives the name the suffix of the format that was chosen below it.
        if not path.suffix or (path.name == proposed and path.suffix != suffix):
            return path.with_suffix(suffix), False
        # The dialog has asked before it lets an existing file be chosen, but not for a folder.
        return path, path.is_file()

    def _tell(self, saved: _Saved) -> None:
        update_save_history(str(saved.path))
        record = files.record_path(saved.path).name
        self.say(" ".join([f"Saved as {saved.path}, with its record {record}.", *saved.notes]))


def _known(record: dict[str, Any]) -> Generator[Step, None, dict[str, Any]]:
    yield from ()
    return record
