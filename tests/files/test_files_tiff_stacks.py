"""Stacks as programs write them, page after page or plane after plane."""

import numpy as np
import pytest
import tifffile

from napari_relic_inpaint import files


@pytest.fixture
def stack():
    return np.random.default_rng(0).integers(0, 255, (4, 60, 80)).astype(np.uint8)


@pytest.fixture
def masks():
    masks = np.zeros((3, 60, 80), np.uint8)
    for plane, left in zip(masks, (5, 25, 45), strict=True):
        plane[20:30, left : left + 9] = 255
    return masks


def written_page_by_page(path, stack):
    with tifffile.TiffWriter(path) as writer:
        for page in stack:
            writer.write(page)
    return path


def appended(path, stack):
    for page in stack:
        tifffile.imwrite(path, page, append=True)
    return path


@pytest.mark.parametrize("write", [written_page_by_page, appended])
def test_equal_pages_are_a_stack_however_they_were_written(tmp_path, stack, write):
    path = write(tmp_path / "stack.tif", stack)
    assert np.array_equal(files.read_picture(path).data, stack)
    assert np.array_equal(files.open_picture(path).data[1:3, 5:9], stack[1:3, 5:9])


def test_pages_of_another_size_are_further_pictures(tmp_path, stack):
    path = tmp_path / "two.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(stack[0])
        writer.write(stack[1, :30])
    assert np.array_equal(files.read_picture(path).data, stack[0])


def test_a_stack_of_pages_with_a_thumbnail_first(tmp_path, stack):
    path = tmp_path / "thumbnail.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(stack[0, ::4, ::4], subfiletype=1)
        for page in stack:
            writer.write(page)
    assert np.array_equal(files.read_picture(path).data, stack)


def test_three_masks_that_were_written_as_red_green_and_blue_stay_apart(tmp_path, stack, masks):
    picture, mask = tmp_path / "stack.tif", tmp_path / "masks.tif"
    tifffile.imwrite(picture, stack[:3], photometric="minisblack")
    tifffile.imwrite(mask, masks, photometric="rgb", planarconfig="separate")
    opened = files.open_mask_of(files.open_picture(picture), mask)
    assert np.array_equal(np.asarray(opened.data), masks > 0)


def test_three_masks_of_a_single_picture_are_one_in_colour(tmp_path, stack, masks):
    picture, mask = tmp_path / "single.tif", tmp_path / "masks.tif"
    tifffile.imwrite(picture, stack[0])
    tifffile.imwrite(mask, masks, photometric="rgb", planarconfig="separate")
    opened = files.open_mask_of(files.open_picture(picture), mask)
    assert np.array_equal(np.asarray(opened.data), masks.any(axis=0))
