import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from napari_relic_inpaint import InputError, Retouching, Stopped
from napari_relic_inpaint.following.following import Following
from napari_relic_inpaint.marking.damage import ExtentError
from napari_relic_inpaint.models.weights import save
from napari_relic_inpaint.steps import finish

CARD = {
    "name": "tiny",
    "version": "1",
    "licence": "MIT",
    "summary": "Random weights.",
    "trained_on": "nothing",
    "hole_form": "membrane",
}
SHAPE = 220, 300
CHANGES_WITH_TIME = {"created", "seconds", "windows_remembered", "network_runs"}


@pytest.fixture(scope="module")
def options(tiny_model):
    return {"model": tiny_model, "device": "cpu", "window": 64}


@pytest.fixture(scope="module")
def colours():
    """Waves of colour under noise, so that there is detail to copy."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    waves = np.stack([120 + 90 * np.sin(rows / 9 + k + columns / 17) for k in range(3)], axis=-1)
    return np.clip(waves + rng.normal(0, 12, waves.shape), 0, 255).astype(np.uint8)


def as_type(colours: np.ndarray, dtype: str) -> np.ndarray:
    return colours / np.float32(200) if dtype == "float32" else (colours * 11).astype(dtype)


def check_equals_a_fresh_run(work: Following, picture, damage, **options) -> None:
    fresh = Retouching(picture, damage, **options)
    finish(fresh.steps())
    np.testing.assert_array_equal(np.asarray(work.picture), np.asarray(fresh.picture))
    for name in ("edges", "sources", "confidence"):
        mine, theirs = getattr(work, name), getattr(fresh, name)
        assert (mine is None) == (theirs is None)
        if mine is not None:
            np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs), err_msg=name)
    said = [
        {key: value for key, value in record.items() if key not in CHANGES_WITH_TIME}
        for record in (work.record, fresh.record)
    ]
    assert said[0] == said[1]


rectangles = st.tuples(
    st.integers(0, SHAPE[0] - 1),
    st.integers(0, SHAPE[1] - 1),
    st.integers(1, 90),
    st.integers(1, 90),
    st.booleans(),
    st.integers(0, 40),
)


@pytest.mark.parametrize(
    ("method", "detail", "dtype"),
    [
        ("two-stage", "none", "uint8"),
        ("two-stage", "picture", "uint8"),
        ("two-stage", "none", "uint16"),
        ("two-stage", "none", "float32"),
        ("spline", "none", "uint8"),
        ("membrane", "none", "uint8"),
    ],
)
@settings(max_examples=6)
@example(strokes=[(0, 150, 1, 33, True, 0)])
@given(strokes=st.lists(rectangles, min_size=1, max_size=5))
def test_what_follows_the_mask_equals_a_fresh_run(options, colours, method, detail, dtype, strokes):
    """Painted or erased, and dropped after some steps or not: the end is the same."""
    chosen = options | {"method": method, "detail": detail}
    if method != "two-stage":
        del chosen["model"]
    picture = colours if dtype == "uint8" else as_type(colours, dtype)
    damage = np.zeros(SHAPE, bool)
    damage[100:104, 20:280] = True
    work = Following(picture, damage.copy(), **chosen)
    finish(work.steps())
    for top, left, height, width, paint, dropped_after in strokes:
        damage[top : top + height, left : left + width] = paint
        work.follow(damage.copy())
        steps = work.steps()
        for _, _ in zip(range(dropped_after), steps, strict=False):
            pass
        steps.close()
    finish(work.steps())
    if damage.any():
        check_equals_a_fresh_run(work, picture, damage, **chosen)
    else:
        np.testing.assert_array_equal(np.asarray(work.picture), picture)
        assert work.record == {}


def test_only_what_a_stroke_can_be_felt_in_is_run(options, colours):
    picture = np.tile(colours, (4, 4, 1))
    damage = np.zeros(picture.shape[:2], bool)
    damage[::60] = True
    work = Following(picture, damage, **options, detail="none")
    finish(work.steps())
    first = work.record["network_runs"]["inpaint"]
    damage[403:420, 600:640] = True
    assert work.update((slice(403, 420), slice(600, 640)), damage[403:420, 600:640])
    finish(work.steps())
    assert work.record["network_runs"]["inpaint"] - first < first / 4
    check_equals_a_fresh_run(work, picture, damage, **options, detail="none")


def test_wide_holes_are_restored_at_half_the_scale_first_also_when_followed(
    tiny_networks, tmp_path, colours
):
    save(CARD | {"coarser_levels": 1}, *tiny_networks, tmp_path / "tiny")
    options = {"model": str(tmp_path / "tiny"), "device": "cpu", "window": 64, "detail": "none"}
    damage = np.zeros(SHAPE, bool)
    damage[40:90, 40:90] = True
    work = Following(colours, damage, **options)
    finish(work.steps())
    damage[100:104, 150:290] = True
    damage[40:60, 40:60] = False
    work.follow(damage)
    finish(work.steps())
    check_equals_a_fresh_run(work, colours, damage, **options)


def test_stacks_edges_and_limits_are_followed(options, colours):
    stack = np.stack([colours, colours[::-1]])
    damage = np.zeros((2, *SHAPE), bool)
    damage[0, 30:50, 30:60] = True
    edges = np.zeros(SHAPE, np.uint8)
    edges[:, 45] = edges[:, 200] = 1
    never = np.zeros(SHAPE, np.uint8)
    never[:, 100:] = 1
    chosen = options | {"rgb": True, "edges": edges, "never_from": never}
    work = Following(stack, damage, **chosen)
    finish(work.steps())
    damage[1, 100:120, 190:220] = True
    damage[0, 30:40] = False
    assert work.follow(damage)
    finish(work.steps())
    check_equals_a_fresh_run(work, stack, damage, **chosen)


def test_new_damage_is_filled_before_it_is_painted(options, colours):
    damage = np.zeros(SHAPE, bool)
    work = Following(colours, damage, **options)
    finish(work.steps())
    assert work.record == {}
    damage[50:60, 50:90] = True
    work.follow(damage)
    stages = [step.stage for step in work.steps() if step.changed is not None]
    assert stages[:2] == ["filling smoothly", "painting"]
    assert stages[-1] == "adding detail"


def test_pixels_outside_the_damage_are_never_changed_on_the_way(options, colours):
    damage = np.zeros(SHAPE, bool)
    work = Following(colours, damage, **options)
    finish(work.steps())
    for rows, paint in ((slice(50, 60), True), (slice(55, 90), True), (slice(52, 70), False)):
        damage[rows, 50:90] = paint
        work.follow(damage)
        for _ in work.steps():
            shown = np.asarray(work.picture)
            np.testing.assert_array_equal(shown[~damage], colours[~damage])


def test_it_is_stopped_when_asked(options, colours):
    damage = np.zeros(SHAPE, bool)
    damage[50:60, 50:90] = True
    work = Following(colours, damage, **options)
    with pytest.raises(Stopped):
        finish(work.steps(lambda: True))
    finish(work.steps())
    check_equals_a_fresh_run(work, colours, damage, **options)


def test_a_mask_over_everything_is_refused_until_it_is_taken_back(options, colours):
    damage = np.zeros(SHAPE, bool)
    work = Following(colours, damage, **options)
    finish(work.steps())
    work.follow(~damage)
    with pytest.raises(ExtentError, match="every pixel"):
        finish(work.steps())
    damage[50:60, 50:90] = True
    work.follow(damage)
    finish(work.steps())
    check_equals_a_fresh_run(work, colours, damage, **options)


def test_nan_that_was_damaged_may_not_be_erased(options, colours):
    picture = as_type(colours, "float32")
    picture[55, 60] = np.nan
    damage = np.zeros(SHAPE, bool)
    damage[50:60, 50:90] = True
    work = Following(picture, damage.copy(), **options)
    finish(work.steps())
    with pytest.raises(InputError, match="3 NaN or infinite values where"):
        work.follow(np.zeros(SHAPE, bool))
    damage[50:52] = False
    work.follow(damage)
    finish(work.steps())
    check_equals_a_fresh_run(work, picture, damage, **options)
