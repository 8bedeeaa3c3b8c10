"""Make a model of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from torch import nn

from napari_relic_inpaint.models import completion, weights
from napari_relic_inpaint.models.card import NAME, ModelCard, TwoStageCard, read_card
from napari_relic_inpaint.models.folders import find
from napari_relic_inpaint.networks import InpaintGenerator
from napari_relic_inpaint.smooth.hole_form import holds_coarser
from training.errors import TrainingError
from training.lineage import ancestors, below_parent, inherited, training_cards
from training.recipe import InpaintStage, JointStage
from training.runs import is_run, read_run
from training.sources import generators_from
from training.texture import between


def export_model(
    sources: Sequence[str],
    folder: Path,
    *,
    licence: str = "not stated",
    summary: str = "",
    trained_on: str = "",
    version: str = "0.1",
    last: bool = False,
    edges_from: str | None = None,
    coarser_levels: int | None = None,
    widest_hole: int | None = None,
    texture: float | None = None,
    say: Callable[[str], None] = lambda _: None,
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
    edges_from : str, optional
        Run or model to take G1 from, whatever the others hold: an adversarial run can be better
        for the colours and worse for the edges.
    coarser_levels : int, optional
        For the card of a two-stage model: how often wide holes may be restored at half the scale
        first. By default 1 if stage 2 was trained on its own coarser results, and 0 if not; of a
        model, what its card says.
    widest_hole : int, optional
        For the card: the width in pixels of the widest holes that it was found to restore better
        than a smooth fill. By default that of the model that the runs started from.
    texture : float, optional
        Share of the way from the weights that a run of stage texture started from to its own; see
        `training.texture`. The card says it.
    say : callable
        Prints a sentence about what was decided.

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
    runs = [source for source in sources if is_run(Path(source))]
    for source in sources:
        found = generators_from(source, last=last)
        if networks and _completion(found) is not _completion(networks):
            raise TrainingError(
                f"{', '.join(sources)} are of several methods: a model holds the networks of one"
            )
        networks |= found
    if edges_from is not None:
        if "completion" in networks:
            raise TrainingError(
                f"{', '.join(sources)} are of a method without edges: leave out edges_from"
            )
        networks |= _only_edges(edges_from, last=last)
    if texture is not None:
        networks["inpaint"] = between(sources, texture, last=last)
    if "completion" not in networks:
        networks = _completed(networks, sources, say)
    steps = [f"{Path(run).name}: stage {read_run(Path(run)).recipe.name}" for run in runs]
    trained = training_cards(runs, last=last)
    for run, card in zip(runs, trained, strict=True):
        if warning := below_parent(run, card):
            say(warning)
    fields: dict[str, object] = {
        "name": folder.name,
        "version": version,
        "licence": licence,
        "summary": summary or f"Trained with this package ({'; '.join(steps) or 'from models'}).",
        "trained_on": trained_on or "not stated",
        "training": trained,
    }
    network = networks.get("completion")
    if network is not None:
        assert isinstance(network, completion.CompletionNetwork)
        return completion.save(fields, network, folder)
    fields |= {
        "canny_sigma": _canny_sigma([*sources, *([edges_from] if edges_from else [])]),
        "coarser_levels": _levels(sources) if coarser_levels is None else coarser_levels,
        "widest_hole": widest_hole or _widest_hole(sources),
        "texture_share": texture,
    }
    return _save_two_stages(fields, networks, folder)


def _completed(
    networks: dict[str, nn.Module], sources: Sequence[str], say: Callable[[str], None]
) -> dict[str, nn.Module]:
    """Add a network that no source holds from what the runs started from."""
    for name in {"edge", "inpaint"} - networks.keys():
        for source in reversed(sources):
            network, origin = inherited(source, name)
            if network is not None:
                say(
                    f"{source} holds no {name} network: that of {origin} is taken, from which it "
                    "started"
                )
                networks = {**networks, name: network}
                break
    return networks


def _widest_hole(sources: Sequence[str]) -> int | None:
    """Return what the last source with such a measurement says, or what it started from."""
    for source in reversed(sources):
        for origin in [source, *ancestors(source)]:
            if not is_run(Path(origin)):
                card = read_card(find(origin))
                if isinstance(card, TwoStageCard) and card.widest_hole:
                    return card.widest_hole
    return None


def _only_edges(source: str, *, last: bool) -> dict[str, nn.Module]:
    found = generators_from(source, last=last)
    if "edge" not in found:
        raise TrainingError(f"{source} holds no edge network: name a run of stage edges or joint")
    return {"edge": found["edge"]}


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
    if fields["coarser_levels"] and not holds_coarser(inpaint.hole_form):
        raise TrainingError(
            f"a network of the hole_form {inpaint.hole_form} cannot start from its own coarser "
            f"result: export it with 0 coarser levels, not {fields['coarser_levels']}"
        )
    fields = {**fields, "hole_form": inpaint.hole_form}
    return weights.save(fields, networks["edge"], inpaint, folder)


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
