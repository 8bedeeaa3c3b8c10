"""Presets: every number of a training run, read from TOML and checked.

A preset has the tables ``[model]``, ``[data]`` and ``[training]``, which hold for all stages, and
one table per stage. A run uses one stage's table and the three common ones: a `Recipe`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.errors import TrainingError

FOLDER = Path(__file__).parent / "presets"

StageName = Literal["edges", "inpaint", "joint"]
STAGES: tuple[StageName, ...] = get_args(StageName)

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]


class Table(BaseModel):
    """Base of all tables: unknown keys are errors, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelOptions(Table):
    """``[model]``: sizes of the networks, and where their weights start from."""

    width: int = Field(ge=1, le=512)
    blocks: int = Field(ge=0, le=64)
    hole_form: Literal["membrane", "white"]
    discriminator_width: int = Field(ge=1, le=512)
    init_from: tuple[str, ...] = ()
    """Models or runs to take generators from; of several with the same network the last counts."""


class DamageMix(Table):
    """How often each kind of synthetic damage is drawn, relative to the others."""

    crack: Weight
    brush: Weight
    loss: Weight
    block: Weight


class DataOptions(Table):
    """``[data]``: how pictures become crops, and crops become damaged."""

    crops: tuple[Annotated[int, Field(ge=32, multiple_of=8)], ...] = Field(min_length=1)
    """Sides of the square crops in pixels; each step draws one."""
    batch: int = Field(ge=1)
    """Pictures per step at the largest crop; smaller crops come in larger numbers, so that the
    pixels of a step stay the same."""
    scale: tuple[float, float]
    """Range of the random enlargement (below 1: reduction) before the crop is cut."""
    flip: bool
    canny_sigma: float = Field(gt=0)
    edges_seen: Literal["known", "intact"]
    """Edges outside the hole: those of the known pixels alone, as at restoration time, or the
    intact picture's with the hole cut out, as in the paper."""
    damage: DamageMix
    block: tuple[Share, Share]
    """Range of the side of a square hole, as a share of the crop's."""
    workers: int = Field(ge=0)


class TrainingOptions(Table):
    """``[training]``: the optimiser and the bookkeeping."""

    seed: int
    optimiser: Literal["adam", "muon"]
    """Of the generators; ``muon`` for the weights of their convolutions, Adam for the rest."""
    betas: tuple[Share, Share]
    discriminator_rate: float = Field(gt=0)
    """Learning rate of the discriminators, relative to the generators'."""
    decay: Literal["none", "cosine"]
    warmup: int = Field(ge=0)
    """Steps over which the learning rate rises from zero."""
    ema: float = Field(ge=0, lt=1)
    """Decay per step of the running average of the generators' weights, which is what ships."""
    precision: Literal["32-true", "bf16-mixed"]
    compile: bool
    log_every: int = Field(ge=1)
    save_every: int = Field(ge=1)
    sample_every: int = Field(ge=1)
    validate_every: int = Field(ge=1)


class StageOptions(Table):
    """What every stage's table holds."""

    steps: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    judge: Literal["prediction", "result"]
    """What the losses see: the prediction everywhere, as in the paper, or the prediction inside
    the hole and the truth outside."""


class EdgeLosses(Table):
    """Weights of the first stage's losses."""

    adversarial: Weight
    feature_matching: Weight
    cross_entropy: Weight
    edge_weight: float = Field(gt=0)
    """Weight of an edge pixel in the cross-entropy, relative to one that is none."""
    adversarial_from: int = Field(ge=0)
    """First step at which D1 takes part."""


class PriorMix(Table):
    """How often stage 2 sees which edges inside the hole, relative to each other."""

    true: Weight
    thinned: Weight
    own: Weight
    none: Weight


