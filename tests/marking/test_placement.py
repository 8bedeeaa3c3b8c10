import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.placed_mask import TILE, PlacedMask
from napari_relic_inpaint.marking.placement import Placement

SHAPE = (23, 31)


def affine(scale=(1, 1), turn=0.0, shear=0.0, shift=(0, 0)):
    """The matrix from picture to mask pixels."""
    c, s = np.cos(turn), np.sin(turn)
    linear = np.array([[c, -s], [s, c]]) @ np.array([[1, shear], [0, 1]]) @ np.diag(scale)
    return np.column_stack((linear, shift))


def placed(mask, matrix, picture=SHAPE):
    return np.asarray(PlacedMask(mask, Placement(matrix, picture, mask.shape)))


def centres(mask, matrix, picture=SHAPE):
    """What the mask has at the centre of each pixel: the inverse mapping, pixel by pixel."""
    found = np.zeros(picture, mask.dtype)
    for pixel in np.ndindex(*picture):
        at = np.floor(matrix[:, :2] @ pixel + matrix[:, 2] + 0.5).astype(int)
        if (at >= 0).all() and (at < mask.shape).all():
            found[pixel] = mask[tuple(at)]
    return found


def carried(mask, matrix, picture=SHAPE):
    """The pixels that hold the centre of a painted pixel of the mask."""
    found = np.zeros(picture, bool)
    inverse = np.linalg.inv(matrix[:, :2])
    for painted in np.argwhere(mask):
        at = np.floor(inverse @ (painted - matrix[:, 2]) + 0.5).astype(int)
        if (at >= 0).all() and (at < picture).all():
            found[tuple(at)] = True
    return found


