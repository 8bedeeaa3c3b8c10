from functools import partial

import dask.array as da
import numpy as np
import pytest
import torch
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from napari_relic_inpaint import InputError, ModelError, Stopped, restore
from napari_relic_inpaint.edges import canny_edges, grey
from napari_relic_inpaint.marking.damage import synthetic_damage
from napari_relic_inpaint.windows.grid import Grid

DTYPES = ["u1", "<u2", ">u2", "i2", ">i2", "<f4", ">f4", "<f8", ">f8"]
SEEDS = st.integers(0, 10**6)
SIDES = st.one_of(st.integers(1, 40), st.integers(65, 110))
SHAPES = st.tuples(SIDES, SIDES).filter(lambda shape: shape != (1, 1))


def noise(shape: tuple[int, ...], dtype: object, seed: int) -> np.ndarray:
    """Random values of the dtype's whole range, floats of any sign and size."""
    rng, dtype = np.random.default_rng(seed), np.dtype(dtype)
    if dtype.kind == "f":
        return (rng.normal(size=shape) * 10.0 ** rng.integers(-2, 4)).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, endpoint=True).astype(dtype)


def masks(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Masks of planes, none full; the first has damage, the others may have none."""
    rng = np.random.default_rng(seed)
    damage = np.zeros(shape, bool)
    for index in np.ndindex(shape[:-2]):
        plane = damage[index]
        if any(index) and rng.random() < 0.3:
            continue
        plane |= rng.random(plane.shape) < rng.choice([0.02, 0.2])
        top, left = rng.integers(plane.shape[0]), rng.integers(plane.shape[1])
        plane[top : top + rng.integers(1, 30), left : left + rng.integers(1, 30)] = True
        if plane.all():
            plane[-1, -1] = False
    return damage


def scene(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A painted picture of sorts, float RGB: soft light over flat patches."""
    rng = np.random.default_rng(seed)
    patches = ndimage.gaussian_filter(rng.standard_normal((*shape, 1)), (12, 12, 0)) > 0
    light = ndimage.gaussian_filter(rng.standard_normal((*shape, 3)), (20, 20, 0))
    return np.clip(0.3 + 0.3 * patches + 4 * light, 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def case():
    """A float picture of several windows, and its damage."""
    damage = synthetic_damage((100, 130), "brush", np.random.default_rng(1), share=0.15)
    return scene((100, 130)), damage


def same(first, second) -> bool:
    """Whether two results are equal bit for bit."""
    edges_agree = (
        first.edges is None
        if second.edges is None
        else first.edges.tobytes() == second.edges.tobytes()
    )
    return edges_agree and first.picture.tobytes() == second.picture.tobytes()


# --- what stays ---


@settings(max_examples=60)
@given(
    shape=SHAPES,
    stack=st.sampled_from([(), (), (2,), (1, 2)]),
    channels=st.sampled_from([None, 1, 2, 3, 4, 5]),
    dtype=st.sampled_from(DTYPES),
    common=st.booleans(),
    seed=SEEDS,
)
def test_outside_the_damage_every_bit_stays(
    tiny_restore, shape, stack, channels, dtype, common, seed
):
    colour = channels is not None
    picture = noise((*stack, *shape, *([channels] if colour else [])), dtype, seed)
    damage = masks(shape if common else (*stack, *shape), seed)
    hole = np.broadcast_to(damage, (*stack, *shape))
    painted = np.zeros(picture.shape, bool)
    if colour:
        painted[..., : 3 if channels >= 3 else 1] = hole[..., None]
    else:
        painted[...] = hole
    if picture.dtype.kind == "f":
        picture[painted] = np.random.default_rng(seed).choice([np.nan, np.inf, -np.inf, 1e30])
    given_picture, given_damage = picture.copy(), damage.copy()

    result = tiny_restore(picture, damage, rgb=colour)

    assert result.picture.shape == picture.shape
    assert result.picture.dtype == np.dtype(dtype)
    assert result.picture[~painted].tobytes() == picture[~painted].tobytes()
    assert np.isfinite(result.picture[painted].astype(float)).all()
    assert result.edges.shape == hole.shape
    assert result.edges.dtype == np.uint8
    assert set(np.unique(result.edges)) <= {0, 1}
    assert picture.tobytes() == given_picture.tobytes()
    assert damage.tobytes() == given_damage.tobytes()


@given(SEEDS, st.sampled_from(["<f4", ">f8", "u1", "<u2"]), st.booleans())
def test_what_stands_in_the_hole_has_no_influence(tiny_restore, seed, dtype, colour):
    picture = noise((70, 80, 3) if colour else (70, 80), dtype, seed)
    damage = masks((70, 80), seed)
    other = picture.copy()
    other[damage] = noise(other[damage].shape, dtype, seed + 1)
    if picture.dtype.kind == "f":
        other[damage] = np.random.default_rng(seed).choice([np.nan, np.inf, -1e30])
    assert same(tiny_restore(picture, damage), tiny_restore(other, damage))


def test_transparency_stays_inside_the_damage_too(tiny_restore, case):
    picture, damage = case
    rgba = np.concatenate((picture, np.full((100, 130, 1), np.nan, np.float32)), axis=-1)
    result = tiny_restore(rgba, damage).picture
    assert np.isnan(result[..., 3]).all()
    assert result[..., :3].tobytes() == tiny_restore(picture, damage).picture.tobytes()


def test_inputs_may_be_read_only_and_lie_in_memory_in_any_way(tiny_restore, case):
    picture, damage = case
    expected = tiny_restore(picture, damage)
    frozen = picture.copy()
    frozen.flags.writeable = False
    for way in (frozen, np.asfortranarray(picture), picture[::-1, ::-1].copy()[::-1, ::-1]):
        result = tiny_restore(way, np.asfortranarray(damage))
        np.testing.assert_array_equal(result.picture, expected.picture)
        assert result.record["picture"]["sha256"] == expected.record["picture"]["sha256"]
        assert result.picture.flags.writeable


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float32, bool])
def test_masks_of_any_number_type_mean_the_same(tiny_restore, case, dtype):
    picture, damage = case
    assert same(tiny_restore(picture, damage.astype(dtype)), tiny_restore(picture, damage))


