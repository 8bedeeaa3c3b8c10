"""Pictures that are read and written piece by piece: TIFF, and what all formats share."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files import (
    MaskReading,
    chunks,
    open_mask,
    open_picture,
    read_mask,
    read_picture,
    streaming,
    tiff_writer,
    write_picture,
    write_picture_steps,
    zarr_writer,
)
from napari_relic_inpaint.picture.lazy_array import LazyArray

FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

ANY = MaskReading(threshold=0)
"""Also reads noise, which else is a photograph."""


def noise(shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    info = np.iinfo(dtype)
    native = dtype.newbyteorder("=")
    return rng.integers(info.min, info.max, shape, native, endpoint=True).astype(dtype)


class Lazy:
    """Somebody else's lazy picture: counts how often each row is read, and forbids the whole."""

    def __init__(self, data, rows=None):
        self.data, self.shape, self.dtype = data, data.shape, data.dtype
        self.ndim = data.ndim
        self.axis = data.ndim - (3 if rows == "rgb" else 2)
        self.reads = np.zeros(data.shape[: self.axis + 1], int)

    def __getitem__(self, key):
        key = key if isinstance(key, tuple) else (key,)
        self.reads[key[: self.axis + 1]] += 1
        return self.data[key]

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("the whole picture was asked for")


@pytest.fixture
def small_pieces(monkeypatch):
    """Make small pictures large: bands of a few rows, small tiles, small chunks."""
    monkeypatch.setattr(streaming, "BAND_BYTES", 64)
    monkeypatch.setattr(tiff_writer, "TILE", 16)
    monkeypatch.setattr(tiff_writer, "WIDEST_IN_STRIPS", 20)
    monkeypatch.setattr(zarr_writer, "CHUNK", 8)
    monkeypatch.setattr(zarr_writer, "SMALLEST_SIDE", 12)


keys = st.tuples(st.integers(-60, 60), st.integers(-60, 60), st.sampled_from([-7, -1, 1, 2, 5]))


@FUZZ
@given(data=st.data())
def test_lazy_tiff_is_what_is_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("tiff") / "a.tif"
    dtype = np.dtype(
        data.draw(st.sampled_from(["u1", "u2", "u4", "i2", "f2", "f4", "f8"]), "dtype")
    )
    planes = data.draw(st.sampled_from([(), (1,), (3,), (2, 3)]), "planes")
    # tifffile takes a single row or column for another axis.
    size = data.draw(st.tuples(st.integers(2, 50), st.integers(2, 50)), "size")
    channels = data.draw(st.sampled_from([None, 2, 3, 4, 5]), "channels")
    planar = channels is not None and data.draw(st.booleans(), "planar")
    compression = data.draw(
        st.sampled_from([None, "lzw", "deflate", "zstd", "packbits", "lzma"]), "compression"
    )
    layout = data.draw(st.sampled_from([{}, {"tile": (16, 32)}, {"rowsperstrip": 3}]), "layout")
    samples = (channels,) if channels else ()
    shape = (*planes, *samples, *size) if planar else (*planes, *size, *samples)
    tifffile.imwrite(
        path,
        noise(shape, dtype),
        bigtiff=data.draw(st.booleans(), "bigtiff"),
        byteorder=data.draw(st.sampled_from("<>"), "byteorder"),
        photometric="rgb" if (channels or 0) > 2 else "minisblack",
        planarconfig=("separate" if planar else "contig") if channels else None,
        compression=compression,
        predictor=compression in ("lzw", "zstd") and data.draw(st.booleans(), "predictor"),
        metadata={} if data.draw(st.booleans(), "noted") else None,
        **layout,
    )
    whole, lazy = read_picture(path), open_picture(path)
    assert isinstance(lazy.data, LazyArray)
    assert lazy.rgb == whole.rgb
    assert lazy.metadata == whole.metadata
    assert (lazy.data.shape, lazy.data.dtype) == (whole.data.shape, whole.data.dtype)
    np.testing.assert_array_equal(lazy.data[...], whole.data)
    np.testing.assert_array_equal(np.asarray(lazy.data), whole.data)
    key = tuple(
        data.draw(st.one_of(st.integers(-n, n - 1), keys.map(lambda part: slice(*part))), "key")
        for n in whole.data.shape[: data.draw(st.integers(1, whole.data.ndim), "axes")]
    )
    np.testing.assert_array_equal(lazy.data[key], whole.data[key])
    np.testing.assert_array_equal(lazy.data[..., -1], whole.data[..., -1])
    np.testing.assert_array_equal(open_mask(path, ANY)[...], read_mask(path, ANY))


