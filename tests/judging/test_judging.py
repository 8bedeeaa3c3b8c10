import json

import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from napari_relic_inpaint import Hypothesis, InputError, Judging, Stopped, restore
from napari_relic_inpaint.judging.disagreement import spread
from napari_relic_inpaint.judging.doubts import DOUBTFUL
from napari_relic_inpaint.judging.hypothesis import other_hypotheses, propose_hypotheses
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.steps import finish
from napari_relic_inpaint.windows.survey import Surveyor

SMOOTH, STRAIGHT = (
    Settings(method="membrane", detail="none"),
    Settings(method="telea", detail="none"),
)
A, B = Hypothesis("A", SMOOTH), Hypothesis("B", STRAIGHT)


def scene(dtype="u1", colour=True, planes=()):
    rng = np.random.default_rng(0)
    shape = (*planes, 70, 90, *([4] if colour else []))
    values = rng.integers(0, 250, shape)
    picture = (values / 250).astype(dtype) if dtype[0] == "f" else values.astype(dtype)
    labels = np.zeros((*planes, 70, 90), np.uint8)
    labels[..., 5:15, 5:30], labels[..., 40:44, 50:54], labels[..., 60, 3:9] = 1, 2, 1
    return picture, labels


def judged(picture, labels, *hypotheses, **options):
    work = Judging(picture, labels, rgb=picture.ndim - labels.ndim == 1, **options)
    finish(work.steps(hypotheses))
    return work


@pytest.mark.parametrize("dtype", ["u1", "u2", ">u2", "f4"])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("planes", [(), (2,)])
def test_a_stack_holds_what_restoring_alone_gives(dtype, colour, planes):
    picture, labels = scene(dtype, colour, planes)
    lazy = da.from_array(picture, chunks=40)
    work = judged(lazy, labels, A, B)
    assert work.stack.shape == (2, *picture.shape)
    assert work.stack.dtype == picture.dtype
    for number, each in enumerate((A, B)):
        alone = restore(picture, labels, rgb=colour, **each.settings.as_dict())
        np.testing.assert_array_equal(work.stack[number], alone.picture)
        part = (*[slice(None)] * len(planes), slice(3, 50), slice(2, 60))
        np.testing.assert_array_equal(work.stack[(number, *part)], alone.picture[part])
        same = {"created", "seconds"}
        record = work.finished[number].record
        assert {k: v for k, v in record.items() if k not in same} == {
            k: v for k, v in alone.record.items() if k not in same
        }
    assert np.asarray(work.stack).shape == work.stack.shape


def test_the_picture_is_looked_at_once(monkeypatch):
    looks = []
    plane = Surveyor.plane
    monkeypatch.setattr(
        Surveyor, "plane", lambda self, index: looks.append(index) or plane(self, index)
    )
    work = judged(*scene(), A, B)
    assert looks == [()]
    fills = [each.picture.fills[()] for each in work.finished]
    assert fills[0].pixels is fills[1].pixels


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_the_spread_is_the_distance_from_the_mean_colour(seed, count):
    colours = np.random.default_rng(seed).random((count, 20, 3))
    lab = rgb2lab(colours)
    expected = [
        np.sqrt(np.mean([np.sum((c - lab[:, n].mean(0)) ** 2) for c in lab[:, n]]))
        for n in range(20)
    ]
    assert spread(colours) == pytest.approx(np.array(expected), rel=1e-4, abs=1e-4)
    assert spread(colours).dtype == np.float32
    assert spread(colours[[0, 0, 0]]).max() < 1e-6


def test_two_greys_lie_half_their_distance_from_their_mean():
    assert spread(np.array([[[0.0] * 3], [[1.0] * 3]])) == pytest.approx(50, abs=0.01)


def test_disagreement_is_where_the_damage_is():
    picture, labels = scene()
    work = judged(picture, labels, A, B)
    found = np.asarray(work.disagreement)
    assert found.dtype == np.float32
    assert not found[labels == 0].any()
    assert (found[labels != 0] > 0).mean() > 0.9
    stack = np.asarray(work.stack)[..., :3] / 255
    hole = labels != 0
    assert found[hole] == pytest.approx(spread(stack[:, hole]), abs=1e-3)
    for each in work.judged():
        inside = np.zeros_like(hole)
        inside[each.hole.bounds] = hole[each.hole.bounds]
        assert each.disagreement == pytest.approx(found[inside].mean(), rel=1e-4)
        assert [s for s in each.doubts if "Delta E" in s] == [
            s for s in each.doubts if each.disagreement >= DOUBTFUL
        ]
    assert any(each.doubts for each in work.judged())
    assert [each.hole.labels for each in work.judged()] == [(1,), (2,), (1,)]


