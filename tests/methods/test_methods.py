import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_completion import save_tiny

from napari_relic_inpaint import restore
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.methods import names, postprocesses, uses_edges
from napari_relic_inpaint.models.weights import save
from napari_relic_inpaint.networks import COMPLETIONS, InpaintGenerator

CARD = {
    "name": "untrained",
    "version": "1",
    "licence": "MIT",
    "summary": "s",
    "trained_on": "nothing",
    "hole_form": "membrane",
}
# A network of the user's own has a file of its own and tests of its own (test_onnx).
METHODS = [name for name in names() if name != "onnx"]
CLASSICAL = [name for name in METHODS if name not in ("two-stage", *COMPLETIONS)]


def damaged(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mask = rng.random(shape) > 0.9
    mask[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 4 : shape[1] // 2 + 1] = True
    mask[0, 0] = False
    return mask


def test_the_default_comes_first():
    assert names()[0] == "two-stage"
    assert set(CLASSICAL) == {
        "exemplar",
        "membrane",
        "spline",
        "telea",
        "navier-stokes",
        "biharmonic",
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory, tiny_model):
    """A tiny model for every method; the classical ones ignore it."""
    folder = tmp_path_factory.mktemp("completion")
    own = {name: str(save_tiny(name, folder / name)) for name in COMPLETIONS}
    return dict.fromkeys(METHODS, "auto") | {"two-stage": tiny_model} | own


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_method_restores_and_keeps_the_outside(method, dtype, tiny_restore, models):
    rng = np.random.default_rng(0)
    picture = (rng.random((70, 90, 3)) * (1 if dtype == np.float32 else 200)).astype(dtype)
    damage = damaged((70, 90))
    spoilt = np.where(damage[..., None], 0, picture)
    result = tiny_restore(spoilt, damage, method=method, model=models[method])
    np.testing.assert_array_equal(result.picture[~damage], picture[~damage])
    assert result.picture.dtype == dtype
    assert np.isfinite(result.picture).all()
    # The hole was black; what is filled in looks like its surroundings.
    assert result.picture[damage].mean() == pytest.approx(picture.mean(), rel=0.5)
    assert (result.edges is not None) == uses_edges(method)
    assert result.record["settings"]["method"] == method


@pytest.mark.parametrize(
    ("method", "postprocess"), [(name, False) for name in METHODS] + [("glcic", True)]
)
@given(
    shape=st.tuples(st.integers(2, 100), st.integers(2, 100)),
    dtype=st.sampled_from([np.uint8, np.int16, np.uint16, np.float32, np.float64]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=8)
def test_the_fill_depends_on_the_known_pixels_alone(
    method, postprocess, shape, dtype, seed, tiny_restore, models
):
    rng = np.random.default_rng(seed)
    picture = (rng.random((*shape, 3)) * 1000).astype(dtype)
    damage = damaged(shape, seed)
    damage[-1, -1] = True
    noise = (rng.random((*shape, 3)) * 1000).astype(dtype)
    first, second = (
        tiny_restore(
            given, damage, method=method, model=models[method], postprocess=postprocess
        ).picture
        for given in (picture, np.where(damage[..., None], noise, picture))
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[~damage], picture[~damage])
    assert first.dtype == dtype


@pytest.fixture(scope="module")
def untrained_model(tmp_path_factory, tiny_networks):
    folder = tmp_path_factory.mktemp("models") / "untrained"
    save(CARD, tiny_networks[0], InpaintGenerator(4, 1), folder)
    return str(folder)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_fills_flat_pictures_with_their_colour(method, untrained_model, models):
    picture = np.full((60, 70, 3), (200, 120, 40), np.uint8)
    damage = damaged((60, 70))
    picture[damage] = (0, 255, 0)
    model = untrained_model if method == "two-stage" else models[method]
    result = restore(picture, damage, method=method, device="cpu", model=model)
    assert (result.picture == (200, 120, 40)).all()


@pytest.mark.parametrize("hole_form", ["membrane", "spline"])
def test_an_untrained_head_leaves_the_fill(hole_form, tiny_networks, tmp_path):
    model, network = tmp_path / "untrained", InpaintGenerator(4, 1, hole_form=hole_form)
    save(CARD | {"hole_form": hole_form}, tiny_networks[0], network, model)
    picture = np.random.default_rng(0).random((60, 70, 3), np.float32)
    damage = damaged((60, 70))
    two_stage = restore(picture, damage, device="cpu", model=str(model))
    smooth = restore(picture, damage, method=hole_form)
    np.testing.assert_allclose(two_stage.picture, smooth.picture, atol=1e-6)


@pytest.mark.parametrize("method", CLASSICAL)
@given(shape=st.tuples(st.integers(1, 40), st.integers(2, 40)), seed=st.integers(0, 1000))
def test_classical_methods_take_any_size(method, shape, seed):
    picture = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    damage = damaged(shape, seed)
    damage[-1, -1] = True
    result = restore(picture, damage, method=method, window=64)
    np.testing.assert_array_equal(result.picture[~damage], picture[~damage])
    assert result.edges is None
    assert "model" not in result.record


@pytest.mark.parametrize("method", CLASSICAL)
def test_windows_without_a_known_pixel_are_filled_too(method):
    picture = np.full((200, 200), 77, np.uint8)
    damage = np.zeros((200, 200), bool)
    damage[30:170, 30:170] = True
    picture[damage] = 0
    assert (restore(picture, damage, method=method, window=64).picture == 77).all()


@pytest.mark.parametrize("method", CLASSICAL)
def test_methods_without_edges_refuse_them(method):
    picture, damage = np.zeros((20, 20), np.uint8), damaged((20, 20))
    with pytest.raises(InputError, match=f"'{method}' uses no edges: leave them out"):
        restore(picture, damage, edges=damage, method=method)


def test_an_unknown_method_is_named_beside_the_known_ones():
    with pytest.raises(InputError, match="no method 'magic'; there are two-stage, glcic"):
        restore(np.zeros((9, 9)), np.eye(9), method="magic")
    with pytest.raises(InputError, match="no method 'magic'"):
        uses_edges("magic")


@pytest.mark.parametrize("method", [name for name in METHODS if name != "glcic"])
def test_methods_without_post_processing_refuse_it(method, models):
    assert not postprocesses(method)
    with pytest.raises(InputError, match=f"'{method}' has no post-processing: .*glcic"):
        restore(np.zeros((9, 9)), np.eye(9), method=method, model=models[method], postprocess=True)
