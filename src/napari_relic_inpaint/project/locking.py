"""One who saves a project at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.project.places import LOCK, is_archive


@contextmanager
def saving_alone(path: Path) -> Iterator[None]:
    """Let nobody else save a project meanwhile; the system ends this when the process ends.

    Raises
    ------
    FileError
        If somebody else is saving it, or its folder cannot be written to.
    """
    lock = FileLock(_lock_file(path))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FileError(
            f"{path} is being saved by another napari: wait until that is done."
        ) from error
    except OSError as error:
        raise FileError(
            f"{path} could not be written ({error.strerror}): choose another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()
        if is_archive(path):
            with suppress(OSError):
                _lock_file(path).unlink()


def _lock_file(path: Path) -> Path:
    return path.with_name(f".{path.name}{LOCK}") if is_archive(path) else path / LOCK
