"""How a run ended."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes
    ----------
    signal : int
        The signal that ended it; 0 if it is done.
    step : int
        Steps done.
    finished_before : bool
        Whether there was nothing left to do.
    """

    signal: int
    step: int
    finished_before: bool = False

    @property
    def sentence(self) -> str:
        """How far a run came that a signal ended."""
        return f"stopped after step {self.step:,}, which is saved" if self.step else "stopped"
