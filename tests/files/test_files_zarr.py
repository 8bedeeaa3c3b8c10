"""Zarr folders: plain arrays and OME-Zarr, read and written."""

import json
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tifffile
import zarr

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import (
    MaskReading,
    check_output,
    open_mask,
    open_picture,
    read_mask,
    read_picture,
    write_picture,
    write_picture_steps,
    zarr_writer,
)
from napari_relic_inpaint.picture.lazy_array import LazyArray


def noise(shape, dtype=np.uint8, seed=0):
    info = np.iinfo(dtype)
    rng = np.random.default_rng(seed)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


def save_ome(path, data, axes, version="0.4", scale=None, **multiscales):
    """Write one level of an OME-Zarr picture as other programs do."""
    group = zarr.open_group(str(path), mode="w", zarr_format=2 if version == "0.4" else 3)
    group.create_array("full", data=data, chunks=tuple(min(n, 7) for n in data.shape))
    types = {"t": "time", "c": "channel"}
    content = {
        "multiscales": [
            {
                "axes": [{"name": name, "type": types.get(name, "space")} for name in axes],
                "datasets": [
                    {
                        "path": "full",
                        "coordinateTransformations": [
                            {"type": "scale", "scale": scale or [1.0] * data.ndim}
                        ],
                    }
                ],
                **multiscales,
            }
        ]
    }
    group.attrs.update(content if version == "0.4" else {"ome": {"version": "0.5", **content}})
    return path


def assert_reads(path, expected, rgb):
    whole, lazy = read_picture(path), open_picture(path)
    assert isinstance(lazy.data, LazyArray)
    assert isinstance(whole.data, np.ndarray)
    assert whole.rgb == lazy.rgb == rgb
    assert whole.data.dtype == lazy.data.dtype == expected.dtype
    np.testing.assert_array_equal(whole.data, expected)
    np.testing.assert_array_equal(lazy.data[...], expected)
    np.testing.assert_array_equal(lazy.data[..., 3:, 1:4], expected[..., 3:, 1:4])


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize(
    ("axes", "shape", "order", "rgb"),
    [
        ("yx", (9, 20), (0, 1), False),
        ("cyx", (3, 9, 20), (1, 2, 0), True),
        ("yxc", (9, 20, 2), (0, 1, 2), True),
        ("zyx", (3, 9, 20), (0, 1, 2), False),
        ("tczyx", (2, 4, 3, 9, 20), (0, 2, 3, 4, 1), True),
    ],
)
def test_ome_zarr_has_its_channels_last(tmp_path, version, axes, shape, order, rgb):
    data = noise(shape, np.uint16)
    path = save_ome(tmp_path / "a.zarr", data, axes, version)
    assert_reads(path, data.transpose(order), rgb)


def test_axes_of_length_one_are_left_out(tmp_path):
    data = noise((1, 1, 1, 9, 20))
    assert_reads(save_ome(tmp_path / "a.zarr", data, "tczyx"), data[0, 0, 0], False)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(
    ("shape", "names", "order", "rgb"),
    [
        ((9, 20), None, (0, 1), False),
        ((9, 20, 3), None, (0, 1, 2), True),
        ((5, 9, 20), None, (0, 1, 2), False),
        ((5, 9, 20), ("channel", "y", "x"), (1, 2, 0), True),
        ((5, 9, 20), ("scan", "lat", "lon"), (0, 1, 2), False),
    ],
)
def test_plain_arrays(tmp_path, zarr_format, shape, names, order, rgb):
    data = noise(shape)
    array = zarr.create_array(
        str(tmp_path / "a"),
        data=data,
        chunks=(4, *shape[1:]),
        zarr_format=zarr_format,
        dimension_names=names if zarr_format == 3 else None,
    )
    if names and zarr_format == 2:
        array.attrs["_ARRAY_DIMENSIONS"] = names
    assert_reads(tmp_path / "a", data.transpose(order), rgb)


def test_other_ways_to_store(tmp_path):
    data = noise((40, 30))
    zarr.create_array(str(tmp_path / "sharded"), data=data, chunks=(5, 5), shards=(20, 10))
    zarr.create_array(str(tmp_path / "big"), data=data.astype(">u2"), zarr_format=2)
    zarr.create_array(str(tmp_path / "bool"), data=data > 99)
    assert_reads(tmp_path / "sharded", data, False)
    assert_reads(tmp_path / "big", data.astype(np.uint16), False)
    assert_reads(tmp_path / "bool", (data > 99) * np.uint8(255), False)