@FUZZ
@given(data=st.data())
@pytest.mark.usefixtures("small_pieces")
def test_streamed_pictures_come_back_bit_exactly(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("stream")
    suffix = data.draw(st.sampled_from([".tif", ".zarr"]), "suffix")
    dtype = data.draw(st.sampled_from(["u1", ">u2", "u4", "u8", "i2", "i8", "f2", "f4"]), "dtype")
    planes = data.draw(st.sampled_from([(), (2,), (2, 3)]), "planes")
    size = data.draw(st.tuples(st.integers(1, 60), st.integers(2, 60)), "size")
    channels = data.draw(st.sampled_from([None, 2, 3, 4, 6]), "channels")
    like = None
    if data.draw(st.booleans(), "like"):
        layout = data.draw(st.sampled_from([None, "lzw", "zstd", "packbits"]), "compression")
        planar = channels is not None and data.draw(st.booleans(), "planar")
        tifffile.imwrite(
            folder / "like.tif",
            np.zeros(
                (channels, 8, 8) if planar else (8, 8, channels) if channels else (8, 8), "u1"
            ),
            photometric="rgb" if (channels or 0) > 2 else "minisblack",
            planarconfig=("separate" if planar else "contig") if channels else None,
            compression=layout,
            predictor=layout in ("lzw", "zstd"),
            byteorder=data.draw(st.sampled_from("<>"), "byteorder"),
        )
        like = read_picture(folder / "like.tif")
    shape = (*planes, *size, *([channels] if channels else []))
    picture = noise(shape, dtype)
    source = Lazy(picture, "rgb" if channels else None)
    steps = write_picture_steps(folder / f"a{suffix}", source, rgb=channels is not None, like=like)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert (source.reads == 1).all()
    back = read_picture(folder / f"a{suffix}")
    assert back.rgb == (channels is not None)
    assert back.data.dtype == picture.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back.data.reshape(shape), picture)
    np.testing.assert_array_equal(open_picture(folder / f"a{suffix}").data[...], back.data)
    if like is not None and suffix == ".tif":
        assert back.metadata.tiff.planar == planar
        assert back.metadata.tiff.compression == like.metadata.tiff.compression


def save_kinds(folder):
    """Write TIFFs whose pixels need more than copying; return their paths by name."""
    smooth = np.linspace(0, 255, 90 * 70).reshape(90, 70).astype(np.uint8)
    colours = np.stack([smooth, smooth.T.reshape(90, 70), 255 - smooth], -1)
    tifffile.imwrite(
        folder / "jpeg.tif", colours, photometric="rgb", compression="jpeg", tile=(32, 32)
    )
    tifffile.imwrite(folder / "jpeg grey.tif", smooth, photometric="minisblack", compression="jpeg")
    tifffile.imwrite(folder / "bits.tif", smooth > 99, rowsperstrip=10, compression="deflate")
    tifffile.imwrite(folder / "raw bits.tif", smooth > 99)
    tifffile.imwrite(
        folder / "12 bits.tif", smooth.astype(np.uint16) * 16, bitspersample=12, rowsperstrip=10
    )
    tifffile.imwrite(folder / "negative.tif", smooth, photometric="miniswhite", compression="lzw")
    tifffile.imwrite(
        folder / "pages.tif", np.stack([smooth, smooth]), photometric="minisblack", metadata=None
    )
    tifffile.imwrite(
        folder / "sparse.tif",
        iter([b"", smooth[:32, :32].tobytes(), *[b""] * 7]),
        shape=smooth.shape,
        dtype=np.uint8,
        tile=(32, 32),
        compression="none",
    )
    Image.fromarray(colours).quantize(8).save(folder / "palette.tif")
    with tifffile.TiffWriter(folder / "previews.tif") as writer:
        writer.write(colours, photometric="rgb", tile=(32, 32), subifds=1)
        writer.write(colours[::2, ::2], photometric="rgb", subfiletype=1)
    with tifffile.TiffWriter(folder / "gaps.tif") as writer:
        for page in (smooth, ~smooth, smooth):
            writer.write(page, metadata=None, contiguous=False)
            writer.write(smooth[:3], metadata=None, contiguous=False)
    return sorted(folder.iterdir())


