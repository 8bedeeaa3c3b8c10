"""The Project widget: everything in the viewer is saved and comes back."""

import json

import numpy as np
import pytest
import tifffile
from napari.utils.colormaps import DirectLabelColormap
from restore_runs import paint

from napari_relic_inpaint.project.reading import open_project_steps
from napari_relic_inpaint.steps import finish
from napari_relic_inpaint.widgets.autosaving import keep_safe
from napari_relic_inpaint.widgets.bench_session import session_of
from napari_relic_inpaint.widgets.layers import RECORD_KEY, remember_source, source_of
from napari_relic_inpaint.widgets.project_commands import reader_of

TIMEOUT = 60_000
PLUGIN, WIDGET = "napari-relic-inpaint", "Save and open projects"


@pytest.fixture
def wall(tmp_path):
    path = tmp_path / "wall.tif"
    picture = np.random.default_rng(0).integers(0, 65535, (60, 80, 3), dtype=np.uint16)
    tifffile.imwrite(path, picture, photometric="rgb")
    return path


def fill_bench(viewer, wall):
    """Add what a day's work leaves: a picture, damage, edges, a result, a stack, a map."""
    picture = viewer.open(str(wall), layer_type="image", rgb=True)[0]
    picture.scale, picture.units = (0.05, 0.05), ("mm", "mm")
    place = {"scale": picture.scale, "units": picture.units}
    damage = viewer.add_labels(np.zeros((60, 80), np.uint8), name="damage", **place)
    paint(damage, range(10, 20), range(5, 40), 2)
    damage.colormap = DirectLabelColormap(color_dict={None: "red", 0: "transparent", 2: "#112233"})
    damage.metadata["relic_inpaint_classes"] = {"relic_inpaint_classes": 1, "classes": [{"a": 1}]}
    damage.metadata["relic_inpaint_notes"] = [{"hole": [10, 5], "text": "天 lost"}]
    hole = damage.data > 0
    result = picture.data.copy()
    result[hole] = 1000
    restored = viewer.add_image(result, rgb=True, name="restored", **place)
    restored.metadata[RECORD_KEY] = {"format": 1, "picture": {}}
    remember_source(restored, picture)
    hypotheses = np.stack([result, picture.data, result])
    hypotheses[2][hole] = 3
    stack = viewer.add_image(hypotheses, rgb=True, name="hypotheses", visible=False)
    stack.scale, stack.units = (1, 0.05, 0.05), ("pixel", "mm", "mm")
    stack.metadata["relic_inpaint_hypotheses"] = [{"name": n} for n in "abc"]
    remember_source(stack, picture)
    viewer.add_image(
        np.linspace(0, 9, 4800, dtype=np.float32).reshape(60, 80),
        name="disagreement",
        colormap="viridis",
        contrast_limits=(1, 7),
        opacity=0.3,
        blending="additive",
        **place,
    )
    viewer.add_shapes(
        [np.array([[1, 2], [30, 40], [7, 9]])],
        shape_type="path",
        name="edges",
        edge_width=2,
        **place,
    )
    viewer.layers.selection.active = damage
    viewer.scene.camera.zoom = 7.5
    viewer.scene.camera.center = (0, 1.25, 2.5)
    return viewer


def seen(viewer):
    """Return all that must come back."""
    layers = []
    for layer in viewer.layers:
        data = [np.asarray(d) for d in layer.data] if layer.name == "edges" else [layer.data]
        layers.append(
            (
                type(layer),
                layer.name,
                layer.visible,
                layer.opacity,
                str(layer.blending),
                layer.scale.tolist(),
                [str(unit) for unit in layer.units],
                json.dumps(layer.metadata, sort_keys=True),
                [(d.shape, str(d.dtype), np.asarray(d).tobytes()) for d in data],
            )
        )
    active = viewer.layers.selection.active
    camera = viewer.scene.camera
    return layers, active.name, camera.zoom, tuple(camera.center)


def dock(viewer):
    return viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)[1]


@pytest.fixture
def do(qtbot):
    """Do something in a thread of the widget and wait until it is done."""

    def run(widget, action):
        action()
        qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
        return widget.job.message

    return run


@pytest.mark.parametrize("name", ["wall.relic", "wall.relic.zip"])
@pytest.mark.parametrize("copies", [False, True])
def test_everything_comes_back(make_napari_viewer, do, wall, tmp_path, name, copies):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    widget.copies.value = copies
    before = seen(viewer)
    said = do(widget, lambda: widget.save_to(tmp_path / name, overwrite=False))
    assert "Saved as" in said
    viewer.layers.clear()
    if copies:
        wall.unlink()

    other = make_napari_viewer()
    widget = dock(other)
    said = do(widget, lambda: widget.open(tmp_path / name))
    assert seen(other) == before, said
    assert said == f"Opened {tmp_path / name}: 6 layers."
    picture, damage, restored = other.layers[:3]
    assert source_of(restored) is picture
    assert damage.colormap.color_dict[2].tolist() == pytest.approx([0x11 / 255, 0x22 / 255, 0.2, 1])
    paint(damage, range(3), range(3), 1)
    size = sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file())
    assert size < 10 * restored.data.nbytes  # results are no whole copies


