"""What can go wrong for a user, each as one sentence that names the value and the remedy."""


class RelicInpaintError(Exception):
    """Base of every error this package raises on purpose; its text is meant for the user."""


class InputError(RelicInpaintError, ValueError):
    """A picture, mask, edge map or setting that cannot be worked with."""


class ModelError(RelicInpaintError, ValueError):
    """A model that is missing, damaged, of the wrong form or not safe to load."""


class FileError(RelicInpaintError, OSError):
    """A file that cannot be read or written."""


class Stopped(RelicInpaintError):
    """The run was stopped on request; nothing was written."""
