"""What can go wrong for a user, each as one sentence that names the value and the remedy."""

from pathlib import Path

from napari_relic_inpaint.remedies import Remedy


class RelicInpaintError(Exception):
    """Base of every error this package raises on purpose; its text is meant for the user."""


class InputError(RelicInpaintError, ValueError):
    """A picture, mask, edge map or setting that cannot be worked with."""


class ScalesError(InputError):
    """Two pictures of which nobody can tell which values mean the same.

    Parameters
    ----------
    restored, reference : str
        What their values are.
    """

    def __init__(self, restored: str, reference: str) -> None:
        super().__init__(restored, reference)
        self._restored, self._reference = restored, reference

    def __str__(self) -> str:
        return self.advising(Remedy.WHITE)

    def advising(self, way: str) -> str:
        """Return the sentence, with the way in which the user at hand can tell what is white."""
        return (
            f"the restored picture has values of {self._restored}, the reference of "
            f"{self._reference}, and no usual scale of the two makes them alike: convert one to "
            f"the type and scale of the other, or {way} which value is white in both"
        )


class ModelError(RelicInpaintError, ValueError):
    """A model that is missing, damaged, of the wrong form or not safe to load."""


class FileError(RelicInpaintError, OSError):
    """A file that cannot be read or written."""


class ExistsError(FileError):
    """A file or folder that exists, and that nobody has allowed to be replaced.

    Parameters
    ----------
    path : Path
        Which one.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    def __str__(self) -> str:
        return self.advising(Remedy.OVERWRITE)

    def advising(self, permission: str = "") -> str:
        """Return the sentence, with the way in which the user at hand can allow it, if there is."""
        alternative = f" or {permission}" if permission else ""
        return f"{self._path} exists already: choose another name{alternative}."


class Stopped(RelicInpaintError):
    """The run was stopped on request; nothing was written."""