def test_what_is_unsaved_is_named_until_it_is_saved(make_napari_viewer, do, wall, tmp_path):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    session = session_of(viewer)
    assert len(session.unsaved()) == 6
    do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    assert session.unsaved() == []
    assert widget.unsaved.value == "nothing"
    damage = viewer.layers["damage"]
    # Looking at it and choosing tools is no work.
    viewer.scene.camera.zoom = 3
    damage.refresh()
    damage.selected_label = 5
    assert session.unsaved() == []
    paint(damage, [0], [0], 4)
    viewer.layers["restored"].opacity = 0.5
    del viewer.layers["disagreement"]
    assert sorted(session.unsaved()) == [
        "'damage' has changed",
        "'disagreement' was removed",
        "'restored' is shown in another way",
    ]
    damage.undo()
    assert "'damage' has changed" in session.unsaved()
    said = do(widget, widget.save)
    assert "Saved as" in said
    assert session.unsaved() == []
    damage.redo()
    assert session.unsaved() == ["'damage' has changed"]


def test_layers_that_are_there_stay(make_napari_viewer, do, wall, tmp_path):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    other = make_napari_viewer()
    mine = other.add_image(np.ones((5, 5)), name="wall")
    widget = dock(other)
    do(widget, lambda: widget.open(tmp_path / "wall.relic"))
    assert len(other.layers) == 7
    assert other.layers[0] is mine
    assert other.scene.camera.zoom != 7.5  # the project's
    # What is here now is not that project: saving asks for a name.
    assert session_of(other).path is None


def test_a_layer_that_a_project_cannot_keep_is_named(make_napari_viewer, do, wall, tmp_path):
    viewer = fill_bench(make_napari_viewer(), wall)
    viewer.add_points([[1, 2]], name="samples")
    viewer.layers["damage"].metadata["clock"] = object()
    widget = dock(viewer)
    said = do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    assert "'samples' is a Points layer" in said
    assert "'clock'" in said


def test_a_failure_is_a_sentence_and_changes_nothing(make_napari_viewer, do, wall, tmp_path):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    said = do(widget, lambda: widget.open(tmp_path / "none.relic.zip"))
    assert "Not possible" in said
    said = do(widget, lambda: widget.save_to(tmp_path / "no" / "wall.relic", overwrite=False))
    assert "Not possible" in said
    assert len(viewer.layers) == 6
    assert session_of(viewer).path is None


def test_unsaved_work_is_kept_and_goes_when_it_is_saved(
    make_napari_viewer, qtbot, do, wall, tmp_path, unsaved_work
):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    saver = keep_safe(viewer)

    def keep():
        saver.save_if_needed()
        qtbot.waitUntil(lambda: not saver.running, timeout=TIMEOUT)

    keep()
    (kept,) = unsaved_work.glob("*_unsaved.relic")
    assert len(open_now(kept).bench.layers) == 6
    version = open_now(kept).description.version
    keep()  # nothing has changed
    assert open_now(kept).description.version == version
    paint(viewer.layers["damage"], [0], [0], 4)
    keep()
    assert open_now(kept).bench.layers[1].data[0][0, 0] == 4

    do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    assert not list(unsaved_work.iterdir())
    paint(viewer.layers["damage"], [1], [1], 4)
    keep()
    (beside,) = tmp_path.glob("wall.relic*_unsaved.relic")
    assert open_now(beside).bench.layers[1].data[0][1, 1] == 4
    assert open_now(tmp_path / "wall.relic").bench.layers[1].data[0][1, 1] == 0
    saver.forget()
    assert not beside.exists()


def test_nothing_is_kept_of_what_is_saved(make_napari_viewer, do, wall, tmp_path, unsaved_work):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    saver = keep_safe(viewer)
    saver.save_if_needed()
    assert not saver.running
    assert not unsaved_work.exists()


def test_fields_of_widgets_come_back(make_napari_viewer, preferences, do, wall, tmp_path):
    viewer = fill_bench(make_napari_viewer(), wall)
    _, restore = viewer.window.add_plugin_dock_widget(PLUGIN, "Restore damaged picture")
    restore.picture.value = viewer.layers["wall"]
    restore.how.method.value = "telea"
    restore.detail.detail.value = "none"
    widget = dock(viewer)
    do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    other = make_napari_viewer()
    widget = dock(other)
    said = do(widget, lambda: widget.open(tmp_path / "wall.relic"))
    _, restore = other.window.add_plugin_dock_widget(PLUGIN, "Restore damaged picture")
    assert restore.how.method.value == "telea", said
    assert restore.detail.detail.value == "none"
    assert restore.picture.value is other.layers["wall"]
    assert restore.damage.value is other.layers["damage"]


def test_a_project_is_opened_by_dropping_it(make_napari_viewer, qtbot, do, wall, tmp_path):
    viewer = fill_bench(make_napari_viewer(), wall)
    widget = dock(viewer)
    do(widget, lambda: widget.save_to(tmp_path / "wall.relic", overwrite=False))
    assert reader_of(str(wall)) is None
    (tmp_path / "project.json").write_text("{}")
    assert reader_of(str(tmp_path / "project.json")) is None
    viewer.layers.clear()
    viewer.open(str(tmp_path / "wall.relic" / "project.json"), plugin=PLUGIN)
    qtbot.waitUntil(lambda: not widget.job.running, timeout=TIMEOUT)
    assert len(viewer.layers) == 6


def open_now(path):
    return finish(open_project_steps(path))
