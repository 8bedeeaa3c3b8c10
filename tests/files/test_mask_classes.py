import json

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from napari_relic_inpaint import FileError, InputError, files
from napari_relic_inpaint.files import MaskReading
from napari_relic_inpaint.files.mask_classes import KEYWORD
from napari_relic_inpaint.marking.classes import PRESET, DamageClass, to_json

# The colour of a class may be that of no damage: such masks are read by their labels.
OWN = (*PRESET, DamageClass(7, "Höhlung", "#000000", "klopft hohl"))


@pytest.fixture
def labels():
    mask = np.zeros((40, 50), np.uint8)
    mask[5:10, 5:20], mask[20:22], mask[30:35, 30:35] = 1, 2, 7
    return mask


@pytest.mark.parametrize("suffix", [".png", ".tif", ".zarr"])
def test_a_mask_says_what_its_labels_mean(tmp_path, labels, suffix):
    path = tmp_path / f"mask{suffix}"
    files.write_mask(path, labels, OWN, pixel_size=(0.05, 0.05))
    opened = files.open_labels(path)
    assert opened.classes == OWN
    assert opened.pixel_size == pytest.approx((0.05, 0.05))
    assert opened.notes == ()
    np.testing.assert_array_equal(opened.labels(), labels)
    np.testing.assert_array_equal(files.read_mask(path), labels > 0)
    np.testing.assert_array_equal(files.read_mask(path, MaskReading(label=7)), labels == 7)


@pytest.mark.parametrize("suffix", [".tif", ".zarr"])
def test_stacks_of_many_labels_are_kept(tmp_path, labels, suffix):
    stack = np.stack([labels, labels]).astype(np.int32) * 1000
    path = tmp_path / f"mask{suffix}"
    files.write_mask(path, stack, OWN)
    opened = files.open_labels(path)
    np.testing.assert_array_equal(opened.labels(), stack)
    assert (opened.classes, opened.pixel_size) == (OWN, None)


def test_other_programs_see_a_picture_in_the_colours_of_the_classes(tmp_path, labels):
    files.write_mask(tmp_path / "mask.png", labels, OWN)
    with Image.open(tmp_path / "mask.png") as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.asarray(picture), labels)
        assert picture.convert("RGB").getpixel((6, 6)) == (0xD6, 0x27, 0x28)
    by_colour = files.read_mask(tmp_path / "mask.png", MaskReading(colour="#d62728"))
    np.testing.assert_array_equal(by_colour, labels == 1)


def test_true_is_class_one(tmp_path, labels):
    files.write_mask(tmp_path / "mask.tif", labels > 0, PRESET)
    np.testing.assert_array_equal(files.open_labels(tmp_path / "mask.tif").labels(), labels > 0)
    assert tifffile.imread(tmp_path / "mask.tif").max() == 1


def test_a_palette_without_our_names_is_read_by_its_colours(tmp_path):
    picture = Image.fromarray(np.array([[0, 1], [2, 0]], np.uint8))
    picture.putpalette([0, 0, 0, 0, 0, 0, 255, 0, 0])
    picture.save(tmp_path / "mask.png")
    np.testing.assert_array_equal(
        files.read_mask(tmp_path / "mask.png"), [[False, False], [True, False]]
    )


@pytest.mark.parametrize("text", ["{", to_json(PRESET).replace("#", "x")])
def test_names_that_cannot_be_read_do_not_keep_a_mask_from_being_read(tmp_path, labels, text):
    info = PngInfo()
    info.add_itxt(KEYWORD, text)
    picture = Image.fromarray(labels)
    picture.putpalette([0] * 768)
    picture.save(tmp_path / "mask.png", pnginfo=info)
    opened = files.open_labels(tmp_path / "mask.png")
    assert opened.classes == ()
    (note,) = opened.notes
    assert "left out" in note
    np.testing.assert_array_equal(opened.labels(), labels)


def test_what_a_format_cannot_hold_is_refused(tmp_path, labels):
    with pytest.raises(FileError, match="exactly"):
        files.write_mask(tmp_path / "mask.jpg", labels)
    with pytest.raises(FileError, match="one mask"):
        files.write_mask(tmp_path / "mask.png", labels[None])
    with pytest.raises(FileError, match="not 300"):
        files.write_mask(tmp_path / "mask.png", np.full((2, 2), 300))
    assert list(tmp_path.iterdir()) == []


def test_a_mask_is_only_replaced_on_request(tmp_path, labels):
    path = tmp_path / "mask.png"
    files.write_mask(path, labels)
    with pytest.raises(FileError, match="exists"):
        files.write_mask(path, labels)
    files.write_mask(path, labels, OWN, overwrite=True)
    assert files.open_labels(path).classes == OWN


def test_a_preset_is_what_it_was(tmp_path):
    path = tmp_path / "team.json"
    files.write_preset(path, OWN)
    assert files.read_preset(path) == OWN
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert files.read_preset(path) == OWN
    with pytest.raises(FileError, match="exists"):
        files.write_preset(path, OWN)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"[]", json.dumps({"a": 1}).encode()])
def test_what_is_no_preset_is_said_in_a_sentence(tmp_path, content):
    path = tmp_path / "team.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"team\.json"):
        files.read_preset(path)


def test_presets_have_a_name_of_their_own(tmp_path):
    with pytest.raises(InputError, match=r"\.json"):
        files.write_preset(tmp_path / "team.png", OWN)
    with pytest.raises(InputError, match="no class"):
        files.write_preset(tmp_path / "team.json", [])
    with pytest.raises(FileError, match="does not exist"):
        files.read_preset(tmp_path / "none.json")
    with pytest.raises(FileError, match="no file of classes"):
        files.read_preset(tmp_path)
