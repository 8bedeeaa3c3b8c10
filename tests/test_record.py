import hashlib
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch

from napari_relic_inpaint import restore
from napari_relic_inpaint.models.weights import load
from napari_relic_inpaint.settings import make_settings


def sha256(array: np.ndarray) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def run(tiny_restore):
    """A stack of RGBA planes of several windows and bands, one of them undamaged."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 4000, (2, 600, 70, 4)).astype(">u2")
    damage = np.zeros((2, 600, 70), np.int32)
    damage[1, 100:110, 20:27] = 3
    damage[1, 500, 60] = 1
    return picture, damage, tiny_restore(picture, damage)


def test_it_takes_json(run):
    record = run[2].record
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_hashes_are_those_of_the_arrays(run):
    picture, damage, result = run
    assert result.record["picture"]["sha256"] == sha256(picture)
    assert result.record["damage"]["sha256"] == sha256((damage != 0).astype(np.uint8))
    assert result.record["edges"]["sha256"] == sha256(result.edges)


def test_it_describes_the_picture(run):
    picture, _, result = run
    described = result.record["picture"]
    assert described["shape"] == [2, 600, 70, 4]
    assert np.dtype(described["dtype"]) == picture.dtype
    assert described["colour"] is True
    assert (described["black"], described["white"]) == (0, 4095)


def test_it_counts(run):
    record = run[2].record
    assert record["damage"]["pixels"] == 71
    assert record["damage"]["share"] == pytest.approx(71 / (2 * 600 * 70))
    assert record["windows"] >= 2
    # Edges are completed in the wider of the two places alone.
    assert record["network_runs"]["inpaint"] == record["windows"]
    assert 0 < record["network_runs"]["edge"] < record["windows"]
    assert 0 < record["seconds"] < 600


def test_a_common_mask_counts_once_for_every_plane():
    picture, damage = np.zeros((3, 8, 9), np.uint8), np.eye(8, 9, dtype=bool)
    described = restore(picture, damage, method="membrane").record["damage"]
    assert described["pixels"] == 3 * 8
    assert described["share"] == pytest.approx(8 / 72)
    assert described["sha256"] == sha256(np.stack([damage] * 3))


def test_it_names_software_model_and_device(run, tiny_model):
    record = run[2].record
    card = load(tiny_model).card
    assert record["software"]["name"] == "napari-relic-inpaint"
    assert record["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert set(record["versions"]) >= {"python", "system", "numpy", "torch", "scikit-image"}
    assert record["model"]["name"] == card.name
    assert record["model"]["version"] == card.version
    assert record["model"]["sha256"] == {
        "edge": card.edge.sha256,
        "inpaint": card.inpaint.sha256,
    }
    assert record["device"]["type"] == "cpu"
    assert record["device"]["precision"] in ("float32", "bfloat16")
    assert record["warnings"] == []


def test_its_settings_repeat_the_run(run, tiny_model):
    picture, damage, result = run
    settings = result.record["settings"]
    assert (
        settings
        == make_settings(model=tiny_model, device="cpu", window=64, detail="none").as_dict()
    )
    again = restore(picture, damage, **settings)
    np.testing.assert_array_equal(again.picture, result.picture)
    assert again.record["edges"] == result.record["edges"]


def test_it_is_dated(run):
    age = datetime.now(UTC) - datetime.fromisoformat(run[2].record["created"])
    assert timedelta(seconds=-5) < age < timedelta(hours=1)


@pytest.mark.parametrize(
    ("method", "source"),
    [
        ("two-stage", "compositeWithTrainedAlgorithmicMedia"),
        ("telea", "algorithmicallyEnhanced"),
    ],
)
def test_it_says_whether_a_trained_model_made_the_fill(tiny_restore, method, source):
    record = tiny_restore(np.zeros((9, 8)), np.eye(9, 8), method=method).record
    assert record["digital_source_type"].endswith(f"/{source}")
    assert ("model" in record) == (record["edges"] is not None) == (method == "two-stage")
