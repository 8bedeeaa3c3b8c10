import dask.array as da
import numpy as np
import pytest
import torch
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_relic_inpaint import WindowMemory, restore
from napari_relic_inpaint.steps import finish
from napari_relic_inpaint.widgets import run as run_module
from napari_relic_inpaint.widgets.layers import RECORD_KEY, full_data
from napari_relic_inpaint.widgets.request import Request
from napari_relic_inpaint.widgets.results import Results
from napari_relic_inpaint.widgets.run import Run

SHAPE = (110, 130)
KINDS = ("memory", "lazy", "levels", "lazy levels", "stack of levels")


class Bench:
    """A viewer with a picture and its damage, in which runs are taken step by step."""

    def __init__(self, kind="memory", model=None):
        rng = np.random.default_rng(0)
        stack = (2,) if "stack" in kind else ()
        self.data = rng.integers(0, 250, (*stack, *SHAPE, 3)).astype(np.uint8)
        self.hole = np.zeros(SHAPE, bool)
        self.hole[20:45, 30:100] = self.hole[80:90, 20:120] = True
        levels = [self.data, self.data[..., ::2, ::2, :], self.data[..., ::4, ::4, :]]
        if "lazy" in kind:
            levels = [da.from_array(level, chunks=32) for level in levels]
        multiscale = "levels" in kind
        self.viewer = ViewerModel()
        self.picture = self.viewer.add_image(
            levels if multiscale else levels[0],
            multiscale=multiscale,
            rgb=True,
            name="wall",
            scale=(*stack, 0.5, 0.5),
        )
        labels = self.hole.astype(np.uint8)
        mask = da.from_array(labels, chunks=40) if "lazy" in kind else labels
        self.mask = self.viewer.add_labels(mask, name="damage", scale=(0.5, 0.5))
        self.results = Results(self.viewer)
        self.memory = WindowMemory()
        self.options = {"method": "telea", "window": 64, "detail": "none"}
        if model is not None:
            self.options |= {"method": "two-stage", "model": model, "device": "cpu"}

    def run(self, edges=None, label=None):
        # Numba, with which napari colours labels, sets PyTorch's threads as well; the sums of
        # other threads are rounded otherwise, and so no window would look as it did.
        torch.set_num_threads(1)
        request = Request.of(self.picture, self.mask, label, edges, self.options)
        run = Run(request, self.memory)
        return run, self.results.live(run)

    def halfway(self):
        """Begin a run and show it at its first painted windows and once more at half of them."""
        run, live = self.run()
        steps = run.steps(lambda: False)
        painted = 0
        for step in steps:
            if step.changed is not None:
                painted += 1
                live.show()
                if painted > 1 and step.done >= step.total // 2:
                    return live, steps
        raise AssertionError("the run had no half")

    def whole(self):
        run, live = self.run()
        return self.results.show(live, finish(run.steps(lambda: False)))

    def restored(self):
        return self.viewer.layers["wall restored (telea)"]

    @property
    def names(self):
        return [layer.name for layer in self.viewer.layers]


@pytest.fixture(params=KINDS)
def bench(request):
    return Bench(request.param)


@pytest.fixture
def simple():
    return Bench()


def seen(layer):
    return np.array(full_data(layer))


def test_the_layer_fills_in_and_ends_as_the_result(bench):
    live, steps = bench.halfway()
    layer = bench.restored()
    half = seen(layer)
    assert RECORD_KEY not in layer.metadata
    np.testing.assert_array_equal(half[..., ~bench.hole, :], bench.data[..., ~bench.hole, :])
    (restored,) = bench.results.show(live, finish(steps))
    expected = restore(bench.data, bench.hole, rgb=True, **bench.options)
    np.testing.assert_array_equal(seen(layer), expected.picture)
    assert 0 < (half != bench.data).sum() < (expected.picture != bench.data).sum()
    assert restored is layer
    assert layer.metadata[RECORD_KEY]["picture"] == expected.record["picture"]
    assert layer.multiscale == bench.picture.multiscale
    assert layer.level_shapes.tolist() == bench.picture.level_shapes.tolist()
    assert isinstance(layer.data, np.ndarray) == isinstance(bench.picture.data, np.ndarray)
    np.testing.assert_array_equal(layer.scale, bench.picture.scale)
    np.testing.assert_array_equal(seen(bench.picture), bench.data)
    assert bench.viewer.layers.selection.active is bench.mask


