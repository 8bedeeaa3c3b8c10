"""One sentence for whatever goes wrong when a picture is read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from PIL import ImageFile

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.targets import check_regular

_pillow = threading.Lock()


@contextmanager
def cut_off_refused() -> Iterator[None]:
    """Let Pillow refuse pictures that are cut off, whatever it was told by others.

    Some libraries (WeasyPrint is one) tell it, for the whole process, to fill what is missing with
    grey. Such grey would be taken for the picture.
    """
    with _pillow:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every error of the block into a `FileError` that names the picture and the remedy.

    Parameters
    ----------
    path : Path
        The picture that the block reads.

    Raises
    ------
    FileError
        If the block fails.
    """
    try:
        check_regular(path)
        yield
    except FileError:
        raise
    except FileNotFoundError as error:
        raise FileError(f"{path} does not exist: check the name and the folder.") from error
    except PermissionError as error:
        raise FileError(f"{path} may not be read: ask its owner for permission.") from error
    except MemoryError as error:
        raise FileError(f"{path} does not fit in memory: close other programs.") from error
    except Exception as error:
        if isinstance(error, OSError) and error.strerror:
            raise FileError(
                f"{path} cannot be read ({error.strerror}): check the name and the folder."
            ) from error
        # Decoders answer damaged files with errors of every kind, down to IndexError.
        reason = " ".join(str(error).split())
        raise FileError(
            f"{path} is damaged or cut off ({reason}): copy it again from its source."
        ) from error


def check_room(path: Path, width: int, height: int, channels: int, bits: int) -> None:
    """Raise a `FileError` if a picture that is read whole is larger than the memory that is left.

    Compressed files can be small and say that they are huge.
    """
    needed = width * height * channels * -(-bits // 8)
    free = psutil.virtual_memory().available
    if needed > free:
        raise FileError(
            f"{path} says that it has {width} x {height} pixels, {needed / 1e9:.1f} GB, which do "
            f"not fit in the {free / 1e9:.1f} GB of memory that are free: close other programs, or "
            "save it as a TIFF or .zarr, which are read in parts."
        )


def check_one(path: Path, pictures: int) -> None:
    """Raise a `FileError` if a file is an animation."""
    if pictures > 1:
        raise FileError(
            f"{path} is an animation of {pictures} pictures: save the one to be restored in a file "
            "of its own."
        )


def check_colours(path: Path, space: str | None) -> None:
    """Raise a `FileError` if a picture has the colours of a space that is named here."""
    if space is not None:
        raise FileError(f"{path} has {space} colours: save it as RGB in a picture editor.")
