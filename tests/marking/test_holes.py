import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint import InputError, Stopped
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.marking.finding_holes import find_holes
from napari_relic_inpaint.picture import tiles, widths
from napari_relic_inpaint.picture.hole import HolePixels

TOUCHING = np.ones((3, 3))
SEEDS = st.integers(0, 10**6)


@given(shape=st.tuples(st.integers(1, 50), st.integers(1, 50)), seed=SEEDS, rows=st.integers(1, 60))
def test_holes_are_the_pieces_of_all_labels_together(shape, seed, rows):
    labels = np.random.default_rng(seed).choice([0, 0, 0, 0, 1, 3, 200], shape).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "BAND_PIXELS", rows * shape[1])
        holes = find_holes(labels)
    pieces, count = ndimage.label(labels, TOUCHING)
    assert len(holes) == count
    assert [hole.position for hole in holes] == sorted(hole.position for hole in holes)
    for hole in holes:
        mask = pieces == pieces[hole.position]
        assert hole.position == tuple(np.argwhere(mask)[0])
        assert hole.pixels == mask.sum()
        assert hole.bounds == ndimage.find_objects(mask.astype(int))[0]
        values, counts = np.unique(labels[mask], return_counts=True)
        assert hole.labels == tuple(values[np.lexsort((values, -counts))])
    everything = np.arange(labels.size)
    numbers = holes.numbers((), everything).reshape(shape)
    assert np.array_equal(numbers >= 0, labels != 0)
    for row, column in np.argwhere(labels):
        hole = holes.hole_at((row, column))
        assert pieces[hole.position] == pieces[row, column]
        assert holes[numbers[row, column]] is hole


@pytest.mark.parametrize("kind", ["crack", "brush", "loss"])
def test_each_hole_is_as_wide_as_if_it_were_alone(kind):
    mask = synthetic_damage((150, 200), kind, np.random.default_rng(3))
    pieces, _ = ndimage.label(mask, TOUCHING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widths, "TILE", 64)
        holes = find_holes(mask)
    for hole in holes:
        alone = HolePixels.of(pieces == pieces[hole.position])
        assert hole.widest == widths.widest(alone, np.zeros((19, 25), bool), 8)


def test_a_deep_hole_is_measured_across_tiles():
    mask = np.zeros((700, 700), bool)
    rows, columns = np.mgrid[:700, :700] - 350
    mask[rows**2 + columns**2 <= 300**2] = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(widths, "TILE", 64)
        assert find_holes(mask)[0].widest == round(
            2 * ndimage.distance_transform_edt(mask).max() - 1
        )


def test_a_stack_has_the_holes_of_each_plane():
    labels = np.zeros((2, 3, 20, 30), np.uint8)
    labels[0, 1, 4:8, 5:9] = labels[1, 2, 0, 0] = 2
    holes = find_holes(da.from_array(labels, chunks=(1, 1, 10, 10)))
    assert [hole.position for hole in holes] == [(0, 1, 4, 5), (1, 2, 0, 0)]
    assert holes[0].plane == (0, 1)
    assert holes[0].middle == (5.5, 6.5)
    assert holes.hole_at((0, 1, 7, 8)) is holes[0]
    assert holes.hole_at((0, 0, 7, 8)) is None


def test_one_mask_counts_for_each_plane_of_a_stack():
    labels = np.zeros((20, 30), np.uint8)
    labels[4:8, 5:9] = 2
    holes = find_holes(labels, (3,))
    assert [hole.position for hole in holes] == [(0, 4, 5), (1, 4, 5), (2, 4, 5)]
    assert holes.hole_at((2, 4, 5)) is holes[2]
    assert holes.numbers((1,), np.array([4 * 30 + 5, 0])).tolist() == [1, -1]


@pytest.mark.parametrize("position", [(0, 0), (-1, 4), (4, -1), (20, 0), (0, 30), (0, 4, 5)])
def test_there_is_no_hole_elsewhere(position):
    labels = np.zeros((20, 30), np.uint8)
    labels[4:8, 5:9] = labels[19, 29] = 1
    assert find_holes(labels).hole_at(position) is None


def test_without_damage_there_is_none():
    holes = find_holes(np.zeros((20, 30), np.uint8))
    assert len(holes) == 0
    assert holes.hole_at((3, 3)) is None


def test_masks_of_another_stack_are_refused():
    with pytest.raises(InputError, match=r"planes \(2,\), the picture \(3,\)"):
        find_holes(np.zeros((2, 20, 30), np.uint8), (3,))


def test_looking_can_be_stopped():
    with pytest.raises(Stopped):
        find_holes(np.ones((20, 30), np.uint8), should_stop=lambda: True)
