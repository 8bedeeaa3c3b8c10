"""Detail from the picture itself, through the public door."""

from threading import Event

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_relic_inpaint import restore, samples
from napari_relic_inpaint.detail import scale
from napari_relic_inpaint.detail.everywhere import match_everywhere
from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.retouching import Retouching
from napari_relic_inpaint.windows.window_memory import WindowMemory

PERIOD = 60
HEIGHT, WIDTH = 130, 260
LOSS = slice(48, 78), slice(118, 150)


@pytest.fixture(scope="module")
def ornament():
    """An ornament without any symmetry, 60 pixels wide, with the grain of paint."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:HEIGHT, :PERIOD].astype(float)
    waves = np.sin(rows / 7 + np.sin(columns / 9.5) * 2) + np.cos(columns / 5 - rows / 23)
    ornament = np.stack([waves, waves**2, -waves], axis=-1)
    # It ends as it begins.
    ornament *= np.sin(np.pi * (columns + 0.5) / PERIOD)[..., None]
    ornament += 0.5 * rng.standard_normal(ornament.shape)
    low, high = ornament.min(), ornament.max()
    return (255 * (ornament - low) / (high - low)).astype(np.uint8)


@pytest.fixture(scope="module")
def wall(ornament):
    """A wall on which the ornament is repeated side by side."""
    return np.tile(ornament, (1, 5, 1))[:, :WIDTH]


@pytest.fixture(scope="module")
def loss():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[LOSS] = True
    return mask


def with_detail(picture, damage, **options):
    options = {"method": "membrane", "detail": "picture", **options}
    return restore(picture, damage, rgb=picture.shape[-1] in (3, 4), **options)


def sources(result, damage):
    found = np.asarray(result.sources)[damage]
    rows, columns = np.nonzero(damage)
    return found, rows, columns


def test_a_repeated_ornament_is_continued_from_its_other_repetitions(wall, loss):
    result = with_detail(wall, loss)
    found, rows, columns = sources(result, loss)
    straight = (found[:, 0] == rows) & (found[:, 2] == 0)
    repeated = straight & ((found[:, 1] - columns) % PERIOD == 0)
    assert repeated.mean() > 0.95
    copied = wall[found[:, 0], found[:, 1]].astype(float)
    truth = wall[loss].astype(float)
    assert (copied == truth).mean() > 0.95
    # The painting knows nothing of the ornament: colours and forms come from the repetition, too.
    assert (abs(result.picture[loss] - truth) <= 2).mean() > 0.99


def test_an_ornament_is_continued_from_its_mirror_image(ornament):
    noise = np.random.default_rng(1).integers(90, 160, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    picture = noise.copy()
    picture[:, 60:120] = ornament
    picture[:, 140:200] = ornament[:, ::-1]
    damage = np.zeros((HEIGHT, WIDTH), bool)
    damage[54:70, 82:98] = True
    result = with_detail(picture, damage)
    found, rows, columns = sources(result, damage)
    mirrored = (found[:, 2] == 1) & (found[:, 0] == rows) & (found[:, 1] == 259 - columns)
    assert mirrored.mean() > 0.95
    truth = np.where(damage[..., None], picture[:, 259 - np.arange(WIDTH)], 0)[damage].astype(int)
    assert (abs(result.picture[damage] - truth) <= 3).mean() > 0.99


@pytest.mark.parametrize("apart", [130, 131, 132, 133])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_single_repetition_is_found_wherever_it_lies(apart, mirrored):
    """To the pixel, though it is looked for at a quarter of the scale."""
    figure = samples.load("fresco").reference[100:230, 200:320]
    picture = np.random.default_rng(1).integers(130, 150, (150, 290, 3)).astype(np.uint8)
    picture[10:140, 20:140] = figure
    picture[10:140, 20 + apart : 140 + apart] = figure[:, ::-1] if mirrored else figure
    damage = np.zeros(picture.shape[:2], bool)
    damage[50:95, 50:105] = True
    result = with_detail(picture, damage)
    off = abs(result.picture[damage].astype(int) - picture[damage])
    assert off.mean() < 4
    found, rows, columns = sources(result, damage)
    expected = (159 + apart - columns) if mirrored else columns + apart
    assert ((found[:, 0] == rows) & (found[:, 1] == expected)).mean() > 0.6


def test_nothing_is_copied_from_where_it_is_forbidden(wall, loss):
    forbidden = np.zeros((HEIGHT, WIDTH), bool)
    forbidden[:, :100] = True
    for options in ({"never_from": forbidden}, {"copy_from": ~forbidden}):
        result = with_detail(wall, loss, **options)
        found, *_ = sources(result, loss)
        found = found[found[:, 0] >= 0]
        assert len(found)
        assert not forbidden[found[:, 0], found[:, 1]].any()
        assert result.record["detail"]["limited"]


def test_where_nothing_may_be_copied_the_painting_stays_and_a_sentence_says_so(wall, loss):
    nothing = np.zeros((HEIGHT, WIDTH), bool)
    painted = restore(wall, loss, method="membrane", detail="none").picture
    for limits in ({"copy_from": nothing}, {"never_from": ~nothing}):
        result = with_detail(wall, loss, **limits)
        assert np.array_equal(result.picture, painted)
        assert result.record["detail"]["copied"] == 0
        assert any("No detail was copied" in said for said in result.record["warnings"])


def test_limits_are_not_blamed_where_only_cracks_are_restored(wall):
    crack = np.zeros((HEIGHT, WIDTH), bool)
    crack[60:63, 20:200] = True
    result = with_detail(wall, crack, copy_from=wall[..., 0] > 100)
    assert result.record["detail"]["copied"] == 0
    assert not result.record["warnings"]


def test_limits_without_detail_are_refused(wall, loss):
    with pytest.raises(InputError, match="nothing is copied without detail"):
        restore(wall, loss, method="membrane", detail="none", copy_from=loss)


@settings(max_examples=15, deadline=None)
@given(
    dtype=st.sampled_from(["u1", "u2", "f4", "i4", ">u2"]),
    channels=st.sampled_from([0, 3, 4]),
    seed=st.integers(0, 1000),
)
def test_outside_the_damage_nothing_changes_and_beneath_it_nothing_counts(dtype, channels, seed):
    rng = np.random.default_rng(seed)
    shape = (70, 90, channels) if channels else (70, 90)
    picture = (rng.random(shape) * (1 if dtype == "f4" else 250)).astype(dtype)
    damage = np.zeros((70, 90), bool)
    for _ in range(3):
        top, left = rng.integers(0, 60), rng.integers(0, 75)
        damage[top : top + rng.integers(1, 25), left : left + rng.integers(1, 25)] = True
    result = with_detail(picture, damage)
    assert result.picture.dtype == picture.dtype
    assert np.array_equal(result.picture[~damage], picture[~damage])
    if channels == 4:
        assert np.array_equal(result.picture[..., 3], picture[..., 3])
    other = picture.copy()
    other[damage] = 1
    again = with_detail(other, damage)
    if channels == 4:
        again.picture[..., 3] = picture[..., 3]
    assert np.array_equal(result.picture[damage], again.picture[damage])
    found = np.asarray(result.sources)
    assert (found[~damage] == -1).all()
    copied = found[..., 0] >= 0
    assert not damage[found[copied][:, 0], found[copied][:, 1]].any()
    sure = np.asarray(result.confidence)
    assert (sure[~damage] == 1).all()
    assert ((sure[damage] > 0) == copied[damage]).all()


def test_thin_cracks_keep_their_painting(wall):
    cracks = np.zeros((HEIGHT, WIDTH), bool)
    cracks[20:110:30, 10:250] = True
    cracks[10:120, 40:44] = True
    painted = restore(wall, cracks, method="membrane", detail="none")
    detailed = with_detail(wall, cracks)
    assert np.array_equal(painted.picture, detailed.picture)
    assert detailed.record["detail"]["copied"] == 0


def test_small_holes_close_together_are_not_compared_with_all_of_the_picture(wall, monkeypatch):
    picture = np.tile(wall, (2, 1, 1))
    damage = np.zeros(picture.shape[:2], bool)
    for row in range(6, 240, 26):
        for column in range(6, 240, 26):
            damage[row : row + 9, column : column + 9] = True
    compared = []

    def counted(*arguments):
        sources, targets = arguments[3], arguments[5]
        compared.append(len(sources) * len(targets))
        match_everywhere(*arguments)

    monkeypatch.setattr(scale, "match_everywhere", counted)
    result = with_detail(picture, damage)
    assert sum(compared) < 500 * np.count_nonzero(damage)
    found, rows, columns = sources(result, damage)
    assert (found[:, 0] >= 0).mean() > 0.95
    repeated = ((found[:, 1] - columns) % PERIOD == 0) & ((found[:, 0] - rows) % HEIGHT == 0)
    assert repeated.mean() > 0.5


def test_cracks_keep_their_painting_where_they_cross_and_a_loss_gets_detail_up_to_its_rim(wall):
    cracks = np.zeros(wall.shape[:2], bool)
    cracks[60:65], cracks[:, 100:105] = True, True
    cracks[58:66, 98:106] = True
    assert (np.asarray(with_detail(wall, cracks).sources) < 0).all()
    cracks[57:66, 98:107] = True
    found = np.asarray(with_detail(wall, cracks).sources)[..., 0] >= 0
    assert found[57:66, 98:107].mean() > 0.9
    assert not found[60:65, :90].any()


def test_two_holes_that_touch_nothing_of_each_other_do_not_change_each_other(wall, loss):
    far = np.pad(loss, ((0, 0), (0, 700)))
    picture = np.tile(wall, (1, 4, 1))[:, : WIDTH + 700]
    both = far.copy()
    both[40:70, 800:830] = True
    assert np.array_equal(
        with_detail(picture, far).picture[loss.nonzero()],
        with_detail(picture, both).picture[loss.nonzero()],
    )


def test_it_is_the_same_with_one_hole_at_a_time_and_with_several(wall, loss, monkeypatch):
    mask = loss.copy()
    mask[10:30, 10:30] = mask[90:115, 200:240] = True
    results = []
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        results.append(with_detail(wall, mask))
    assert np.array_equal(results[0].picture, results[1].picture)
    assert np.array_equal(results[0].sources[:], results[1].sources[:])


def test_large_holes_are_filled_piece_by_piece(wall):
    picture = np.tile(wall, (6, 4, 1))
    damage = np.zeros(picture.shape[:2], bool)
    damage[60:700, 100:140] = True
    damage[300:340, 100:800] = True
    result = with_detail(picture, damage)
    assert np.array_equal(result.picture[~damage], picture[~damage])
    assert result.record["detail"]["copied"] > 0.9


def test_planes_of_a_stack_are_given_detail_one_by_one(wall, loss):
    stack = np.stack([wall[..., 0], wall[..., 1]])
    whole = with_detail(stack, loss)
    assert whole.sources.shape == (2, HEIGHT, WIDTH, 3)
    for plane, alone in zip(whole.picture, stack, strict=True):
        assert np.array_equal(plane, with_detail(alone, loss).picture)


def test_what_has_not_changed_is_remembered(wall, loss):
    memory = WindowMemory()
    results = []
    for _ in range(2):
        work = Retouching(wall, loss, rgb=True, method="membrane", detail="picture", memory=memory)
        for _step in work.steps():
            pass
        results.append(work)
    first, second = results
    assert np.array_equal(first.picture[:], second.picture[:])
    assert np.array_equal(first.sources[:], second.sources[:])


def test_it_can_be_stopped_and_shows_how_far_it_is(wall, loss):
    stop = Event()
    work = Retouching(
        wall, loss, rgb=True, method="membrane", detail="picture", should_stop=stop.is_set
    )
    fractions = []
    with pytest.raises(Stopped):
        for step in work.steps():
            fractions.append(step.fraction)
            if step.stage == "painting":
                stop.set()
    assert fractions == sorted(fractions)


def test_it_ends_at_the_whole(wall, loss):
    work = Retouching(wall, loss, rgb=True, method="membrane", detail="picture")
    *_, last = work.steps()
    assert (last.stage, last.fraction) == ("adding detail", 1.0)


def test_the_source_of_a_single_pixel_can_be_asked_for(wall, loss):
    result = with_detail(wall, loss)
    row, column = 60, 130
    assert result.sources.source_at((), row, column)[:2] == tuple(
        np.asarray(result.sources)[row, column, :2]
    )
    assert result.sources.source_at((), 0, 0) is None