def test_hypotheses_that_agree_do_not_disagree():
    picture, labels = scene()
    work = judged(picture, labels, A, Hypothesis("again", SMOOTH))
    assert not np.asarray(work.disagreement).any()
    assert not any(each.doubts for each in work.judged())
    alone = judged(picture, labels, A)
    assert alone.disagreement is None
    assert all(np.isnan(each.disagreement) and not each.doubts for each in alone.judged())


def test_a_hole_wider_than_measured_is_marked(monkeypatch):
    monkeypatch.setattr("napari_relic_inpaint.methods.classical.Membrane.widest_hole", 6)
    work = judged(*scene(), A)
    assert ["wider than 6 pixels" in "".join(each.doubts) for each in work.judged()] == [
        each.hole.widest > 6 for each in work.judged()
    ]
    assert any(each.doubts for each in work.judged())


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("other", ["A", None])
def test_each_hole_comes_from_the_hypothesis_that_was_taken_for_it(dtype, colour, other):
    picture, labels = scene(dtype, colour, (2,))
    work = judged(picture, labels, A, B)
    final = work.compose({(0, 41, 52): "B", (1, 60, 3): "A"}, others=other)
    result, stack = np.asarray(final.picture), np.asarray(work.stack)
    assert result.dtype == picture.dtype
    np.testing.assert_array_equal(result[labels == 0], picture[labels == 0])
    if colour:
        np.testing.assert_array_equal(result[..., 3], picture[..., 3])
    rest = stack[0] if other else picture
    expected = rest.copy()
    expected[0, 40:44, 50:54] = stack[1, 0, 40:44, 50:54]
    expected[1, 60, 3:9] = stack[0, 1, 60, 3:9]
    np.testing.assert_array_equal(result, expected)
    record = json.loads(json.dumps(final.record))
    assert record["choices"] == [
        {"hole": [0, 40, 50], "hypothesis": "B"},
        {"hole": [1, 60, 3], "hypothesis": "A"},
    ]
    assert record["others"] == other
    assert [each["name"] for each in record["hypotheses"]] == ["A", "B"]
    assert record["hypotheses"][1]["settings"] == STRAIGHT.as_dict()
    assert record["hypotheses"][1]["record"]["picture"]["sha256"] == record["picture"]["sha256"]


@pytest.mark.parametrize(
    ("choices", "rest", "said"),
    [
        ({}, None, "nothing is chosen"),
        ({(0, 0): "A"}, None, "nothing is damaged at 0, 0"),
        ({(5, 5): "C"}, None, "no finished hypothesis 'C'; there are A, B"),
        ({(5, 5): "A"}, "C", "no finished hypothesis 'C'"),
        ({(5, 500): "A"}, None, "nothing is damaged"),
    ],
)
def test_choices_that_cannot_be_are_refused(choices, rest, said):
    work = judged(*scene(), A, B)
    with pytest.raises(InputError, match=said):
        work.compose(choices, rest)


def test_without_a_finished_hypothesis_there_is_nothing():
    work = Judging(*scene(), rgb=True)
    assert work.judged() == ()
    for ask in (lambda: work.stack, lambda: work.compose({}, "A")):
        with pytest.raises(InputError, match="no hypothesis is finished"):
            ask()


def test_only_the_hypothesis_that_was_edited_is_run_again():
    work = judged(*scene(), A, B)
    first, second = work.finished
    edited = Hypothesis("B", Settings(method="spline", detail="none"))
    stages = {step.stage.split(":")[0] for step in work.steps([edited, A])}
    assert stages == {"B", "comparing"}
    assert work.finished[1] is first
    assert work.finished[0] is not second
    assert work.finished[0].hypothesis == edited
    assert not np.array_equal(np.asarray(work.stack)[0], np.asarray(second.picture))


