"""What is saved comes back, bit for bit."""

import json
import zipfile

import numpy as np
import pytest
import tifffile
from benches import all_same, bench_of, layer, reopen, same, save
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_relic_inpaint.errors import ExistsError, FileError
from napari_relic_inpaint.files.pictures import read_picture
from napari_relic_inpaint.picture.hole import HolePixels
from napari_relic_inpaint.picture.lazy_array import LazyArray
from napari_relic_inpaint.picture.lazy_planes import PlaneFill, RestoredPicture
from napari_relic_inpaint.picture.picture import Picture
from napari_relic_inpaint.project import reading
from napari_relic_inpaint.project.bench import Bench
from napari_relic_inpaint.project.fills import Filled
from napari_relic_inpaint.project.layer_writing import WriterMemory
from napari_relic_inpaint.project.metadata import as_metadata
from napari_relic_inpaint.project.references import Copies

NAMES = ["wall.relic", "wall.relic.zip"]
DTYPES = ["bool", "uint8", "int16", "uint16", "int32", "int64", "float16", "float32", "float64"]


@st.composite
def pictures(draw):
    """Return a picture and whether its last axis is colour."""
    colour = draw(st.sampled_from([0, 3, 4]))
    stack = draw(st.lists(st.integers(1, 3), max_size=2))
    sides = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    shape = (*stack, *sides, *[colour][: bool(colour)])
    dtype = draw(st.sampled_from([each for each in DTYPES if each != "bool" or not colour]))
    return draw(hnp.arrays(dtype, shape)), bool(colour)


@given(picture=pictures(), data=st.data())
@settings(max_examples=40)
def test_any_picture_and_any_result_of_it_come_back(tmp_path_factory, picture, data):
    pixels, colour = picture
    folder = tmp_path_factory.mktemp("any")
    planes = pixels.shape[:-1] if colour else pixels.shape
    mask = data.draw(hnp.arrays(bool, planes))
    result = pixels.copy()
    result[mask] = data.draw(hnp.arrays(pixels.dtype, result[mask].shape))
    bench = Bench(
        [
            layer("image", "picture", pixels, colour=colour),
            layer("image", "result", result, colour=colour, source=0),
            layer("image", "stack", np.stack([result, pixels]), colour=colour, source=0),
            layer("labels", "mask", mask.astype(np.int32) * 300),
        ]
    )
    name = data.draw(st.sampled_from(NAMES))
    save(folder / name, bench)
    opened = reopen(folder / name)
    assert opened.notes == []
    assert all_same(bench, opened.bench)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copies", Copies)
def test_a_bench_comes_back_and_once_more(tmp_path, name, copies):
    bench = bench_of(tmp_path)
    saved = save(tmp_path / name, bench, pictures=copies)
    opened = reopen(tmp_path / name)
    assert opened.notes == saved.notes == []
    assert all_same(bench, opened.bench)
    save(tmp_path / name, opened.bench, based_on=opened.description.version)
    again = reopen(tmp_path / name)
    assert again.notes == []
    assert all_same(bench, again.bench)


def test_results_are_kept_as_fills_that_other_programs_can_read(tmp_path):
    save(tmp_path / "wall.relic", bench_of(tmp_path))
    described = json.loads((tmp_path / "wall.relic" / "project.json").read_text("utf-8"))
    result, stack = described["layers"][2]["content"], described["layers"][3]["content"]
    assert (result["form"], len(stack["fills"])) == ("fill", 3)
    assert result["picture"] == stack["picture"] == described["layers"][0]["content"]
    fill = result["fills"][0]
    mask = tifffile.imread(tmp_path / "wall.relic" / fill["mask"]["file"])
    values = tifffile.imread(tmp_path / "wall.relic" / fill["values"]["file"])
    laid = tifffile.imread(tmp_path / "wall.tif")
    laid[mask > 0] = values[mask > 0]
    np.testing.assert_array_equal(laid, bench_of(tmp_path).layers[2].data[0])
    assert not values[mask == 0].any()


def test_a_result_that_is_read_when_looked_at_is_not_read_to_be_saved(tmp_path):
    """Only where there is damage: of a gigapixel picture the rest stays on disk."""
    source = bench_of(tmp_path).layers[0].data[0]
    picture = _Counting(source)
    hole = np.zeros((40, 50), bool)
    hole[3:5, 7:9] = True
    restored = RestoredPicture(Picture(picture, rgb=True))
    fill = PlaneFill(restored.source, HolePixels.of(hole))
    fill.values[:], fill.painted[:] = 5, True
    restored.add((), fill)
    bench = Bench(
        [
            layer("image", "wall", picture, colour=True, file=tmp_path / "wall.tif"),
            layer("image", "restored", restored, colour=True, source=0),
        ]
    )
    save(tmp_path / "wall.relic", bench)
    opened = reopen(tmp_path / "wall.relic")
    expected = source.copy()
    expected[hole] = 5
    np.testing.assert_array_equal(opened.bench.layers[1].data[0], expected)


