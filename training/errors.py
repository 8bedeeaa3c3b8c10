"""What can go wrong in a training run, each as one sentence that names the remedy."""

from napari_relic_inpaint.errors import RelicInpaintError


class TrainingError(RelicInpaintError):
    """A preset, data or a run that cannot be worked with."""


class DivergedError(TrainingError):
    """A loss became NaN or infinite."""
