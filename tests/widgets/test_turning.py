import dask.array as da
import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from napari.layers._source import layer_source

from napari_relic_inpaint import files
from napari_relic_inpaint.widgets.layers import DIFFERENCE_KEY
from napari_relic_inpaint.widgets.turning import orientation_of, turn_upright

HEIGHT, WIDTH = 12, 20
PLACED = {"scale": (0.5, 0.25), "translate": (3, -7), "rotate": 20, "units": ("mm", "mm")}
TURNED = range(2, 9)
RIGHT_TOP = 6


def noise(shape, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


@pytest.fixture
def scan(tmp_path):
    """Add a picture as napari's reader does, of a file that says how it lies."""
    viewer = ViewerModel()

    def add(orientation, data=None, reader="napari", **options):
        data = noise((HEIGHT, WIDTH, 3)) if data is None else data
        path = tmp_path / f"{len(viewer.layers)}.tif"
        tag = (274, "H", 1, orientation, True)
        tifffile.imwrite(path, np.zeros((4, 5), np.uint8), extratags=[tag])
        with layer_source(path=str(path), reader_plugin=reader):
            return viewer, viewer.add_image(data, name="wall", **options)

    return add


def where(layer, picture, pixels):
    """Where in a layer's own coordinates some pixels of a picture lie."""
    return np.array([layer.world_to_data(picture.data_to_world(pixel)) for pixel in pixels])


def upright_places(orientation):
    """The row and column of each pixel, as stored, in the order of the upright picture."""
    places = np.stack(np.indices((HEIGHT, WIDTH)), axis=-1)
    return files.upright(places, orientation, rgb=True)


@pytest.mark.parametrize("orientation", TURNED)
def test_everything_that_lies_on_a_picture_stays_where_it_was_in_it(scan, orientation):
    viewer, picture = scan(orientation, rgb=True, **PLACED)
    stored, damage = picture.data.copy(), noise((HEIGHT, WIDTH)) // 200
    mask = viewer.add_labels(damage, **PLACED)
    coarse = viewer.add_labels(
        damage[::2, ::2].copy(), **{**PLACED, "scale": (1, 0.5), "affine": np.eye(3)}
    )
    lazy = viewer.add_labels(da.from_array(damage), **PLACED)
    outline = viewer.add_shapes([[2, 3], [9, 3], [9, 15]], shape_type="polygon", **PLACED)
    moved = [coarse, lazy, outline]
    places = upright_places(orientation)
    upright = list(np.ndindex(places.shape[:2]))
    before = [where(layer, picture, places.reshape(-1, 2)) for layer in moved]
    contents = [np.array(layer.data) for layer in moved]
    along = turn_upright(viewer, picture, ())
    assert along == [mask, coarse, lazy, outline]
    np.testing.assert_array_equal(picture.data, files.upright(stored, orientation, rgb=True))
    np.testing.assert_array_equal(mask.data, files.upright(damage, orientation, rgb=False))
    np.testing.assert_allclose(where(mask, picture, upright), upright, atol=1e-9)
    np.testing.assert_allclose(picture.data_to_world((0, 0)), PLACED["translate"], atol=1e-9)
    for layer, content, lay in zip(moved, contents, before, strict=True):
        np.testing.assert_array_equal(np.array(layer.data), content)
        np.testing.assert_allclose(where(layer, picture, upright), lay, atol=1e-9)


def test_the_size_of_a_pixel_goes_with_its_sides(scan):
    viewer, picture = scan(RIGHT_TOP, rgb=True, scale=(0.5, 0.25))
    turn_upright(viewer, picture, ())
    assert tuple(picture.scale) == (0.25, 0.5)


def test_masks_of_another_picture_stay_unless_they_are_chosen(scan):
    viewer, picture = scan(RIGHT_TOP, rgb=True)
    _, other = scan(RIGHT_TOP, rgb=True)
    shared, chosen = (viewer.add_labels(np.zeros((HEIGHT, WIDTH), np.uint8)) for _ in range(2))
    elsewhere = viewer.add_labels(np.zeros((HEIGHT, WIDTH), np.uint8), translate=(100, 0))
    difference = viewer.add_image(
        np.zeros((HEIGHT, WIDTH), np.float32), metadata={DIFFERENCE_KEY: {}}
    )
    assert turn_upright(viewer, picture, {chosen}) == [chosen]
    for layer in (other, shared, elsewhere, difference):
        assert layer.data.shape[:2] == (HEIGHT, WIDTH)
    for layer in (picture, chosen):
        viewer.layers.remove(layer)
    assert turn_upright(viewer, other, ()) == [shared, difference]
    assert difference.data.shape == (WIDTH, HEIGHT)


@pytest.mark.parametrize("rgb", [False, True])
def test_a_multiscale_picture_and_a_stack_are_turned_at_all_levels(scan, rgb):
    data = noise((2, HEIGHT, WIDTH, *[3][:rgb]))
    lazy = da.from_array(data, chunks=8)
    viewer, picture = scan(RIGHT_TOP, [lazy, lazy[:, ::2, ::2]], rgb=rgb, scale=(9, 1, 1))
    mask = viewer.add_labels(np.eye(HEIGHT, WIDTH, dtype=np.uint8))
    assert turn_upright(viewer, picture, ()) == [mask]
    np.testing.assert_array_equal(picture.data[0][...], np.rot90(data, -1, (1, 2)))
    np.testing.assert_array_equal(picture.data[1][...], np.rot90(data[:, ::2, ::2], -1, (1, 2)))
    np.testing.assert_array_equal(mask.data, np.rot90(np.eye(HEIGHT, WIDTH), -1))
    assert tuple(picture.scale) == (9, 1, 1)


def test_old_strokes_are_not_undone_in_the_wrong_place(scan):
    viewer, picture = scan(RIGHT_TOP, rgb=True)
    mask = viewer.add_labels(np.zeros((HEIGHT, WIDTH), np.uint8))
    mask.mode = "paint"
    mask.data_setitem((np.array([1]), np.array([18])), 1)
    turn_upright(viewer, picture, ())
    painted = mask.data.copy()
    assert painted[18, HEIGHT - 2] == painted.sum() == 1
    mask.undo()
    np.testing.assert_array_equal(mask.data, painted)
    assert mask.mode == "paint"
    mask.data_setitem((np.array([3]), np.array([4])), 1)
    mask.undo()
    np.testing.assert_array_equal(mask.data, painted)


def test_a_file_is_asked_once_and_a_turned_picture_is_upright(scan, monkeypatch):
    viewer, picture = scan(RIGHT_TOP, rgb=True)
    assert orientation_of(picture) == RIGHT_TOP
    monkeypatch.setattr(files, "orientation", None)
    assert orientation_of(picture) == RIGHT_TOP
    turn_upright(viewer, picture, ())
    assert orientation_of(picture) == 1


def test_only_what_napari_opened_itself_is_known_to_lie_as_stored(scan):
    assert orientation_of(scan(RIGHT_TOP, reader="another", rgb=True)[1]) == 1
    assert orientation_of(scan(1, rgb=True)[1]) == 1
    assert orientation_of(ViewerModel().add_image(noise((HEIGHT, WIDTH)))) == 1
