import tracemalloc

import numpy as np

from napari_relic_inpaint.files import open_mask, open_picture, write_picture
from napari_relic_inpaint.judging.composing import compose_folder_steps
from napari_relic_inpaint.judging.folder import write_folder_steps
from napari_relic_inpaint.judging.hypothesis import Hypothesis
from napari_relic_inpaint.judging.judging import Judging
from napari_relic_inpaint.picture import tiles
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.steps import finish

SIDE = 2048


def test_composing_holds_neither_the_picture_nor_the_mask(tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "BAND_PIXELS", 2**16)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[100:110, 100:140] = mask[1500:1520, 1900:1930] = 1
    grey = np.tile(np.arange(SIDE, dtype=np.uint8), (SIDE, 1))
    write_picture(tmp_path / "wall.tif", grey, rgb=False)
    write_picture(tmp_path / "mask.tif", mask, rgb=False)
    source, damage = open_picture(tmp_path / "wall.tif"), open_mask(tmp_path / "mask.tif")
    work = Judging(source.data, damage, rgb=False)
    smooth = Hypothesis("smooth", Settings(method="membrane", detail="none"))
    finish(write_folder_steps(tmp_path / "out", source, work, [smooth], overwrite=False))
    tracemalloc.start()
    final = finish(compose_folder_steps(tmp_path / "out", source, damage))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The mask alone would be one byte a pixel, and its copies as many again.
    assert peak < 1.8 * SIDE**2
    restored = open_picture(tmp_path / "out" / "1-smooth.tif").data
    np.testing.assert_array_equal(final.picture[1490:1530], restored[1490:1530])
