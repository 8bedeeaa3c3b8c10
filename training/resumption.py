"""Going on with a run: what is taken from it, what changes, and what contradicts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import TrainingError
from training.presets import change
from training.recipe import Recipe
from training.runs import Run

FIXED = ("model", "data.canny_sigma", "training.seed", "training.optimiser")
"""What the networks, their checkpoints or the pictures seen so far depend on."""


@dataclass(frozen=True)
class Asked:
    """What the command said beside ``--resume``; None or empty where it said nothing.

    Attributes
    ----------
    stage : str
        The stage.
    preset : str or None
        The preset.
    data, val, masks : tuple of str
        Pictures and masks, as absolute paths.
    val_share : float or None
        Share of the pictures to validate on.
    perceptual_weights : Path or None
        VGG's file.
    settings : sequence of str
        ``key=value`` each.
    """

    stage: str
    preset: str | None
    data: tuple[str, ...]
    val: tuple[str, ...]
    masks: tuple[str, ...]
    val_share: float | None
    perceptual_weights: Path | None
    settings: Sequence[str]


def resumed(run: Run, folder: Path, asked: Asked) -> tuple[Run, list[str]]:
    """Return a run as it goes on, and sentences about what that means.

    Parameters
    ----------
    run : Run
        As it was started.
    folder : Path
        Its folder.
    asked : Asked
        What the command says.

    Raises
    ------
    TrainingError
        If the command contradicts the run.
    """
    if run.recipe.name != asked.stage:
        raise TrainingError(f"{folder} is a run of stage {run.recipe.name}, not of {asked.stage}")
    for option, wanted, there in (
        ("--preset", asked.preset, run.preset),
        ("--data", asked.data, run.data),
        ("--val", asked.val, run.val),
        ("--masks", asked.masks, run.masks),
        ("--val-share", asked.val_share, run.val_share),
        ("--perceptual-weights", asked.perceptual_weights, run.perceptual_weights),
    ):
        # Of runs that are older than this check, the preset is not known.
        if wanted and wanted != there and not (option == "--preset" and not there):
            raise TrainingError(
                f"{folder} was started with {_said(option, there)}, not with "
                f"{_said(option, wanted)}: leave {option} out to go on with the run, or choose "
                "another --out for a new one"
            )
    recipe = change(run.recipe, asked.settings)
    lines = [f"taken from the run: {_described(run)}, and all its values but those named here"]
    for key, before, now in _changes(run.recipe, recipe):
        if key.startswith(FIXED):
            raise TrainingError(
                f"{folder} was started with {key}={_plain(before)}, which cannot become "
                f"{_plain(now)} on the way: choose another --out for a new run, which can start "
                f"from this one with --set init_from={folder}"
            )
        lines.append(f"from now on {key} is {_plain(now)}, it was {_plain(before)}")
        if key.endswith((".steps", ".minutes")) and recipe.training.decay == "cosine":
            lines.append(
                "  the learning rate falls towards the new end, so that the result is not that of "
                "a run which had this end from the start"
            )
    return run.model_copy(update={"recipe": recipe}), lines


def how_to_train_on(folder: Path, recipe: Recipe) -> str:
    """Say what can be done with a run that is at its end."""
    limit = recipe.training.minutes
    longer = f"--set minutes={2 * limit:g}" if limit else f"--set steps={2 * recipe.stage.steps}"
    return (
        f"{folder} is finished. Export it with: python -m training export {folder} --to MODEL; "
        f"train on with --resume {longer}, or in a new run with --set init_from={folder}"
    )


def _changes(before: Recipe, now: Recipe) -> Iterator[tuple[str, Any, Any]]:
    first, second = (dict(_leaves(recipe.model_dump(mode="json"))) for recipe in (before, now))
    for key, value in second.items():
        if first[key] != value:
            name = key.replace("stage.", f"{now.name}.", 1) if key.startswith("stage.") else key
            yield name, first[key], value


def _leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _described(run: Run) -> str:
    parts = [f"preset {run.preset}"] if run.preset else []
    parts.append(f"pictures from {', '.join(run.data)}")
    if run.val:
        parts.append(f"validation on {', '.join(run.val)}")
    if run.val_share:
        parts.append(f"validation on {run.val_share:.0%} of them")
    if run.masks:
        parts.append(f"masks from {', '.join(run.masks)}")
    return ", ".join(parts)


def _said(option: str, value: object) -> str:
    if not value:
        return f"no {option}"
    shown = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"{option} {shown}"


def _plain(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
