import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from napari_relic_inpaint import evaluate
from napari_relic_inpaint.files import read_picture, write_picture

HOLE = np.zeros((48, 60), bool)
HOLE[20:30, 10:24] = HOLE[40, 5:50] = True


@pytest.fixture
def picture():
    """A picture in colour with grain, far from pure colours."""
    rng = np.random.default_rng(0)
    shades = 60 + 2 * np.add.outer(np.arange(48), np.arange(60))[..., None] % 100
    return (shades + rng.integers(0, 12, (48, 60, 3))).astype(np.uint8)


@pytest.fixture
def restored(relic, picture, tmp_path, monkeypatch):
    """Restores the picture with a mask and options; returns the pixels changed, notes, record."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(picture).save("wall.png")

    def run(mask, *options):
        arguments = ("wall.png", mask, "-o", "out.png", "--method", "membrane", *options)
        code, _, said = relic("restore", *arguments)
        if code:
            assert said.count("\n") == 1
            assert not any(tmp_path.glob("out*"))
            return None, said, None
        record = json.loads((tmp_path / "out.png.json").read_text())
        before = read_picture("wall.png").data
        changed = np.atleast_3d(read_picture("out.png").data != before).any(axis=-1)
        return changed, said, record

    return run


def check(changed, hole):
    """The fill of a pixel may be what it was, but nothing outside the hole changes."""
    assert not changed[~hole].any()
    assert changed[hole].mean() > 0.9


def grey(mask, value=255):
    return mask * np.uint8(value)


def test_strokes_on_a_transparent_layer(restored):
    layer = np.dstack([np.zeros((*HOLE.shape, 3), np.uint8), grey(HOLE)])
    Image.fromarray(layer).save("mask.png")
    changed, said, record = restored("mask.png")
    check(changed, HOLE)
    assert record["damage"]["pixels"] == HOLE.sum()
    note = "mask.png is a transparent layer with strokes"
    assert f"Note: {note}" in said
    assert record["warnings"][0].startswith(note)


def test_a_mask_on_a_reduced_copy(restored):
    small = HOLE[::2, ::2]
    write_picture("mask.png", grey(small), rgb=False)
    changed, said, record = restored("mask.png")
    check(changed, small.repeat(2, 0).repeat(2, 1))
    assert "mask.png is 24 x 30, the picture 48 x 60" in said
    assert record["damage"]["pixels"] == 4 * small.sum()


def test_edges_on_a_reduced_copy_are_refused(restored):
    write_picture("mask.png", grey(HOLE), rgb=False)
    write_picture("edges.png", grey(HOLE[::2, ::2]), rgb=False)
    _, said, _ = restored("mask.png", "--edges", "edges.png")
    assert "the edges in edges.png are 24 x 30, the picture is 48 x 60" in said


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_copy_painted_over(restored, picture, suffix):
    copy = picture.copy()
    copy[HOLE] = 255, 0, 0
    Image.fromarray(copy).save(f"mask.{suffix}", **({"quality": 90} if suffix == "jpg" else {}))
    changed, said, record = restored(f"mask.{suffix}")
    assert f"mask.{suffix} is a copy of the picture with" in said
    assert ": what differs from the picture was taken for the damage." in said
    if suffix == "png":
        check(changed, HOLE)
        assert record["damage"]["pixels"] == HOLE.sum()
        assert "6.4 % of it changed, most of that painted in #ff0000: what" in said
    else:
        # Strokes that are thinner than JPEG's colours lose some of their length.
        assert changed[20:30, 10:24].mean() > 0.95
        assert not changed[~ndimage.binary_dilation(HOLE, np.ones((3, 3)))].any()


def test_inverted_masks_are_noted_and_can_be_inverted(restored):
    write_picture("mask.png", grey(~HOLE), rgb=False)
    _, said, record = restored("mask.png")
    assert "94% of the picture is marked as damaged" in said
    assert "--invert-mask" in record["warnings"][0]
    changed, said, record = restored("mask.png", "--invert-mask", "--overwrite")
    check(changed, HOLE)
    assert said == ""
    assert record["mask"] == {
        "label": None,
        "invert": True,
        "colour": None,
        "threshold": None,
        "as_stored": False,
    }


def test_notes_say_what_counts_in_an_inverted_layer_or_copy(restored, picture):
    black = np.zeros((*HOLE.shape, 3), np.uint8)
    drawn = np.zeros((*HOLE.shape, 3), np.uint8)
    drawn[~HOLE] = 200
    solid = np.full(HOLE.shape, 255, np.uint8)
    solid[:3] = 0
    copy = picture.copy()
    copy[~HOLE & (np.arange(60) < 20)] = 255, 0, 0
    masks = {
        "what is opaque": np.dstack([black, grey(~HOLE)]),
        "what is not black and not transparent": np.dstack([drawn, solid]),
        "what differs from the picture": copy,
    }
    for words, mask in masks.items():
        Image.fromarray(mask).save("mask.png")
        _, said, record = restored("mask.png", "--overwrite")
        assert f": {words} was taken for the damage." in record["warnings"][0]
        _, said, record = restored("mask.png", "--invert-mask", "--overwrite")
        note = record["warnings"][0]
        assert note.endswith(f": all but {words} was taken for the damage.")
        assert note.count("taken for the damage") == 1
        assert f"Note: {note}" in said


def test_a_mask_of_which_all_counts_says_what_it_holds(restored):
    palette = Image.fromarray(HOLE.astype(np.uint8), "P")
    palette.putpalette([200, 200, 200, 255, 255, 255])
    palette.save("mask.png")
    _, said, _ = restored("mask.png")
    assert "the damage covers every pixel" in said
    assert "--invert-mask" in said
    assert "mask.png has the values #c8c8c8 (94 %), #ffffff (6.4 %)" in said
    assert "; what is not black was taken for the damage (--label, --mask-colour" in said
    _, said, _ = restored("mask.png", "--invert-mask")
    assert "mask is empty" in said
    assert "; all but what is not black was taken for the damage" in said
    for options in (("--label", "1"), ("--mask-colour", "white"), ("--mask-threshold", "230")):
        changed, _, _ = restored("mask.png", *options, "--overwrite")
        check(changed, HOLE)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "has as many values as a photograph"),
        (["--mask-colour", "red"], "what is within 32 of #ff0000 was taken for the damage"),
        (["--mask-colour", "rot"], "colour cannot be 'rot'"),
        (["--mask-threshold", "300"], "threshold cannot be 300"),
        (["--label", "3", "--mask-colour", "red"], "label 3 or by a colour"),
        (["--label", "3"], "has colours, not labels"),
    ],
)
def test_a_photograph_as_mask_is_one_sentence(restored, picture, options, sentence):
    Image.fromarray(picture[::-1, ::-1].copy()).save("mask.png")
    _, said, _ = restored("mask.png", *options)
    assert sentence in said


def test_the_picture_as_its_own_mask_is_one_sentence(restored):
    _, said, _ = restored("wall.png")
    assert "wall.png is the picture itself" in said


def test_a_drawing_in_black_and_white_as_its_own_mask_needs_a_word(restored):
    write_picture("wall.png", grey(HOLE), rgb=False, overwrite=True)
    for options in ((), ("--mask-threshold", "100"), ("--invert-mask",)):
        _, said, _ = restored("wall.png", *options)
        assert "wall.png is the picture itself: give a mask" in said
    assert restored("wall.png", "--mask-colour", "white")[2]["damage"]["pixels"] == HOLE.sum()


@pytest.mark.parametrize("bad", [np.nan, -1])
def test_a_mask_with_values_that_say_nothing_is_one_sentence(restored, bad):
    mask = HOLE.astype(np.float32)
    mask[0, 0] = bad
    write_picture("mask.tif", mask, rgb=False)
    _, said, _ = restored("mask.tif")
    assert "say neither damaged nor not" in said


def test_masks_made_on_the_stored_picture(relic, picture, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(picture).save(tmp_path / "wall.png", exif=exif)
    write_picture(tmp_path / "mask.png", grey(HOLE), rgb=False)
    files = tmp_path / "wall.png", tmp_path / "mask.png"
    for options, hole in (((), HOLE), (("--mask-as-stored",), HOLE[::-1, ::-1])):
        out = tmp_path / f"out{len(options)}.png"
        assert relic("restore", *files, "-o", out, "--method", "membrane", *options)[0] == 0
        check((read_picture(out).data != picture[::-1, ::-1]).any(axis=-1), hole)
        scores = ("evaluate", out, tmp_path / "wall.png", "--damage", tmp_path / "mask.png")
        code, *_ = relic(*scores, "--csv", tmp_path / f"{len(options)}.csv", *options)
        assert code == 0
        row = (tmp_path / f"{len(options)}.csv").read_text().splitlines()[1]
        assert float(row.split(",")[-1]) == 0  # nothing changed outside


@pytest.mark.parametrize("orientation", [3, 6])
@pytest.mark.parametrize("as_stored", [False, True])
def test_edges_that_were_saved_are_followed_again(
    relic, picture, tmp_path, tiny_model, orientation, as_stored
):
    """They are upright, whichever way the mask was made."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture).save(tmp_path / "wall.png", exif=exif)
    hole = np.rot90(HOLE, {3: 2, 6: 3}[orientation])
    write_picture(tmp_path / "mask.png", grey(HOLE if as_stored else hole), rgb=False)
    options = ["--model", tiny_model, "--device", "cpu", *["--mask-as-stored"] * as_stored]

    def run(*more):
        out = ("-o", tmp_path / "out.png", "--overwrite")
        files = tmp_path / "wall.png", tmp_path / "mask.png"
        code, _, said = relic("restore", *files, *out, *options, *more)
        assert code == 0, said
        return read_picture(tmp_path / "out.png").data

    first = run("--save-edges", tmp_path / "edges.png")
    edges = read_picture(tmp_path / "edges.png").data
    assert edges.shape == hole.shape
    marks = np.zeros(hole.shape, bool)
    marks[tuple(np.argwhere(hole)[5])] = True
    write_picture(
        tmp_path / "edges.png", grey((edges > 0) & ~hole | marks), rgb=False, overwrite=True
    )
    run("--edges", tmp_path / "edges.png", "--save-edges", tmp_path / "again.png")
    followed = read_picture(tmp_path / "again.png").data > 0
    np.testing.assert_array_equal(followed & hole, marks)
    write_picture(tmp_path / "edges.png", edges, rgb=False, overwrite=True)
    np.testing.assert_array_equal(run("--edges", tmp_path / "edges.png"), first)