# --- what is filled in ---


def test_the_same_input_gives_the_same_output(tiny_restore, case):
    assert same(tiny_restore(*case), tiny_restore(*case))


def test_every_damaged_pixel_is_filled(tiny_restore, case):
    picture, damage = case
    spoilt = np.where(damage[..., None], np.float32(np.nan), picture)
    result = tiny_restore(spoilt, damage).picture
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize("batch", [2, 5])
def test_the_batch_changes_nothing_but_rounding(tiny_restore, case, batch):
    paint = partial(tiny_restore, *case, detail="none")
    one, many = paint(batch=1), paint(batch=batch)
    assert many.record["network_runs"]["edge"] < one.record["network_runs"]["edge"]
    drawn = paint(batch=batch, edges=one.edges)
    np.testing.assert_allclose(drawn.picture, one.picture, atol=0.02)


def test_both_precisions_agree(tiny_restore, case, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    exact = tiny_restore(*case, detail="none")
    assert exact.record["device"]["precision"] == "float32"
    capabilities = {"amx_bf16": True, "cpu_name": "fake"}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    coarse = tiny_restore(*case, detail="none", edges=exact.edges)
    assert coarse.record["device"]["precision"] == "bfloat16"
    np.testing.assert_allclose(coarse.picture, exact.picture, atol=0.05)
    assert np.abs(coarse.picture - exact.picture).mean() < 0.003


@pytest.mark.parametrize("method", ["two-stage", "membrane", "telea", "biharmonic"])
@pytest.mark.parametrize("white", [65535, 4095])
def test_gradients_of_deep_pictures_stay_deep(tiny_restore, method, white):
    ramp = np.linspace(0, white, 110).round().astype(np.uint16)
    picture = np.broadcast_to(ramp, (100, 110)).copy()
    damage = np.zeros(picture.shape, bool)
    damage[25:75, 20:80] = True
    result = tiny_restore(picture, damage, method=method)
    fill = result.picture[damage]
    assert len(np.unique(fill)) > 256 if method != "telea" else len(np.unique(fill)) > 50
    assert fill.max() <= white
    assert result.record["picture"]["white"] == white
    assert np.median(np.abs(fill.astype(float) - picture[damage])) < 0.15 * white


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
def test_a_grey_picture_is_filled_like_a_grey_rgb_picture(tiny_restore, case, dtype):
    picture, damage = case
    values = (picture[..., 1] * (1 if dtype == np.float64 else 255)).astype(dtype)
    alone = tiny_restore(values, damage)
    with_alpha = tiny_restore(np.stack((values, values), axis=-1), damage)
    rgb = tiny_restore(np.stack((values, values, values), axis=-1), damage)
    np.testing.assert_array_equal(with_alpha.picture[..., 0], alone.picture)
    np.testing.assert_array_equal(alone.edges, rgb.edges)
    white = 1 if dtype == np.float64 else 255
    unclipped = ((rgb.picture > 0) & (rgb.picture < white)).all(axis=-1)
    assert unclipped[damage].mean() > 0.5
    mixed = rgb.picture @ [0.2125, 0.7154, 0.0721]
    tolerance = 1e-5 if dtype == np.float64 else 1.1
    np.testing.assert_allclose(alone.picture[unclipped], mixed[unclipped], atol=tolerance)


def test_the_planes_of_a_stack_are_restored_one_by_one(tiny_restore):
    stack = np.stack([scene((60, 70), seed) for seed in range(3)])
    damage = np.stack([masks((60, 70), seed) for seed in range(3)])
    damage[1] = False
    result = tiny_restore(stack, damage)
    np.testing.assert_array_equal(result.picture[1], stack[1])
    assert not result.edges[1].any()
    for plane in (0, 2):
        alone = tiny_restore(stack[plane], damage[plane])
        np.testing.assert_array_equal(result.picture[plane], alone.picture)
        np.testing.assert_array_equal(result.edges[plane], alone.edges)


@pytest.mark.parametrize("library", ["dask", "zarr"])
@pytest.mark.parametrize("colour", [True, False])
def test_lazy_arrays_give_what_their_numbers_give(tiny_restore, library, colour):
    stack = np.stack([scene((70, 90), seed) for seed in range(2)])
    stack = (stack if colour else stack[..., 0]) * 60000
    picture, damage = stack.astype(np.uint16), masks((2, 70, 90), 3)
    expected = tiny_restore(picture, damage)
    if library == "dask":
        lazy = [da.from_array(a, chunks=40) for a in (picture, damage, expected.edges)]
    else:
        lazy = [zarr.array(a, chunks=(1, *a.shape[1:])) for a in (picture, damage, expected.edges)]
    result = tiny_restore(*lazy[:2])
    assert type(result.picture) is np.ndarray
    assert same(result, expected)
    assert result.record["picture"] == expected.record["picture"]
    assert same(tiny_restore(*lazy[:2], edges=lazy[2]), expected)


def test_lists_are_pictures_too():
    result = restore([[5, 5, 5], [5, 9, 5]], [[0, 0, 0], [0, 1, 0]], method="membrane")
    assert result.picture.tolist() == [[5, 5, 5], [5, 5, 5]]


def test_no_seam_shows_inside_a_hole_of_many_windows():
    picture = scene((500, 500), 2)
    damage = np.zeros((500, 500), bool)
    damage[100:400, 100:400] = True
    result = restore((picture * 65535).astype(np.uint16), damage, device="cpu", detail="none")
    assert result.record["windows"] == 9
    fill = result.picture[damage].reshape(300, 300, 3) / 65535
    assert len(np.unique(fill)) > 256
    spans = Grid.over(damage.shape, 256).rows
    places = {p for s in spans for p in (s.start, s.stop, s.active.start, s.active.stop)}
    borders = sorted(p - 101 for p in places if 102 < p < 398)
    assert len(borders) >= 5
    for axis in (0, 1):
        gradient = np.abs(np.diff(fill, axis=axis)).mean(axis=(1 - axis, 2))
        elsewhere = np.delete(gradient, borders)
        assert gradient[borders].mean() <= elsewhere.mean()
        assert gradient[borders].max() <= np.percentile(elsewhere, 95)


# --- edges ---


def test_known_edges_are_those_of_the_whole_picture(tiny_restore):
    picture = scene((300, 310), 3)
    damage = np.random.default_rng(0).random((300, 310)) > 0.999
    result = tiny_restore(picture, damage)
    assert result.record["windows"] > 20
    whole = canny_edges(grey(picture), damage)
    assert whole.sum() > 500
    np.testing.assert_array_equal(result.edges[~damage], whole[~damage])


def test_edges_given_back_reproduce_the_picture(tiny_restore, case):
    first = tiny_restore(*case)
    assert first.edges[case[1]].any()
    assert same(tiny_restore(*case, edges=first.edges), first)


def test_edges_given_back_reproduce_a_stack(tiny_restore):
    stack, damage = noise((2, 60, 70), "<u2", 0), masks((2, 60, 70), 4)
    first = tiny_restore(stack, damage)
    assert same(tiny_restore(stack, damage, edges=first.edges), first)


def test_edited_edges_change_the_picture_inside_the_hole_only(tiny_restore, case):
    picture, damage = case
    first = tiny_restore(picture, damage)
    edges = np.where(damage, 1 - first.edges, first.edges)
    second = tiny_restore(picture, damage, edges=edges)
    np.testing.assert_array_equal(second.edges, edges)
    changed = (first.picture != second.picture).any(axis=-1)
    assert changed[damage].mean() > 0.5
    assert not changed[~damage].any()
    assert (first.record["edges"]["source"], second.record["edges"]["source"]) == (
        "predicted",
        "drawn",
    )


def test_edges_outside_the_hole_have_no_effect(tiny_restore, case):
    picture, damage = case
    first = tiny_restore(picture, damage)
    for outside in (0, 1, 255):
        edges = np.where(damage, first.edges, outside)
        assert same(tiny_restore(picture, damage, edges=edges), first)


def test_one_edge_map_serves_all_planes(tiny_restore):
    stack, damage = noise((2, 60, 70), "u1", 0), masks((60, 70), 4)
    edges = np.eye(60, 70)
    result = tiny_restore(stack, damage, edges=edges)
    for plane in result.edges:
        np.testing.assert_array_equal(plane[damage], edges[damage])


# --- steps ---


@pytest.mark.parametrize("method", ["two-stage", "membrane", "telea"])
@pytest.mark.parametrize("untouched", [(), (0,), (2,), (0, 1)])
@pytest.mark.parametrize("drawn", [False, True])
def test_progress_never_falls_and_ends_complete(tiny_steps, method, untouched, drawn):
    if drawn and method != "two-stage":
        drawn = False
    stack, damage = noise((3, 70, 80), "u1", 1), masks((3, 70, 80), 6)
    damage[:, 5:15, 5:15] = True
    damage[list(untouched)] = False
    edges = damage if drawn else None
    steps = list(tiny_steps(stack, damage, method=method, edges=edges, detail="picture"))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[0] > 0
    assert fractions[-1] == pytest.approx(1, abs=1e-9)
    for step in steps:
        assert 0 <= step.done <= step.total
        assert step.stage
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages[0] == "reading"
    assert [stage for stage in stages if stage != "preparing detail"][-2:] == [
        "painting",
        "adding detail",
    ]
    assert ("completing edges" in stages) == (method == "two-stage" and not drawn)


def test_the_steps_end_with_the_result(tiny_steps, tiny_restore, case):
    steps = tiny_steps(*case)
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    assert same(end.value.value, tiny_restore(*case))


@pytest.mark.parametrize("count", [1, 3, 6])
def test_closing_between_two_steps_leaves_nothing_behind(tiny_steps, tiny_restore, case, count):
    picture, damage = case
    before = picture.copy(), damage.copy()
    steps = tiny_steps(picture, damage)
    for _ in range(count):
        next(steps)
    steps.close()
    assert next(steps, "over") == "over"
    np.testing.assert_array_equal(picture, before[0])
    np.testing.assert_array_equal(damage, before[1])
    assert same(tiny_restore(picture, damage), tiny_restore(*before))


@pytest.mark.parametrize("method", ["two-stage", "membrane", "telea"])
def test_should_stop_ends_the_run_wherever_it_is(tiny_restore, case, method):
    asked = []
    # Beside detail, which is copied in threads, it is asked as often as there is time.
    painted = partial(tiny_restore, *case, method=method, detail="none")
    painted(should_stop=lambda: asked.append(1))
    total = len(asked)
    assert total >= 3
    for at in {1, 2, total // 2, total}:
        answers = iter([False] * (at - 1) + [True])
        with pytest.raises(Stopped, match="stopped"):
            painted(should_stop=answers.__next__)
        assert next(answers, "all given") == "all given"


def test_should_stop_is_asked_inside_the_networks(tiny_steps, case):
    asked = []
    steps = list(tiny_steps(*case, should_stop=lambda: asked.append(1)))
    assert len(asked) > 5 * len(steps)


# --- what cannot be restored ---


def refused(*args, match, error=InputError, **options):
    with pytest.raises(error, match=match):
        restore(*args, **({"method": "membrane"} | options))


@pytest.mark.parametrize(
    ("picture", "damage", "said"),
    [
        ((512, 512, 3), (480, 512), "damage is 480 x 512, the picture 512 x 512 x 3"),
        ((512, 512), (512, 511), "damage is 512 x 511, the picture 512 x 512"),
        ((4, 9, 8), (3, 9, 8), "damage is 3 x 9 x 8, the picture 4 x 9 x 8"),
        ((9, 8, 3), (9, 8, 3, 1), "damage is 9 x 8 x 3 x 1, the picture 9 x 8 x 3"),
        ((9, 8), (), "damage is a single number, the picture 9 x 8"),
    ],
)
def test_shapes_that_do_not_match_are_both_named(picture, damage, said):
    refused(np.zeros(picture), np.ones(damage), match=said)


def test_edges_of_another_shape_are_named():
    said = "edges is 9 x 9, the picture 9 x 8"
    refused(np.zeros((9, 8)), np.eye(9, 8), edges=np.eye(9), method="two-stage", match=said)


@pytest.mark.parametrize("shape", [(9, 8), (2, 9, 8)])
def test_an_empty_mask_is_refused(shape):
    refused(np.zeros(shape), np.zeros(shape), match="mask is empty: mark what is damaged")


def test_a_mask_of_everything_is_refused():
    refused(np.zeros((9, 8)), np.ones((9, 8)), match="covers every pixel: there is nothing left")
    refused(np.zeros((1, 1)), np.ones((1, 1)), match="covers every pixel")
    damage = np.stack((np.eye(9), np.ones((9, 9))))
    refused(np.zeros((2, 9, 9)), damage, match=r"covers every pixel of plane \(1,\)")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_outside_the_damage_that_are_no_numbers_are_counted(value):
    picture = np.random.default_rng(0).random((3, 9, 8))
    picture[1, 2:4, 3] = value
    damage = np.zeros((9, 8))
    damage[5, 5] = 1
    refused(
        picture[1],
        damage,
        match=r"outside the damage, 2 in all, the first in row 2, column 3 \(from 0\): mark",
    )
    refused(picture, damage, match=r"plane \(1,\) of the picture has NaN .* 2 in all")
    damage[2:4, 3] = 1
    assert np.isfinite(restore(picture, damage, method="membrane").picture).all()


@pytest.mark.parametrize("dtype", [bool, complex, object])
def test_pictures_of_other_types_are_refused(dtype):
    refused(np.zeros((9, 8), dtype), np.eye(9, 8), match=f"picture of {np.dtype(dtype)} cannot be")


@pytest.mark.parametrize("damage", [np.eye(9, 8, dtype=complex), np.full((9, 8), "x")])
def test_masks_of_other_types_are_refused(damage):
    refused(np.zeros((9, 8)), damage, match="damage mask holds numbers or True/False")


@pytest.mark.parametrize(
    ("options", "said", "error"),
    [
        ({"colour": 1}, "no option 'colour'", InputError),
        ({"method": "magic"}, "no method 'magic'", InputError),
        ({"device": "cuda:99"}, "no device 'cuda:99' here; there are auto, cpu", InputError),
        ({"device": "gpu"}, "device cannot be 'gpu'", InputError),
        ({"model": "no-such-model"}, "no model 'no-such-model'", ModelError),
        ({"window": 100}, "window cannot be 100: .*multiple of 32", InputError),
        ({"window": 0}, "window cannot be 0", InputError),
        ({"batch": -1}, "batch cannot be -1", InputError),
    ],
)
def test_wrong_options_are_named(options, said, error):
    refused(
        np.zeros((9, 8)), np.eye(9, 8), match=said, error=error, **{"method": "two-stage"} | options
    )


def test_a_picture_without_rows_is_refused():
    refused(np.zeros((0, 8)), np.zeros((0, 8)), match="has rows and columns; this one is 0 x 8")
    refused(np.zeros((8, 3)), np.zeros((8, 3)), rgb=True, match="this one is 8 x 3")
