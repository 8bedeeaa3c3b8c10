"""Between the weights that are nearest to what was there and those that look most like it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from training.errors import TrainingError
from training.lineage import inherited
from training.runs import is_run, read_run
from training.sources import generators_from


def between(sources: Sequence[str], share: float, *, last: bool) -> nn.Module:
    """Return stage 2's network with a share of the texture that a run of stage texture won.

    Its weights started from those that were trained for the error, and have stayed aligned with
    them: networks in between paint what is in between.

    Parameters
    ----------
    sources : sequence of str
        Runs and models; the last run of stage texture counts, and what it started from.
    share : float
        0: as trained for the error; 1: as trained for texture.
    last : bool
        Take the run's last checkpoint even if an earlier one was best.

    Raises
    ------
    TrainingError
        If there is no such run, or what it started from is gone.
    """
    runs = [s for s in sources if is_run(Path(s)) and read_run(Path(s)).recipe.name == "texture"]
    if not runs:
        raise TrainingError(
            f"none of {', '.join(sources)} is a run of stage texture: leave out --texture, or add "
            "such a run"
        )
    textured = generators_from(runs[-1], last=last)["inpaint"]
    plain, _ = inherited(runs[-1], "inpaint")
    if plain is None:
        raise TrainingError(
            f"what {runs[-1]} started from is not there any more: --texture 1 without it is what "
            "export takes by itself"
        )
    with torch.no_grad():
        for weight, start in zip(textured.parameters(), plain.parameters(), strict=True):
            if weight.shape != start.shape:
                raise TrainingError(
                    f"{runs[-1]} and what it started from are networks of different sizes"
                )
            weight.copy_(torch.lerp(start, weight, share))
    return textured