def test_what_napari_draws_follows_the_painting(bench):
    live, steps = bench.halfway()
    layer = bench.restored()
    plane = (0,) * (bench.data.ndim - 3)
    half = layer._slice.thumbnail.raw.copy()
    finish(steps)
    live.show()
    drawn = layer.data[-1] if layer.multiscale else layer.data
    np.testing.assert_array_equal(layer._slice.image.raw, np.asarray(drawn)[plane])
    assert (layer._slice.thumbnail.raw != half).any()


def test_a_run_taken_back_leaves_nothing(bench):
    before = bench.names
    live, steps = bench.halfway()
    assert bench.names == [*before, "wall restored (telea)"]
    steps.close()
    live.take_back()
    assert bench.names == before
    _, unseen = bench.run()
    unseen.take_back()
    assert bench.names == before


def test_a_second_run_taken_back_leaves_the_first_result(bench):
    (restored,) = bench.whole()
    bench.picture.translate = [7] * bench.picture.ndim
    data = seen(restored)
    levels = [np.array(level) for level in restored.data] if restored.multiscale else []
    record, place = dict(restored.metadata), restored.translate.copy()
    hole = np.roll(bench.hole, 20, axis=0)
    bench.mask.data = hole.astype(np.uint8)
    before = bench.names
    live, steps = bench.halfway()
    assert bench.names == before
    assert (seen(restored) != data).any()
    assert restored.metadata == {}
    np.testing.assert_array_equal(restored.translate, bench.picture.translate)
    steps.close()
    live.take_back()
    np.testing.assert_array_equal(seen(restored), data)
    for now, then in zip(restored.data, levels, strict=False):
        np.testing.assert_array_equal(np.array(now), then)
    assert restored.metadata == record
    np.testing.assert_array_equal(restored.translate, place)
    assert bench.names == before


def test_a_layer_removed_during_the_run_comes_back_at_its_end_only(bench):
    before = bench.names
    live, steps = bench.halfway()
    gone = bench.restored()
    bench.viewer.layers.remove(gone)
    live.show()
    assert bench.names == before
    (layer,) = bench.results.show(live, finish(steps))
    assert bench.restored() is layer is not gone


def test_an_earlier_result_removed_before_it_was_shown_is_added_at_the_end(simple):
    (earlier,) = simple.whole()
    data = seen(earlier)
    run, live = simple.run()
    steps = run.steps(lambda: False)
    next(steps)
    simple.viewer.layers.remove(earlier)
    live.show()
    assert simple.names == ["wall", "damage"]
    (layer,) = simple.results.show(live, finish(steps))
    assert simple.names == ["wall", "damage", "wall restored (telea)"]
    assert layer is not earlier
    np.testing.assert_array_equal(seen(earlier), data)


def test_an_earlier_result_removed_while_it_was_shown_gets_its_data_back(simple):
    (earlier,) = simple.whole()
    data = seen(earlier)
    simple.mask.data = np.roll(simple.mask.data, 20, axis=0)
    live, steps = simple.halfway()
    simple.viewer.layers.remove(earlier)
    steps.close()
    live.take_back()
    assert simple.names == ["wall", "damage"]
    np.testing.assert_array_equal(seen(earlier), data)


