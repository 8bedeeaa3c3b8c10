"""TIFFs of several pages: thumbnails, masks, and smaller copies, which come back as they were."""

import numpy as np
import pytest
import tifffile
from described_pictures import noise
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import (
    open_picture,
    orientation,
    read_picture,
    streaming,
    tiff_writer,
    write_picture,
)
from napari_relic_inpaint.files.reduction import block_means

THUMBNAIL, PAGE, MASK = 1, 2, 4
PICTURE = noise((24, 36, 3))


def write_pages(path, *pages):
    """Write pages (array, subfile type, further options), each a series of its own."""
    with tifffile.TiffWriter(path) as writer:
        for data, _, options in pages:
            writer.write(
                data,
                photometric="rgb" if data.ndim == 3 and data.shape[-1] == 3 else "minisblack",
                subfiletype=THUMBNAIL,
                metadata=None,
                contiguous=False,
                **options,
            )
    # tifffile itself writes no masks of more than one bit.
    with tifffile.TiffFile(path, mode="r+") as tif:
        for page, (_, kind, _) in zip(tif.pages, pages, strict=True):
            page.tags[254].overwrite(kind)


@pytest.mark.parametrize("read", [read_picture, open_picture])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([(PICTURE[::4, ::4], THUMBNAIL)], []),
        ([(PICTURE[::2, ::3], 0)], []),
        ([(PICTURE[::4, ::4], THUMBNAIL), (PICTURE[::5, ::5], THUMBNAIL)], []),
        # A thumbnail that is no thumbnail in size is one by its word.
        ([(noise((50, 60, 3)), THUMBNAIL)], []),
        ([(noise((24, 36)) > 9, MASK)], []),
        ([], [(noise((24, 36, 3)), MASK)]),
        ([(noise((24, 36, 3)), MASK)], []),
        ([(noise((50, 70)), MASK)], [(noise((12, 18)), MASK | THUMBNAIL)]),
        ([(noise((7, 90, 3)), 0)], [(noise((11, 3), np.uint16), 0)]),
    ],
)
def test_the_largest_picture_of_full_resolution_is_taken(tmp_path, read, before, after):
    path = tmp_path / "a.tif"
    pages = [*before, (PICTURE, 0), *after]
    write_pages(
        path,
        *((*page, {"software": f"program {n}"}) for n, page in enumerate(pages)),
    )
    picture = read(path)
    np.testing.assert_array_equal(np.asarray(picture.data), PICTURE)
    # What describes the picture stands on its page, not on the first.
    assert f"program {len(before)}".encode() in picture.metadata.exif
    first_counts = bool(before) and before[0][1] == 0
    assert any("begins with a picture" in note for note in picture.notes) == first_counts


def test_equal_pages_are_a_stack(tmp_path):
    write_pages(tmp_path / "a.tif", (PICTURE, PAGE, {}), (PICTURE[::-1], PAGE, {}))
    picture = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.data, np.stack([PICTURE, PICTURE[::-1]]))
    write_pages(
        tmp_path / "b.tif",
        (PICTURE, 0, {}),
        (PICTURE, 0, {}),
        (PICTURE, MASK, {}),
        (PICTURE, 0, {}),
    )
    assert read_picture(tmp_path / "b.tif").data.shape == (3, *PICTURE.shape)


@pytest.mark.parametrize("kind", [THUMBNAIL, MASK])
def test_a_file_of_nothing_but_a_thumbnail_or_mask_is_read(tmp_path, kind):
    write_pages(tmp_path / "a.tif", (PICTURE, kind, {}))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").data, PICTURE)


def test_the_orientation_is_that_of_the_page_taken(tmp_path):
    tags = [{"extratags": [(274, 3, 1, n, True)]} for n in (3, 6)]
    write_pages(tmp_path / "a.tif", (PICTURE[::3, ::3], THUMBNAIL, tags[0]), (PICTURE, 0, tags[1]))
    assert orientation(tmp_path / "a.tif") == 6
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").data, np.rot90(PICTURE, -1))


