"""Two campaigns on the same wall: what is new, has grown, shrunk or gone since an earlier mask."""

from __future__ import annotations

import math
from typing import Any

from magicgui.widgets import ComboBox
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_relic_inpaint.marking.changes import ChangeRow, ChangeTable, compare_damage_steps
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.damage_table import PixelSize
from napari_relic_inpaint.marking.measures import shown
from napari_relic_inpaint.steps import stoppable
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layers import full_data, masks, named, snapshot
from napari_relic_inpaint.widgets.saved_table import SavedTable

COLUMNS = {
    "Class": "What the damage is.",
    "Before": "Area in the earlier mask.",
    "Now": "Area in the mask of now.",
    "New": "Pieces that were not there before, and their area.",
    "Grown": "Pieces that have become larger, and by how much.",
    "Same": "Pieces that differ by less than 5 % of their area, and their area now.",
    "Shrunk": "Pieces that have become smaller, and by how much.",
    "Gone": "Pieces that are no more, and their area before.",
}


class Campaigns(QWidget):
    """Choose the mask of an earlier date, and compare.

    Parameters
    ----------
    viewer : ViewerModel
        Where the masks are.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._later: Labels | None = None
        self._classes: tuple[DamageClass, ...] = ()
        self._size: PixelSize | None = None
        self._file_name = ""
        self.earlier = ComboBox(
            label="Earlier mask",
            choices=lambda _: named(
                each
                for each in masks(viewer)
                if isinstance(each, Labels) and each is not self._later
            ),
            nullable=True,
            tooltip="The damage of the same wall as it was marked at an earlier date, with the "
            "same labels for the same classes. Both photographs have to lie exactly over each "
            "other.",
        )
        self.job = Job(
            "Compare", "Count what is new, has grown, shrunk or gone since the earlier mask."
        )
        self._form = Form([self.earlier, self.job])
        self.rows = SavedTable(COLUMNS, "Save the table of changes")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._form.native)
        layout.addWidget(self.rows)
        self.earlier.changed.connect(lambda _: self._check())
        self.job.requested.connect(self._start)
        self.job.finished.connect(self._show)
        self._check()

    def follow(
        self, later: Labels | None, classes: tuple[DamageClass, ...], size: PixelSize | None
    ) -> None:
        """Compare this mask from now on; what was found for another one is shown no more."""
        self._classes, self._size = classes, size
        if later is not self._later:
            self._later = later
            self.rows.show_rows((), tuple(COLUMNS), (), "")
            self.reset_choices()

    def reset_choices(self) -> None:
        """Refresh the choice of layers."""
        self._form.reset_choices()
        self._check()

    def _check(self) -> None:
        self.job.set_obstacle(self._obstacle())

    def _obstacle(self) -> str | None:
        earlier: Labels | None = self.earlier.value
        if self._later is None:
            return "Choose a layer of damage first."
        if earlier is None:
            return "Open the mask of an earlier campaign, and choose it here."
        before, now = (tuple(full_data(each).shape) for each in (earlier, self._later))
        if before != now:
            return (
                f"'{earlier.name}' is {' x '.join(map(str, before))} pixels, "
                f"'{self._later.name}' {' x '.join(map(str, now))}: bring both photographs to the "
                "same pixels first."
            )
        return None

    def _start(self) -> None:
        earlier: Labels | None = self.earlier.value
        assert earlier is not None
        assert self._later is not None
        self._file_name = f"{self._later.name} since {earlier.name}"
        steps = compare_damage_steps(
            snapshot(earlier), snapshot(self._later), classes=self._classes, pixel_size=self._size
        )
        self.job.start(lambda should_stop: stoppable(steps, should_stop))

    def _show(self, changes: ChangeTable) -> None:
        cells = [_cells(row) for row in changes.rows]
        in_mm = changes.pixel_size is not None
        area = "mm²" if in_mm else "px"
        headings = [name if name == "Class" else f"{name}\n{area}" for name in COLUMNS]
        self.rows.show_rows(changes.rows, headings, cells, self._file_name)
        self.job.say("Done. Pieces of a class that overlap are the same damage.")


def _cells(row: ChangeRow) -> list[str]:
    def area(name: str) -> str:
        in_mm2: Any = getattr(row, f"{name}_mm2")
        return shown(getattr(row, f"{name}_pixels") if math.isnan(in_mm2) else in_mm2)

    def counted(name: str, sign: str = "") -> str:
        count = getattr(row, name)
        return f"{count} ({sign}{area(name)})" if count else "0"

    return [
        row.name,
        area("before"),
        area("after"),
        counted("new", "+"),
        counted("grown", "+"),
        counted("unchanged"),
        counted("shrunk", "−"),
        counted("gone", "−"),
    ]
