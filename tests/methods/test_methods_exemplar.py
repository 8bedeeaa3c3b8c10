import sys

import numpy as np
import patchmatch
import pytest

from napari_relic_inpaint import restore
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.methods import names


@pytest.fixture
def weave():
    """A woven pattern with a gap in it."""
    rows, columns = np.indices((96, 96))
    pattern = np.where((rows // 4 + columns // 4) % 2, 200, 40).astype(np.uint8)
    damage = np.zeros((96, 96), bool)
    damage[40:60, 30:55] = True
    return np.stack([pattern] * 3, axis=-1), damage


def test_texture_goes_on_where_a_smooth_fill_has_none(weave):
    picture, damage = weave
    spoilt = np.where(damage[..., None], 0, picture)
    exemplar, membrane = (
        restore(spoilt, damage, method=method, detail="none").picture[damage].astype(float)
        for method in ("exemplar", "membrane")
    )
    truth = picture[damage].astype(float)
    assert abs(exemplar - truth).mean() < abs(membrane - truth).mean() / 2
    assert exemplar.std() > 0.9 * truth.std()


def test_a_seed_set_elsewhere_has_no_effect(weave):
    first = restore(*weave, method="exemplar")
    patchmatch.set_random_seed(17)
    second = restore(*weave, method="exemplar")
    np.testing.assert_array_equal(first.picture, second.picture)


def test_other_holes_are_never_copied(weave):
    picture, damage = weave
    damage[70:80, 70:80] = True
    picture[70:80, 70:80] = (255, 0, 0)
    filled = restore(picture, damage, method="exemplar").picture[damage]
    assert set(np.unique(filled)) <= set(range(40, 201))


@pytest.mark.parametrize(
    ("dtype", "warned"), [(np.uint8, False), (np.uint16, True), (np.float32, True)]
)
def test_the_record_names_the_library_and_its_precision(weave, dtype, warned):
    picture, damage = weave
    record = restore(picture.astype(dtype), damage, method="exemplar").record
    assert record["patchmatch"]["version"]
    assert bool(record["warnings"]) == warned
    if warned:
        assert np.dtype(dtype).name in record["warnings"][0]
    assert record["digital_source_type"].endswith("algorithmicallyEnhanced")


def test_a_missing_package_is_named_with_the_way_to_get_it(weave, monkeypatch):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    assert "exemplar" in names()
    with pytest.raises(InputError, match=r'pip install "napari-relic-inpaint\[exemplar\]"'):
        restore(*weave, method="exemplar")


def test_a_package_without_its_library_is_named(weave, monkeypatch):
    monkeypatch.setattr(patchmatch, "patchmatch_available", False)
    with pytest.raises(InputError, match="no library for this system"):
        restore(*weave, method="exemplar")
