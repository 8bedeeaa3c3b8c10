import dask.array as da
import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.marking.damage import KINDS, from_labels, synthetic_damage
from napari_relic_inpaint.marking.label_mask import LabelMask

SEEDS = st.integers(0, 10**6)
SHAPES = st.tuples(st.integers(1, 90), st.integers(1, 90))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.uint64, np.float32])
def test_every_value_but_zero_is_damage(dtype):
    labels = np.array([[0, 1], [2, 0]]).astype(dtype)
    mask = from_labels(labels)
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, [[False, True], [True, False]])


def test_a_single_label_can_be_chosen():
    np.testing.assert_array_equal(from_labels([[0, 1], [2, 1]], 1), [[False, True], [False, True]])
    assert not from_labels([[0, 1]], 5).any()


@pytest.mark.parametrize("lazy", [zarr.array, da.from_array, lambda mask: LabelMask(mask, None)])
def test_lazy_labels_are_read(lazy):
    labels = np.array([[0, 1], [1, 0]])
    mask = from_labels(lazy(labels))
    assert isinstance(mask, np.ndarray)
    np.testing.assert_array_equal(mask, labels == 1)
    np.testing.assert_array_equal(from_labels(lazy(labels), 1), labels == 1)


@pytest.mark.parametrize("labels", [["a", "b"], [1j, 0], [None, 1]])
def test_masks_of_something_else_are_refused(labels):
    with pytest.raises(InputError, match="damage mask holds numbers"):
        from_labels(labels)


@pytest.mark.parametrize("kind", KINDS)
@given(shape=SHAPES, seed=SEEDS)
def test_synthetic_damage_hits_some_pixels_and_leaves_some(kind, shape, seed):
    mask = synthetic_damage(shape, kind, np.random.default_rng(seed))
    assert mask.shape == shape
    assert mask.dtype == bool
    assert mask.any()
    assert not mask.all() or mask.size == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_state_draws_the_same_damage(kind):
    first, again, other = (
        synthetic_damage((170, 190), kind, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("kind", "low", "high"), [("crack", 0.03, 0.06), ("brush", 0.1, 0.3), ("loss", 0.2, 0.36)]
)
@given(seed=SEEDS)
def test_default_shares(kind, low, high, seed):
    mask = synthetic_damage((256, 256), kind, np.random.default_rng(seed))
    assert low <= mask.mean() <= high


@pytest.mark.parametrize("kind", ["crack", "brush", "loss"])
def test_a_share_can_be_asked_for(kind):
    mask = synthetic_damage((200, 200), kind, np.random.default_rng(0), share=0.4)
    assert 0.39 <= mask.mean() <= 0.55


@given(SEEDS, st.integers(1, 90))
def test_a_block_is_a_square_of_its_side(seed, side):
    mask = synthetic_damage((80, 100), "block", np.random.default_rng(seed), block=side)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert (len(rows), len(columns)) == (min(side, 80), side)
    assert mask.sum() == len(rows) * len(columns)


def thickest(mask: np.ndarray) -> float:
    return 2 * float(ndimage.distance_transform_edt(np.pad(mask, 1)).max()) - 1


@pytest.mark.parametrize("kind", ["crack", "brush"])
@pytest.mark.parametrize("widest", [1, 3, 8])
def test_strokes_are_no_wider_than_asked(kind, widest):
    rng = np.random.default_rng(0)
    for _ in range(5):
        # A share this small is a single walk, which hardly crosses itself.
        mask = synthetic_damage((500, 500), kind, rng, share=1e-5, widest=widest)
        assert thickest(mask) <= 2 * widest + 1


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="'fire'; choose one of crack, brush, loss, block"):
        synthetic_damage((9, 9), "fire", np.random.default_rng(0))
