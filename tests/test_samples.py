import numpy as np
import pytest

from napari_relic_inpaint import samples
from napari_relic_inpaint.errors import InputError

FORMS = {
    "fresco": ((640, 768, 3), np.uint8),
    "coins": ((303, 384), np.uint8),
    "manuscript": ((520, 416, 3), np.uint16),
}
LOST = {"fresco": (0.06, 0.09), "coins": (0.03, 0.09), "manuscript": (0.03, 0.09)}


@pytest.fixture(params=samples.names())
def sample(request):
    return samples.load(request.param)


def test_names_are_the_documented_ones():
    assert set(samples.names()) == set(FORMS)


def test_shapes_and_types(sample):
    shape, dtype = FORMS[sample.name]
    assert sample.picture.shape == sample.reference.shape == shape
    assert sample.picture.dtype == sample.reference.dtype == dtype
    assert sample.damage.shape == shape[:2]
    assert sample.damage.dtype == np.int32
    assert sample.damage.flags.writeable
    assert sample.rgb is (len(shape) == 3)


def test_damage_has_every_class_and_a_sensible_share(sample):
    assert set(np.unique(sample.damage)) == {0, *samples.CLASSES}
    low, high = LOST[sample.name]
    assert low < (sample.damage > 0).mean() < high


def test_picture_equals_reference_exactly_outside_the_damage(sample):
    intact = sample.damage == 0
    np.testing.assert_array_equal(sample.picture[intact], sample.reference[intact])
    assert (sample.picture[~intact] != sample.reference[~intact]).mean() > 0.9


def test_manuscript_needs_its_16_bits():
    assert np.unique(samples.load("manuscript").reference[..., 0]).size > 256


def test_paths_are_files(sample):
    assert all(p.is_file() for p in samples.path(sample.name))


def test_samples_stay_small():
    total = sum(p.stat().st_size for name in samples.names() for p in samples.path(name))
    assert total < 4_000_000


@pytest.mark.parametrize("ask", [samples.load, samples.path])
def test_unknown_sample_names_the_known_ones(ask):
    with pytest.raises(InputError, match=r"'vase'.*fresco, coins, manuscript"):
        ask("vase")


@pytest.mark.parametrize("name", FORMS)
def test_layers_open_in_napari(name):
    from napari.components import ViewerModel
    from napari.layers import Image, Labels

    viewer = ViewerModel()
    for data in getattr(samples, name)():
        viewer._add_layer_from_data(*data)
    reference, picture, damage = viewer.layers
    title = samples.load(name).title
    assert [layer.name for layer in viewer.layers] == [
        f"{title} reference",
        title,
        f"{title} damage",
    ]
    assert isinstance(picture, Image) and isinstance(damage, Labels)
    assert picture.rgb is reference.rgb is (len(FORMS[name][0]) == 3)
    assert tuple(picture.contrast_limits) == tuple(reference.contrast_limits)
    assert (reference.visible, picture.visible, damage.opacity) == (False, True, 0.6)
    assert list(damage.features["class"]) == ["intact", "lacuna", "crack", "flaking"]
    damage.data[:4, :4] = 1
