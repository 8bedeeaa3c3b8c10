"""Make a model of runs, and show what a run's networks do."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from napari_relic_inpaint.models.card import ModelCard
from napari_relic_inpaint.models.weights import save
from napari_relic_inpaint.networks import InpaintGenerator
from napari_relic_inpaint.restoration import restore
from training.errors import TrainingError
from training.pairs import cut_pairs
from training.pictures import find_pictures
from training.runs import is_run, read_run
from training.sheets import write_sheet
from training.sources import generators_from

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
SHEET_SEED = 1


def export_model(
    sources: Sequence[str],
    folder: Path,
    *,
    licence: str = "not stated",
    summary: str = "",
    trained_on: str = "",
    last: bool = False,
) -> ModelCard:
    """Write a model's folder from the averaged weights of runs.

    Parameters
    ----------
    sources : sequence of str
        Runs, models, or both; of several with the same network the last counts.
    folder : Path
        The model's folder, named as the model; must not exist.
    licence, summary, trained_on : str
        For the card.
    last : bool
        Take each run's last checkpoint even if an earlier one was best.

    Raises
    ------
    TrainingError
        If the sources lack a network, or the name cannot be a model's.
    """
    if not NAME.fullmatch(folder.name):
        raise TrainingError(
            f"{folder.name!r} cannot name a model: use small letters, digits, '.', '_' and '-'"
        )
    networks: dict[str, nn.Module] = {}
    steps = []
    for source in sources:
        networks |= generators_from(source, last=last)
        if is_run(Path(source)):
            steps.append(f"{Path(source).name}: stage {read_run(Path(source)).recipe.name}")
    for name, stages in (("edge", "edges or joint"), ("inpaint", "inpaint or joint")):
        if name not in networks:
            raise TrainingError(
                f"no source holds the {name} network: add a run of stage {stages}, or a model"
            )
    inpaint = networks["inpaint"]
    assert isinstance(inpaint, InpaintGenerator)
    fields: dict[str, object] = {
        "name": folder.name,
        "version": "0.1",
        "licence": licence,
        "summary": summary or f"Trained with this package ({'; '.join(steps) or 'from models'}).",
        "trained_on": trained_on or "not stated",
        "hole_form": inpaint.hole_form,
        "canny_sigma": _canny_sigma(sources),
    }
    return save(fields, networks["edge"], inpaint, folder)


def preview_run(run: Path, path: Path, *, pairs: int, base: str) -> None:
    """Write a sheet of pairs from the run's validation pictures: damaged, edges, result, truth."""
    started = read_run(run)
    files = find_pictures(started.val or started.data)
    chosen = cut_pairs(files, -(-pairs // 4), seed=SHEET_SEED)
    # One of each kind after the other, so that any number of them shows all kinds.
    per_kind = len(chosen) // 4
    chosen = [chosen[kind * per_kind + i] for i in range(per_kind) for kind in range(4)][:pairs]
    columns: list[list[np.ndarray]] = [[], [], [], []]
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary) / "preview"
        export_model([base, str(run)], model)
        for pair in chosen:
            truth, hole = pair.truth(), pair.hole()
            result = restore(np.where(hole[..., None], 0, truth), hole, model=str(model))
            assert result.edges is not None
            edges = np.repeat(result.edges[..., None], 3, axis=-1).astype(np.float32)
            row = (np.where(hole[..., None], 1, truth), edges, result.picture, truth)
            for column, picture in zip(columns, row, strict=True):
                column.append(picture)
    write_sheet(path, columns)


def _canny_sigma(sources: Sequence[str]) -> float:
    """Sigma of the runs; a model from other models has that of the method."""
    sigmas = {read_run(Path(s)).recipe.data.canny_sigma for s in sources if is_run(Path(s))}
    if len(sigmas) > 1:
        raise TrainingError(f"the runs found edges with different canny_sigma: {sorted(sigmas)}")
    return sigmas.pop() if sigmas else 2.0