def test_edges_on_their_side_are_refused_in_words(relic, picture, tmp_path, tiny_model):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture).save(tmp_path / "wall.png", exif=exif)
    for name in ("mask", "edges"):
        write_picture(tmp_path / f"{name}.png", grey(HOLE), rgb=False)
    code, _, said = relic(
        *("restore", tmp_path / "wall.png", tmp_path / "mask.png", "-o", tmp_path / "out.png"),
        *("--edges", tmp_path / "edges.png", "--mask-as-stored", "--model", tiny_model),
    )
    assert code == 2
    assert "if they were drawn on the picture as it is stored, turn them upright" in said


def test_detail_never_comes_from_other_damage_in_a_mask_of_the_stored_picture(
    relic, picture, tmp_path
):
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(picture).save(tmp_path / "wall.png", exif=exif)
    labels = HOLE.astype(np.uint8)
    labels[:15] = 2
    write_picture(tmp_path / "mask.png", labels, rgb=False)
    code, _, said = relic(
        *("restore", tmp_path / "wall.png", tmp_path / "mask.png", "-o", tmp_path / "out.png"),
        *("--label", "1", "--mask-as-stored", "--method", "membrane", "--detail", "picture"),
        *("--save-sources", tmp_path / "sources.tif"),
    )
    assert code == 0, said
    rows, columns, _ = np.moveaxis(read_picture(tmp_path / "sources.tif").data, -1, 0)
    copied = (rows >= 0) & HOLE[::-1, ::-1]
    assert copied.any()
    assert not labels[::-1, ::-1][rows[copied].astype(int), columns[copied].astype(int)].any()


