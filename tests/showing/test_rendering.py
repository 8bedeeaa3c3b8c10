import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_relic_inpaint import DisplayMode, InputError, Rendering, render
from napari_relic_inpaint.picture.lazy_array import LazyArray
from napari_relic_inpaint.showing.light import lightness, luminance, to_light
from napari_relic_inpaint.showing.modes import MODES

DTYPES = np.uint8, np.uint16, np.float32
CHANGING = [name for name in MODES if name != "complete"]


def picture_of(rng, shape, dtype):
    values = np.clip(rng.normal(0.5, 0.2, shape), 0, 1)
    return (values * 255).astype(np.uint8) if dtype == np.uint8 else scaled(values, dtype)


def scaled(values, dtype):
    white = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    return (np.rint(values * white) if dtype != np.float32 else values).astype(dtype)


def light_of(shown):
    white = {"u": np.iinfo(shown.dtype).max if shown.dtype.kind == "u" else 1}.get(
        shown.dtype.kind, 1
    )
    return to_light(shown / white)


class Lazy(LazyArray):
    """A picture that remembers how much of it was read at once."""

    def __init__(self, data):
        self.data, self.shape, self.dtype = data, data.shape, data.dtype
        self.most = 0

    def read(self, block):
        values = self.data[block].copy()
        self.most = max(self.most, values.size)
        return values


@st.composite
def scenes(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    stack = draw(st.sampled_from([(), (2,)]))
    channels = draw(st.sampled_from([(), (3,), (4,)]))
    size = draw(st.integers(5, 40)), draw(st.integers(5, 40))
    picture = picture_of(rng, (*stack, *size, *channels), draw(st.sampled_from(DTYPES)))
    labels = (rng.random((*stack, *size)) < 0.4) * rng.integers(1, 4, (*stack, *size))
    names = [name for name in MODES if channels or name != "paler"]
    modes = {label: DisplayMode(draw(st.sampled_from(names))) for label in (1, 2)}
    return picture, labels.astype(np.uint8), modes, bool(channels)


@given(scenes())
def test_what_is_not_damaged_stays_bit_for_bit(scene):
    picture, labels, modes, rgb = scene
    before = picture.copy()
    shown = np.asarray(Rendering(picture, labels, modes, rgb=rgb))
    assert (shown.shape, shown.dtype) == (picture.shape, picture.dtype)
    np.testing.assert_array_equal(shown[labels == 0], picture[labels == 0])
    np.testing.assert_array_equal(picture, before)
    if rgb and picture.shape[-1] == 4:
        np.testing.assert_array_equal(shown[..., 3], picture[..., 3])


@given(scenes(), st.data())
@settings(max_examples=40)
def test_it_does_not_matter_how_it_is_sliced(scene, data):
    picture, labels, modes, rgb = scene
    whole = np.asarray(Rendering(picture, labels, modes, rgb=rgb))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_relic_inpaint.showing.kept_squares.KEPT_BYTES", 1)
        lazy = Rendering(Lazy(picture), Lazy(labels), modes, rgb=rgb)
        for _ in range(3):
            parts = tuple(
                slice(*sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n)))))
                for n in labels.shape
            )
            np.testing.assert_array_equal(lazy[parts], whole[parts])


@pytest.mark.parametrize("mode", CHANGING)
def test_squares_meet_without_a_seam_and_are_read_in_parts(mode, monkeypatch):
    rng = np.random.default_rng(3)
    picture = picture_of(rng, (150, 170, 3), np.uint8)
    labels = np.ones((150, 170), np.uint8)
    labels[:, :2] = 0
    whole = np.asarray(Rendering(picture, labels, others=DisplayMode(mode), rgb=True))
    monkeypatch.setattr("napari_relic_inpaint.showing.rendering.TILE", 64)
    parts = np.asarray(Rendering(picture, labels, others=DisplayMode(mode), rgb=True))
    # Another arithmetic of other squares may round to the next value.
    assert np.abs(parts.astype(int) - whole).max() <= 1


def test_of_a_large_picture_only_what_is_shown_is_read():
    picture = Lazy(np.full((3000, 3000, 3), 120, np.uint8))
    labels = np.zeros((3000, 3000), np.uint8)
    labels[100:140] = 1
    shown = Rendering(picture, Lazy(labels), others=DisplayMode("selezione"), rgb=True)
    assert (np.asarray(shown[100:140, 100:200]) != 120).any()
    assert picture.most < 3000 * 3000


