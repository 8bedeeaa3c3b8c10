import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_completion import save_tiny

from napari_relic_inpaint import restore
from napari_relic_inpaint.errors import ModelError, Stopped
from napari_relic_inpaint.methods import postprocesses
from napari_relic_inpaint.methods.poisson import blended_in
from napari_relic_inpaint.models.completion import load
from napari_relic_inpaint.networks import COMPLETIONS
from napari_relic_inpaint.windows.grid import PAD_MULTIPLE
from napari_relic_inpaint.windows.plane import View


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The user's models: none yet."""
    monkeypatch.setenv("RELIC_INPAINT_MODELS", str(tmp_path))
    return tmp_path


@pytest.fixture
def pair():
    """A 16-bit picture and its damage, two windows wide and high."""
    picture = np.random.default_rng(0).integers(0, 2**16, (80, 90, 3), dtype=np.uint16)
    damage = np.zeros((80, 90), bool)
    damage[20:50, 30:60] = damage[75:, 80:] = True
    return picture, damage


@pytest.mark.parametrize("method", COMPLETIONS)
def test_a_method_takes_the_model_that_ships_and_records_it(method, models, pair):
    save_tiny(method, models / f"{method}-base")
    record = restore(*pair, method=method, device="cpu", window=64).record
    card = load(f"{method}-base").card
    assert record["settings"]["model"] == "auto"
    assert record["model"] == {
        "name": f"{method}-base",
        "version": card.version,
        "licence": card.licence,
        "sha256": {"network": card.network.sha256},
    }
    assert record["network_runs"] == {"network": record["windows"]}
    assert record["digital_source_type"].endswith("compositeWithTrainedAlgorithmicMedia")
    assert record["edges"] is None


def test_a_model_of_another_method_is_refused_with_those_that_fit(models, pair, tiny_model):
    save_tiny("glcic", models / "mine")
    with pytest.raises(ModelError, match="'mine' is for the method glcic, not for two-stage: "):
        restore(*pair, model="mine")
    with pytest.raises(ModelError, match=r"for the method two-stage, .* one of glcic-base, mine$"):
        restore(*pair, method="glcic", model=tiny_model)
    with pytest.raises(ModelError, match=r"choose one of contextual-attention-base$"):
        restore(*pair, method="contextual-attention", model="mine")


@pytest.mark.parametrize("method", COMPLETIONS)
def test_windows_in_a_batch_give_what_they_give_alone(method, models, pair):
    model = str(save_tiny(method, models / "mine"))
    one, many = (
        restore(*pair, method=method, model=model, device="cpu", window=64, batch=batch)
        for batch in (1, 3)
    )
    assert one.record["network_runs"]["network"] > many.record["network_runs"]["network"] > 0
    np.testing.assert_allclose(one.picture, many.picture, atol=2)


@pytest.mark.parametrize("method", COMPLETIONS)
def test_the_fill_keeps_within_the_colours_around(method, models):
    rng = np.random.default_rng(0)
    picture = rng.integers(100, 110, (70, 70, 3), dtype=np.uint8)
    damage = np.zeros((70, 70), bool)
    damage[20:40, 10:60] = True
    picture[damage] = 255
    model = str(save_tiny(method, models / "mine"))
    for postprocess in {False, postprocesses(method)}:
        filled = restore(
            picture, damage, method=method, model=model, device="cpu", postprocess=postprocess
        ).picture
        assert (filled.min(), filled.max()) == (100, 109)


@pytest.mark.parametrize("method", COMPLETIONS)
def test_a_run_stops_when_asked(method, models, pair):
    model = str(save_tiny(method, models / "mine"))
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) > 20

    with pytest.raises(Stopped):
        restore(*pair, method=method, model=model, device="cpu", should_stop=should_stop)


@pytest.mark.parametrize("network", COMPLETIONS.values(), ids=list(COMPLETIONS))
def test_every_window_has_a_size_that_the_networks_take(network):
    assert PAD_MULTIPLE % network.size_multiple == 0


def test_post_processing_changes_the_fill_and_nothing_else(models, pair):
    picture, damage = pair
    model = str(save_tiny("glcic", models / "mine"))
    plain, blended = (
        restore(
            picture, damage, method="glcic", model=model, device="cpu", postprocess=postprocess
        ).picture
        for postprocess in (False, True)
    )
    np.testing.assert_array_equal(blended[~damage], picture[~damage])
    assert (blended[damage] != plain[damage]).mean() > 0.9


def smooth_picture(shape: tuple[int, int]) -> np.ndarray:
    rows, columns = np.indices(shape, dtype=np.float32)
    waves = [np.sin(rows / 9 + phase) * np.cos(columns / 11) for phase in range(3)]
    return (0.5 + 0.2 * np.stack(waves, axis=-1)).astype(np.float32)


def window(picture: np.ndarray, hole: np.ndarray) -> View:
    return View(np.where(hole[..., None], np.float32(0), picture), np.zeros_like(hole), hole)


def test_blending_takes_away_what_is_too_bright():
    picture = smooth_picture((96, 96))
    hole = np.zeros((96, 96), bool)
    hole[30:70, 20:60] = True
    view = window(picture, hole)
    right, bright = (blended_in(picture + np.float32(off), view)[hole] for off in (0, 0.2))
    assert abs(bright - picture[hole]).mean() < 0.2 / 5
    np.testing.assert_allclose(bright, right, atol=2 / 255)
    # OpenCV computes in 256 levels; the fill has more.
    assert len(np.unique(bright)) > 3000


@given(
    shape=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    rows=st.tuples(st.integers(0, 70), st.integers(1, 70)),
    columns=st.tuples(st.integers(0, 70), st.integers(1, 70)),
    specks=st.booleans(),
)
@settings(max_examples=60)
def test_holes_of_any_size_and_place_are_blended(shape, rows, columns, specks):
    picture = smooth_picture(shape)
    hole = np.random.default_rng(0).random(shape) > (0.98 if specks else 1)
    hole[rows[0] : rows[0] + rows[1], columns[0] : columns[0] + columns[1]] = True
    blended = blended_in(picture + np.float32(0.1), window(picture, hole))
    assert blended.dtype == np.float32
    np.testing.assert_array_equal(blended[~hole], picture[~hole])
    assert np.isfinite(blended).all()
    assert blended.min() > -0.2
    assert blended.max() < 1.2
