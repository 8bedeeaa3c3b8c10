import numpy as np
import pytest
from described_pictures import noise, save_jpeg, save_png
from PIL import Image

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import MaskReading, read_mask, write_picture


def test_masks_of_every_kind(tmp_path):
    damage = np.zeros((32, 32), bool)
    damage[8:24, 8:24] = True
    grey = damage * np.uint8(3)
    red = np.stack([grey, 0 * grey, 0 * grey], -1)
    opaque = np.full((32, 32, 1), 255, np.uint8)
    for name, data in {
        "grey.png": grey,
        "grey.tif": grey.astype(np.float32),
        "bool.tif": damage,
        "red.png": red,
        "rgba.png": np.concatenate([red, opaque], -1),
        "rgba.tif": np.concatenate([red, opaque], -1),
        "greyalpha.png": np.concatenate([grey[..., None], opaque], -1),
        "full.jpg": damage * np.uint8(255),
    }.items():
        write_picture(tmp_path / name, data, rgb=data.ndim == 3)
        mask = read_mask(tmp_path / name)
        assert mask.dtype == bool, name
        np.testing.assert_array_equal(mask, damage, err_msg=name)
    Image.fromarray(damage * np.uint8(255)).save(tmp_path / "poor.jpg", quality=60)
    np.testing.assert_array_equal(read_mask(tmp_path / "poor.jpg"), damage)
    write_picture(tmp_path / "stack.tif", np.stack([grey, 0 * grey]), rgb=False)
    assert read_mask(tmp_path / "stack.tif").shape == (2, 32, 32)


def test_labels(tmp_path):
    labels = np.repeat(np.arange(30, dtype=np.uint16), 2).reshape(5, 12)
    for name in ("a.png", "a.tif"):
        write_picture(tmp_path / name, labels, rgb=False)
        np.testing.assert_array_equal(read_mask(tmp_path / name, MaskReading(label=7)), labels == 7)
        with pytest.raises(InputError, match=r"label 99 does not occur .* 1, 2, 3, .* 20 and more"):
            read_mask(tmp_path / name, MaskReading(label=99))
    palette = Image.fromarray(labels.astype(np.uint8), "P")
    palette.putpalette(noise((90,)).tolist())
    for name in ("p.png", "p.tif"):
        palette.save(tmp_path / name)
        np.testing.assert_array_equal(read_mask(tmp_path / name, MaskReading(label=7)), labels == 7)
    with pytest.raises(InputError, match="blurs labels"):
        read_mask(save_jpeg(tmp_path / "a.jpg"), MaskReading(label=1))
    with pytest.raises(InputError, match="colours, not labels"):
        read_mask(save_png(tmp_path / "colour.png"), MaskReading(label=1))