class InpaintLosses(Table):
    """Weights of the second stage's losses (Eq. 20)."""

    alpha: Weight
    adversarial_global: Weight
    adversarial_local: Weight
    perceptual: Weight
    style: Weight
    feature_matching: Weight
    l1: Weight
    decibels: Weight
    """Of the hole PSNR as a loss."""
    detail: int = Field(ge=32)
    """Side h of the detail that D3 sees (Eq. 14)."""
    perceptual_from: int = Field(ge=0)
    adversarial_from: int = Field(ge=0)
    """First step at which D2 and D3 take part."""


class EdgesStage(StageOptions):
    """``[edges]``: the first stage."""

    losses: EdgeLosses


class InpaintStage(StageOptions):
    """``[inpaint]``: the second stage."""

    priors: PriorMix
    losses: InpaintLosses


class JointStage(StageOptions):
    """``[joint]``: both stages, the second on the edges of the first."""

    priors: PriorMix
    edge_losses: EdgeLosses
    losses: InpaintLosses


class Preset(Table):
    """A whole preset file."""

    model: ModelOptions
    data: DataOptions
    training: TrainingOptions
    edges: EdgesStage
    inpaint: InpaintStage
    joint: JointStage


class Recipe(Table):
    """What one run needs: the common tables and its own stage's."""

    name: StageName
    model: ModelOptions
    data: DataOptions
    training: TrainingOptions
    stage: EdgesStage | InpaintStage | JointStage


Checked = TypeVar("Checked", bound=Table)


def names() -> list[str]:
    """Return the names of the presets that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(preset: str, stage: StageName, settings: Iterable[str] = ()) -> Recipe:
    """Read a preset and take what one stage needs.

    Parameters
    ----------
    preset : str
        Name of a preset of the package, or path of a TOML file.
    stage : {"edges", "inpaint", "joint"}
        The stage to train.
    settings : iterable of str
        ``key=value`` each, as in TOML. The key is ``table.key`` or the key alone, which is looked
        for in the stage's table first.

    Raises
    ------
    TrainingError
        Names the key that is unknown or the value that does not fit.
    """
    path = FOLDER / f"{preset}.toml"
    if not path.is_file():
        path = Path(preset)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise TrainingError(
            f"there is no preset {preset!r}: it is neither a file nor one of {', '.join(names())}"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{path} is not valid TOML: {error}") from None
    checked = _checked(Preset, content, str(path))
    tables = checked.model_dump(mode="json")
    common = {name: tables[name] for name in ("model", "data", "training")}
    return change(Recipe(name=stage, **common, stage=tables[stage]), settings)


def change(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """Return the recipe with ``key=value`` settings applied; see `load_recipe`."""
    tables = recipe.model_dump(mode="json")
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise TrainingError(f"--set takes key=value, not {setting!r}")
        _assign(tables, recipe.name, key.strip(), _value(value.strip()))
    return _checked(Recipe, tables, "--set")


def _assign(tables: dict[str, Any], stage: StageName, key: str, value: Any) -> None:
    tables_by_name: dict[str, Any] = {stage: tables["stage"]}
    tables_by_name |= {name: tables[name] for name in ("model", "data", "training")}
    known = {
        f"{table}.{path}": (holder, last)
        for table, content in tables_by_name.items()
        for path, holder, last in _leaves(content)
    }
    for full, (holder, last) in known.items():
        if full == key or full.endswith(f".{key}"):
            is_list = isinstance(holder[last], list) and not isinstance(value, list)
            holder[last] = [value] if is_list else value
            return
    close = difflib.get_close_matches(key, [*known, *(k.split(".", 1)[1] for k in known)], 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise TrainingError(f"there is no key {key!r} in the preset for stage {stage}{hint}")


def _leaves(table: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, dict[str, Any], str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", table, key


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _checked(table: type[Checked], content: dict[str, Any], source: str) -> Checked:
    try:
        return table.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise TrainingError(f"{source}: there is no key {where!r}") from None
        raise TrainingError(f"{source}: {where}: {first['msg'].lower()}") from None
