"""The Relic workbench: the widgets of a restoration, tabs in the order of the work."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import napari.viewer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from napari_relic_inpaint.widgets.docking import Docking


@dataclass(frozen=True)
class _Page:
    """A tab: its title, what it is for, and the widget in it, which a menu opens by itself, too."""

    title: str
    tooltip: str
    module: str
    widget: str


PAGES = (
    _Page("Mark", "Mark damage, have it proposed, and measure it.", "damage", "DamageWidget"),
    _Page("Restore", "Restore what is marked.", "restore", "RestoreWidget"),
    _Page("Judge", "Restore in several ways, and take one for each hole.", "judge", "JudgeWidget"),
    _Page("Show", "Show fills so that they can be told apart.", "display", "DisplayWidget"),
    _Page("Measure", "Measure restorations, against a reference.", "evaluate", "EvaluateWidget"),
    _Page("Report", "Note what fills rest on, and write a report.", "report", "ReportWidget"),
    _Page("Project", "Save all of it, and open it again.", "project", "ProjectWidget"),
)


class Workbench(QWidget):
    """All steps of a restoration, one tab for each; a tab is made when it is first looked at.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are worked on; napari passes it in.

    Attributes
    ----------
    pages : dict
        The widgets that have been made, by the titles of their tabs.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._docking = Docking(self, "Relic workbench")
        self._viewer = viewer
        self.pages: dict[str, Any] = {}
        self.tabs = QTabWidget()
        for page in PAGES:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.tabs.setTabToolTip(self.tabs.addTab(area, page.title), page.tooltip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)
        self.tabs.currentChanged.connect(self._make)
        self._make(0)

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        for widget in self.pages.values():
            widget.reset_choices()

    def _make(self, number: int) -> None:
        """Make the widget of a tab, unless it is there."""
        page, area = PAGES[number], self.tabs.widget(number)
        if page.title in self.pages:
            return
        # Imported here: what a tab needs is loaded when it is looked at.
        module = import_module(f"napari_relic_inpaint.widgets.{page.module}")
        widget = getattr(module, page.widget)(self._viewer)
        self.pages[page.title] = widget
        # magicgui's containers have a Qt widget, the others are one.
        area.setWidget(getattr(widget, "native", widget))
        area.setMinimumWidth(max(area.minimumWidth(), area.widget().minimumSizeHint().width()))