def test_bioformats2raw_shows_its_first_picture(tmp_path):
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=2)
    group.attrs["bioformats2raw.layout"] = 3
    data = noise((9, 20))
    save_ome(tmp_path / "a.zarr" / "0", data, "yx")
    assert_reads(tmp_path / "a.zarr", data, False)


def test_pyramid_shows_the_picture_smaller_and_smaller(tmp_path):
    y, x = np.mgrid[:1500, :2100]
    data = np.stack([y // 6, x // 9], -1).astype(np.uint8)
    write_picture(tmp_path / "a.zarr", data, rgb=True)
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="r")
    (multiscales,) = group.attrs["multiscales"]
    assert [axis["name"] for axis in multiscales["axes"]] == ["c", "y", "x"]
    shapes = [group[level["path"]].shape for level in multiscales["datasets"]]
    assert shapes == [(2, 1500, 2100), (2, 750, 1050), (2, 375, 525)]
    for n, level in enumerate(multiscales["datasets"]):
        (transformation,) = level["coordinateTransformations"]
        assert transformation == {"type": "scale", "scale": [1, 2**n, 2**n]}
        small = np.moveaxis(group[level["path"]][:], 0, -1).astype(int)
        assert np.abs(small - data[:: 2**n, :: 2**n]).max() <= 1
        np.testing.assert_array_equal(read_picture(tmp_path / "a.zarr" / level["path"]).data, small)
        assert group[level["path"]].nchunks_initialized == group[level["path"]].nchunks


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64])
def test_smaller_copies_are_exact_means(tmp_path, monkeypatch, dtype):
    monkeypatch.setattr(zarr_writer, "SMALLEST_SIDE", 8)
    data = noise((8, 6), dtype)
    write_picture(tmp_path / "a.zarr", data, rgb=False)
    small = zarr.open_group(str(tmp_path / "a.zarr"), mode="r")["1"][:]
    total = data.astype(object).reshape(4, 2, 3, 2).sum(axis=(1, 3))
    np.testing.assert_array_equal(small, ((total + 2) // 4).astype(dtype))


def test_place_of_the_pixels_survives(tmp_path):
    path = save_ome(tmp_path / "a.zarr", noise((2, 3, 9, 20)), "tcyx", scale=[5, 1, 0.2, 0.3])
    attributes = json.loads((path / ".zattrs").read_text())
    attributes["multiscales"][0]["axes"][2]["unit"] = "millimeter"
    (path / ".zattrs").write_text(json.dumps(attributes))
    source = open_picture(path)
    assert write_picture(tmp_path / "b.zarr", source.data, rgb=True, like=source) == []
    (copy,) = zarr.open_group(str(tmp_path / "b.zarr"), mode="r").attrs["multiscales"]
    assert copy["axes"] == attributes["multiscales"][0]["axes"]
    steps = copy["datasets"][0]["coordinateTransformations"]
    assert steps == [{"type": "scale", "scale": [5, 1, 0.2, 0.3]}]
    assert read_picture(tmp_path / "b.zarr").metadata == source.metadata


def test_losses_are_named(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        noise((9, 20)),
        resolution=(300, 300),
        resolutionunit="INCH",
        description="North wall",
    )
    source = read_picture(tmp_path / "a.tif")
    (sentence,) = write_picture(tmp_path / "b.zarr", source.data, rgb=False, like=source)
    assert "(resolution, EXIF data)" in sentence
    tifffile.imwrite(tmp_path / "plain.tif", noise((9, 20)))
    source = read_picture(tmp_path / "plain.tif")
    assert write_picture(tmp_path / "c.zarr", source.data, rgb=False, like=source) == []


def test_negative_turns_into_a_positive(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise((9, 20)), photometric="miniswhite")
    source = open_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.zarr", source.data, rgb=False, like=source)
    np.testing.assert_array_equal(read_picture(tmp_path / "b.zarr").data, 255 - noise((9, 20)))


def test_masks(tmp_path):
    damage = np.zeros((20, 30), bool)
    damage[3:9, 4:20] = True
    grey = damage * np.uint8(3)
    opaque = np.full_like(grey, 255)
    for name, data in {
        "grey": grey,
        "bool": damage,
        "rgb": np.stack([grey, 0 * grey, 0 * grey], -1),
        "rgba": np.stack([grey, 0 * grey, 0 * grey, opaque], -1),
        "ga": np.stack([grey, opaque], -1),
        "stack": np.stack([grey, 0 * grey]),
    }.items():
        path = tmp_path / f"{name}.zarr"
        write_picture(path, data, rgb=name in ("rgb", "rgba", "ga"))
        mask, lazy = read_mask(path), open_mask(path)
        assert mask.dtype == lazy.dtype == bool
        assert mask.shape == lazy.shape == ((2, 20, 30) if name == "stack" else (20, 30))
        np.testing.assert_array_equal(mask.reshape(-1, 20, 30)[0], damage, err_msg=name)
        np.testing.assert_array_equal(lazy[...], mask, err_msg=name)
    np.testing.assert_array_equal(
        open_mask(tmp_path / "grey.zarr", MaskReading(label=3))[2:5], damage[2:5]
    )
    zarr.create_array(str(tmp_path / "plain bool"), data=damage)
    np.testing.assert_array_equal(
        open_mask(tmp_path / "plain bool", MaskReading(label=1))[...], damage
    )
    with pytest.raises(InputError, match=r"label 2 does not occur in .*: its labels are 3"):
        open_mask(tmp_path / "grey.zarr", MaskReading(label=2))


def test_a_mask_may_lack_empty_chunks(tmp_path, recwarn):
    mask = np.zeros((20, 30), np.uint8)
    mask[3, 4] = 1
    zarr.create_array(str(tmp_path / "mask"), data=mask, chunks=(5, 5))
    np.testing.assert_array_equal(read_mask(tmp_path / "mask"), mask == 1)
    assert not recwarn.list


def test_missing_chunks_are_told(tmp_path):
    path = tmp_path / "a.zarr"
    write_picture(path, noise((20, 1200)), rgb=False)
    (path / "0/0/1").unlink()
    with pytest.warns(UserWarning, match=r"no file for 1 of its 3 chunks.* value 0: copy it again"):
        read_picture(path)
    shutil.rmtree(path / "0/0")
    with pytest.raises(FileError, match="no chunk of its pixels"):
        open_picture(path)


def test_damaged_folders_are_refused_in_one_sentence(tmp_path):
    whole = tmp_path / "whole.zarr"
    write_picture(whole, noise((20, 30, 3)), rgb=True)
    for name, content in {
        "0/.zarray": b"{",
        "0/0/0/0": (whole / "0/0/0/0").read_bytes()[:50],
        ".zattrs": (whole / ".zattrs").read_bytes()[:50],
    }.items():
        path = tmp_path / "broken.zarr"
        shutil.copytree(whole, path)
        (path / name).write_bytes(content)
        with pytest.raises(FileError, match=r"cut off.*: copy it again") as caught:
            _ = open_picture(path).data[...]
        assert "\n" not in str(caught.value)
        shutil.rmtree(path)


def test_what_is_no_picture_is_refused(tmp_path):
    zarr.open_group(str(tmp_path / "group"), mode="w")
    zarr.create_array(str(tmp_path / "row"), data=noise(5))
    zarr.create_array(str(tmp_path / "complex"), data=np.zeros((3, 4), np.complex64))
    save_ome(tmp_path / "axes", noise((2, 3, 4)), "qyx")
    save_ome(tmp_path / "order", noise((2, 3, 4)), "yxz")
    (tmp_path / "empty.zarr").mkdir()
    for name, words in {
        "group": "group without a picture: choose",
        "row": r"has shape \(5,\)",
        "complex": "values of an unknown kind",
        "axes": "has axes q, y, x for an array of 3: save it with y and x last",
        "order": "has axes y, x, z",
        "empty.zarr": "is a folder: choose a picture",
    }.items():
        with pytest.raises(FileError, match=words):
            read_picture(tmp_path / name)


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_foreign_objects_are_never_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_picture(tmp_path / "a.zarr", noise((4, 4)), rgb=False)
    path = tmp_path / "a.zarr/0"
    metadata = json.loads((path / ".zarray").read_text())
    metadata.update(filters=[{"id": "pickle"}], compressor=None)
    (path / ".zarray").write_text(json.dumps(metadata))
    (path / "0/0").write_bytes(pickle.dumps(Trap()))
    for read in (read_picture, open_picture, read_mask, open_mask):
        with pytest.raises(FileError, match="No Zarr data type"):
            read(path)
    assert not (tmp_path / "sprung").exists()


def test_each_chunk_is_decoded_once(tmp_path, monkeypatch):
    write_picture(tmp_path / "a.zarr", noise((1200, 600)), rgb=False)
    source = open_picture(tmp_path / "a.zarr")
    stored = source.data._source
    load, loaded = stored._load, []
    monkeypatch.setattr(stored, "_load", lambda indices: loaded.extend(indices) or load(indices))
    for top in range(0, 1200, 10):
        _ = source.data[top : top + 10]
    assert len(loaded) == len(set(loaded)) == 6


def test_picture_of_one_large_chunk_is_read_whole(tmp_path, monkeypatch):
    data = noise((20, 30))
    zarr.create_array(str(tmp_path / "a"), data=data, chunks=(20, 30))
    monkeypatch.setattr("napari_relic_inpaint.files.zarr_folder.LARGEST_CHUNK_BYTES", 599)
    picture = open_picture(tmp_path / "a").data
    assert isinstance(picture, np.ndarray)
    np.testing.assert_array_equal(picture, data)


def test_check_output(tmp_path):
    source, other = tmp_path / "a.zarr", tmp_path / "b.zarr"
    for path in (source, other):
        write_picture(path, noise((4, 4)), rgb=False)
    (tmp_path / "notes.zarr").mkdir()
    (tmp_path / "notes.zarr" / "notes.txt").write_text("mine")
    (tmp_path / "file.zarr").write_text("mine")
    (tmp_path / "link.zarr").symlink_to(source, target_is_directory=True)
    assert check_output(tmp_path / "new.ome.zarr", overwrite=False) == tmp_path / "new.ome.zarr"
    assert check_output(other, overwrite=True, like=source) == other
    for path, like, overwrite, words in [
        (source, source, True, "source picture itself"),
        (tmp_path / "link.zarr", source, True, "source picture itself"),
        (source / "b.zarr", source, True, "lies in the source picture"),
        (source / "b.tif", source, True, "lies in the source picture"),
        (source, source / "0", True, "contains the source picture"),
        (source, None, False, "exists already"),
        (tmp_path / "notes.zarr", None, True, "but not of zarr"),
        (tmp_path / "file.zarr", None, True, "is a file, not a zarr folder"),
        (tmp_path / "none" / "a.zarr", None, False, "not a folder"),
    ]:
        with pytest.raises(FileError, match=words):
            check_output(path, overwrite=overwrite, like=like)


def test_old_folder_is_replaced_only_by_a_whole_one(tmp_path):
    path = tmp_path / "a.zarr"
    write_picture(path, noise((20, 1200)), rgb=False)
    (path / "stays").touch()
    steps = write_picture_steps(path, noise((9000, 1200), seed=1), rgb=False, overwrite=True)
    next(steps)
    steps.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]
    np.testing.assert_array_equal(read_picture(path).data, noise((20, 1200)))
    write_picture(path, noise((5, 6), seed=1), rgb=False, overwrite=True)
    np.testing.assert_array_equal(read_picture(path).data, noise((5, 6), seed=1))
    assert not (path / "stays").exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file sizes")
def test_old_folder_survives_a_full_disk(tmp_path):
    path = tmp_path / "a.zarr"
    write_picture(path, noise((4, 4)), rgb=False)
    code = f"""
import resource, numpy as np
from napari_relic_inpaint.files import write_picture
from napari_relic_inpaint.errors import FileError
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
data = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype="u1")
try:
    write_picture({str(path)!r}, data, rgb=True, overwrite=True)
except FileError as error:
    assert "disk is full" in str(error) and "a.zarr" in str(error), error
else:
    raise SystemExit("it was written")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zarr"]
    np.testing.assert_array_equal(read_picture(path).data, noise((4, 4)))


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [
        ((5, 5), np.complex64, "complex64"),
        ((2, 2, 2, 5, 5), np.uint8, "stacks of stacks at most"),
        ((0, 5), np.uint8, "no rows"),
    ],
)
def test_what_ome_zarr_cannot_hold_is_refused(tmp_path, shape, dtype, words):
    with pytest.raises(FileError, match=words):
        write_picture(tmp_path / "a.zarr", np.zeros(shape, dtype), rgb=False)
    assert list(tmp_path.iterdir()) == []