def test_dense_drawings_of_edges_are_followed(restored, tiny_model, tmp_path):
    write_picture("mask.png", grey(HOLE), rgb=False)
    dense = np.random.default_rng(0).integers(0, 256, HOLE.shape, dtype=np.uint8)
    write_picture("edges.png", dense, rgb=False)
    followed = ("--save-edges", "followed.png", "--model", tiny_model, "--device", "cpu")
    changed, said, _ = restored(
        "mask.png", "--method", "two-stage", "--edges", "edges.png", *followed
    )
    assert changed is not None, said
    marks = read_picture("followed.png").data > 0
    np.testing.assert_array_equal(marks[HOLE], dense[HOLE] > 0)


def test_evaluate_reads_masks_by_the_same_options(relic, restored, picture, tmp_path):
    write_picture("mask.png", grey(~HOLE), rgb=False)
    restored("mask.png", "--invert-mask")
    options = ("--damage", "mask.png", "--csv", "scores.csv", "--overwrite")
    code, _, said = relic("evaluate", "out.png", "wall.png", *options, "--invert-mask")
    assert (code, said) == (0, "")
    expected = evaluate(read_picture("out.png").data, picture, HOLE).rows[0]
    row = (tmp_path / "scores.csv").read_text().splitlines()[1]
    assert f"all damage,{HOLE.sum()},{expected.psnr}" in row
    code, _, said = relic("evaluate", "out.png", "wall.png", *options)
    assert "94% of the picture is marked as damaged" in said
    small = HOLE[::2, ::2]
    write_picture("mask.png", grey(small), rgb=False, overwrite=True)
    code, _, said = relic("evaluate", "out.png", "wall.png", *options)
    assert code == 0
    assert "taken for a mask that was drawn on a copy" in said
    code, _, said = relic("evaluate", "out.png", "wall.png", "--invert-mask")
    assert code == 2
    assert "add --damage" in said


def test_a_batch_reads_masks_by_the_same_options(relic, restored, tmp_path):
    write_picture("mask.png", grey(~HOLE), rgb=False)
    arguments = ("batch", "wall.png", "--damage", "mask.png", "-o", "out", "--method", "membrane")
    code, said, _ = relic(*arguments, "--invert-mask")
    assert code == 0
    assert f"{HOLE.mean():.2%} of it" in said
    assert "1 kept" in relic(*arguments, "--invert-mask", "--resume")[1]
    code, said, _ = relic(*arguments, "--resume")
    assert "anew, since the mask was read in another way" in said