def test_lazy_pictures_of_every_kind(tmp_path):
    for path in save_kinds(tmp_path):
        whole, lazy = read_picture(path), open_picture(path)
        assert isinstance(lazy.data, np.ndarray) == (path.stem == "palette"), path
        assert lazy.metadata == whole.metadata
        assert (lazy.rgb, lazy.data.dtype) == (whole.rgb, whole.data.dtype)
        np.testing.assert_array_equal(lazy.data[...], whole.data, err_msg=path.name)
        np.testing.assert_array_equal(lazy.data[..., 3:], whole.data[..., 3:], err_msg=path.name)
        mask = open_mask(path, ANY)
        np.testing.assert_array_equal(mask[...], read_mask(path, ANY), err_msg=path.name)
        np.testing.assert_array_equal(mask[..., 5:9, :], read_mask(path, ANY)[..., 5:9, :])


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_png_and_jpeg_are_read_and_written_whole(tmp_path, suffix):
    data = noise((20, 30, 3))
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="rgb", compression="lzw")
    lazy = open_picture(tmp_path / "a.tif")
    write_picture(tmp_path / f"lazy{suffix}", lazy.data, rgb=True)
    write_picture(tmp_path / f"whole{suffix}", data, rgb=True)
    assert (tmp_path / f"lazy{suffix}").read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()
    assert isinstance(open_picture(tmp_path / f"lazy{suffix}").data, np.ndarray)


def test_labels_are_searched_when_the_mask_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "BAND_BYTES", 64)
    labels = np.repeat(np.arange(30, dtype=np.uint16), 2).reshape(5, 12)
    palette = Image.fromarray(labels.astype(np.uint8), "P")
    palette.putpalette(noise(90).tolist())
    palette.save(tmp_path / "palette.tif", compression="tiff_lzw")
    write_picture(tmp_path / "grey.tif", labels, rgb=False)
    write_picture(tmp_path / "rgb.tif", np.stack([labels] * 3, -1), rgb=True)
    for name in ("palette.tif", "grey.tif", "rgb.tif"):
        mask = open_mask(tmp_path / name, MaskReading(label=7))
        assert isinstance(mask, LazyArray)
        np.testing.assert_array_equal(mask[...], labels == 7)
        with pytest.raises(InputError, match=r"label 99 .* labels are 1, 2, 3, .* 20 and more"):
            open_mask(tmp_path / name, MaskReading(label=99))
    coloured = np.stack([labels] * 3, -1)
    coloured[4, 11, 1] = 0
    write_picture(tmp_path / "colour.tif", coloured, rgb=True)
    for read in (open_mask, read_mask):
        with pytest.raises(InputError, match="colours, not labels"):
            read(tmp_path / "colour.tif", MaskReading(label=7))


def test_stack_of_mask_stacks_becomes_one_stack(tmp_path):
    data = noise((2, 3, 9, 8)) & 1
    write_picture(tmp_path / "a.tif", data, rgb=False)
    np.testing.assert_array_equal(open_mask(tmp_path / "a.tif")[...], data.reshape(6, 9, 8) == 1)


def test_wrong_indices_are_refused_as_by_numpy(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise((20, 30)), compression="lzw")
    data = open_picture(tmp_path / "a.tif").data
    for key in (20, (0, -31), (0, 0, 0), (..., 0, 0, 0)):
        with pytest.raises(IndexError):
            data[key]
    assert data[3, 4] == noise((20, 30))[3, 4]
    assert (len(data), data.ndim, data.size, data.nbytes) == (20, 2, 600, 600)


class Loads:
    """Notes which chunks a lazy picture loads."""

    def __init__(self, monkeypatch):
        self.indices = []
        plain = chunks.Chunked.__init__

        def watched(chunked, path, shape, dtype, size, load, row_axes):
            def noted(indices):
                self.indices += indices
                return load(indices)

            plain(chunked, path, shape, dtype, size, noted, row_axes)

        monkeypatch.setattr(chunks.Chunked, "__init__", watched)


@pytest.mark.parametrize("planar", [False, True])
def test_a_row_of_tiles_stays_decoded(tmp_path, monkeypatch, planar):
    monkeypatch.setattr(chunks, "CACHE_BYTES", 1)
    data = noise((3, 100, 200) if planar else (100, 200, 3))
    tifffile.imwrite(
        tmp_path / "a.tif",
        data,
        photometric="rgb",
        planarconfig="separate" if planar else "contig",
        tile=(32, 32),
        compression="deflate",
    )
    loads = Loads(monkeypatch)
    picture = open_picture(tmp_path / "a.tif").data
    for top in range(0, 100, 3):
        _ = picture[top : top + 3]
    assert len(loads.indices) == len(set(loads.indices)) == 4 * 7 * (3 if planar else 1)


