"""Layers of damage, edges and references that lie elsewhere than the picture."""

import dask.array as da
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Shapes

from napari_relic_inpaint import WindowMemory
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.steps import finish
from napari_relic_inpaint.widgets.layers import RECORD_KEY
from napari_relic_inpaint.widgets.measuring import misfit
from napari_relic_inpaint.widgets.placing import labels_on, mask_on, note_on, obstacle
from napari_relic_inpaint.widgets.rated_layers import difference, place_note
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.widgets.results import Results
from napari_relic_inpaint.widgets.run import Run

SHAPE = (120, 160)


def picture(shape=SHAPE, **place):
    data = np.random.default_rng(0).integers(0, 250, shape, dtype=np.uint8)
    return Image(data, rgb=False, name="wall", **place)


def mask(rows=slice(10, 20), columns=slice(30, 50), shape=SHAPE, **place):
    labels = np.zeros(shape, np.uint8)
    labels[..., rows, columns] = 1
    return Labels(labels, name="losses", **place)


def on(picture, layer, **options):
    return np.asarray(mask_on(picture, layer, **options).data)


def rectangle(rows, columns, shape=SHAPE):
    expected = np.zeros(shape, bool)
    expected[..., rows, columns] = True
    return expected


def seen(picture, layer):
    """What napari's own transforms find at the centre of each pixel of the picture."""
    found = np.zeros(picture.data.shape, bool)
    for pixel in np.ndindex(*found.shape):
        value = layer.get_value(picture.data_to_world(pixel), world=True)
        found[pixel] = bool(value)
    return found


# --- masks ---


def test_a_mask_that_was_moved_is_restored_where_it_is_seen():
    viewer = ViewerModel()
    wall = viewer.add_layer(picture())
    losses = viewer.add_layer(mask(translate=(40, -7.2)))
    request = Request.of(wall, losses, None, None, {"method": "telea", "window": 64})
    run = Run(request, WindowMemory())
    live = Results(viewer).live(run)
    (restored,) = Results(viewer).show(live, finish(run.steps(lambda: False)))
    changed = restored.data != wall.data
    assert not changed[~rectangle(slice(50, 60), slice(23, 43))].any()
    assert changed[50:60, 23:43].mean() > 0.9
    placed = restored.metadata[RECORD_KEY]["damage"]["placed"]
    assert placed["note"].startswith(
        "'losses' does not lie exactly over 'wall' (moved): it is brought"
    )
    np.testing.assert_allclose(placed["matrix"], [[1, 0, -40], [0, 1, 7.2]], atol=1e-9)


@pytest.mark.parametrize(
    "place",
    [
        {"scale": (2, 2), "rotate": 25, "translate": (10.3, 30.1)},
        {"scale": (0.9, 1.1), "shear": [0.3], "translate": (3.3, 1.2)},
        {"affine": np.array([[0.8, 0.7, -30], [-0.7, 0.9, 60], [0, 0, 1]])},
    ],
)
def test_a_mask_is_taken_as_napari_shows_it(place):
    wall, losses = picture(scale=(0.7, 1.3), rotate=-10), mask(**place)
    found, expected = on(wall, losses), seen(wall, losses)
    assert expected.any()
    assert found[expected].all()
    # Besides, pixels that hold a painted pixel's centre.
    assert found.sum() < 1.5 * expected.sum()


def test_units_are_converted_where_napari_does():
    wall = picture(scale=(0.5, 0.5), units="mm")
    losses = mask(scale=(500, 500), translate=(5000, 0), units="um")
    np.testing.assert_array_equal(on(wall, losses), rectangle(slice(20, 30), slice(30, 50)))
    pixels = mask(scale=(0.5, 0.5), units="pixel")
    assert mask_on(wall, pixels).account is None


@pytest.mark.parametrize("factor", [0.1, 1 / 3, 1e-4])
def test_the_same_place_up_to_rounding_leaves_data_and_user_alone(factor):
    place = {"scale": (factor, factor * 3), "translate": (factor * 7, -1e4), "rotate": 20}
    wall = picture(**place)
    place["scale"] = (1.0 * factor / 3 * 3, factor + factor + factor)
    losses = mask(**place)
    placed = mask_on(wall, losses)
    np.testing.assert_array_equal(placed.data, losses.data == 1)
    assert (placed.note, placed.account) == ("", None)
    assert note_on(wall, losses) == ""


