"""LPIPS with random weights: the library is asked in a process of its own, never in this one."""

import pickle
import subprocess
import sys
from contextlib import chdir
from importlib.util import find_spec

import numpy as np
import psutil
import pytest
from alexnet import write_alexnet

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.measuring.appearance import Lpips
from napari_relic_inpaint.measuring.evaluation import evaluate, evaluate_steps
from napari_relic_inpaint.steps import finish

pytestmark = pytest.mark.skipif(find_spec("lpips") is None, reason="needs the package lpips")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A ``TORCH_HOME`` with weights."""
    home = tmp_path_factory.mktemp("torch")
    write_alexnet(home)
    return home


@pytest.fixture(scope="module")
def lpips(home, tmp_path_factory):
    """One process for all pictures.

    What lies in the current folder is not taken for the library.
    """
    folder = tmp_path_factory.mktemp("current")
    (folder / "lpips.py").write_text("raise SystemExit('not this one')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(home))
        with Lpips() as lpips:
            with chdir(folder):
                finish(lpips.start())
            yield lpips


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """A ``TORCH_HOME`` without weights, and no way to get them."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return tmp_path


def pair(side=96, seed=0):
    """A picture, one with another middle, and where that is."""
    reference = np.random.default_rng(seed).random((side, side, 3), np.float32)
    hole = np.zeros((side, side), bool)
    hole[40:60, 30:50] = True
    restored = reference.copy()
    restored[hole] = 0.5
    return restored, reference, hole


LIBRARY = """
import sys, warnings, numpy as np, torch, lpips
warnings.simplefilter("ignore")
one, other = (torch.from_numpy(x).permute(2, 0, 1)[None] for x in np.load(sys.argv[1]))
network = lpips.LPIPS(net="alex", spatial=True, verbose=False)
with torch.no_grad():
    np.save(sys.argv[1], network(2 * one - 1, 2 * other - 1)[0, 0].numpy())
"""


def test_it_is_the_mean_of_the_librarys_map_in_the_damage(lpips, home, tmp_path, monkeypatch):
    restored, reference, hole = pair()
    np.save(tmp_path / "pair.npy", [restored, reference])
    monkeypatch.setenv("TORCH_HOME", str(home))
    subprocess.run([sys.executable, "-c", LIBRARY, tmp_path / "pair.npy"], check=True)
    expected = np.load(tmp_path / "pair.npy")
    labels = hole.astype(np.uint8)
    labels[50:60] *= 2
    rows = evaluate(restored, reference, labels, lpips=lpips).rows
    for row, mask in zip(rows, (hole, labels == 1, labels == 2), strict=True):
        assert row.lpips == pytest.approx(expected[mask].mean(), rel=1e-4)
    whole = evaluate(restored, reference, lpips=lpips).rows[0].lpips
    assert whole == pytest.approx(expected.mean(), rel=1e-4)


def test_what_is_the_same_has_no_distance_whatever_its_type(lpips):
    restored, reference, hole = pair()
    assert evaluate(reference, reference, hole, lpips=lpips).rows[0].lpips == 0

    def measured(*pair):
        return evaluate(*pair, hole, lpips=lpips).rows[0].lpips

    levels = [np.rint(255 * picture).astype(np.uint8) for picture in (restored, reference)]
    assert measured(*levels) == pytest.approx(measured(restored, reference), rel=0.02)
    greys = [picture[..., :1] for picture in (restored, reference)]
    alike = [grey.repeat(3, 2) for grey in greys]
    assert measured(*(grey[..., 0] for grey in greys)) == pytest.approx(measured(*alike), rel=1e-4)


def test_it_is_not_measured_unless_asked_nor_in_tiny_pictures(lpips):
    restored, reference, hole = pair()
    assert np.isnan(evaluate(restored, reference, hole).rows[0].lpips)
    tiny = slice(30, 60), slice(20, 90)
    result = evaluate(restored[tiny], reference[tiny], hole[tiny], lpips=lpips)
    assert np.isnan(result.rows[0].lpips)
    assert result.rows[0].hole_psnr > 0
    assert "LPIPS needs" in result.notes[-1]


def test_cancelling_ends_the_process_in_the_middle_of_its_start(home, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(home))
    before = set(psutil.Process().children())
    with Lpips() as lpips:
        steps = evaluate_steps(*pair(), lpips=lpips)
        assert next(steps).stage == "starting LPIPS"
        assert set(psutil.Process().children()) - before
        steps.close()
    assert set(psutil.Process().children()) <= before
    with Lpips() as lpips, pytest.raises(Stopped):
        evaluate(*pair(), lpips=lpips, should_stop=lambda: True)
    assert set(psutil.Process().children()) <= before


def test_without_weights_the_sentence_says_what_to_put_where(offline):
    with (
        Lpips() as lpips,
        pytest.raises(
            InputError, match=r"could not be downloaded .*get https://.*alexnet"
        ) as error,
    ):
        evaluate(*pair(), lpips=lpips)
    assert str(offline / "hub" / "checkpoints") in str(error.value)


class Harm:
    def __init__(self, file):
        self._file = file

    def __reduce__(self):
        return open, (self._file, "w")


def test_a_file_in_place_of_the_weights_is_not_run(offline):
    file = write_alexnet(offline)
    file.write_bytes(pickle.dumps(Harm(str(offline / "harm"))))
    with Lpips() as lpips, pytest.raises(InputError, match="remove the file"):
        evaluate(*pair(), lpips=lpips)
    assert not (offline / "harm").exists()


def test_a_process_that_was_ended_is_a_sentence(home, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(home))
    before = set(psutil.Process().children())
    with Lpips() as lpips:
        steps = evaluate_steps(*pair(), lpips=lpips)
        next(steps)
        (process,) = set(psutil.Process().children()) - before
        process.kill()
        with pytest.raises(InputError, match="has ended"):
            finish(steps)


def test_the_package_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    with pytest.raises(InputError, match=r"napari-relic-inpaint\[lpips\]"):
        Lpips()


ALONE = """
import sys
import numpy as np
from napari_relic_inpaint.measuring.appearance import Lpips
from napari_relic_inpaint.measuring.evaluation import evaluate
reference = np.random.default_rng(0).random((64, 64, 3))
hole = np.eye(64) > 0
with Lpips() as lpips:
    assert evaluate(1 - reference, reference, hole, lpips=lpips).rows[0].lpips > 0
print(sorted({"lpips", "torch", "torchvision", "triton", "qtpy"} & set(sys.modules)))
"""


def test_nothing_of_it_is_imported_by_who_asks(home, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(home))
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
