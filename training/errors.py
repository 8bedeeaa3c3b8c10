"""What can go wrong in a training run, each as one sentence that names the remedy."""

import errno

from napari_relic_inpaint.errors import FileError, RelicInpaintError

DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class TrainingError(RelicInpaintError):
    """A preset, data or a run that cannot be worked with."""


class DivergedError(TrainingError):
    """A loss became NaN or infinite."""


class WorkerError(TrainingError):
    """A process that makes batches was ended from outside."""


def sentence(error: OSError) -> str:
    """Return what the system said as a sentence that names the file and the remedy."""
    if isinstance(error, FileError):
        text = str(error)
        return text if text.endswith(".") else f"{text}."
    where = "a file" if error.filename is None else str(error.filename)
    if error.errno in DISK_FULL:
        return f"{where} could not be written, the disk is full: free some space."
    if error.errno == errno.EROFS:
        return f"{where} cannot be written, the disk is read-only: choose another folder."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{where} may not be used (permission denied): choose another folder."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{where} is a file or lies in one: choose the name of a folder."
    return f"{where} cannot be used ({error.strerror or error}): choose another name or folder."
