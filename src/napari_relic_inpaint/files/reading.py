"""One sentence for whatever goes wrong when a picture is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.files.targets import check_regular


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
