import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint import Retouching
from napari_relic_inpaint.following.following import Following
from napari_relic_inpaint.steps import finish

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
        assert work.follow(damage.copy()) == bool(work.record == {})
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