class _Counting(LazyArray):
    def __init__(self, data):
        self._data, self.shape, self.dtype = data, data.shape, data.dtype

    def read(self, block):
        return self._data[block].copy()


def test_what_is_large_is_read_when_looked_at(tmp_path, monkeypatch):
    bench = bench_of(tmp_path)
    save(tmp_path / "wall.relic", bench)
    monkeypatch.setattr(reading, "SMALL", 100)
    opened = reopen(tmp_path / "wall.relic")
    picture, damage, result, stack, _ = opened.bench.layers
    assert isinstance(picture.data[0], LazyArray)
    assert isinstance(result.data[0], Filled)
    assert isinstance(damage.data[0], np.ndarray)
    assert len(picture.data) > 1
    for before, after in zip(bench.layers[:4], (picture, damage, result, stack), strict=True):
        np.testing.assert_array_equal(before.data[0], np.asarray(after.data[0]))
    # Saved again, nothing is written anew.
    files = {file: file.stat().st_mtime_ns for file in (tmp_path / "wall.relic/data").iterdir()}
    save(tmp_path / "wall.relic", opened.bench, based_on=opened.description.version)
    again = {file: file.stat().st_mtime_ns for file in (tmp_path / "wall.relic/data").iterdir()}
    assert {file: again.get(file) for file in files} == files


def test_a_picture_that_is_not_what_its_file_holds_is_kept_itself(tmp_path):
    bench = bench_of(tmp_path)
    bench.layers[0].data[0][0, 0] += 1
    save(tmp_path / "wall.relic", bench)
    (tmp_path / "wall.tif").unlink()
    opened = reopen(tmp_path / "wall.relic")
    assert opened.notes == []
    assert all_same(bench, opened.bench)


def test_a_project_in_a_zip_is_a_folder_of_a_project_packed_by_anybody(tmp_path):
    bench = bench_of(tmp_path)
    save(tmp_path / "wall.relic", bench)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((tmp_path / "wall.relic").rglob("*")):
            archive.write(file, file.relative_to(tmp_path))
        archive.writestr("__MACOSX/wall.relic/._project.json", b"x")
    opened = reopen(tmp_path / "packed.zip")
    assert opened.notes == []
    assert all_same(bench, opened.bench)


def test_a_memory_saves_writing_and_not_changes(tmp_path):
    memory, path = WriterMemory(), tmp_path / "wall.relic"
    first = bench_of(tmp_path)
    for number, each in enumerate(first.layers):
        object.__setattr__(each, "revision", (number, 0))
    saved = save(path, first, memory=memory)
    other = bench_of(tmp_path, 9).layers[1]
    object.__setattr__(other, "revision", (1, 1))
    layers = [first.layers[0], other, *first.layers[2:]]
    save(path, Bench(layers), memory=memory, based_on=saved.description.version)
    assert same(reopen(path).bench.layers[1], other)
    assert all_same(reopen(path).bench, Bench(layers))


def test_metadata_that_json_cannot_hold_is_named():
    kept, lost = as_metadata(
        {"a": (1, np.float32(2)), "b": object(), "c": float("nan"), "d": np.arange(2), 3: 4}
    )
    assert kept == {"a": [1, 2.0], "d": [0, 1]}
    assert lost == ["b", "c", "3"]


def test_nobody_elses_project_is_replaced(tmp_path):
    path = tmp_path / "wall.relic"
    mine = save(path, bench_of(tmp_path))
    with pytest.raises(ExistsError):
        save(path, bench_of(tmp_path, 8))
    theirs = save(path, bench_of(tmp_path, 9), based_on=mine.description.version)
    with pytest.raises(FileError, match="saved by somebody else"):
        save(path, bench_of(tmp_path, 8), based_on=mine.description.version)
    assert reopen(path).description.version == theirs.description.version


@pytest.mark.parametrize("name", ["wall", "wall.tif", "docs"])
def test_what_is_no_project_is_left_alone(tmp_path, name):
    (tmp_path / "docs.relic").mkdir()
    (tmp_path / "docs.relic" / "letter.txt").write_text("dear")
    path = tmp_path / ("docs.relic" if name == "docs" else name)
    with pytest.raises(FileError):
        save(path, bench_of(tmp_path), overwrite=True)
    assert (tmp_path / "docs.relic" / "letter.txt").read_text() == "dear"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["docs.relic", "wall.tif"]


def test_a_copied_picture_is_the_file_itself(tmp_path):
    save(tmp_path / "wall.relic", bench_of(tmp_path), pictures=Copies.ALL)
    copy = next((tmp_path / "wall.relic/data").glob("picture-*"))
    assert copy.read_bytes() == (tmp_path / "wall.tif").read_bytes()
    assert read_picture(copy).rgb