def test_a_cropped_mask_and_one_that_covers_a_part_are_taken_and_said():
    cropped = mask(shape=(40, 60), translate=(5, 10))
    placed = mask_on(picture(), cropped)
    np.testing.assert_array_equal(placed.data, rectangle(slice(15, 25), slice(40, 60)))
    assert "(40 x 60 pixels, moved)" in placed.note
    assert "It covers 12.5% of the picture." in placed.note
    assert note_on(picture(), cropped) == placed.note


def test_a_mask_beside_the_picture_is_refused():
    far = mask(translate=(0, 160))
    assert obstacle(picture(), far) == (
        "'losses' does not fit 'wall': it does not overlap the picture: move it over the damage."
    )
    with pytest.raises(InputError, match="does not overlap"):
        mask_on(picture(), far)


@pytest.mark.parametrize("values", [(-3, 7), (2**40, 7)])
def test_signed_and_large_labels_are_taken(values):
    labels = np.zeros(SHAPE, np.int64)
    labels[10:20, 30:50], labels[40:50, 30:50] = values
    layer = Labels(labels, translate=(3, 0))
    both = rectangle(slice(13, 23), slice(30, 50)) | rectangle(slice(43, 53), slice(30, 50))
    np.testing.assert_array_equal(on(picture(), layer), both)
    np.testing.assert_array_equal(
        on(picture(), layer, label=values[0]), rectangle(slice(13, 23), slice(30, 50))
    )
    classes = np.unique(np.asarray(labels_on(picture(), layer).data))
    assert set(classes) == {0, *values}


def test_lazy_and_multiscale_masks_stay_lazy(tmp_path):
    data = mask().data
    mapped = np.memmap(tmp_path / "mask", np.uint8, "w+", shape=SHAPE)
    mapped[:] = data
    lazy = da.from_array(data, 32)
    expected = rectangle(slice(15, 25), slice(30, 50))
    for source in (lazy, mapped, [lazy, lazy[::2, ::2]]):
        layer = Labels(source, translate=(5, 0))
        placed = mask_on(picture(), layer)
        assert not isinstance(placed.data, np.ndarray)
        np.testing.assert_array_equal(placed.data, expected)
        np.testing.assert_array_equal(on(picture(), layer, label=1), expected)
        assert not on(picture(), layer, label=2).any()


def test_level_0_of_a_multiscale_picture_counts():
    data = picture().data
    levels = Image([data, data[::2, ::2]], multiscale=True, rgb=False)
    np.testing.assert_array_equal(
        on(levels, mask(translate=(5, 0))), rectangle(slice(15, 25), slice(30, 50))
    )


def test_strokes_after_the_start_do_not_reach_it():
    losses = mask(translate=(5, 0))
    placed = mask_on(picture(), losses)
    losses.data[:] = 1
    np.testing.assert_array_equal(placed.data, rectangle(slice(15, 25), slice(30, 50)))


# --- stacks ---


def test_masks_of_stacks_are_met_plane_by_plane():
    stack = picture((3, *SHAPE), scale=(7, 2, 2))
    one = mask(scale=(2, 2), translate=(10, 0))
    np.testing.assert_array_equal(on(stack, one), rectangle(slice(15, 25), slice(30, 50)))
    one_each = mask(shape=(3, *SHAPE), scale=(7, 2, 2), translate=(7, 10, 0))
    one_each.data[0] = 0
    expected = rectangle(slice(15, 25), slice(30, 50), (3, *SHAPE))
    expected[:2] = False
    np.testing.assert_array_equal(on(stack, one_each), expected)
    assert "(moved)" in note_on(
        stack, mask(shape=(3, *SHAPE), scale=(7, 2, 2), translate=(7, 1, 0))
    )
    between = mask(shape=(3, *SHAPE), scale=(7, 2, 2), translate=(3, 0, 0))
    assert "its planes lie between those of the picture" in obstacle(stack, between)
    assert "is a stack" in obstacle(picture(), mask(shape=(3, *SHAPE)))
    single = mask(shape=(1, *SHAPE))
    np.testing.assert_array_equal(on(picture(), single), single.data[0] == 1)
    assert mask_on(picture(), single).account is None


