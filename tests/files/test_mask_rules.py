import numpy as np
import pytest
import tifffile
from drawn_masks import SHAPE, damage, photograph, strokes
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files import MaskReading, open_mask, read_mask, streaming, write_picture
from napari_relic_inpaint.marking.damage import KINDS, synthetic_damage
from napari_relic_inpaint.picture.lazy_array import LazyArray

DAMAGE = damage()
LAYER = "transparent layer"
CLEAR = (0, 0, 0, 0)


def save(path, data, **options):
    if data.dtype == np.uint8 and path.suffix != ".tif":
        Image.fromarray(data).save(path, **options)
    else:
        write_picture(path, data, rgb=data.ndim == 3, overwrite=True)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(
    "layer",
    [
        strokes(DAMAGE, (0, 0, 0, 255), CLEAR),
        strokes(DAMAGE, (255, 255, 255, 255), CLEAR),
        strokes(DAMAGE, (255, 255, 255, 255), (255, 255, 255, 0)),
        strokes(DAMAGE, (200, 30, 30, 255), (255, 255, 255, 0)),
        strokes(DAMAGE, (0, 0, 0, 127), CLEAR),
        strokes(DAMAGE, (0, 255), (0, 0)),
        strokes(DAMAGE, (255, 255), (255, 0)),
        np.dstack([photograph() * ~DAMAGE[..., None], DAMAGE * np.uint8(255)]),
    ],
    ids=["black", "white", "on white", "red", "half opaque", "grey", "white grey", "random below"],
)
def test_what_is_opaque_on_a_transparent_layer_is_damage(tmp_path, layer, suffix):
    path = save(tmp_path / f"a{suffix}", layer)
    for mask in (read_mask(path), open_mask(path)[...]):
        np.testing.assert_array_equal(mask, DAMAGE)
    np.testing.assert_array_equal(read_mask(path, MaskReading(invert=True)), ~DAMAGE)


def test_opacity_of_a_palette_counts(tmp_path):
    palette = Image.fromarray(DAMAGE.astype(np.uint8), "P")
    palette.putpalette([0, 0, 0, 0, 0, 0])
    palette.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), DAMAGE)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png", MaskReading(label=1)), DAMAGE)


def test_soft_strokes_on_a_layer_count_where_they_are_more_than_half_opaque(tmp_path):
    opacity = np.rint(200 * ndimage.gaussian_filter(DAMAGE.astype(float), 2)).astype(np.uint8)
    layer = np.dstack([np.zeros((*SHAPE, 3), np.uint8), opacity])
    save(tmp_path / "a.png", layer)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), opacity > opacity.max() // 2)
    few = read_mask(tmp_path / "a.png", MaskReading(threshold=5))
    np.testing.assert_array_equal(few, opacity > 5)


def test_on_an_opaque_ground_colours_count_and_what_is_transparent_is_intact(tmp_path):
    drawn = strokes(DAMAGE, (255, 255, 255, 255), (0, 0, 0, 255))
    save(tmp_path / "opaque.png", drawn)
    np.testing.assert_array_equal(read_mask(tmp_path / "opaque.png"), DAMAGE)
    drawn[:, 140:] = (90, 90, 90, 0)
    save(tmp_path / "cut.png", drawn)
    expected = DAMAGE.copy()
    expected[:, 140:] = False
    np.testing.assert_array_equal(read_mask(tmp_path / "cut.png"), expected)
    # Nobody can see any of it, so no pixel is more opaque than another.
    drawn[..., 3] = 0
    save(tmp_path / "unseen.png", drawn)
    np.testing.assert_array_equal(read_mask(tmp_path / "unseen.png"), drawn[..., :3].any(axis=-1))


@pytest.mark.parametrize("extra", ["unspecified", "assocalpha", "unassalpha"])
def test_layers_in_tiff_are_read_in_parts(tmp_path, extra):
    layer = np.tile(strokes(DAMAGE, (0, 0, 0, 255), CLEAR), (3, 3, 1))
    tifffile.imwrite(
        tmp_path / "a.tif",
        layer,
        photometric="rgb",
        extrasamples=[extra],
        tile=(64, 64),
        compression="lzw",
    )
    mask = open_mask(tmp_path / "a.tif")
    assert isinstance(mask, LazyArray)
    np.testing.assert_array_equal(mask[:120, 180:360], DAMAGE)


def looks(tmp_path, data, **options):
    """Whether a file passes for a mask."""
    path = save(tmp_path / ("a.jpg" if options else "a.png"), data, **options)
    try:
        read_mask(path)
    except InputError as error:
        assert "as many values as a photograph" in str(error)
        return False
    return True


def test_photographs_are_no_masks(tmp_path):
    photo = photograph()
    grey = photo.mean(axis=-1).astype(np.uint8)
    opaque = np.full((*SHAPE, 1), 255, np.uint8)
    cut_out = photo * (np.hypot(*np.mgrid[-60:60, -90:90]) < 60)[..., None].astype(np.uint8)
    wide = grey.astype(np.uint16) * 16
    for data in (photo, grey, grey // 2, cut_out, np.dstack([photo, opaque]), wide):
        assert not looks(tmp_path, data)
    for quality in (50, 75, 95):
        assert not looks(tmp_path, photo, quality=quality)
    write_picture(tmp_path / "float.tif", grey / np.float32(255), rgb=False)
    with pytest.raises(
        InputError, match=r"MaskReading\(colour=...\) or with MaskReading\(threshold=...\)"
    ):
        open_mask(tmp_path / "float.tif")
    bright = read_mask(tmp_path / "float.tif", MaskReading(threshold=110.5))
    np.testing.assert_array_equal(bright, grey > 110)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=5)