def test_what_is_finished_stays_when_the_steps_are_stopped():
    work = Judging(*scene(), rgb=True)
    with pytest.raises(Stopped):
        for step in work.steps([A, B], should_stop=lambda: len(work.finished) == 1):
            assert 0 <= step.fraction <= 1
    assert [each.hypothesis.name for each in work.finished] == ["A"]
    finish(work.judge_steps())
    assert len(work.judged()) == 3
    finish(work.steps([A, B]))
    assert len(work.finished) == 2
    assert work.disagreement is not None


def test_steps_tell_how_far_all_of_it_is():
    steps = [*Judging(*scene(), rgb=True).steps([A, B])]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert any(step.stage == "B: painting" for step in steps)


def test_edges_are_none_or_drawn_where_a_hypothesis_says_so(tiny_model):
    picture, labels = scene()
    drawn = np.zeros_like(labels)
    drawn[9, 5:30] = 1
    tiny = Settings(model=tiny_model, device="cpu", window=64, detail="none")
    hypotheses = (
        Hypothesis("none", tiny, "none"),
        Hypothesis("drawn", tiny, "drawn"),
        Hypothesis("own", tiny),
    )
    work = judged(picture, labels, *hypotheses, edges=drawn)
    for each, edges in zip(work.finished, (np.zeros_like(labels), drawn, None), strict=True):
        alone = restore(picture, labels, rgb=True, edges=edges, **tiny.as_dict())
        np.testing.assert_array_equal(np.asarray(each.picture), alone.picture)
    assert len({np.asarray(each.picture).tobytes() for each in work.finished}) == 3


def test_the_threshold_decides_how_many_edges_there_are(tiny_model):
    picture, labels = scene()
    counts = [
        restore(
            picture, labels, rgb=True, model=tiny_model, window=64, detail="none", edge_threshold=t
        )
        .edges[5:15, 5:30]
        .sum()
        for t in (0.01, 0.5, 0.99)
    ]
    assert counts[0] == 250
    assert counts[0] >= counts[1] >= counts[2] == 0


@pytest.mark.parametrize(
    ("hypotheses", "said"),
    [
        ((), "no hypothesis to restore by"),
        ((A, A), "two hypotheses are called 'A'"),
        ((Hypothesis("drawn", Settings(), "drawn"),), "there are none"),
        ((A, Hypothesis("C", Settings(method="nothing"), "completed")), "no method 'nothing'"),
    ],
)
def test_hypotheses_that_cannot_be_are_refused_before_any_work(hypotheses, said):
    with pytest.raises(InputError, match=said):
        next(Judging(*scene(), rgb=True).steps(hypotheses))


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"name": ""},
        {"name": "two\nlines"},
        {"name": "A", "edges": "many"},
        {"name": "A", "sources": 3},
        {"name": "A", "settings": {"methd": "telea"}},
        {"name": "A", "settings": {"edge_threshold": 2}},
        {"name": "A", "settings": 5},
        {"name": "A", "edge": "none"},
        {"name": "A", "settings": {"method": "telea"}, "edges": "none"},
    ],
)
def test_what_describes_no_hypothesis_is_refused(content):
    with pytest.raises(InputError):
        Hypothesis.from_dict(content)


def test_proposals_are_four_or_five_that_can_be_run():
    for drawn in (False, True):
        proposed = propose_hypotheses(drawn=drawn)
        assert len(proposed) == 4 + drawn
        for each in (*proposed, *other_hypotheses()):
            assert Hypothesis.from_dict(json.loads(json.dumps(each.as_dict()))) == each
    assert propose_hypotheses(drawn=True)[0].edges == "drawn"
    assert "everywhere" in [each.sources for each in propose_hypotheses(limited=True)]
    names = [each.name for each in other_hypotheses()]
    assert len(set(names)) == len(names)
    assert {"Model glcic-base", "Without detail", "Smooth fill"} <= set(names)


def test_proposals_keep_the_settings_they_vary():
    for each in propose_hypotheses(Settings(device="cpu", window=128, method="telea")):
        assert (each.settings.device, each.settings.window) == ("cpu", 128)


def test_the_first_label_of_a_mask_of_zeros_and_255s_is_one_class():
    picture, labels = scene()
    work = judged(picture, np.where(labels, 255, 0).astype(np.int16), A)
    assert len(work.judged()) == 3
