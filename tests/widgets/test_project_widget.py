"""The Project widget: everything in the viewer is saved and comes back."""

import json

import numpy as np
import pytest
import tifffile
from napari.utils.colormaps import DirectLabelColormap
from restore_runs import paint

from napari_relic_inpaint.widgets.layers import RECORD_KEY, remember_source, source_of

TIMEOUT = 60_000
PLUGIN, WIDGET = "napari-relic-inpaint", "Save and open projects"


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """The user's folder for unsaved work."""
    folder = tmp_path / "state"
    monkeypatch.setenv("RELIC_INPAINT_STATE", str(folder))
    return folder


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