@st.composite
def placements(draw, scales=(0.2, 5)):
    """A mask and a place for it, its middle somewhere on the picture."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = tuple(rng.integers(1, 40, 2))
    mask = rng.integers(0, 4, shape) * (rng.random(shape) < draw(st.sampled_from((0.02, 0.5))))
    scale = np.exp(rng.uniform(*np.log(scales), 2)) * rng.choice((-1, 1), 2)
    matrix = affine(scale, rng.uniform(0, 7), rng.uniform(-0.5, 0.5))
    meet = rng.uniform(0, SHAPE)
    matrix[:, 2] = rng.uniform(0, shape) - matrix[:, :2] @ meet
    return mask.astype(rng.choice((np.uint8, np.int64))), matrix


def overlapping(mask, matrix):
    try:
        Placement(matrix, SHAPE, mask.shape)
    except InputError:
        return False
    return True


@given(placements())
@settings(max_examples=60, deadline=None)
def test_a_pixel_has_the_label_at_its_centre_or_of_a_painted_pixel_within_it(case):
    mask, matrix = case
    if not overlapping(mask, matrix):
        return
    labels, expected = placed(mask, matrix), centres(mask, matrix)
    np.testing.assert_array_equal(labels[expected > 0], expected[expected > 0])
    np.testing.assert_array_equal(labels > 0, (expected > 0) | carried(mask, matrix))
    assert labels.dtype == mask.dtype
    assert set(np.unique(labels)) <= {0, *np.unique(mask)}


@given(placements(scales=(0.1, 0.6)))
@settings(max_examples=30, deadline=None)
def test_a_coarser_mask_is_taken_at_the_centres_alone(case):
    mask, matrix = case
    if overlapping(mask, matrix):
        np.testing.assert_array_equal(placed(mask, matrix) > 0, centres(mask, matrix) > 0)


def test_a_thin_stroke_of_a_finer_mask_is_not_lost():
    mask = np.zeros((230, 310), bool)
    mask[:, 147] = True
    labels = placed(mask, affine(scale=(10, 10), shift=(4.5, 4.5)))
    np.testing.assert_array_equal(np.argwhere(labels)[:, 1], np.full(23, 14))
    mask[:] = False
    mask[range(100), range(100)] = True
    labels = placed(mask, affine(scale=(10, 10), turn=0.3, shift=(4.5, 4.5)))
    assert labels.sum() >= 10


@pytest.mark.parametrize("start", [(0, 0), (0.5, 0.5), (-0.5, 0.5)])
def test_between_two_pixels_rounding_does_not_decide(start):
    mask = np.arange(1, 13 * 17 + 1).reshape(13, 17)
    matrix = affine(scale=(0.1 / 0.2, 0.3 / 0.6), shift=start) + 1e-9 * np.ones((2, 3))
    labels = placed(mask, matrix)
    # Of two that are as near, the next one is taken.
    first = 5 if start == (0, 0) else 4
    inner = labels[first : first + 16, first : first + 24]
    np.testing.assert_array_equal(inner[::2, ::2], inner[1::2, 1::2])
    np.testing.assert_array_equal(np.unique(inner, return_counts=True)[1], 4)


def test_blocks_agree_with_the_whole_wherever_they_are_cut():
    rng = np.random.default_rng(0)
    mask = rng.integers(0, 3, (90, 110)) * (rng.random((90, 110)) < 0.1)
    picture = (TILE + 40, TILE + 90)
    matrix = affine(scale=(0.3, 0.2), turn=0.2, shift=(20, 5))
    whole = placed(mask, matrix, picture)
    lazy = PlacedMask(da.from_array(mask, 32), Placement(matrix, picture, mask.shape))
    np.testing.assert_array_equal(lazy[:], whole)
    for rows, columns in ((slice(3, 50), slice(7, 290)), (slice(200, 296), slice(250, 251))):
        np.testing.assert_array_equal(lazy[rows, columns], whole[rows, columns])
    finer = affine(scale=(1.7, 1.9), turn=0.2, shift=(20, 5))
    cut = PlacedMask(mask, Placement(finer, SHAPE, mask.shape))
    np.testing.assert_array_equal(cut[5:9, 3:30], placed(mask, finer)[5:9, 3:30])


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64, np.uint64, ">u4", ">f4"])
def test_any_type_of_numbers_is_taken(dtype):
    mask = np.zeros((12, 16), dtype)
    mask[4:6, 5:9] = True
    if mask.dtype.kind != "b":
        mask[4, 5] = 100
    labels = placed(mask, affine(scale=(0.5, 0.5), shift=(-0.25, -0.25)))
    np.testing.assert_array_equal(labels[8:12, 10:18], np.kron(mask[4:6, 5:9], np.ones((2, 2))))
    assert labels.sum() == labels[8:12, 10:18].sum()


def test_rounding_in_the_transforms_leaves_the_mask_as_it_is():
    matrix = affine(scale=(0.1 * 3 / 0.3, 1), shift=(1e-7, -1e-3))
    assert Placement(matrix, SHAPE, SHAPE).same_pixels
    assert not Placement(affine(shift=(0.1, 0)), SHAPE, SHAPE).same_pixels
    # A turn that is nothing near the first pixel moves the last one of a large picture.
    turned = affine(turn=1e-4)
    assert Placement(turned, SHAPE, SHAPE).same_pixels
    assert not Placement(turned, (9000, 9000), (9000, 9000)).same_pixels


@pytest.mark.parametrize(
    ("matrix", "mask", "words"),
    [
        (affine(), SHAPE, []),
        (affine(shift=(0, 3)), SHAPE, ["moved"]),
        (affine(), (20, 31), ["20 x 31 pixels"]),
        (affine(scale=(0.5, 0.5), shift=(-0.25, -0.25)), SHAPE, ["each 2 times as large"]),
        (affine(scale=(4, 4), shift=(1.5, 1.5)), SHAPE, ["each 1/4 times as large"]),
        (
            affine(scale=(0.5, 2), shift=(-0.25, 0.5)),
            SHAPE,
            ["each 2 x 1/2 times as large"],
        ),
        (
            affine(turn=np.radians(30), shift=(9, 0)),
            SHAPE,
            ["turned by 30 degrees", "moved"],
        ),
        (
            affine(scale=(-1, 1), shift=(22, 0)),
            SHAPE,
            ["mirrored", "turned by 180 degrees", "moved"],
        ),
    ],
)
def test_the_differences_are_told(matrix, mask, words):
    assert Placement(matrix, SHAPE, mask).differences() == words


def test_what_is_covered_is_the_share_of_the_picture():
    assert Placement(affine(), SHAPE, SHAPE).covered == 1
    assert Placement(affine(shift=(0, 1)), (20, 20), (20, 11)).covered == pytest.approx(0.5)
    turned = affine(turn=np.pi / 4, scale=(0.5, 0.5), shift=(30, 30))
    assert Placement(turned, (20, 20), (100, 100)).covered == pytest.approx(1)
    with pytest.raises(InputError, match="does not overlap"):
        Placement(affine(shift=(0, 31)), SHAPE, SHAPE)


def test_a_small_mask_on_a_very_large_picture_overlaps_it():
    side = 40_000
    small = Placement(affine(shift=(-side + 30, -200)), (side, side), (30, 30))
    assert small.covered == pytest.approx(30 * 30 / side**2, rel=0.01)
    for beside in (side - 0.001, side + 1):
        with pytest.raises(InputError, match="does not overlap"):
            Placement(affine(shift=(0, beside)), (side, side), (side, side))


# --- stacks ---


def stacked(matrix, planes=(1, 0)):
    """A matrix of three axes: the first maps plane ``i`` to ``planes[0] * i + planes[1]``."""
    whole = np.zeros((3, 4))
    whole[0, 0], whole[0, 3] = planes
    whole[1:, 1:] = matrix
    return whole


@pytest.fixture
def stack():
    rng = np.random.default_rng(0)
    return rng.integers(0, 3, (4, *SHAPE))


def test_planes_of_a_stack_are_met_by_whole_numbers(stack):
    matrix = affine(scale=(0.8, 0.7), turn=0.1, shift=(2, 1))
    labels = placed(stack, stacked(matrix, (1, 2)), (3, *SHAPE))
    for plane in (0, 1):
        np.testing.assert_array_equal(labels[plane], placed(stack[plane + 2], matrix))
    assert not labels[2].any()
    labels = placed(stack, stacked(matrix, (-2, 3)), (2, *SHAPE))
    np.testing.assert_array_equal(labels[1], placed(stack[1], matrix))
    with pytest.raises(InputError, match="between those of the picture"):
        Placement(stacked(matrix, (0.5, 0)), (3, *SHAPE), stack.shape)


def test_one_mask_for_all_planes_stays_one(stack):
    matrix = np.insert(affine(shift=(0, 2)), 0, 0, axis=1)
    labels = PlacedMask(stack[0], Placement(matrix, (5, *SHAPE), SHAPE))
    assert labels.shape == SHAPE
    np.testing.assert_array_equal(labels[:, :-2], stack[0][:, 2:])


def test_planes_may_each_be_moved_by_another_way(stack):
    matrix = np.insert(affine(), 0, (0, 3), axis=1)
    labels = placed(stack[0], matrix, (2, *SHAPE))
    np.testing.assert_array_equal(labels[0], stack[0])
    np.testing.assert_array_equal(labels[1][:, :-3], stack[0][:, 3:])


def test_axes_may_lie_in_another_order(stack):
    turned = np.moveaxis(stack, 0, -1)
    matrix = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]])
    np.testing.assert_array_equal(placed(turned, matrix, stack.shape), stack)


def test_a_mask_with_an_axis_of_length_1_more_is_taken(stack):
    mask = stack[:1]
    matrix = np.vstack((np.zeros(3), affine()))
    assert Placement(matrix, SHAPE, mask.shape).same_pixels
    np.testing.assert_array_equal(placed(mask, matrix), stack[0])
    with pytest.raises(InputError, match="is a stack"):
        Placement(matrix, SHAPE, stack.shape)


def test_planes_that_are_turned_out_of_the_pictures_are_refused(stack):
    matrix = stacked(affine())
    matrix[0, 1] = 0.1
    with pytest.raises(InputError, match="turned out"):
        Placement(matrix, (3, *SHAPE), stack.shape)


@pytest.mark.parametrize("slant", [0, 1])
def test_what_is_covered_of_a_stack_is_the_share_of_all_planes(slant):
    matrix = stacked(affine(shift=(0, 2)), planes=(1, -2))
    matrix[2, 0] = slant
    planes = Placement(matrix, (4, *SHAPE), (4, *SHAPE))
    start = 2 + 2 * slant
    overlap = sum(23 * (31 - start - slant * plane) for plane in range(2))
    assert planes.covered == pytest.approx(overlap / (4 * 23 * 31))
