import shutil
import tracemalloc
from functools import partial

import dask.array as da
import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from napari.layers import Image

from napari_relic_inpaint import InputError, Retouching, Stopped, WindowMemory, restore_steps
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.picture.tiles import BAND_PIXELS
from napari_relic_inpaint.steps import finish


@pytest.fixture(scope="module")
def retouching(tiny_model):
    return partial(Retouching, model=tiny_model, device="cpu", window=64, detail="none")


def finished(work: Retouching) -> Retouching:
    finish(work.steps())
    return work


def stack(colour: bool, dtype: str = "<u2") -> tuple[np.ndarray, np.ndarray]:
    """Two planes of several windows and their damage, the second without any."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 250, (2, 90, 120, *([4] if colour else []))).astype(dtype)
    damage = np.zeros((2, 90, 120), bool)
    damage[0] = synthetic_damage((90, 120), "brush", rng, share=0.15)
    return picture, damage


@pytest.mark.parametrize("library", ["numpy", "dask", "zarr"])
@pytest.mark.parametrize("colour", [True, False])
def test_piece_by_piece_it_is_what_restore_returns(retouching, tiny_restore, library, colour):
    picture, damage = stack(colour)
    expected = tiny_restore(picture, damage)
    lazily = {
        "numpy": lambda array: array,
        "dask": lambda array: da.from_array(array, chunks=50),
        "zarr": lambda array: zarr.array(array, chunks=(1, *array.shape[1:])),
    }[library]
    work = finished(retouching(lazily(picture), lazily(damage)))
    np.testing.assert_array_equal(np.asarray(work.picture), expected.picture)
    np.testing.assert_array_equal(np.asarray(work.edges), expected.edges)
    assert work.picture.dtype == picture.dtype
    differs = {"created", "seconds"}
    assert {k: v for k, v in work.record.items() if k not in differs} == {
        k: v for k, v in expected.record.items() if k not in differs
    }
    drawn = finished(retouching(lazily(picture), lazily(damage), edges=lazily(expected.edges)))
    np.testing.assert_array_equal(np.asarray(drawn.picture), expected.picture)


@given(st.data(), st.booleans())
def test_it_is_indexed_as_an_array_is(restored, data, colour):
    work, whole = restored[colour]
    for lazy, array in ((work.picture, whole), (work.edges, np.asarray(work.edges))):
        key = tuple(data.draw(index(length)) for length in array.shape)
        key = key[: data.draw(st.integers(0, len(key)))]
        if data.draw(st.booleans()):
            key = (..., *key[len(key) // 2 :]) if len(key) == array.ndim else (*key, ...)
        result = lazy[key]
        np.testing.assert_array_equal(result, array[key])
        assert result.dtype == array.dtype
        assert (lazy.ndim, lazy.size, lazy.nbytes, len(lazy)) == (
            array.ndim,
            array.size,
            array.nbytes,
            len(array),
        )


def index(length: int):
    edge = st.one_of(st.none(), st.integers(-length - 2, length + 2))
    slices = st.builds(slice, edge, edge, st.sampled_from([None, 1, 2, 3, -1, -2]))
    return st.one_of(slices, st.integers(-length, length - 1))


@pytest.fixture(scope="module")
def restored(retouching, tiny_restore):
    """By whether it is colour: a retouching that is done, and the whole picture."""
    cases = {}
    for colour in (True, False):
        picture, damage = stack(colour)
        cases[colour] = finished(retouching(picture, damage)), tiny_restore(picture, damage).picture
    return cases


def test_indices_that_are_none_are_refused(restored):
    work, _ = restored[True]
    for wrong in (5, -3, (0, 0, 0, 0, 0)):
        with pytest.raises(IndexError):
            work.picture[wrong]


def test_napari_shows_it_as_a_layer(restored):
    work, whole = restored[True]
    layer = Image(work.picture, rgb=True)
    np.testing.assert_array_equal(layer.data[1], whole[1])
    assert layer.rgb


def test_the_picture_appears_window_by_window(retouching):
    picture, damage = stack(True)
    work = retouching(picture, damage)
    shown, changes = np.array(picture), 0
    for step in work.steps():
        if step.changed is not None:
            assert step.stage in ("painting", "adding detail")
            shown[step.changed] = work.picture[step.changed]
            changes += step.stage == "painting"
        np.testing.assert_array_equal(shown[~damage], picture[~damage])
    assert changes == work.record["windows"] > 3
    # The last word on a pixel is that of its last window: nothing is left to show.
    np.testing.assert_array_equal(shown, np.asarray(work.picture))


def test_stopped_halfway_it_shows_what_it_has(retouching):
    picture, damage = stack(False)
    enough: list[bool] = []
    work = retouching(picture, damage, should_stop=lambda: bool(enough))
    with pytest.raises(Stopped):
        for step in work.steps():
            if step.changed is not None:
                enough.append(True)
    half = np.asarray(work.picture)
    np.testing.assert_array_equal(half[~damage], picture[~damage])
    assert (
        0
        < (half != picture).sum()
        < (np.asarray(finished(retouching(*stack(False))).picture) != picture).sum()
    )
    assert work.record == {}


def test_it_refuses_what_restore_refuses(retouching):
    picture, damage = stack(False)
    with pytest.raises(InputError, match="damage is 2 x 90 x 119"):
        retouching(picture, damage[..., 1:])
    with pytest.raises(InputError, match="mask is empty"):
        finished(retouching(picture, np.zeros_like(damage)))
    with pytest.raises(InputError, match=r"covers every pixel of plane \(1,\)"):
        finished(retouching(picture, np.stack((damage[0], np.ones((90, 120))))))


class Wall:
    """A picture that is made when it is read, and that counts what was read."""

    def __init__(self, shape: tuple[int, ...], dtype: type) -> None:
        self.shape, self.dtype, self.ndim = shape, np.dtype(dtype), len(shape)
        self.read = 0

    def __getitem__(self, key):
        rows, columns = key[:2]
        self.read += (rows.stop - rows.start) * (columns.stop - columns.start)
        values = np.add.outer(np.arange(rows.start, rows.stop), np.arange(self.shape[1])[columns])
        if self.dtype == bool:
            # A square of 20 px in every corner of a lattice.
            inside = np.arange(rows.start, rows.stop) % 1500 < 20
            return np.logical_and.outer(inside, np.arange(self.shape[1])[columns] % 1500 < 20)
        return np.repeat((values % 251).astype(self.dtype)[..., None], 3, axis=-1)


def test_memory_and_reading_grow_with_the_damage_and_not_with_the_picture(retouching):
    picture, damage = Wall((6000, 5000, 3), np.uint8), Wall((6000, 5000), bool)
    work = retouching(picture, damage, rgb=True)
    tracemalloc.start()
    finish(work.steps())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.7 * 8 * 3 * BAND_PIXELS  # one band in float64, while the picture is surveyed
    pixels = 6000 * 5000
    assert damage.read == pixels
    assert pixels < picture.read < 1.1 * pixels
    corner = work.picture[1500:1530, 3000:3030]
    known = picture[1500:1530, 3000:3030]
    np.testing.assert_array_equal(corner[20:], known[20:])
    assert (corner[:20, :20] != known[:20, :20]).any()


# --- what is remembered ---


def runs(record: dict) -> int:
    return sum(record["network_runs"].values())


@given(st.integers(0, 10**6))
def test_what_is_remembered_is_what_would_be_painted(tiny_model, tiny_restore, seed):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 255, (150, 170, 3)).astype(np.uint8)
    damage = synthetic_damage((150, 170), "brush", rng, share=0.03)
    memory = WindowMemory()
    steps = partial(
        restore_steps, model=tiny_model, device="cpu", window=64, detail="none", memory=memory
    )
    first = finish(steps(picture, damage))
    again = finish(steps(picture, damage))
    assert runs(first.record) > runs(again.record) == 0
    np.testing.assert_array_equal(again.picture, first.picture)
    more = damage.copy()
    more[10:14, 20:25] = True
    after, expected = finish(steps(picture, more)), tiny_restore(picture, more)
    np.testing.assert_array_equal(after.picture, expected.picture)
    np.testing.assert_array_equal(after.edges, expected.edges)


def test_one_stroke_more_runs_the_windows_it_touches(tiny_model):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (400, 400, 3)).astype(np.uint8)
    damage = rng.random((400, 400)) > 0.999
    memory = WindowMemory()
    steps = partial(
        restore_steps, model=tiny_model, device="cpu", window=64, detail="none", memory=memory
    )
    whole = finish(steps(picture, damage)).record
    damage[200:203, 200:203] = True
    few = finish(steps(picture, damage)).record
    assert runs(whole) > 40
    assert 0 < runs(few) <= 18


def test_another_model_or_edge_is_not_mistaken_for_the_same(tiny_model, tiny_restore):
    picture, damage = (array[0] for array in stack(True))
    memory = WindowMemory()
    steps = partial(restore_steps, device="cpu", window=64, detail="none", memory=memory)
    first = finish(steps(picture, damage, model=tiny_model))
    finish(steps(picture, damage, method="telea"))
    assert not np.array_equal(
        finish(steps(picture, damage, method="navier-stokes")).picture, first.picture
    )
    edges = 1 - first.edges
    drawn = finish(steps(picture, damage, model=tiny_model, edges=edges))
    np.testing.assert_array_equal(drawn.picture, tiny_restore(picture, damage, edges=edges).picture)


def test_the_same_weights_on_another_smooth_fill_are_another_model(tiny_model, tmp_path):
    bent = shutil.copytree(tiny_model, tmp_path / "bent")
    card = bent / "card.json"
    card.write_text(card.read_text().replace('"hole_form": "membrane"', '"hole_form": "spline"'))
    picture, damage = (array[0] for array in stack(True))
    steps = partial(restore_steps, picture, damage, device="cpu", window=64, detail="none")
    memory = WindowMemory()
    finish(steps(model=tiny_model, memory=memory))
    after, expected = finish(steps(model=str(bent), memory=memory)), finish(steps(model=str(bent)))
    np.testing.assert_array_equal(after.picture, expected.picture)


def test_it_forgets_what_was_used_longest_ago():
    memory = WindowMemory(limit=1000)
    for name in b"abcde":
        memory.keep(bytes([name]), np.full((50, 1), name, np.float32))
    assert memory.find(b"a")[0] == ord("a")
    memory.keep(b"f", np.zeros((50, 1), np.float32))
    assert [memory.find(bytes([name])) is not None for name in b"abcdef"] == [
        *(True, False),
        *(True, True, True, True),
    ]


def test_the_record_counts_the_windows_that_were_remembered(tiny_model):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (300, 300, 3)).astype(np.uint8)
    damage = rng.random((300, 300)) > 0.999
    steps = partial(restore_steps, model=tiny_model, device="cpu", window=64, detail="none")
    assert finish(steps(picture, damage)).record["windows_remembered"] == 0
    memory = WindowMemory()
    first = finish(steps(picture, damage, memory=memory)).record
    again = finish(steps(picture, damage, memory=memory)).record
    assert (first["windows_remembered"], again["windows_remembered"]) == (0, first["windows"])
    damage[100, 100] = ~damage[100, 100]
    changed = finish(steps(picture, damage, memory=memory)).record
    assert 0 < changed["windows"] - changed["windows_remembered"] <= 9
    assert changed["network_runs"]["inpaint"] == changed["windows"] - changed["windows_remembered"]
