import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_relic_inpaint import files

CENTIMETRE, INCH, NONE = 3, 2, 1
EXPOSURE_TIME = 0x829A


def sized(path, resolution, unit):
    data = np.zeros((8, 9, 3), np.uint8)
    tifffile.imwrite(path, data, photometric="rgb", resolution=resolution, resolutionunit=unit)
    return files.pixel_size(files.open_picture(path))


@pytest.mark.parametrize(
    ("resolution", "unit", "size"),
    [
        ((600, 300), INCH, (25.4 / 300, 25.4 / 600)),
        ((100, 100), CENTIMETRE, (0.1, 0.1)),
        ((600, 600), NONE, None),
        ((72, 72), INCH, None),
        ((96, 96), INCH, None),
        ((0, 0), INCH, None),
    ],
)
def test_the_resolution_of_a_scan_is_a_size(tmp_path, resolution, unit, size):
    found = sized(tmp_path / "scan.tif", resolution, unit)
    assert found == (None if size is None else pytest.approx(size))


def test_a_cameras_resolution_is_none(tmp_path):
    photograph = Image.fromarray(np.zeros((8, 9, 3), np.uint8))
    exif = Image.Exif()
    photograph.save(tmp_path / "scan.jpg", dpi=(300, 300))
    exif.get_ifd(0x8769)[EXPOSURE_TIME] = 0.01
    photograph.save(tmp_path / "photo.jpg", dpi=(300, 300), exif=exif)
    sizes = [
        files.pixel_size(files.open_picture(tmp_path / name)) for name in ("scan.jpg", "photo.jpg")
    ]
    assert sizes == [pytest.approx((0.0847, 0.0847), rel=0.01), None]