def halved(length, up):
    return -(-length // 2) if up else length // 2


def write_pyramid(path, base, levels, *, nested, tiles, first=None, **options):
    first = first or {}
    with tifffile.TiffWriter(path, bigtiff=options.pop("bigtiff", False)) as writer:
        subifds = {"subifds": len(levels)} if nested else {}
        for n, data in enumerate((base, *levels)):
            writer.write(
                data,
                tile=tiles[n],
                metadata=None,
                contiguous=False,
                **options,
                **({**subifds, **first} if n == 0 else {"subfiletype": 1}),
            )


def levels_of(path):
    with tifffile.TiffFile(path) as tif:
        return [(level.asarray(), level.keyframe) for level in tif.series[0].levels]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_pyramids_come_back(tmp_path_factory, monkeypatch, data):
    monkeypatch.setattr(streaming, "BAND_BYTES", 64)
    folder = tmp_path_factory.mktemp("pyramid")
    dtype = np.dtype(data.draw(st.sampled_from(["u1", "u2", "i2", "u4", "f4"]), "dtype"))
    size = data.draw(st.tuples(st.integers(17, 70), st.integers(17, 70)), "size")
    channels = data.draw(st.sampled_from([None, 3, 4]), "channels")
    planes = data.draw(st.sampled_from([(), (2,)]), "planes")
    planar = channels is not None and data.draw(st.booleans(), "planar")
    nested = data.draw(st.booleans(), "nested")
    number = data.draw(st.integers(1, 3), "levels")
    up = data.draw(st.booleans(), "rounded up")
    tag = data.draw(st.sampled_from([1, 3, 6]), "orientation")
    samples = (channels,) if channels else ()
    before = noise((*planes, *size, *samples), dtype)
    rows = len(planes)
    sizes = [size]
    for _ in range(number):
        sizes.append(tuple(halved(length, up) for length in sizes[-1]))
    # Anything: smaller copies are kept as some other program has made them.
    levels = [noise((*planes, *s, *samples), dtype, seed=n) for n, s in enumerate(sizes[1:], 1)]
    tile = st.sampled_from([(16, 16), (32, 16), (48, 64)])
    tiles = [data.draw(tile, "tile") for _ in sizes]
    if data.draw(st.booleans(), "strips"):
        tiles = [None] * len(sizes)
    compression = data.draw(st.sampled_from([None, "lzw", "deflate"]), "compression")

    def stored(array):
        return np.moveaxis(array, -1, -3) if planar else array

    write_pyramid(
        folder / "a.tif",
        stored(before),
        [stored(level) for level in levels],
        nested=nested,
        tiles=tiles,
        bigtiff=data.draw(st.booleans(), "bigtiff"),
        photometric="rgb" if channels else "minisblack",
        planarconfig=("separate" if planar else "contig") if channels else None,
        compression=compression,
        first={"extratags": [(274, 3, 1, tag, True)]},
    )

    def seen(array):
        turns = {1: 0, 3: 2, 6: -1}[tag]
        return np.rot90(array, turns, (rows, rows + 1))

    source = open_picture(folder / "a.tif")
    np.testing.assert_array_equal(source.data[...], seen(before))
    restored = source.data[...]
    top = data.draw(st.integers(0, restored.shape[rows] - 1), "top")
    left = data.draw(st.integers(0, restored.shape[rows + 1] - 1), "left")
    restored[..., top : top + 5, left : left + 7, *[slice(None)] * len(samples)] += 1
    notes = write_picture(folder / "b.tif", restored, rgb=bool(channels), like=source)
    assert not notes

    found = levels_of(folder / "b.tif")
    swap = slice(None, None, -1) if tag == 6 else slice(None)
    layout = [
        (s[swap], (0, 0) if tile is None else tile[swap], n > 0, n > 0 and nested)
        for n, (s, tile) in enumerate(zip(sizes, tiles, strict=True))
    ]
    assert layout == [
        (
            (page.imagelength, page.imagewidth),
            (page.tilelength, page.tilewidth),
            page.is_reduced,
            page.is_subifd,
        )
        for _, page in found
    ]
    assert {page.compression.name for _, page in found} == {
        {None: "NONE", "lzw": "LZW", "deflate": "DEFLATE"}[compression]
    }
    wanted = expected(restored, [seen(array) for array in (before, *levels)], rows)
    for (values, _), want in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(np.moveaxis(values, -3, -1) if planar else values, want)


def expected(restored, source, rows):
    """Make every level from the one before, but keep the source's where nothing has changed."""
    levels, changed = [restored], restored != source[0]
    if restored.ndim > rows + 2:
        changed[:] = changed.any(-1, keepdims=True)
    for before in source[1:]:
        room = tuple(map(slice, before.shape[rows : rows + 2]))
        planes = np.ndindex(*before.shape[:rows])
        made = [
            (
                block_means(levels[-1][plane], (2, 2))[room],
                block_means(changed[plane].astype("f4"), (2, 2))[room] > 0,
            )
            for plane in planes
        ]
        means, changed = (np.array(part).reshape(before.shape) for part in zip(*made, strict=True))
        levels.append(np.where(changed, means, before))
    return levels


def save_small_pyramid(path, **options):
    write_pyramid(
        path,
        noise((64, 48, 3)),
        [noise((32, 24, 3)), noise((16, 12, 3))],
        nested=True,
        tiles=[(16, 16)] * 3,
        photometric="rgb",
        **options,
    )
    return path


def test_copies_of_a_source_that_is_gone_are_made_anew(tmp_path):
    source = read_picture(save_small_pyramid(tmp_path / "a.tif"))
    (tmp_path / "a.tif").unlink()
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    (base, _), (half, _), (quarter, _) = levels_of(tmp_path / "b.tif")
    np.testing.assert_array_equal(half, block_means(base, (2, 2)))
    np.testing.assert_array_equal(quarter, block_means(half, (2, 2)))


def test_a_damaged_copy_is_made_anew(tmp_path):
    save_small_pyramid(tmp_path / "a.tif", compression="deflate")
    source = open_picture(tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        page = tif.pages[0].pages[0]
    content = bytearray((tmp_path / "a.tif").read_bytes())
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        content[offset : offset + count] = bytes(count)
    (tmp_path / "a.tif").write_bytes(content)
    write_picture(tmp_path / "b.tif", source.data[...], rgb=True, like=source)
    (base, _), (half, _), _ = levels_of(tmp_path / "b.tif")
    np.testing.assert_array_equal(half, block_means(base, (2, 2)))


def test_what_is_no_picture_of_that_size_has_no_copies(tmp_path):
    source = open_picture(save_small_pyramid(tmp_path / "a.tif"))
    notes = write_picture(tmp_path / "b.tif", noise((60, 48, 3)), rgb=True, like=source)
    assert any("smaller copies" in note for note in notes)
    assert len(levels_of(tmp_path / "b.tif")) == 1


def test_a_lossy_pyramid_becomes_a_lossless_one(tmp_path):
    source = open_picture(save_small_pyramid(tmp_path / "a.tif", compression="jpeg"))
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    for before, after in zip(
        levels_of(tmp_path / "a.tif"), levels_of(tmp_path / "b.tif"), strict=True
    ):
        np.testing.assert_array_equal(before[0], after[0])
        assert after[1].compression.name == "DEFLATE"


def test_a_pyramid_beyond_4_gb_is_a_bigtiff(tmp_path, monkeypatch):
    source = open_picture(save_small_pyramid(tmp_path / "a.tif"))
    # More than the picture alone, less than with its copies
    monkeypatch.setattr(tiff_writer, "BIGTIFF_BYTES", source.data.nbytes + 1)
    write_picture(tmp_path / "b.tif", source.data, rgb=True, like=source)
    with tifffile.TiffFile(tmp_path / "b.tif") as tif:
        assert tif.is_bigtiff
    assert len(levels_of(tmp_path / "b.tif")) == 3


def test_strips_stay_strips_however_wide(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_writer, "WIDEST_IN_STRIPS", 20)
    tifffile.imwrite(tmp_path / "a.tif", noise((20, 40)), compression="lzw", rowsperstrip=2)
    source = open_picture(tmp_path / "a.tif")
    write_picture(tmp_path / "b.tif", source.data, rgb=False, like=source)
    with tifffile.TiffFile(tmp_path / "b.tif") as tif:
        assert not tif.pages[0].is_tiled


def test_cut_off_pyramids_are_refused(tmp_path):
    content = save_small_pyramid(tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[:5000])
    with pytest.raises(FileError, match="cut off"):
        read_picture(tmp_path / "a.tif")
