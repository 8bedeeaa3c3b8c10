"""A model adapted to one's own pictures: trained, compared with its parent, and then kept."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from napari_relic_inpaint.cli.terminal import output
from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.models.card import ModelCard, TwoStageCard, read_card, write_card
from napari_relic_inpaint.models.folders import created, find
from training.calibration import fitted
from training.checkpoints import Checkpoints
from training.collection.gathering import gathered
from training.collection.record import PictureList, read_list
from training.errors import TrainingError
from training.export import export_model
from training.fit import fit, make_dataset
from training.hardware import Precision, make_fabric, precision_on
from training.interruption import Interruption
from training.pairs import DETAIL
from training.pictures import find_pictures
from training.presets import change, load_recipe, shared_out
from training.preview import write_comparison
from training.recipe import Recipe, StageName
from training.resumption import Asked, resumed
from training.runs import Run, RunFiles, is_run, read_run, write_run
from training.verdict import Verdict, judge

ASIDE, LEAST_ASIDE, MOST_ASIDE = 0.2, 10, 1 / 3
"""Share of the pictures that decide; a bootstrap needs ten of them, if that is not too many."""

PRESET = "relic"

RATE = 2e-4
"""Learning rate: half of that from which the bundled model was trained."""

EDGES_SHARE = 1 / 3
"""Share of the time that the edges get, if they are trained as well."""

PAIRS = 16
"""Details per kind of damage that decide."""

TOLD = 4
"""Lines that tell of the comparison where there is no screen for a bar."""

COMPILED_FROM = 30
"""Minutes of a run from which on compiling the networks pays, where there is bfloat16."""


@dataclass(frozen=True)
class Wish:
    """What is to be adapted, to what, and for how long.

    Attributes
    ----------
    pictures, masks : tuple of str
        Folders and globs, absolute.
    parent : str
        The model to start from.
    minutes : float
        Duration of the training.
    edges : bool
        Whether the edge network is trained as well.
    val_share : float or None
        Share of the pictures that decide; None for about a fifth, ten at least.
    settings : tuple of str
        ``key=value`` each.
    accelerator : str
        As Lightning names it.
    """

    pictures: tuple[str, ...]
    masks: tuple[str, ...]
    parent: str
    minutes: float
    edges: bool
    val_share: float | None
    settings: tuple[str, ...]
    accelerator: str


def adapt(wish: Wish, out: Path, work: Path, interruption: Interruption) -> Verdict:
    """Adapt a model to pictures.

    Parameters
    ----------
    wish : Wish
        What to do.
    out : Path
        Folder of the new model; appears only if it is better than its parent.
    work : Path
        Folder of everything else, locked; runs that are there go on.
    interruption : Interruption
        Says whether it was asked to stop.

    Returns
    -------
    Verdict
        How the adapted model stands beside its parent.

    Raises
    ------
    TrainingError
        If something is missing or does not fit, or contradicts what was begun.
    Stopped
        If it was asked to stop; what was done is kept.
    """
    card = read_card(find(wish.parent))
    if not isinstance(card, TwoStageCard):
        raise TrainingError(
            f"{wish.parent} is a model of the method {card.method}: only models of the two-stage "
            "method can be adapted"
        )
    shares: dict[StageName, float] = {"inpaint": 1.0}
    if wish.edges:
        shares = {"edges": EDGES_SHARE, "inpaint": 1 - EDGES_SHARE}
    own = shared_out(wish.settings, {stage: load_recipe(PRESET, stage) for stage in shares})
    sources = [wish.parent]
    settings: dict[StageName, list[str]] = {}
    for stage, share in shares.items():
        settings[stage] = [*_settings(card, sources, share * wish.minutes), *own[stage]]
        load_recipe(PRESET, stage, settings[stage])  # a bad value is told before any stage trains
        sources.append(str((work / stage).absolute()))
    for stage in shares:
        pictures = _trained(wish, stage, work / stage, settings[stage], own[stage], interruption)
    return _judged(wish, out, work, sources, pictures, interruption)


def _trained(
    wish: Wish,
    stage: StageName,
    folder: Path,
    settings: Sequence[str],
    own: Sequence[str],
    interruption: Interruption,
) -> PictureList:
    """Train a stage, or go on with it, and return the pictures.

    Of its settings, ``own`` are those that the user gave.
    """
    goes_on = is_run(folder)
    precision_on(wish.accelerator, "auto")  # an error now, if there is no such accelerator
    if goes_on:
        before = read_run(folder)
        settings = [_stretched(before.recipe, settings), *settings]
        asked = Asked(stage, None, wish.pictures, (), wish.masks, None, None, settings)
        run, lines = resumed(before, folder, asked)
    else:
        run = Run(
            recipe=load_recipe(PRESET, stage, settings),
            data=wish.pictures,
            masks=wish.masks,
            preset=PRESET,
            val_share=wish.val_share or _share(len(find_pictures(wish.pictures))),
        )
        lines = []
    for line in [*lines, *gathered(run, folder, interruption, goes_on=goes_on)]:
        _say(line)
    pictures = read_list(RunFiles(folder).pictures)
    assert pictures is not None
    precision = precision_on(wish.accelerator, run.recipe.training.precision)
    fabric = make_fabric(precision, wish.accelerator, "1", 1)
    fabric.launch()
    # One that was stopped while this was measured is measured again.
    if not Checkpoints(folder).steps():
        recipe = _arranged(run.recipe, precision, fabric.device.type, own)
        _say(f"measuring how long a step of stage {stage} takes here")
        dataset = make_dataset(recipe, pictures)
        recipe = fitted(recipe, dataset, fabric, lambda: bool(interruption.signal))
        run = run.model_copy(update={"recipe": change(recipe, own)})
        write_run(folder, run)
    _say(
        f"stage {stage}: {run.recipe.training.minutes:g} min, about {run.recipe.stage.steps:,} "
        f"steps; its curves and sheets go to {folder}"
    )
    ending = fit(run, folder, pictures, fabric, interruption, say=_say)
    if ending.signal:
        raise Stopped(ending.sentence)
    if 2 * ending.step < run.recipe.stage.steps:
        _say(
            f"only {ending.step:,} steps fitted into the minutes, so that little may be won: the "
            "computer was busier than when a step was measured; the same command with more "
            "--minutes and --resume trains on"
        )
    return pictures


def _stretched(recipe: Recipe, settings: Sequence[str]) -> str:
    """Return the setting of as many steps as fit into other minutes at the pace there was."""
    minutes = change(recipe, settings).training.minutes
    stretched = minutes / recipe.training.minutes if recipe.training.minutes else 1
    return f"steps={max(1, round(recipe.stage.steps * stretched))}"


def _settings(card: TwoStageCard, sources: Sequence[str], minutes: float) -> list[str]:
    """Return what makes the preset train the networks of a model for some minutes."""
    return [
        f"init_from={json.dumps(list(sources))}",
        f"width={card.inpaint.width}",
        f"blocks={card.inpaint.blocks}",
        f"hole_form={card.hole_form}",
        f"canny_sigma={card.canny_sigma}",
        f"minutes={minutes}",
        f"learning_rate={RATE}",
    ]


def _arranged(recipe: Recipe, precision: Precision, device: str, settings: Sequence[str]) -> Recipe:
    """Set what depends on the device; what the user says counts more."""
    compiled = precision == "bf16-mixed" and recipe.training.minutes >= COMPILED_FROM
    workers = 1 if device == "cpu" else min(8, os.cpu_count() or 1)
    # So many steps as were measured, with batches from workers, fit into the minutes.
    arranged = [f"compile={str(compiled).lower()}", f"workers={workers}", "pipeline=workers"]
    return change(recipe, [*arranged, *settings])


def _share(pictures: int) -> float:
    return max(ASIDE, min(LEAST_ASIDE / pictures, MOST_ASIDE))


def _judged(
    wish: Wish,
    out: Path,
    work: Path,
    sources: Sequence[str],
    pictures: PictureList,
    interruption: Interruption,
) -> Verdict:
    """Compare the last weights with the parent's; export them if they are better."""
    candidate = work / "candidate" / out.name
    shutil.rmtree(candidate, ignore_errors=True)
    # The last weights: the best would have been chosen on the pictures that decide.
    export_model(
        sources,
        candidate,
        licence=f"as {wish.parent}, and what holds for the pictures",
        summary=f"{wish.parent}, adapted to {len(pictures.train)} pictures.",
        trained_on=f"{len(pictures.train)} pictures, after what {wish.parent} was trained on",
        last=True,
    )
    files = [facts.path for facts in pictures.val if facts.shortest >= DETAIL]
    _say(f"comparing with {wish.parent} on the {len(files)} pictures that were put aside")
    with Progress(console=output, transient=True, disable=not output.is_terminal) as bar:
        task = bar.add_task("comparing", total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            if not output.is_terminal and done % -(-total // TOLD) == 0:
                _say(f"compared on {done} of {total} details")

        verdict = judge(
            files,
            wish.parent,
            str(candidate),
            per_kind=max(PAIRS, len(files)),
            processes=min(4, os.cpu_count() or 1),
            results=work / "scores.csv",
            told=told,
            stopped=lambda: bool(interruption.signal),
        )
    if verdict is None:
        raise Stopped("stopped while it compared; the training is done and kept")
    write_comparison(work / "sheet.png", files, wish.parent, str(candidate))
    if verdict.better:
        _export(candidate, out, verdict)
    return verdict


def _export(candidate: Path, out: Path, verdict: Verdict) -> None:
    """Put the model in its place, with the scores that decided on its card."""
    card: ModelCard = read_card(candidate)
    *before, last = card.training
    judged = last.model_copy(
        update={"scores": verdict.scores, "above_parent": verdict.above_parent}
    )
    with created(out) as target:
        for network in card.networks.values():
            shutil.copyfile(candidate / network.file, target / network.file)
        write_card(card.model_copy(update={"training": (*before, judged)}), target)


def _say(line: str) -> None:
    output.print(line, markup=False)