def test_decoded_tiles_are_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CACHE_BYTES", 40_000)
    monkeypatch.setattr(chunks, "LARGEST_CACHE_BYTES", 40_000)
    tifffile.imwrite(tmp_path / "a.tif", noise((640, 640)), tile=(64, 64), compression="deflate")
    loads = Loads(monkeypatch)
    picture = open_picture(tmp_path / "a.tif").data
    tracemalloc.start()
    for _ in range(2):
        for top in range(0, 640, 64):
            for left in range(0, 640, 64):
                _ = picture[top : top + 64, left : left + 64]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(loads.indices) == 200
    assert held < 100_000
    for _ in range(5):
        _ = picture[600:, 600:]
    assert len(loads.indices) == 200


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_pyramid_is_decoded_once_to_write_beside_it(tmp_path, monkeypatch, orientation):
    data = noise((96, 128))
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        for values, options in ((data, {"subifds": 1}), (data[::2, ::2], {"subfiletype": 1})):
            tif.write(
                values,
                tile=(16, 16),
                compression="deflate",
                extratags=[(274, 3, 1, orientation, True)],
                **options,
            )
    loads = Loads(monkeypatch)
    source = open_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.tif", Lazy(source.data), rgb=False, like=source)
    assert len(loads.indices) == 6 * 8 + 3 * 4


def test_one_large_compressed_strip_is_read_whole(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", noise((50, 40)), compression="deflate", rowsperstrip=50)
    assert isinstance(open_picture(tmp_path / "a.tif").data, LazyArray)
    monkeypatch.setattr("napari_relic_inpaint.files.lazy_tiff.LARGEST_CHUNK_BYTES", 1999)
    data = open_picture(tmp_path / "a.tif").data
    assert isinstance(data, np.ndarray)
    np.testing.assert_array_equal(data, noise((50, 40)))


@pytest.mark.parametrize("suffix", [".tif", ".zarr"])
def test_threads_may_read_at_the_same_time(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(chunks, "CACHE_BYTES", 5000)
    data = noise((150, 200))
    if suffix == ".tif":
        tifffile.imwrite(tmp_path / "a.tif", data, tile=(16, 16), compression="lzw")
    else:
        monkeypatch.setattr(zarr_writer, "CHUNK", 16)
        write_picture(tmp_path / "a.zarr", data, rgb=False)
    picture = open_picture(tmp_path / f"a{suffix}").data
    rng = np.random.default_rng(0)
    corners = [tuple(corner) for corner in rng.integers(0, 140, (200, 2))]

    def agrees(corner):
        window = tuple(slice(start, start + 30) for start in corner)
        return (picture[window] == data[window]).all()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(agrees, corners))


def test_damage_is_told_when_it_is_met(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise((64, 64)), tile=(32, 32), compression="deflate")
    with tifffile.TiffFile(path) as tif:
        offset = tif.pages[0].dataoffsets[3]
    with path.open("rb+") as stream:
        stream.seek(offset)
        stream.write(bytes(30))
    picture = open_picture(path).data
    np.testing.assert_array_equal(picture[:32, :32], noise((64, 64))[:32, :32])
    with pytest.raises(FileError, match=r"a\.tif is damaged or cut off"):
        _ = picture[40:]
    path.unlink()
    with pytest.raises(FileError, match="does not exist"):
        _ = picture[:32, 40:]


@pytest.mark.parametrize("compression", [None, "lzw"])
def test_files_that_were_cut_off_are_refused(tmp_path, compression):
    tifffile.imwrite(tmp_path / "a.tif", noise((64, 64)), compression=compression)
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "b.tif").write_bytes(content[:-500])
    with pytest.raises(FileError, match="cut off"):
        open_picture(tmp_path / "b.tif")
    whole = open_picture(tmp_path / "a.tif").data
    (tmp_path / "a.tif").write_bytes(content[:-500])
    with pytest.raises(FileError, match="cut off"):
        _ = whole[...]


def test_wide_pictures_are_written_in_tiles(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_writer, "WIDEST_IN_STRIPS", 300)
    for width in (300, 301):
        write_picture(tmp_path / f"{width}.tif", noise((300, width)), rgb=False)
    with tifffile.TiffFile(tmp_path / "300.tif") as narrow:
        assert not narrow.pages[0].is_tiled
    with tifffile.TiffFile(tmp_path / "301.tif") as wide:
        assert wide.pages[0].tile == (256, 256)
        np.testing.assert_array_equal(wide.asarray(), noise((300, 301)))


