import numpy as np
import pytest
import tifffile
from described_pictures import noise, save_jpeg, save_png, save_tiff
from PIL import Image

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import read_picture, write_picture


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("save", [save_jpeg, save_png, save_tiff])
def test_cut_off_files_are_refused(tmp_path, monkeypatch, save, allowed):
    # Another library in the same process may have told Pillow to take them.
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", allowed)
    whole = save(tmp_path / ("whole" + save.__name__.replace("save_", ".")))
    content = whole.read_bytes()
    path = tmp_path / "cut"
    for share in (0.9, 0.6, 0.3, 0.05):
        # A TIFF ends with its EXIF directories, without which the picture is still whole.
        if save is save_tiff and share > 0.6:
            continue
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(FileError, match="cut"):
            read_picture(path)


@pytest.mark.parametrize("compression", [None, "lzw", "deflate"])
def test_cut_off_stack_is_refused(tmp_path, compression):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for seed in range(3):
            writer.write(
                noise((16, 16), seed=seed),
                compression=compression,
                metadata=None,
                contiguous=False,
            )
    content = (tmp_path / "a.tif").read_bytes()
    for share in (0.95, 0.7, 0.4, 0.1):
        (tmp_path / "b.tif").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(FileError, match="cut"):
            read_picture(tmp_path / "b.tif")


def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.tif").write_text("hello")
    (tmp_path / "empty.png").write_bytes(b"")
    for path, words in [
        (
            tmp_path / "a.tif",
            "not a PNG, JPEG, TIFF, JPEG 2000, WebP, BMP, GIF or OME-Zarr picture",
        ),
        (tmp_path / "empty.png", "is empty"),
        (tmp_path / "missing.png", "does not exist"),
        (tmp_path, "is a folder"),
    ]:
        with pytest.raises(FileError, match=words) as caught:
            read_picture(path)
        assert str(path) in str(caught.value)


def test_other_colour_spaces_are_refused(tmp_path):
    cmyk = Image.fromarray(noise((8, 8, 4)), "CMYK")
    cmyk.save(tmp_path / "a.jpg")
    cmyk.save(tmp_path / "a.tif")
    Image.fromarray(noise((8, 8, 3)), "LAB").save(tmp_path / "lab.tif")
    for name, space in [("a.jpg", "CMYK"), ("a.tif", "CMYK"), ("lab.tif", "Lab")]:
        with pytest.raises(FileError, match=rf"{space} colours: save it as RGB"):
            read_picture(tmp_path / name)


@pytest.mark.parametrize(
    ("suffix", "shape", "dtype", "words"),
    [
        (".jpg", (5, 5), np.uint16, "8-bit"),
        (".jpg", (5, 5, 4), np.uint8, "4 channels"),
        (".jpg", (2, 5, 5, 3), np.uint8, "stack"),
        (".png", (5, 5), np.float32, "float32"),
        (".png", (2, 5, 5, 3), np.uint8, "stack"),
        (".png", (5, 5, 5), np.uint8, "at most 4 channels"),
        (".tif", (5, 5), np.complex64, "complex64"),
        (".tif", (0, 5), np.uint8, "no rows"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(tmp_path, suffix, shape, dtype, words):
    with pytest.raises(FileError, match=words):
        write_picture(tmp_path / f"a{suffix}", np.zeros(shape, dtype), rgb=len(shape) > 2)
    assert list(tmp_path.iterdir()) == []
