"""``python -m training fit``: train one stage."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.terminal import output
from napari_relic_inpaint.errors import Stopped
from training.cli.options import (
    Accelerator,
    Masks,
    MaybeData,
    Preset,
    Settings,
    Val,
    ValShare,
    absolute,
    name,
    path,
)
from training.errors import TrainingError
from training.interruption import Interruption
from training.lock import locked
from training.presets import by_clock, change, load_recipe
from training.recipe import STAGES, Recipe, StageName
from training.resumption import Asked, how_to_train_on, resumed
from training.runs import Run, RunFiles, is_run, read_run

RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
"""Where the starters of several processes say which one this is."""


def fit(
    stage: Annotated[str, typer.Argument(parser=name, help=f"{', '.join(STAGES)}.")],
    out: Annotated[Path, typer.Option(parser=path, help="Folder of the run.")],
    preset: Preset = None,
    data: MaybeData = None,
    val: Val = None,
    val_share: ValShare = None,
    masks: Masks = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on from the run's last checkpoint, if there is a run already."
        ),
    ] = False,
    settings: Settings = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            max=100_000,
            help="End after so long, however many steps that is, with the learning rate falling in "
            "time; for leases and queues.",
        ),
    ] = None,
    perceptual_weights: Annotated[
        Path | None,
        typer.Option(
            parser=path, help="VGG-16 or VGG-19 as safetensors; by default torchvision's VGG-19."
        ),
    ] = None,
    accelerator: Accelerator = "auto",
    devices: Annotated[
        str, typer.Option(parser=name, help="How many of them; auto takes all.")
    ] = "auto",
    nodes: Annotated[int, typer.Option(min=1, max=100_000, help="How many machines.")] = 1,
) -> None:
    """Train one stage; with --resume, as it was started."""
    asked = Asked(
        stage=_stage(stage),
        preset=_preset(preset),
        data=absolute(data),
        val=absolute(val),
        masks=absolute(masks),
        val_share=val_share,
        perceptual_weights=perceptual_weights and perceptual_weights.absolute(),
        settings=settings or (),
    )
    if perceptual_weights is not None and not perceptual_weights.is_file():
        raise TrainingError(
            f"--perceptual-weights {perceptual_weights} is no file: give the safetensors file of a "
            "VGG, or leave it out"
        )
    if val and val_share:
        raise TrainingError("--val and --val-share both say what to validate on: give one of them")
    with ExitStack() as held:
        interruption = held.enter_context(Interruption())
        # Of several processes, the first one locks, looks and writes.
        first = not any(int(os.environ.get(rank) or 0) for rank in RANKS)
        if first:
            held.enter_context(locked(out))
        say = _say if first else _keep_quiet
        plan = _planned(asked, out, minutes, resume=resume)
        for line in plan.lines:
            say(line)
        say(f"stage {stage}, everything goes to {out}")
        code = _train(plan, out, interruption, (accelerator, devices, nodes), say, first=first)
    raise typer.Exit(code)


@dataclass(frozen=True)
class Plan:
    """The run to start or to go on with, and sentences about it."""

    run: Run
    goes_on: bool
    lines: list[str]


def _planned(asked: Asked, out: Path, minutes: float | None, *, resume: bool) -> Plan:
    if resume and is_run(out):
        before = read_run(out)
        if minutes:
            timed = by_clock(before.recipe, minutes)
            asked = replace(asked, settings=(*asked.settings, *timed))
        run, lines = resumed(before, out, asked)
        return Plan(run, True, lines)
    if is_run(out) and any((out / "checkpoints").glob("step-*.pt")):
        raise TrainingError(f"{out} holds a run already: add --resume or choose another --out")
    if not asked.data:
        why = f"{out} holds no run to go on with: " if resume else ""
        raise TrainingError(f"{why}name the pictures to train on with --data")
    preset = asked.preset or "relic"
    recipe = load_recipe(preset, _stage(asked.stage), asked.settings)
    if minutes:
        recipe = change(recipe, by_clock(recipe, minutes))
    run = Run(
        recipe=_anywhere(recipe),
        data=asked.data,
        val=asked.val,
        masks=asked.masks,
        perceptual_weights=asked.perceptual_weights,
        preset=preset,
        val_share=asked.val_share or 0,
    )
    return Plan(run, False, [f"{out} holds no run yet: this one starts"] if resume else [])


def _train(
    plan: Plan,
    out: Path,
    interruption: Interruption,
    where: tuple[str, str, int],
    say: Callable[[str], None],
    *,
    first: bool,
) -> int:
    """Read the pictures, train, and return the exit code."""
    # They load PyTorch, which takes seconds.
    from training.collection.gathering import gathered  # noqa: PLC0415
    from training.collection.record import read_list  # noqa: PLC0415
    from training.fit import fit as train  # noqa: PLC0415
    from training.hardware import device_name, make_fabric, precision_on  # noqa: PLC0415

    run = plan.run
    accelerator, devices, nodes = where
    precision = precision_on(accelerator, run.recipe.training.precision)
    fabric = make_fabric(precision, accelerator, devices, nodes)
    if first:
        try:
            for line in gathered(run, out, interruption, goes_on=plan.goes_on):
                say(line)
        except Stopped as early:
            say(str(early))
            return 128 + interruption.signal
    fabric.launch()
    fabric.barrier()
    pictures = read_list(RunFiles(out).pictures)
    assert pictures is not None
    stage, width = run.recipe.stage, run.recipe.model.width
    length = f"{stage.steps:,} steps"
    if run.recipe.endless:
        length = f"{run.recipe.training.minutes:g} minutes"
    say(f"{length}, width {width}, {precision} on {device_name(fabric)}")
    ending = train(run, out, pictures, fabric, interruption, say=say)
    if ending.finished_before:
        say(how_to_train_on(out, run.recipe))
        return 0
    if ending.signal:
        again = shlex.join(
            ["python", "-m", "training", "fit", run.recipe.name, "--out", str(out), "--resume"]
        )
        say(f"{ending.sentence}; go on with: {again}")
        return 128 + ending.signal
    say(f"done: {ending.step:,} steps; the curves are in {RunFiles(out).curve}")
    return 0


def _say(line: str) -> None:
    output.print(line, markup=False)


def _keep_quiet(_: str) -> None: ...


def _stage(name: str) -> StageName:
    if name not in STAGES:
        raise TrainingError(f"there is no stage {name!r}; there are {', '.join(STAGES)}")
    return name


def _preset(given: str | None) -> str | None:
    """Return a preset's name, or its file as it is called from any folder."""
    return str(Path(given).absolute()) if given and Path(given).is_file() else given


def _anywhere(recipe: Recipe) -> Recipe:
    """Name the runs that a recipe starts from as they are called from any folder."""
    sources = tuple(
        str(Path(source).absolute()) if is_run(Path(source)) else source
        for source in recipe.model.init_from
    )
    model = recipe.model.model_copy(update={"init_from": sources})
    return recipe.model_copy(update={"model": model})
