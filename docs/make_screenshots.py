"""Make the pictures of README and guide: a strip of before and after, and napari at work.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/make_screenshots.py
"""

from itertools import pairwise
from pathlib import Path

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QTimer
from skimage import data, draw
from superqt import QCollapsible

from napari_relic_inpaint import CrackOptions, Hypothesis, propose_cracks, restore, samples
from napari_relic_inpaint.files import write_picture
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.widgets.evaluate import EvaluateWidget
from napari_relic_inpaint.widgets.judge import JudgeWidget
from napari_relic_inpaint.widgets.layers import RECORD_KEY
from napari_relic_inpaint.widgets.proposing import Proposing
from napari_relic_inpaint.widgets.restore import RestoreWidget

FOLDER = Path(__file__).parent / "images"
WINDOW, TABLE_WIDTH = (1500, 940), 720
GAP = 12
PIXEL_MM = 0.2
"""Side of a pixel of the fresco, as if it were a scan."""
MEASURED = [(method, "none") for method in ("telea", "membrane", "two-stage")]
MEASURED += [("two-stage", "picture")]
"""Methods with what they paint, and the best of them with detail."""
STROKE = [(420, 560), (432, 590), (428, 620)]
DRAWN = [
    [(420, 553), (417, 560), (414, 566)],
    [(424, 553), (421, 560), (416, 567)],
    [(428, 553), (424, 562), (417, 570)],
]
"""Edges that are drawn by hand where the stroke begins: the trim and the rim of the scarf."""
PROPOSED = (0, 229, 255)
"""Colour of proposals, as in napari."""
JUDGED = [
    ("Smooth (spline)", "spline"),
    ("Straight on (Telea)", "telea"),
    ("Pieces of the picture", "exemplar"),
]
"""Hypotheses by methods that need no network: their pictures differ, and are there at once."""
JUDGED_SHOWN, JUDGE_WIDTH = 2, 560
NEAR = 10
"""How much nearer they are shown."""


def make_strip() -> None:
    """Damaged fresco, the edges that were followed, the restored fresco."""
    sample = samples.load("fresco")
    result = restore(sample.picture, sample.damage)
    assert result.edges is not None
    edges = np.full_like(sample.picture, 255)
    edges[result.edges == 1] = (150, 170, 190)
    edges[(result.edges == 1) & (sample.damage > 0)] = (230, 110, 0)
    gap = np.full((sample.picture.shape[0], GAP, 3), 255, np.uint8)
    strip = np.hstack([sample.picture, gap, edges, gap, result.picture])
    write_picture(FOLDER / "restored.png", strip[::2, ::2], rgb=True, overwrite=True)


def make_restore_screenshot() -> None:
    """Open a sample, paint one stroke more of damage, press Restore, draw an edge."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    mask = widget.damage.value
    mask.mode, mask.brush_size = "paint", 14
    for point in STROKE:
        mask.paint(point, 1)
    take(viewer, "damage.png")
    run(widget)
    edges = viewer.layers["Fresco edges"]
    edges.visible, edges.opacity = True, 0.9
    take(viewer, "napari.png")
    viewer.layers.selection.active = edges
    edges.mode, edges.brush_size = "paint", mask.brush_size
    edges.paint(STROKE[0], 0)
    edges.brush_size, edges.selected_label = 1, 2
    for line in DRAWN:
        for start, end in pairwise(line):
            rows, columns = draw.line(*start, *end)
            edges.data_setitem((rows, columns), 2)
    widget.edges.value = edges
    take(viewer, "edges.png", around=STROKE[0])
    viewer.close()


def make_evaluate_screenshot() -> None:
    """Restore a sample in several ways, measure each, show where the last one's colours are off."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    dock, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Measure a restoration"
    )
    dock.setMinimumWidth(TABLE_WIDTH)
    sample = samples.load("fresco")
    for method, detail in MEASURED:
        result = restore(sample.picture, sample.damage, method=method, detail=detail)
        widget.restored.value = viewer.add_image(
            result.picture,
            rgb=True,
            name=f"Fresco {method}{' with detail' if detail == 'picture' else ''}",
            metadata={RECORD_KEY: result.record},
        )
        run(widget)
    viewer.layers.selection.active = viewer.layers["Fresco damage"]
    take(viewer, "measure.png")
    viewer.close()


