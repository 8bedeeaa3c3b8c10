"""The Evaluate widget: how close restorations come to a reference, in numbers and side by side."""

from __future__ import annotations

from typing import Any

import napari.viewer
from magicgui.widgets import CheckBox, ComboBox
from napari.layers import Image, Labels, Layer, Shapes
from napari.utils.theme import get_theme
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QSplitter, QVBoxLayout, QWidget

from napari_relic_inpaint.measuring.evaluation import Evaluation
from napari_relic_inpaint.widgets.docking import Docking
from napari_relic_inpaint.widgets.form import Form
from napari_relic_inpaint.widgets.job import Job
from napari_relic_inpaint.widgets.layer_choice import LayerChoice, Offer
from napari_relic_inpaint.widgets.layers import is_result, masks, named, pictures, source_of
from napari_relic_inpaint.widgets.measuring import WHITE, DifferenceMaps, Request, misfit
from napari_relic_inpaint.widgets.score_bars import Colours
from napari_relic_inpaint.widgets.score_chart import ScoreChart
from napari_relic_inpaint.widgets.score_table import ScoreTable
from napari_relic_inpaint.widgets.watching import Watch

WHOLE_PICTURE = "none: measure the whole picture"
NO_REFERENCE = "none is open"

AUTOMATIC = "automatic"
WHITES = (1, 255, 1023, 4095, 65535)


