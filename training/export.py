"""Make a model of runs, and show what a run's networks do."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from napari_relic_inpaint.models import completion, weights
from napari_relic_inpaint.models.card import NAME, ModelCard, TwoStageCard, read_card
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.networks import InpaintGenerator
from napari_relic_inpaint.restoration import restore
from training.errors import TrainingError
from training.pairs import cut_pairs
from training.pictures import find_pictures
from training.recipe import InpaintStage, JointStage
from training.runs import is_run, read_run
from training.sheets import write_sheet
from training.sources import generators_from

SHEET_SEED = 1


def export_model(
    sources: Sequence[str],
    folder: Path,
    *,
    licence: str = "not stated",
    summary: str = "",
    trained_on: str = "",
    version: str = "0.1",
    last: bool = False,
    coarser_levels: int | None = None,
    widest_hole: int | None = None,
) -> ModelCard:
    """Write a model's folder from the averaged weights of runs.

    Parameters
    ----------
    sources : sequence of str
        Runs, models, or both; of several with the same network the last counts.
    folder : Path
        The model's folder, named as the model; must not exist.
    licence, summary, trained_on, version : str
        For the card.
    last : bool
        Take each run's last checkpoint even if an earlier one was best.
    coarser_levels : int, optional
        For the card of a two-stage model: how often wide holes may be restored at half the scale
        first. By default 1 if stage 2 was trained on its own coarser results, and 0 if not; of a
        model, what its card says.
    widest_hole : int, optional
        For the card: the width in pixels of the widest holes that it was found to restore better
        than a smooth fill.

    Raises
    ------
    TrainingError
        If the sources lack a network or are of several methods, or the name cannot be a model's.
    """
    if not NAME.fullmatch(folder.name):
        raise TrainingError(
            f"{folder.name!r} cannot name a model: use small letters, digits, '.', '_' and '-'"
        )
    networks: dict[str, nn.Module] = {}
    steps = []
    for source in sources:
        found = generators_from(source, last=last)
        if networks and _completion(found) is not _completion(networks):
            raise TrainingError(
                f"{', '.join(sources)} are of several methods: a model holds the networks of one"
            )
        networks |= found
        if is_run(Path(source)):
            steps.append(f"{Path(source).name}: stage {read_run(Path(source)).recipe.name}")
    fields: dict[str, object] = {
        "name": folder.name,
        "version": version,
        "licence": licence,
        "summary": summary or f"Trained with this package ({'; '.join(steps) or 'from models'}).",
        "trained_on": trained_on or "not stated",
    }
    network = networks.get("completion")
    if network is not None:
        assert isinstance(network, completion.CompletionNetwork)
        return completion.save(fields, network, folder)
    fields |= {
        "canny_sigma": _canny_sigma(sources),
        "coarser_levels": _levels(sources) if coarser_levels is None else coarser_levels,
        "widest_hole": widest_hole,
    }
    return _save_two_stages(fields, networks, folder)


def _completion(networks: dict[str, nn.Module]) -> type[nn.Module] | None:
    """Kind of the network of a method with a single one; None of the two-stage method's."""
    return type(networks["completion"]) if "completion" in networks else None


def _save_two_stages(
    fields: dict[str, object], networks: dict[str, nn.Module], folder: Path
) -> ModelCard:
    for name, stages in (("edge", "edges or joint"), ("inpaint", "inpaint or joint")):
        if name not in networks:
            raise TrainingError(
                f"no source holds the {name} network: add a run of stage {stages}, or a model"
            )
    inpaint = networks["inpaint"]
    assert isinstance(inpaint, InpaintGenerator)
    fields = {**fields, "hole_form": inpaint.hole_form}
    return weights.save(fields, networks["edge"], inpaint, folder)


def preview_run(run: Path, path: Path, *, pairs: int, base: str) -> None:
    """Write a sheet of pairs from the run's validation pictures.

    Parameters
    ----------
    run : Path
        The run.
    path : Path
        The sheet: a row each of damaged, edges where the method has any, result and truth.
    pairs : int
        How many pairs, over all kinds of damage.
    base : str
        Model or run to take a network from that a run of the two-stage method lacks.
    """
    started = read_run(run)
    sources = [str(run)] if started.recipe.name in completion.NETWORKS else [base, str(run)]
    files = find_pictures(started.val or started.data)
    chosen = cut_pairs(files, -(-pairs // 4), seed=SHEET_SEED)
    # One of each kind after the other, so that any number of them shows all kinds.
    per_kind = len(chosen) // 4
    chosen = [chosen[kind * per_kind + i] for i in range(per_kind) for kind in range(4)][:pairs]
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        model = Path(temporary) / "preview"
        method = export_model(sources, model).method
        for pair in chosen:
            truth, hole = pair.truth(), pair.hole()
            damaged = np.where(hole[..., None], 0, truth)
            result = restore(damaged, hole, method=method, model=str(model))
            row = [np.where(hole[..., None], 1, truth), result.picture, truth]
            if result.edges is not None:
                row.insert(1, np.repeat(result.edges[..., None], 3, axis=-1).astype(np.float32))
            rows.append(row)
    write_sheet(path, [list(column) for column in zip(*rows, strict=True)])


def _canny_sigma(sources: Sequence[str]) -> float:
    """Sigma of the runs; a model from other models has that of the method."""
    sigmas = {read_run(Path(s)).recipe.data.canny_sigma for s in sources if is_run(Path(s))}
    if len(sigmas) > 1:
        raise TrainingError(f"the runs found edges with different canny_sigma: {sorted(sigmas)}")
    return sigmas.pop() if sigmas else 2.0


def _levels(sources: Sequence[str]) -> int:
    """How often the source of stage 2's network may start from its own coarser result."""
    levels = 0
    for source in sources:
        if is_run(Path(source)):
            stage = read_run(Path(source)).recipe.stage
            if isinstance(stage, InpaintStage | JointStage):
                levels = int(stage.refined > 0)
        elif isinstance(card := read_card(find(source)), TwoStageCard):
            levels = card.coarser_levels
    return levels