def test_data_that_the_user_put_into_the_layer_is_left_alone(simple):
    live, steps = simple.halfway()
    theirs = simple.restored()
    theirs.data = np.full_like(simple.data, 9)
    live.show()
    live.take_back()
    assert (simple.restored().data == 9).all()
    (layer,) = simple.results.show(live, finish(steps))
    assert layer is not theirs
    assert (theirs.data == 9).all()
    assert layer.name == "wall restored (telea) [1]"


class Watched:
    """An array-like that notes the size of the largest piece that was read from it."""

    def __init__(self, data):
        self._data, self.largest = data, 0
        self.shape, self.dtype, self.ndim, self.size = data.shape, data.dtype, data.ndim, data.size

    def __getitem__(self, key):
        piece = self._data[key]
        self.largest = max(self.largest, piece.size)
        return piece


def test_a_picture_that_is_not_in_memory_is_never_read_whole(simple, monkeypatch):
    monkeypatch.setattr("napari_relic_inpaint.picture.tiles.BAND_PIXELS", 32 * SHAPE[1])
    simple.data = np.tile(simple.data, (5, 4, 1))
    simple.hole = np.pad(simple.hole, [(0, 4 * SHAPE[0]), (0, 3 * SHAPE[1])])
    simple.mask.data = simple.hole.astype(np.uint8)
    simple.viewer.layers.remove(simple.picture)
    watched = Watched(simple.data)
    levels = [watched, simple.data[::2, ::2], simple.data[::4, ::4]]
    simple.picture = Image(levels, multiscale=True, rgb=True, name="wall", scale=(0.5, 0.5))
    simple.viewer.layers.insert(0, simple.picture)
    (restored,) = simple.whole()
    assert 0 < watched.largest < simple.data.size / 4
    expected = restore(simple.data, simple.hole, **simple.options).picture
    np.testing.assert_array_equal(seen(restored), expected)


def test_one_label_of_a_lazy_mask_counts():
    bench = Bench("lazy")
    labels = np.where(np.arange(SHAPE[1]) < 60, 1, 2) * bench.hole
    bench.mask.data = da.from_array(labels.astype(np.uint8), chunks=40)
    run, live = bench.run(label=2)
    (restored,) = bench.results.show(live, finish(run.steps(lambda: False)))
    changed = (seen(restored) != bench.data).any(axis=-1)
    assert changed.any()
    assert not changed[labels != 2].any()


def test_edges_of_large_pictures_that_are_not_in_memory_are_left_out(tiny_model, monkeypatch):
    monkeypatch.setattr(run_module, "LARGE", np.prod(SHAPE) - 1)
    for kind, left_out in (("memory", False), ("lazy", True)):
        run, _ = Bench(kind, tiny_model).run()
        outcome = finish(run.steps(lambda: False))
        assert outcome.edges_too_large == left_out
        assert (outcome.edges is None) == left_out


def test_edges_of_lazy_pictures_can_be_drawn_on_and_only_what_they_change_is_run(tiny_model):
    bench = Bench("lazy", tiny_model)
    run, live = bench.run()
    restored, edges = bench.results.show(live, finish(run.steps(lambda: False)))
    first = seen(restored)
    assert isinstance(edges.data, np.ndarray)
    assert set(np.unique(edges.data)) == {0, 1, 2}
    edges.visible = True
    edges.data_setitem((np.full(10, 30), np.arange(40, 50)), 2)
    run, live = bench.run(edges=edges)
    outcome = finish(run.steps(lambda: False))
    assert bench.results.show(live, outcome) == [restored]
    windows, same = outcome.record["windows"], outcome.record["windows_remembered"]
    assert 0 < windows - same < windows
    assert (seen(restored) != first).any()


def test_a_mask_that_is_a_mapped_file_is_not_copied(tmp_path, simple):
    mapped = np.memmap(tmp_path / "mask", np.uint8, "w+", shape=SHAPE)
    mapped[simple.hole] = 1
    mask = Labels(mapped, scale=(0.5, 0.5))
    request = Request.of(simple.picture, mask, None, None, simple.options)
    assert request.damage.data is mapped