@pytest.mark.parametrize("compression", [None, "lzw", "deflate"])
def test_bigtiff_where_the_file_may_outgrow_four_gigabytes(tmp_path, monkeypatch, compression):
    tifffile.imwrite(tmp_path / "like.tif", noise((8, 8)), compression=compression)
    like = read_picture(tmp_path / "like.tif")
    data = noise((300, 300))
    for limit in (89_999, 90_000, 134_999, 135_000):
        monkeypatch.setattr(tiff_writer, "BIGTIFF_BYTES", limit)
        write_picture(tmp_path / "a.tif", data, rgb=False, like=like, overwrite=True)
        with tifffile.TiffFile(tmp_path / "a.tif") as tif:
            # LZW makes noise longer.
            assert tif.is_bigtiff == (limit < (135_000 if compression == "lzw" else 90_000))


class Pattern:
    """A picture that is computed when it is read and so takes no memory."""

    shape = (8192, 2048, 4)
    dtype = np.dtype(np.uint8)

    def __getitem__(self, key):
        rows = np.arange(self.shape[0], dtype=np.uint32)[key[0] if isinstance(key, tuple) else key]
        values = np.empty((len(rows), *self.shape[1:]), np.uint8)
        for n, row in enumerate(rows):
            values[n] = np.arange(row, row + 8192, dtype=np.uint32).reshape(2048, 4) >> 3
        return values


@pytest.mark.parametrize("name", ["a.tif", "a.zarr", "raw.tif"])
def test_memory_does_not_grow_with_the_picture(tmp_path, name):
    like = None
    if name == "raw.tif":
        tifffile.imwrite(tmp_path / "like.tif", noise((4, 4, 4)), photometric="rgb")
        like = read_picture(tmp_path / "like.tif")
    write_picture(tmp_path / "first.zarr", noise((4, 4)), rgb=False)  # imports cost memory once
    tracemalloc.start()
    write_picture(tmp_path / name, Pattern(), rgb=True, like=like)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.prod(Pattern.shape) == 64 << 20
    assert peak < 16 << 20
    written = open_picture(tmp_path / name).data
    np.testing.assert_array_equal(written[::977], Pattern()[::977])


@pytest.mark.parametrize("name", ["a.tif", "a.zarr"])
def test_stopping_leaves_the_old_picture(tmp_path, name):
    write_picture(tmp_path / name, noise((9, 8)), rgb=False)
    steps = write_picture_steps(tmp_path / name, Pattern(), rgb=True, overwrite=True)
    step = next(steps)
    assert step.stage == "writing"
    assert 0 < step.fraction < 0.5
    steps.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    np.testing.assert_array_equal(read_picture(tmp_path / name).data, noise((9, 8)))


@pytest.mark.parametrize("name", ["a.tif", "a.zarr"])
def test_an_error_while_reading_leaves_nothing(tmp_path, name):
    tifffile.imwrite(tmp_path / "source.tif", noise((700, 600)), compression="lzw")
    source = open_picture(tmp_path / "source.tif")
    (tmp_path / "source.tif").unlink()
    with pytest.raises(FileError, match=r"source\.tif does not exist"):
        write_picture(tmp_path / name, source.data, rgb=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.tif", "a.zarr", "a.png"])
@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file or directory"), OSError("connection lost")]
)
def test_an_error_of_the_source_is_not_blamed_on_the_result(tmp_path, name, error):
    class Gone:
        shape, dtype = (9, 8), np.dtype(np.uint8)

        def __getitem__(self, key):
            raise error

        def __array__(self, dtype=None, copy=None):
            raise error

    reason = str(error.strerror or error)
    with pytest.raises(FileError, match=rf"picture could not be read \({reason}\)"):
        write_picture(tmp_path / name, Gone(), rgb=False)
    assert list(tmp_path.iterdir()) == []


def test_result_laid_over_the_source_is_written(tmp_path):
    """What a large restoration gives: an array-like that changes some of the source."""

    class Restored:
        def __init__(self, source):
            self.source, self.shape, self.dtype = source, source.shape, source.dtype

        def __getitem__(self, key):
            values = self.source[key].copy()
            values[values == 7] = 8
            return values

    tifffile.imwrite(tmp_path / "a.tif", noise((300, 200)), tile=(64, 64), compression="zstd")
    source = open_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.tif", Restored(source.data), rgb=False, like=source)
    expected = noise((300, 200))
    expected[expected == 7] = 8
    np.testing.assert_array_equal(read_picture(tmp_path / "b.tif").data, expected)