def make_wipe_screenshot() -> None:
    """Restore a sample, and draw the line between before and after through it."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Restore damaged picture"
    )
    run(widget)
    viewer.layers["Fresco damage"].visible = False
    widget.compare.switch.value = True
    take(viewer, "wipe.png")
    viewer.close()


def make_damage_screenshot() -> None:
    """Name the damage of the sample, and wait for its table."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    for layer in viewer.layers:
        layer.scale, layer.units = (PIXEL_MM, PIXEL_MM), ("mm", "mm")
    _, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Mark and measure damage"
    )
    loop = QEventLoop()
    waiting = QTimer(interval=200)
    waiting.timeout.connect(lambda: widget.rows.up_to_date and loop.quit())
    waiting.start()
    loop.exec_()
    take(viewer, "damage-widget.png")
    viewer.close()


def make_proposals_screenshot() -> None:
    """Look for dark cracks in a sample that nothing is marked on."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    viewer.layers.remove("Fresco damage")
    dock, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Mark and measure damage"
    )
    widget.new_mask.native.click()
    for section in dock.findChildren(QCollapsible):
        (section.expand if section.text() == "Proposals" else section.collapse)(animate=False)
    widget.proposing.fields.tone.value = "dark"
    run(widget.proposing)
    take(viewer, "proposals.png")
    viewer.close()


def make_judge_screenshot() -> None:
    """Restore a sample by quick methods, and go to where they lie apart most."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    dock, widget = viewer.window.add_plugin_dock_widget(
        "napari-relic-inpaint", "Judge restorations"
    )
    dock.setMinimumWidth(JUDGE_WIDTH)
    widget.list.set_hypotheses(
        [Hypothesis(name, Settings(method=method, detail="none")) for name, method in JUDGED]
    )
    run(widget)
    viewer.dims.set_current_step(0, JUDGED_SHOWN)
    widget.table.selectRow(0)
    take(viewer, "judge.png")
    viewer.close()


def make_proposals_strip() -> None:
    """Lines of mortar in a photograph of scikit-image, and what is proposed as light cracks."""
    picture = np.repeat(data.brick()[..., None], 3, axis=-1)
    proposals = propose_cracks(
        picture, rgb=True, options=CrackOptions(dark=False, narrowest=2, widest=10)
    )
    shown = picture.copy()
    shown[np.asarray(proposals) > 0] = PROPOSED
    gap = np.full((len(picture), GAP, 3), 255, np.uint8)
    strip = np.hstack([picture, gap, shown])
    write_picture(FOLDER / "proposals-mortar.png", strip, rgb=True, overwrite=True)


def run(widget: RestoreWidget | EvaluateWidget | JudgeWidget | Proposing) -> None:
    """Press the button of a widget and wait until it is done."""
    loop = QEventLoop()
    done = widget.job.finished.connect(lambda _: QTimer.singleShot(500, loop.quit))
    QTimer.singleShot(1500, widget.job.run_button.native.click)
    loop.exec_()
    widget.job.finished.disconnect(done)


def take(
    viewer: napari.Viewer, name: str, around: tuple[int, int] | None = None, near: float = NEAR
) -> None:
    """Write what the window shows: all of the picture, or what lies around a place."""
    # The docks settle first: they decide how large the canvas is.
    wait(1000)
    viewer.fit_to_view()
    if around:
        viewer.camera.center, viewer.camera.zoom = around, near
    wait(1000)
    viewer.screenshot(FOLDER / name, canvas_only=False, flash=False)


def wait(milliseconds: int) -> None:
    """Let napari draw."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec_()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    make_strip()
    make_restore_screenshot()
    make_evaluate_screenshot()
    make_damage_screenshot()
    make_judge_screenshot()
    make_proposals_screenshot()
    make_proposals_strip()
    make_wipe_screenshot()
