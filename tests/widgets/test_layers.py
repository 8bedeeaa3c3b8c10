import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Points, Shapes

from napari_relic_inpaint.widgets.layers import (
    COMPLETED_EDGE,
    KNOWN_EDGE,
    RECORD_KEY,
    edge_labels,
    edges_layer,
    full_data,
    geometry,
    image_appearance,
    masks,
    new_mask,
    pictures,
    planes_shape,
    show,
    snapshot,
)
from napari_relic_inpaint.widgets.mask import new_damage_mask

PLACED = {
    "scale": (2.0, 3.0),
    "translate": (10.0, -5.0),
    "rotate": 30.0,
    "shear": [0.5],
    "affine": np.array([[1.0, 0.2, 3.0], [0.0, 1.0, 4.0], [0.0, 0.0, 1.0]]),
    "units": ("mm", "mm"),
    "axis_labels": ("height", "width"),
}


def same_place(a, b):
    for name in ("scale", "translate", "rotate", "shear"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name))
    np.testing.assert_allclose(a.affine.affine_matrix, b.affine.affine_matrix)
    return a.units == b.units and a.axis_labels == b.axis_labels


@pytest.fixture
def picture(rng):
    data = rng.integers(0, 255, (20, 30, 3), dtype=np.uint8)
    return Image(data, rgb=True, name="wall", **PLACED)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_new_mask_lies_over_the_picture_and_is_ready_to_paint(picture):
    mask = new_mask(picture)
    assert full_data(mask).shape == (20, 30)
    assert not full_data(mask).any()
    assert mask.mode == "paint"
    assert same_place(mask, picture)


def test_a_new_mask_of_a_stack_has_a_plane_for_each(rng):
    stack = Image(rng.random((4, 20, 30)), rgb=False, scale=(5, 1, 1))
    assert full_data(new_mask(stack)).shape == (4, 20, 30)


def test_outputs_carry_the_geometry(picture):
    output = Labels(np.zeros((20, 30), np.uint8), **geometry(picture))
    assert same_place(output, picture)


def test_edges_inside_and_outside_the_damage_have_labels_of_their_own(picture):
    edges = np.zeros((20, 30), np.uint8)
    edges[5], edges[:, 7] = 1, 1
    damage = np.zeros((20, 30), bool)
    damage[:, :10] = True
    layer = edges_layer(edge_labels(edges, damage), "edges", geometry(picture))
    assert full_data(layer)[5, 0] == COMPLETED_EDGE
    assert full_data(layer)[5, 20] == KNOWN_EDGE
    assert full_data(layer)[0, 0] == 0
    assert same_place(layer, picture)


def test_a_snapshot_does_not_see_later_strokes(picture):
    mask = new_mask(picture)
    taken = snapshot(mask)
    mask.paint((5, 5), 1)
    assert full_data(mask).any()
    assert not taken.any()


def test_level_0_of_a_multiscale_picture_counts(rng):
    big = rng.integers(0, 255, (64, 64), dtype=np.uint8)
    layer = Image([big, big[::2, ::2]], multiscale=True, rgb=False)
    assert full_data(layer).shape == (64, 64)
    assert planes_shape(layer) == (64, 64)


def test_damage_is_painted_or_outlined_and_pictures_have_numbers(picture):
    labels, shapes = new_mask(picture), Shapes()
    edges = Labels(np.zeros((20, 30), np.uint8), metadata={RECORD_KEY: {}})
    silhouette = Image(np.zeros((20, 30), bool), rgb=False)
    viewer = ViewerModel()
    for layer in (silhouette, picture, labels, shapes, edges, Points()):
        viewer.add_layer(layer)
    assert masks(viewer) == [labels, shapes]
    assert pictures(viewer) == [picture]


def test_grey_outputs_keep_the_colormap_and_limits(rng):
    layer = Image(rng.random((8, 8)), rgb=False, colormap="viridis", contrast_limits=(0.1, 0.7))
    look = image_appearance(layer)
    copy = Image(rng.random((8, 8)), rgb=False, **look)
    assert copy.colormap.name == "viridis"
    assert copy.contrast_limits == [0.1, 0.7]


def test_a_removed_layer_is_not_written_to_but_replaced(picture):
    viewer = ViewerModel()
    first = show(viewer, Image(np.zeros((4, 4))), None)
    assert show(viewer, Image(np.ones((4, 4))), first) is first
    assert full_data(first).all()
    viewer.layers.remove(first)
    second = show(viewer, Image(np.full((4, 4), 2.0)), first)
    assert second is not first
    assert list(viewer.layers) == [second]


def test_the_mask_command_takes_the_selected_picture_and_says_when_there_is_none(picture, capsys):
    viewer = ViewerModel()
    new_damage_mask(viewer)
    assert not viewer.layers
    viewer.add_image(np.zeros((5, 5), bool), rgb=False)
    new_damage_mask(viewer)
    assert len(viewer.layers) == 1
    viewer.add_layer(picture)
    viewer.add_image(np.zeros((5, 5)), rgb=False)
    viewer.layers.selection.active = picture
    new_damage_mask(viewer)
    mask = viewer.layers.selection.active
    assert mask.name == "wall damage"
    assert full_data(mask).shape == (20, 30)
