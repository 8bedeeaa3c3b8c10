import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_relic_inpaint import files
from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import records

CONTENT = st.binary(max_size=60)


@pytest.fixture(scope="module", autouse=True)
def small_pieces():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "PIECE", 7)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("records")


def followed(path):
    """Hash a file, and return the hash with the shares that were told on the way."""
    steps, shares = records.hash_steps(path), []
    while True:
        try:
            shares.append(next(steps).fraction)
        except StopIteration as end:
            return end.value, shares


@given(CONTENT)
def test_a_file_is_told_by_its_bytes_and_read_in_pieces(folder, content):
    file = folder / "wall.tif"
    file.write_bytes(content)
    digest, shares = followed(file)
    assert digest == hashlib.sha256(content).hexdigest() == files.file_sha256(file)
    assert len(shares) == -(-len(content) // 7)
    assert shares == sorted(shares)
    assert shares[-1:] in ([], [1.0])


@given(st.dictionaries(st.sampled_from(["0", "c/0", "c/1", "zarr.json"]), CONTENT, min_size=1))
def test_a_folder_is_told_by_the_list_of_its_files(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("wall.zarr")
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    lines = [f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents)]
    digest, shares = followed(folder)
    assert digest == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert shares == sorted(shares)


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(FileError, match=r"gone\.tif does not exist: check the name"):
        files.file_sha256(tmp_path / "gone.tif")