# --- shapes ---


def test_shapes_are_damage_where_they_are_seen():
    wall = picture(scale=(0.5, 0.5), translate=(10, 20), units="mm")
    shapes = Shapes(name="outline", units="um", scale=(1000, 1000))
    corners = np.array([(19.75, 29.75), (19.75, 39.75), (24.75, 39.75), (24.75, 29.75)])
    shapes.add_polygons(corners)
    shapes.add_rectangles(corners + np.array((20, 0)))
    shapes.add_lines(np.array([(50.0, 30), (50.0, 40)]), edge_width=3)
    placed = mask_on(wall, shapes)
    expected = rectangle(slice(20, 30), slice(20, 40)) | rectangle(slice(60, 70), slice(20, 40))
    found = np.asarray(placed.data)
    np.testing.assert_array_equal(found[:71], expected[:71])
    np.testing.assert_array_equal(np.flatnonzero(found[71:, 30]) + 71, range(77, 83))
    assert placed.note == ""
    assert placed.account == {"note": "3 shapes of 'outline', drawn on the picture's pixels."}
    shapes.selected_data = {1}
    np.testing.assert_array_equal(
        on(wall, shapes, label=1), rectangle(slice(60, 70), slice(20, 40))
    )


def test_ellipses_and_paths_of_rotated_layers():
    wall, shapes = picture(), Shapes(rotate=90, translate=(0, 100))
    # Rotated by 90 degrees, (r, c) is seen at row -c, column r + 100.
    shapes.add_ellipses(np.array([(-50.0, -60), (-50, -40), (-30, -40), (-30, -60)]))
    shapes.add_paths(np.array([(20.0, -10), (40.0, -10), (40.0, -30)]), edge_width=0.1)
    found = on(wall, shapes)
    rows, columns = np.indices(SHAPE)
    from_middle = np.hypot(rows - 50, columns - 60)
    assert found[from_middle < 9.95].all()
    assert not found[(from_middle > 10.05) & (columns < 90)].any()
    path = np.argwhere(found & (columns >= 90))
    np.testing.assert_array_equal(path[path[:, 0] == 10][:, 1], range(120, 141))
    np.testing.assert_array_equal(path[path[:, 1] == 140][:, 0], range(10, 31))
    assert len(path) == 41


def test_shapes_of_stacks():
    stack = picture((3, *SHAPE), scale=(7, 1, 1))
    corners = np.array([(9.5, 29.5), (9.5, 49.5), (19.5, 49.5), (19.5, 29.5)])
    expected = rectangle(slice(10, 20), slice(30, 50))
    np.testing.assert_array_equal(on(stack, Shapes([corners])), expected)
    third = Shapes([np.insert(corners, 0, 14, axis=1)])
    found = on(stack, third)
    assert not found[:2].any()
    np.testing.assert_array_equal(found[2], expected)
    np.testing.assert_array_equal(on(picture(), third), expected)
    slanted = Shapes([np.insert(corners, 0, (0, 0, 14, 14), axis=1)], name="outline")
    assert "runs through several planes" in obstacle(stack, slanted)


def test_as_edges_shapes_are_thin_lines():
    shapes = Shapes(
        [np.array([(20.0, 20), (20, 60)]), np.array([(40.0, 20), (40, 60), (60, 60), (60, 20)])],
        shape_type=["path", "polygon"],
        edge_width=9,
    )
    edges = on(picture(), shapes, outlines=True)
    assert edges[20, 20:61].all()
    assert not edges[22].any()
    assert edges[40, 20:61].all()
    assert not edges[50, 25:55].any()
    assert edges[50, 20]


# --- references ---


def test_references_that_lie_elsewhere_are_not_measured_in_silence():
    restored, moved = picture(), picture(translate=(0, 1))
    moved.name = "intact"
    assert misfit(restored, picture()) is None
    assert misfit(restored, moved).startswith("'intact' does not lie exactly over 'wall' (moved)")
    assert "Copy all to clipboard" in misfit(restored, moved)
    assert "10 x 10" in misfit(restored, picture((10, 10)))
    assert difference(restored, moved) is None
    assert "'intact' does not lie exactly over 'wall' (moved)" in place_note(restored, moved)
    assert place_note(restored, picture()) is None
