"""Compiled functions run wherever the package does, whether or not they can be kept."""

import os
import subprocess
import sys

import numba
import pytest
from numba.core.caching import CacheImpl

from napari_relic_inpaint.compiled import compiled


def one_more(number):
    return number + 1


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where compiled functions are kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def is_kept():
    """Run the function anew, and return whether it was there already."""
    function = compiled(one_more)
    assert function(1) == 2
    return bool(function.stats.cache_hits)


def test_what_was_compiled_is_kept(folder):
    assert not is_kept()
    assert is_kept()


def test_without_a_folder_to_keep_it_in_it_runs(monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert not is_kept()
    assert not is_kept()


@pytest.mark.skipif(os.name == "nt", reason="a limit on the size of files stands for the disk")
def test_a_full_disk_ends_nothing(folder):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        assert not is_kept()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not is_kept()
    assert is_kept()


@pytest.mark.parametrize("end", ["*.nbi", "*.nbc"])
def test_what_was_cut_short_is_compiled_again(folder, end):
    is_kept()
    (file,) = folder.rglob(end)
    file.write_bytes(file.read_bytes()[:5])
    assert not is_kept()


NOWHERE = """
from numba.core.caching import CacheImpl
CacheImpl._locator_classes = []
import napari_relic_inpaint.detail.search, napari_relic_inpaint.marking.thinning
"""


def test_without_a_home_and_with_packages_of_somebody_else_all_of_it_is_imported():
    subprocess.run([sys.executable, "-c", NOWHERE], check=True)
