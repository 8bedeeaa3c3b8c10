import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from described_pictures import leftovers, noise

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files import (
    PictureFile,
    check_output,
    read_picture,
    write_json,
    write_picture,
)


def test_check_output(tmp_path):
    old = tmp_path / "old.png"
    write_picture(old, noise((4, 4)), rgb=False)
    assert check_output(tmp_path / "new.TIF", overwrite=False) == tmp_path / "new.TIF"
    assert check_output(old, overwrite=True) == old
    link = tmp_path / "link.png"
    link.symlink_to(old)
    for path, like, overwrite, words in [
        (tmp_path / "a.psd", None, False, r"\.psd: choose"),
        (tmp_path / "a.bmp", None, False, r"\.bmp: BMP is read, but not written. Choose"),
        (tmp_path / "none" / "a.png", None, False, "not a folder"),
        (old / "a.png", None, False, "not a folder"),
        (old, None, False, "exists already"),
        (old, old, True, "source picture itself"),
        (link, old, True, "source picture itself"),
    ]:
        with pytest.raises(FileError, match=words):
            check_output(path, overwrite=overwrite, like=like)
    assert sorted(tmp_path.iterdir()) == [link, old]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder nobody can write to")
def test_folder_that_cannot_be_written_to():
    with pytest.raises(FileError, match="cannot be written to"):
        check_output("/proc/self/a.png", overwrite=False)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file sizes")
def test_old_file_survives_a_full_disk(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_picture(path, noise((4, 4)), rgb=False)
    before = path.read_bytes()
    code = f"""
import resource, numpy as np
from pathlib import Path
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.errors import FileError
import tifffile
like = None
if {suffix!r} == ".tif":
    tifffile.imwrite({str(tmp_path / "raw.tif")!r}, np.zeros((4, 4), "u1"))
    like = read_picture({str(tmp_path / "raw.tif")!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
data = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype="u1")
for like in {{None, like}}:
    try:
        write_picture({str(path)!r}, data, rgb=True, overwrite=True, like=like)
    except FileError as error:
        assert "disk is full" in str(error) and {path.name!r} in str(error), error
    else:
        raise SystemExit("it was written")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


def test_overwriting_keeps_permissions_and_needs_leave(tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, noise((4, 4)), rgb=False)
    path.chmod(0o640)
    with pytest.raises(FileError, match="exists already"):
        write_picture(path, noise((4, 4), seed=1), rgb=False)
    write_picture(path, noise((4, 4), seed=1), rgb=False, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640
    np.testing.assert_array_equal(read_picture(path).data, noise((4, 4), seed=1))


def test_source_is_never_replaced(tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, noise((4, 4)), rgb=False)
    source = read_picture(path)
    assert isinstance(source, PictureFile)
    with pytest.raises(FileError, match="source picture"):
        write_picture(path, source.data, rgb=False, like=source, overwrite=True)


def test_json(tmp_path):
    write_json(tmp_path / "a.json", {"name": "Müller"}, overwrite=False)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"name": "Müller"}
    with pytest.raises(FileError, match="exists already"):
        write_json(tmp_path / "a.json", {}, overwrite=False)
    assert leftovers(tmp_path) == []
