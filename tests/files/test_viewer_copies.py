import numpy as np
import pytest
import tifffile

from napari_relic_inpaint import files
from napari_relic_inpaint.files import viewer_copies

RIGHT_TOP = 6


def noise(shape, dtype=np.uint16):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


def block_means(data, factor):
    height, width = (side // factor for side in data.shape[:2])
    blocks = data.reshape(height, factor, width, factor, -1).astype(float)
    return np.floor(blocks.mean((1, 3)) + 0.5).reshape(height, width, *data.shape[2:])


@pytest.mark.parametrize("shape", [(64, 96), (64, 96, 3), (2, 64, 96)])
def test_copies_are_means_down_to_what_fits_a_window(tmp_path, monkeypatch, shape):
    monkeypatch.setattr(viewer_copies, "SMALLEST_SIDE", 20)
    data = noise(shape)
    tifffile.imwrite(tmp_path / "wall.tif", data, rowsperstrip=5)
    picture = files.open_picture(tmp_path / "wall.tif")
    stack = len(shape) == 3 and not picture.rgb
    copies = files.overviews(picture, (2 if stack else 1) * 64 * 96 // 10)
    assert all(copy.dtype == np.uint16 for copy in copies)
    sides = [copy.shape[-3:-1] if picture.rgb else copy.shape[-2:] for copy in copies]
    assert sides == [(16, 24), (8, 12)]
    pairs = zip(data, copies[0], strict=True) if stack else [(data, copies[0])]
    for plane, copy in pairs:
        np.testing.assert_array_equal(copy, block_means(plane, 4))


def test_copies_in_the_file_are_taken_upright(tmp_path):
    data = noise((64, 96, 3))
    with tifffile.TiffWriter(tmp_path / "wall.tif") as tif:
        options = {"photometric": "rgb", "tile": (16, 16)}
        tag = (274, "H", 1, RIGHT_TOP, True)
        tif.write(data, subifds=1, extratags=[tag], **options)
        tif.write(data[::2, ::2], subfiletype=1, extratags=[tag], **options)
    picture = files.open_picture(tmp_path / "wall.tif")
    assert picture.data.shape == (96, 64, 3)
    (copy,) = files.overviews(picture, 64 * 96)
    np.testing.assert_array_equal(copy[...], np.rot90(data[::2, ::2], -1))
    held, made = files.overviews(picture, 1000)
    np.testing.assert_array_equal(held[...], copy[...])
    assert made.shape == (24, 16, 3)


def test_copies_of_all_planes_together_fit_into_memory(tmp_path):
    data = noise((5, 64, 96))
    tifffile.imwrite(tmp_path / "book.tif", data, photometric="minisblack")
    (copy,) = files.overviews(files.open_picture(tmp_path / "book.tif"), 64 * 96 // 4)
    assert copy.shape == (5, 8, 12)
    assert copy.size <= 64 * 96 // 4


def test_a_small_picture_needs_none(tmp_path):
    files.write_picture(tmp_path / "wall.png", noise((8, 9)), rgb=False)
    assert files.overviews(files.open_picture(tmp_path / "wall.png"), 72) == []
