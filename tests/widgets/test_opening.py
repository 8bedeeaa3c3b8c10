from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from napari.settings import get_settings
from PIL import Image as PillowImage
from qtpy.QtWidgets import QFileDialog

from napari_relic_inpaint import files
from napari_relic_inpaint.picture.lazy_array import LazyArray
from napari_relic_inpaint.widgets import opening
from napari_relic_inpaint.widgets.layers import full_data
from napari_relic_inpaint.widgets.opening import add_upright, open_upright, source_file

TIMEOUT = 60_000
UPSIDE_DOWN, RIGHT_TOP = 3, 6


def noise(shape, dtype=np.uint16):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


def write_tiff(path, data, orientation, **options):
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(path, data, photometric="rgb", extratags=[tag], **options)
    return path


@pytest.fixture
def opened(qtbot, make_napari_viewer):
    """Open files as the command does, and give the viewer once so many are there."""

    def open_all(*paths, count=1):
        viewer = make_napari_viewer()
        add_upright(viewer, paths)
        qtbot.waitUntil(lambda: len(viewer.layers) == count, timeout=TIMEOUT)
        return viewer

    return open_all


@pytest.fixture
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(opening, "show_warning", said.append)
    return said


def test_a_16_bit_scan_lies_upright_with_its_size(opened, tmp_path):
    data = noise((40, 60, 3))
    path = write_tiff(tmp_path / "wall.tif", data, RIGHT_TOP, resolution=(508, 254))
    (layer,) = opened(path).layers
    np.testing.assert_array_equal(layer.data, np.rot90(data, -1))
    assert isinstance(layer.data, np.ndarray)
    assert layer.data.dtype == np.uint16
    assert layer.rgb
    assert layer.name == "wall"
    assert layer.scale == pytest.approx((0.05, 0.1))
    assert [str(unit) for unit in layer.units] == ["millimeter", "millimeter"]
    assert source_file(layer) == path


@pytest.mark.parametrize("multiscale", [False, True])
def test_a_large_picture_is_not_loaded(opened, tmp_path, monkeypatch, multiscale):
    monkeypatch.setattr(opening, "SMALL", 1000 if multiscale else 10_000)
    data = noise((64, 96, 3))
    path = write_tiff(tmp_path / "wall.tif", data, UPSIDE_DOWN, tile=(16, 16))
    (layer,) = opened(path).layers
    assert layer.multiscale == multiscale
    assert isinstance(full_data(layer), LazyArray if multiscale else np.ndarray)
    np.testing.assert_array_equal(full_data(layer)[...], data[::-1, ::-1])
    if multiscale:
        assert [level.shape for level in layer.data] == [(64, 96, 3), (16, 24, 3)]


@pytest.mark.parametrize("pages", [1, 3])
def test_a_long_stack_is_not_loaded_however_small_its_pages(opened, tmp_path, monkeypatch, pages):
    monkeypatch.setattr(opening, "SMALL", 40 * 60)
    data = noise((pages, 40, 60))
    tifffile.imwrite(tmp_path / "book.tif", data, photometric="minisblack")
    (layer,) = opened(tmp_path / "book.tif").layers
    assert not layer.multiscale
    assert isinstance(layer.data, LazyArray if pages > 1 else np.ndarray)
    np.testing.assert_array_equal(layer.data[...], data)


@pytest.mark.parametrize("small", [10_000, 100])
def test_transparency_of_a_grey_picture_is_a_plane(opened, tmp_path, monkeypatch, small):
    monkeypatch.setattr(opening, "SMALL", small)
    grey = noise((40, 60, 2), np.uint8)
    PillowImage.fromarray(grey, "LA").save(tmp_path / "grey.png")
    (layer,) = opened(tmp_path / "grey.png").layers
    assert not layer.rgb
    assert layer.multiscale == (small == 100)
    np.testing.assert_array_equal(full_data(layer), np.moveaxis(grey, -1, 0))


def test_what_cannot_be_opened_keeps_no_other_from_it(opened, tmp_path, warnings):
    files.write_picture(tmp_path / "wall.png", noise((8, 9)), rgb=False)
    (tmp_path / "notes.tif").write_text("no picture")
    viewer = opened(tmp_path / "notes.tif", tmp_path / "gone.tif", tmp_path / "wall.png")
    assert [layer.name for layer in viewer.layers] == ["wall"]
    assert [("notes.tif is not" in said, "gone.tif does not" in said) for said in warnings] == [
        (True, False),
        (False, True),
    ]


def test_the_dialog_starts_where_napari_left_off(qtbot, make_napari_viewer, tmp_path, monkeypatch):
    files.write_picture(tmp_path / "wall.png", noise((8, 9)), rgb=False)
    history = get_settings().application
    asked = SimpleNamespace()

    def ask(_, title, folder, kinds):
        asked.folder, asked.kinds = folder, kinds
        return asked.answer

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", ask)
    viewer = make_napari_viewer()
    history.open_history = [str(tmp_path.parent)]
    asked.answer = [], ""
    open_upright(viewer)
    assert asked.folder == str(tmp_path.parent)
    assert "*.tiff" in asked.kinds
    assert history.open_history == [str(tmp_path.parent)]
    asked.answer = [str(tmp_path / "wall.png")], ""
    open_upright(viewer)
    qtbot.waitUntil(lambda: len(viewer.layers) == 1, timeout=TIMEOUT)
    assert history.open_history[0] == str(tmp_path)
    history.open_history = [str(tmp_path.parent)]
    asked.answer = [], ""
    open_upright(viewer)
    assert asked.folder == str(tmp_path)  # beside the picture that is selected