@given(seed=st.integers(0, 10**6))
def test_masks_with_soft_borders_labels_and_jpeg_noise_are_no_photographs(
    tmp_path_factory, kind, seed
):
    folder = tmp_path_factory.mktemp("masks")
    rng = np.random.default_rng(seed)
    drawn = 255.0 * synthetic_damage((256, 256), kind, rng)
    soft = ndimage.gaussian_filter(drawn, rng.choice([0.5, 1, 3]))
    halved = drawn.reshape(128, 2, 128, 2).mean(axis=(1, 3))
    seeds = rng.random((256, 256)) < rng.choice([0.001, 0.01, 0.03])
    seeds[0, 0] = True
    nearest = ndimage.distance_transform_edt(~seeds, return_distances=False, return_indices=True)
    labels = (np.cumsum(seeds).reshape(256, 256) * seeds)[tuple(nearest)]
    for data in (soft, halved):
        assert looks(folder, np.rint(data).astype(np.uint8))
    assert looks(folder, labels.astype(np.uint16))
    assert looks(folder, np.where(drawn > 0, labels, 0).astype(np.uint16))
    red = np.stack([drawn, 0 * drawn, 0 * drawn], -1).astype(np.uint8)
    for quality in (50, 75, 95):
        assert looks(folder, drawn.astype(np.uint8), quality=quality)
        assert looks(folder, red, quality=quality)
    # Few values are labels, however they are strewn.
    assert looks(folder, rng.integers(0, 30, (256, 256), np.uint8))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(tmp_path, bad):
    data = DAMAGE.astype(np.float32)
    data[100, 20] = bad
    tifffile.imwrite(tmp_path / "a.tif", data, tile=(64, 64), compression="lzw")
    for reading in (MaskReading(), MaskReading(threshold=50), MaskReading(label=1)):
        with pytest.raises(InputError, match=r"a.tif has 1 NaN or infinite values"):
            read_mask(tmp_path / "a.tif", reading)


@pytest.mark.parametrize("opener", [read_mask, open_mask])
@pytest.mark.parametrize("opaque", [False, True])
def test_all_bad_values_are_counted(tmp_path, monkeypatch, opener, opaque):
    monkeypatch.setattr(streaming, "BAND_BYTES", 4096)  # the file is read in several bands
    data = DAMAGE.astype(np.float32)
    if opaque:
        data = np.stack([data, np.ones_like(data)], -1)
    data[[3, 40, -1], 20] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="minisblack", extrasamples=[2] * opaque)
    with pytest.raises(InputError, match=rf"a.tif has {data[[3, 40, -1], 20].size} NaN"):
        opener(tmp_path / "a.tif")[...]


def test_negative_floats_are_refused_and_negative_labels_are_labels(tmp_path):
    write_picture(tmp_path / "a.tif", np.where(DAMAGE, 1, -1).astype(np.float32), rgb=False)
    with pytest.raises(InputError, match="has values down to -1"):
        read_mask(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.tif", MaskReading(label=1)), DAMAGE)
    write_picture(tmp_path / "b.tif", np.where(DAMAGE, -7, 0).astype(np.int16), rgb=False)
    np.testing.assert_array_equal(read_mask(tmp_path / "b.tif"), DAMAGE)


@pytest.mark.parametrize(
    ("given", "colour"), [("#ff0000", (255, 0, 0)), ("red", (255, 0, 0)), ("#0a0", (0, 170, 0))]
)
def test_one_colour_of_a_damage_map_can_be_chosen(tmp_path, given, colour):
    drawn = strokes(DAMAGE, colour, (255, 255, 255))
    drawn[100:110] = (0, 0, 255)
    reading = MaskReading(colour=given)
    np.testing.assert_array_equal(read_mask(save(tmp_path / "a.png", drawn), reading), DAMAGE)
    np.testing.assert_array_equal(read_mask(save(tmp_path / "a.tif", drawn), reading), DAMAGE)
    wide = tmp_path / "wide.tif"
    write_picture(wide, drawn.astype(np.uint16) * 257, rgb=True)
    np.testing.assert_array_equal(read_mask(wide, reading), DAMAGE)
    lossy = read_mask(save(tmp_path / "a.jpg", drawn, quality=75), reading)
    assert (lossy & DAMAGE).sum() > 0.98 * (lossy | DAMAGE).sum()


def test_a_threshold_says_how_far_a_colour_may_be_off(tmp_path):
    drawn = strokes(DAMAGE, (250, 40, 0), (0, 0, 0))
    save(tmp_path / "a.png", drawn)
    for threshold, expected in ((39, ~DAMAGE & False), (40, DAMAGE)):
        reading = MaskReading(colour="red", threshold=threshold)
        np.testing.assert_array_equal(read_mask(tmp_path / "a.png", reading), expected)
    save(tmp_path / "grey.png", DAMAGE * np.uint8(255))
    assert not read_mask(tmp_path / "grey.png", MaskReading(colour="red")).any()
    white = read_mask(tmp_path / "grey.png", MaskReading(colour="white"))
    np.testing.assert_array_equal(white, DAMAGE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"label": 1, "colour": "red"}, "label 1 or by a colour: give one of them"),
        ({"label": 1, "threshold": 9}, "label 1 or by a threshold"),
        ({"colour": "rouge"}, "colour cannot be 'rouge'"),
        ({"threshold": -1}, "threshold cannot be -1"),
        ({"threshold": 255}, "threshold cannot be 255"),
        ({"threshold": float("nan")}, "threshold cannot be nan"),
    ],
)
def test_contradictions_are_refused(options, said):
    with pytest.raises(InputError, match=said):
        MaskReading(**options)