@given(
    st.sampled_from(["rigatino", "dotted", "selezione"]),
    st.lists(st.floats(0.35, 0.8), min_size=3, max_size=3),
    st.floats(-90, 90),
    st.sampled_from(DTYPES),
    st.booleans(),
)
@settings(max_examples=20)
def test_the_mean_light_of_a_hatched_area_is_that_of_the_fill(mode, colour, angle, dtype, rgb):
    fill = np.broadcast_to(np.array(colour), (240, 240, 3)).copy()
    fill[0] = 1
    picture = scaled(fill if rgb else fill[..., 0], dtype)
    labels = np.ones((240, 240), np.uint8)
    labels[0] = 0
    how = f"{mode},contrast=20" + (f",angle={angle}" if mode == "rigatino" else "")
    shown = render(picture, labels, how, rgb=rgb)
    hatched, wanted = light_of(shown[1:]), light_of(picture[1:])
    means, filled = (each.reshape(-1, 3 if rgb else 1).mean(axis=0) for each in (hatched, wanted))
    # Strokes of selezione come by chance, and 8 bits round.
    off = 0.03 if mode == "selezione" else 0.006
    np.testing.assert_allclose(means, filled, atol=off * filled.max())
    assert np.ptp(lightness(luminance(hatched if rgb else hatched[..., None]))) > 8


@given(st.sampled_from(["rigatino", "dotted", "selezione"]), st.floats(0, 1), st.booleans())
def test_lines_are_seen_on_every_colour_and_the_mean_gives_way_a_little(mode, value, rgb):
    picture = np.full((96, 96, 3) if rgb else (96, 96), value, np.float32)
    labels = np.ones((96, 96), np.uint8)
    labels[0] = 0
    shown = light_of(render(picture, labels, mode, rgb=rgb)[1:])
    tone = lightness(luminance(shown if rgb else shown[..., None]))
    assert np.percentile(tone, 98) - np.percentile(tone, 2) > 6
    mean = lightness(np.float32([shown.mean()]))[0]
    assert abs(mean - lightness(to_light(np.float32([value])))[0]) < DisplayMode().contrast / 4 + 1


@pytest.mark.parametrize("mode", CHANGING)
@pytest.mark.parametrize("value", [0.12, 0.5, 0.85])
def test_every_mode_can_be_told_from_the_original(mode, value):
    rng = np.random.default_rng(1)
    base = np.array([1.0, 0.7, 0.5]) * value
    picture = scaled(np.clip(base + rng.normal(0, 0.01, (80, 80, 3)), 0, 1), np.uint8)
    picture[40:] = picture[40:, ::-1, ::-1]
    labels = np.zeros((80, 80), np.uint8)
    labels[20:60, 20:60] = 1
    shown = render(picture, labels, mode)
    here = labels > 0
    off = np.abs(shown[here].astype(int) - picture[here]).max(axis=-1)
    # An outline is on the border only.
    assert np.percentile(off, 99 if mode == "outline" else 60) >= (5 if value < 0.2 else 10)


def test_classes_are_shown_each_in_its_way():
    picture = np.full((40, 60), 128, np.uint8)
    labels = np.zeros((40, 60), np.uint8)
    labels[5:35, 5:15], labels[5:35, 25:35], labels[5:35, 45:55] = 1, 2, 7
    shown = render(picture, labels, "complete", modes={2: "lighter", 7: DisplayMode("outline")})
    assert (shown[labels == 1] == 128).all()
    assert len(np.unique(shown[labels == 2])) == 1
    assert shown[20, 30] > 128
    assert shown[20, 50] == 128
    assert shown[20, 45] != 128


def test_lines_lean_and_are_as_wide_as_said():
    picture = np.full((200, 200), 128, np.uint8)
    labels = np.ones((200, 200), np.uint8)
    labels[0] = 0
    upright = render(picture, labels, "rigatino,line=5px,spacing=20px", rgb=False)[1:]
    assert (upright == upright[0]).all()
    dark = upright[0] < 128
    assert dark.sum() == 50
    assert np.count_nonzero(np.diff(dark.astype(int)) == 1) == 9
    level = render(picture, labels, "rigatino,line=5px,spacing=20px,angle=90", rgb=False)[1:]
    assert (level == level[:, :1]).all()
    leaning = render(picture, labels, "rigatino,line=5px,spacing=20px,angle=45", rgb=False)[1:]
    # From the upright clockwise: further up is further right.
    np.testing.assert_array_equal(leaning[10, 20:], leaning[20, 10:-10])


def test_millimetres_go_by_the_size_of_a_pixel():
    picture = np.full((50, 50), 128, np.uint8)
    labels = np.ones((50, 50), np.uint8)
    labels[0] = 0
    in_mm = render(picture, labels, "rigatino,line=0.4mm", rgb=False, pixel_size=0.1)
    np.testing.assert_array_equal(in_mm, render(picture, labels, "rigatino,line=4px", rgb=False))


