"""Make the pictures of the tutorial: the fresco on the workbench, tab by tab.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/make_tutorial.py
"""

import napari
from make_screenshots import FOLDER, STROKE, WINDOW, run, take, wait

DOCK = 500
"""Width of the workbench, in pixels."""
LOTUS = (430, 590)
"""Middle of what is shown larger."""


def main() -> None:
    """Go through the tabs as the tutorial does."""
    viewer = napari.Viewer()
    viewer.window.resize(*WINDOW)
    viewer.open_sample("napari-relic-inpaint", "fresco")
    dock, bench = viewer.window.add_plugin_dock_widget("napari-relic-inpaint", "Relic workbench")
    dock.setMinimumWidth(DOCK)
    mark = bench.pages["Mark"]
    mask = mark.damage.value
    mask.mode, mask.brush_size = "paint", 14
    for point in STROKE:
        mask.paint(point, 1)
    wait_until(lambda: mark.rows.up_to_date)
    take(viewer, "tutorial-mark.png")

    restore = turn(bench, "Restore")
    run(restore)
    mask.visible = False
    restore.compare.switch.value = True
    take(viewer, "tutorial-restore.png")
    restore.compare.switch.value = False

    judge = turn(bench, "Judge")
    run(judge)
    judge.table.selectRow(1)
    wait(1000)
    viewer.screenshot(FOLDER / "tutorial-judge.png", canvas_only=False, flash=False)
    judge.take_button.click()
    wait(1000)

    show = turn(bench, "Show")
    show.show_button.native.click()
    wait_until(lambda: any("relic_inpaint_display" in each.metadata for each in viewer.layers))
    wait(3000)
    for layer in viewer.layers:
        layer.visible = "relic_inpaint_display" in layer.metadata
    take(viewer, "tutorial-show.png", around=LOTUS, near=4)
    viewer.close()


def turn(bench, title):
    """Turn to a tab, and return the widget in it."""
    titles = [bench.tabs.tabText(number) for number in range(bench.tabs.count())]
    bench.tabs.setCurrentIndex(titles.index(title))
    wait(500)
    return bench.pages[title]


def wait_until(ready) -> None:
    """Let napari work until something is so."""
    while not ready():
        wait(200)


if __name__ == "__main__":
    main()
