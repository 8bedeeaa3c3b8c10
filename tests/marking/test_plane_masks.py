import math

import numpy as np
import pytest
import torch
from PIL import Image

from napari_relic_inpaint import Retouching, evaluate, restore
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture import tiles
from napari_relic_inpaint.steps import finish

HOLE = np.zeros((20, 24), bool)
HOLE[5:9, 6:15] = True
GREY = HOLE * np.uint8(255)
CLEAR = np.zeros_like(GREY)


def colour_picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (20, 24, 3), np.uint8)


class Wrapped:
    """An array of a library that only knows how to turn into NumPy's."""

    def __init__(self, data):
        self._data = data

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._data, dtype)


def fill(picture, damage, **options):
    return restore(picture, damage, method="membrane", **options)


FORMS = {
    "H x W x 3": np.dstack([GREY] * 3),
    "H x W x 1": GREY[..., None],
    "H x W x 1, bool": HOLE[..., None],
    "opaque": np.dstack([GREY] * 3 + [CLEAR + 255]),
    "black strokes on a layer": np.dstack([CLEAR] * 3 + [GREY]),
    "white strokes on a layer": np.dstack([CLEAR + 255] * 3 + [GREY]),
    "grey and opacity": np.dstack([CLEAR, GREY]),
    "torch": torch.from_numpy(GREY),
    "torch H x W x 3": torch.from_numpy(np.dstack([GREY] * 3)),
    "PIL": Image.fromarray(GREY),
    "PIL RGB": Image.fromarray(GREY).convert("RGB"),
    "lists": GREY.tolist(),
    "__array__": Wrapped(GREY),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_mask_counts_the_same_in_every_form(form):
    picture, mask = colour_picture(), FORMS[form]
    expected = fill(picture, HOLE)
    assert expected.record["picture"]["colour"]
    for given in (picture, torch.from_numpy(picture), Image.fromarray(picture), Wrapped(picture)):
        result = fill(given, mask)
        np.testing.assert_array_equal(result.picture, expected.picture)
        assert result.picture.dtype == np.uint8
        assert result.record["damage"] == expected.record["damage"]
    work = Retouching(picture, mask, method="membrane")
    finish(work.steps())
    np.testing.assert_array_equal(work.picture[...], expected.picture)
    scores = evaluate(expected.picture, picture, mask)
    np.testing.assert_equal(scores.rows, evaluate(expected.picture, picture, HOLE).rows)
    grey = fill(picture[..., 0], mask)
    np.testing.assert_array_equal(grey.picture, fill(picture[..., 0], HOLE).picture)


@pytest.mark.parametrize("shape", [(3, 20, 24), (6, 20, 24), (5, 20, 24, 3)])
def test_stacks_of_pictures_and_masks_stay_stacks(shape):
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 256, shape, np.uint8)
    masks = np.stack([np.roll(HOLE, n, axis=0) for n in range(shape[0])])
    result = fill(stack, masks)
    assert result.record["picture"]["colour"] == (len(shape) == 4)
    for plane, mask, restored in zip(stack, masks, result.picture, strict=True):
        np.testing.assert_array_equal(restored[~mask], plane[~mask])
        assert (restored[mask] != plane[mask]).any()
    channels = np.stack([masks] * 3, axis=-1)
    np.testing.assert_array_equal(fill(stack, channels).picture, result.picture)
    common = fill(stack, np.dstack([HOLE] * 3)).picture
    np.testing.assert_array_equal(common, fill(stack, HOLE).picture)


@pytest.mark.parametrize("rgb", [None, True])
def test_a_mask_of_unlike_channels_is_refused_with_the_remedy(rgb):
    red = np.dstack([GREY, CLEAR, CLEAR])
    with pytest.raises(InputError, match=r"any\(axis=-1\)"):
        fill(colour_picture(), red, rgb=rgb)
    np.testing.assert_array_equal(
        fill(colour_picture(), red.any(axis=-1)).picture, fill(colour_picture(), HOLE).picture
    )


def test_a_narrow_stack_says_what_it_is():
    stack = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    masks = np.zeros_like(stack, bool)
    masks[:, 4, 1] = True
    with pytest.raises(InputError, match="for a stack of grey ones say rgb=False"):
        fill(stack, masks)
    result = fill(stack, masks, rgb=False)
    assert not result.record["picture"]["colour"]
    np.testing.assert_array_equal(result.picture[~masks], stack[~masks])


def test_edges_are_taken_in_every_form(tiny_model):
    picture = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    hole = np.zeros((40, 48), bool)
    hole[10:25, 10:30] = True
    edges = np.zeros((40, 48), np.uint8)
    edges[17] = 255
    expected = restore(picture, hole, edges=edges, model=tiny_model)
    for form in (np.dstack([edges] * 3), torch.from_numpy(edges), Image.fromarray(edges)):
        result = restore(picture, hole, edges=form, model=tiny_model)
        np.testing.assert_array_equal(result.edges, expected.edges)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_masks_with_values_that_are_no_numbers_are_refused(bad):
    mask = HOLE.astype(np.float32)
    mask[0, 0] = bad
    with pytest.raises(InputError, match=r"damage( mask)? has 1 NaN or infinite"):
        fill(colour_picture(), mask)
    with pytest.raises(InputError, match=r"damage( mask)? has 1 NaN or infinite"):
        evaluate(colour_picture(), colour_picture(1), mask)


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_all_bad_values_of_a_mask_are_counted(monkeypatch, channels):
    monkeypatch.setattr(tiles, "BAND_PIXELS", 24 * 8)  # the picture is read in several bands
    mask = np.zeros((*HOLE.shape, *channels), np.float32)
    mask[[1, 11, 19], [2, 3, 4]] = np.nan
    count = 3 * math.prod(channels)
    with pytest.raises(InputError, match=f"damage has {count} NaN or infinite"):
        fill(colour_picture(), mask, rgb=True)
    with pytest.raises(InputError, match=f"damage has {count} NaN or infinite"):
        evaluate(colour_picture(), colour_picture(1), mask, rgb=True)


@pytest.mark.parametrize("bad", [(1, 11, 19), (11,), (1, 2)])
def test_all_bad_values_of_a_picture_are_counted(monkeypatch, bad):
    monkeypatch.setattr(tiles, "BAND_PIXELS", 24 * 8)
    picture = colour_picture().astype(np.float32) / 255
    picture[HOLE] = np.nan  # nobody minds
    picture[list(bad), 0] = np.inf, -np.inf, np.nan
    with pytest.raises(InputError, match=f"outside the damage, {3 * len(bad)} in all"):
        fill(picture, HOLE)


def test_what_no_array_can_be_made_of_is_refused():
    ragged = [[0, 1], [0]]
    with pytest.raises(InputError, match="cannot be read as an array"):
        fill(colour_picture(), ragged)
    with pytest.raises(InputError, match="cannot be read as an array"):
        fill(torch.zeros((20, 24, 3), requires_grad=True), HOLE)


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_a_mask_of_more_than_half_of_a_picture_may_be_inverted(share):
    mask = np.zeros((20, 24), bool)
    mask[: round(20 * share)] = True
    warned = "60% of the picture is marked as damaged: if the mask marks what is intact, invert it"
    record = fill(colour_picture(), mask).record
    notes = evaluate(colour_picture(), colour_picture(1), mask).notes
    for said in (record.get("warnings", ()), notes):
        assert any(sentence.startswith(warned) for sentence in said) == (share > 0.5)