class EvaluateWidget(QWidget):
    """Choose pictures, measure, compare the rows of the table in the chart.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer whose layers are measured; napari passes it in.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._docking = Docking(self, "Measure")
        self._viewer = viewer
        self.restored = LayerChoice("Restored", "The restored picture to measure.")
        self.reference = LayerChoice(
            "Reference",
            "The picture to compare it with: the intact original, or another photograph of the "
            "same size that lies exactly over it.",
        )
        self.damage = LayerChoice(
            "Damage",
            "The labels or shapes layer with the damage, to measure what was restored; each label "
            "gets a row of its own. Without one the whole picture is measured.",
        )
        self.white = ComboBox(
            label=WHITE,
            choices=[AUTOMATIC, *WHITES],
            tooltip="The value of the brightest white in both pictures, black being 0. "
            "Automatic tells it from the type and the brightness of the pictures; choose it where "
            "that is not possible: 255 for 8 bits, 4095 for a camera of 12 bits.",
        )
        self.differences = CheckBox(
            text="Show where colours differ",
            value=True,
            tooltip="Lay a map of the colour differences (CIEDE2000) over the restored picture: "
            "black is no difference, bright yellow 20 or more.",
        )
        self.lpips = CheckBox(
            text="Measure LPIPS, too",
            tooltip="Also ask a network that learnt from people which pictures look alike (LPIPS). "
            "It takes some seconds to start, downloads 233 MB the first time, and needs the "
            "package lpips: pip install 'napari-relic-inpaint[lpips]'.",
        )
        self.job = Job("Measure", "Measure in the background. Each area measured becomes a row.")
        self._form = Form(
            widgets=[
                self.restored,
                self.reference,
                self.damage,
                self.white,
                self.differences,
                self.lpips,
                self.job,
            ]
        )
        self.table = ScoreTable()
        self.chart = ScoreChart(self._colours())
        self._parts = QSplitter(Qt.Orientation.Vertical)
        for part, stretch in ((_at_top(self._form.native), 0), (self.table, 3), (self.chart, 2)):
            self._parts.addWidget(part)
            self._parts.setStretchFactor(self._parts.indexOf(part), stretch)
        self._parts.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._parts)
        self._maps = DifferenceMaps(viewer)
        self._request: Request | None = None
        self._watch = Watch(self._check)
        self.restored.follow(self._offer_restored)
        self.reference.follow(self._offer_references)
        self.damage.follow(self._offer_damage)
        self.restored.changed.connect(self._follow_restored)
        self.reference.changed.connect(self.restored.reset_choices)
        for choice in (self.restored, self.reference, self.damage):
            choice.changed.connect(self._check)
        self.differences.changed.connect(self._maps.set_visible)
        self.table.changed.connect(self._show_rows)
        self.table.said.connect(self.job.say)
        self.job.requested.connect(self._start)
        self.job.finished.connect(self._show)
        self._check()

    def reset_choices(self, *_: Any) -> None:
        """Refresh the layer choices; napari calls it whenever layers come, go or are renamed."""
        for choice in (self.restored, self.reference, self.damage):
            choice.reset_choices()
        self._check()

    def changeEvent(self, event: QEvent) -> None:
        """Follow napari's theme."""
        super().changeEvent(event)
        # The first one can come before there is a chart.
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "chart"):
            self.chart.bars.set_colours(self._colours())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the parts side by side where that suits the space, as at the bottom of the window."""
        super().resizeEvent(event)
        wide = event.size().width() > 2 * event.size().height()
        self._parts.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def _colours(self) -> Colours:
        return Colours.of(get_theme(self._viewer.theme))

    def _offer_restored(self) -> Offer:
        reference = self.reference.chosen

        def doubts(layer: Image) -> tuple[bool, ...]:
            return layer is reference, not is_result(layer), _named_reference(layer)

        return named(sorted(pictures(self._viewer), key=doubts))

    def _offer_references(self) -> Offer:
        restored = self.restored.value
        damaged = restored and source_of(restored)

        def doubts(layer: Image) -> tuple[bool, ...]:
            return (
                layer is restored,
                layer is damaged,
                restored is not None and misfit(restored, layer) is not None,
                is_result(layer),
                not _named_reference(layer),
            )

        offer: Offer = [*named(sorted(pictures(self._viewer), key=doubts))]
        if damaged is not None and offer[0][1] is damaged:
            offer.insert(0, (NO_REFERENCE, NO_REFERENCE))
        return offer

    def _offer_damage(self) -> Offer:
        restored = self.restored.value

        def doubts(layer: Labels | Shapes) -> bool:
            return restored is not None and misfit(restored, layer) is not None

        suited = sorted(masks(self._viewer), key=doubts)
        return [*named(suited), (WHOLE_PICTURE, WHOLE_PICTURE)]

    def _mask(self) -> Layer | None:
        return _layer(self.damage)

    def _follow_restored(self) -> None:
        """Propose what suits the chosen picture."""
        self.reference.reset_choices()
        self.damage.reset_choices()

    def _check(self, _: Any = None) -> None:
        """Tell why Measure cannot run if it cannot."""
        self._watch.follow(self.restored.value, _layer(self.reference), self._mask())
        self.job.set_obstacle(self._obstacle())

    def _obstacle(self) -> str | None:
        restored, reference, damage = self.restored.value, self.reference.value, self._mask()
        if restored is None:
            return "Open a restored picture and its reference first."
        if reference == NO_REFERENCE:
            return (
                "Open the intact original as reference, or another photograph of the same size "
                f"that lies exactly over it; '{restored.name}' was made from the other picture."
            )
        if reference is restored:
            return (
                f"'{restored.name}' is chosen twice: choose the restored picture and, as "
                "reference, another one (open it first if it is not there)."
            )
        found = misfit(restored, reference)
        if found is None and damage is not None:
            found = misfit(restored, damage)
        return found

    def _start(self) -> None:
        self._check()
        if self.job.obstacle is None and not self.job.running:
            white = None if self.white.value == AUTOMATIC else float(self.white.value)
            self._request = Request.of(
                self.restored.value,
                self.reference.value,
                self._mask(),
                white,
                lpips=bool(self.lpips.value),
            )
            self.job.start(self._request.steps)

    def _show(self, result: Evaluation) -> None:
        assert self._request is not None
        added = self.table.add(self._request.measurements(result))
        sentences = [self.job.message, *self._request.notes(result)]
        if not added:
            sentences.append("The same scores are in the table already.")
        self._maps.show(self._request, result.difference, visible=self.differences.value)
        self._request.keep(result)
        self.job.say(" ".join(sentences))

    def _show_rows(self) -> None:
        self.chart.show_rows(self.table.measurements)


def _at_top(content: QWidget) -> QWidget:
    """Return a widget that gives its content no more height than it needs."""
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(content)
    layout.addStretch(1)
    return holder


def _layer(choice: LayerChoice) -> Layer | None:
    return choice.value if isinstance(choice.value, Layer) else None


def _named_reference(layer: Layer) -> bool:
    return "reference" in layer.name.casefold()
