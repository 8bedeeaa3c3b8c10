"""Make the pictures of the README: a strip of before and after, and napari at work.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/make_screenshots.py
"""

from pathlib import Path

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QTimer

from napari_relic_inpaint import restore, samples
from napari_relic_inpaint.files import write_picture

FOLDER = Path(__file__).parent / "images"
WINDOW = (1500, 940)
GAP = 12
STROKE = [(420, 560), (432, 590), (428, 620)]


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


def make_screenshot() -> None:
    """Open a sample, paint one stroke more of damage, press Restore, show the layers."""
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
    loop = QEventLoop()
    widget.job.finished.connect(lambda _: QTimer.singleShot(500, loop.quit))
    QTimer.singleShot(1500, widget.job.run_button.native.click)
    loop.exec_()
    edges = viewer.layers["Fresco edges"]
    edges.visible, edges.opacity = True, 0.9
    viewer.fit_to_view()
    QTimer.singleShot(1000, loop.quit)
    loop.exec_()
    viewer.screenshot(FOLDER / "napari.png", canvas_only=False, flash=False)
    viewer.close()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    make_strip()
    make_screenshot()