def test_strokes_follow_the_drawing():
    across = np.arange(160)
    drawing = (128 + 60 * np.sin(across / 6)).astype(np.uint8)
    labels = np.zeros((160, 160), np.uint8)
    labels[40:120, 40:120] = 1
    inner = (slice(45, 115),) * 2

    def steps(picture):
        shown = render(picture, labels, "selezione", rgb=False).astype(int) - picture
        return [np.abs(np.diff(shown[inner], axis=axis)).mean() for axis in (0, 1)]

    upright = steps(np.broadcast_to(drawing, (160, 160)).copy())
    level = steps(np.broadcast_to(drawing[:, None], (160, 160)).copy())
    assert upright[1] > 1.8 * upright[0]
    assert level[0] > 1.8 * level[1]


def test_a_neutral_tone_has_the_tone_of_what_is_around_not_of_the_fill():
    picture = np.empty((120, 120, 3), np.uint8)
    picture[:] = 180, 90, 60
    labels = np.zeros((120, 120), np.uint8)
    labels[50:70, 50:70] = 1
    picture[labels > 0] = 0, 255, 0
    shown = render(picture, labels, "neutral")[60, 60].astype(int)
    before = light_of(np.array([[[180, 90, 60]]], np.uint8))
    assert abs(luminance(light_of(np.uint8([[shown]])))[0, 0] - luminance(before)[0, 0]) < 0.02
    assert shown[0] > shown[1] > shown[2]
    assert np.ptp(shown) < 80


def test_smaller_levels_have_the_same_lines_until_they_merge():
    picture = np.full((512, 512), 128, np.uint8)
    labels = np.ones((512, 512), np.uint8)
    labels[0] = 0
    full = Rendering(picture, labels, others=DisplayMode.parse("rigatino,line=8px"), rgb=False)
    half = full.reduced(picture[::2, ::2], labels[::2, ::2])
    means = light_of(full[2:][:, :]).reshape(255, 2, 256, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(light_of(half[1:]), means, atol=0.01)
    eighth = full.reduced(picture[::16, ::16], labels[::16, ::16])
    assert np.abs(eighth[1:].astype(int) - 128).max() <= 1


def test_what_is_read_as_white_comes_from_the_picture_or_the_record():
    rng = np.random.default_rng(0)
    picture = (rng.random((30, 30)) * 4095).astype(np.uint16)
    labels = np.zeros((30, 30), np.uint8)
    labels[10:20, 10:20] = 1
    shown = render(picture, labels, "lighter,step=40", rgb=False)
    assert shown.max() <= 4095
    assert (shown[labels > 0] >= picture[labels > 0]).all()


def test_values_that_are_no_numbers_stay_what_they_are_outside():
    picture = np.full((20, 20), 0.5, np.float32)
    picture[0, 0] = np.nan
    labels = np.zeros((20, 20), np.uint8)
    labels[10:15, 10:15] = 1
    shown = render(picture, labels, "rigatino", rgb=False)
    np.testing.assert_array_equal(shown[labels == 0], picture[labels == 0])
    assert np.isfinite(shown[labels > 0]).all()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("hatched", "no display mode"),
        ("rigatino,line=0", "0.4mm"),
        ("rigatino,line=-2px", "0.4mm"),
        ("rigatino,line=0.5px", "at least 1px"),
        ("rigatino,line=0.4mm", "how large a pixel"),
        ("rigatino,line=4,spacing=4", "middle to middle"),
        ("rigatino,angle=steep", "-90 to 90"),
        ("rigatino,angle=nan", "-90 to 90"),
        ("rigatino,contrast=0", "1 to 60"),
        ("rigatino,colour=red", "no 'colour'"),
        ("rigatino line=2", "no display mode"),
        ("rigatino,line", "no parameter"),
        ("lighter,step=0", "nothing"),
        ("paler,saturation=1", "nothing"),
        ("paler", "grey picture"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(said, why):
    labels = np.ones((20, 20), np.uint8)
    with pytest.raises(InputError, match=why):
        render(np.full((20, 20), 9, np.uint8), labels, said, rgb=False)


@given(
    st.sampled_from([*MODES]),
    st.floats(1, 50),
    st.sampled_from(["px", "mm"]),
    st.floats(-90, 90),
    st.floats(0, 0.9),
)
def test_modes_are_kept_as_json_and_as_text(name, line, unit, angle, saturation):
    values = {"line": f"{line:g}{unit}", "angle": f"{angle:g}", "saturation": f"{saturation:g}"}
    known = MODES[name][1]
    mode = DisplayMode(name).with_text({key: v for key, v in values.items() if key in known})
    again = DisplayMode.from_dict(mode.as_dict())
    assert again.as_dict() == mode.as_dict()
    assert DisplayMode.parse(mode.described()).as_dict() == mode.as_dict()
