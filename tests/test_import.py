import os
import subprocess
import sys
from pathlib import Path

import pytest

import napari_relic_inpaint


def loaded_after(code: str, *packages: str) -> set[str]:
    """Run code in a fresh interpreter; return which of the packages it loaded."""
    script = f"import sys\n{code}\nprint(*(sys.modules.keys() & set({packages!r})))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


QT = ("napari", "qtpy", "PyQt6", "PyQt5", "PySide6", "superqt", "magicgui")


def test_importing_the_package_loads_nothing_heavy():
    heavy = ("torch", "cv2", "skimage", "scipy", "pydantic", "numpy")
    assert not loaded_after("import napari_relic_inpaint", *QT, *heavy)


def test_the_core_loads_neither_napari_nor_qt():
    code = """
import napari_relic_inpaint.restoration
import napari_relic_inpaint.methods.two_stage
import napari_relic_inpaint.methods.classical
import napari_relic_inpaint.models.edgeconnect
import napari_relic_inpaint.samples
from napari_relic_inpaint import restore
assert callable(restore)
"""
    assert loaded_after(code, *QT, "torch") == {"torch"}


def test_models_are_listed_without_torch():
    code = "from napari_relic_inpaint.models.folders import cards; assert 'relic-base' in cards()"
    assert not loaded_after(code, "torch", *QT)


@pytest.mark.parametrize("name", napari_relic_inpaint.__all__)
def test_everything_public_can_be_imported(name):
    assert getattr(napari_relic_inpaint, name).__name__ == name
    assert name in dir(napari_relic_inpaint)


@pytest.mark.parametrize(
    ("line", "home"),
    [
        ("from napari_relic_inpaint.damage import synthetic_damage as it", "marking.damage"),
        ("from napari_relic_inpaint.fill import membrane as it", "smooth.membrane"),
        ("from napari_relic_inpaint.spline import tension_spline as it", "smooth.spline"),
        ("from napari_relic_inpaint.appearance import Lpips as it", "measuring.appearance.lpips"),
        (
            "from napari_relic_inpaint import metrics; it = metrics.psnr",
            "measuring.metrics.differences",
        ),
    ],
)
def test_scripts_find_modules_where_they_used_to_be(line, home):
    named: dict[str, object] = {}
    exec(line, named)
    assert named["it"].__module__ == f"napari_relic_inpaint.{home}"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'paint'"):
        _ = napari_relic_inpaint.paint


def test_the_package_is_typed():
    assert (Path(napari_relic_inpaint.__file__).parent / "py.typed").is_file()


def test_a_system_without_opencvs_libraries_is_told_what_to_install(tmp_path):
    (tmp_path / "cv2.py").write_text("raise ImportError('libxcb.so.1: cannot open it')")
    run = subprocess.run(
        [Path(sys.executable).with_name("relic-inpaint"), "demo", "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path[1:]])},
    )
    assert run.returncode == 2
    assert run.stderr.startswith("Error: OpenCV cannot be loaded (libxcb.so.1: cannot open it)")
    assert "apt-get install" in run.stderr
