"""TensorBoard's files, if it is installed: the numbers of the log, and the sheets of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


class Board:
    """Event files for TensorBoard; without it, nothing.

    Parameters
    ----------
    folder : Path
        Where they go.
    first : int
        Step that the run goes on from: what is there of later ones is hidden.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  (optional)
        except ImportError:
            return
        self._writer = SummaryWriter(str(folder), purge_step=first + 1 if first else None)

    def add(self, group: str, step: int, values: dict[str, float]) -> None:
        """Add the values of a step."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(f"{group}/{name}", value, step)

    def add_sheet(self, name: str, step: int, path: Path) -> None:
        """Add a picture file."""
        if self._writer is not None:
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("RGB"))
            self._writer.add_image(name, pixels, step, dataformats="HWC")

    def close(self) -> None:
        """Finish the files."""
        if self._writer is not None:
            self._writer.close()
