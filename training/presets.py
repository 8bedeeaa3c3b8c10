"""Presets: recipes read from TOML and checked.

A preset has the tables ``[model]``, ``[data]`` and ``[training]``, which hold for all stages, and
one table per stage. A stage's own values of the common tables are in tables below its own, as in
``[glcic.training]``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from training.errors import TrainingError
from training.recipe import (
    COMMON,
    ENDLESS,
    STAGE_TABLES,
    STAGES,
    Preset,
    Recipe,
    StageName,
    Table,
)

FOLDER = Path(__file__).parent / "presets"

Checked = TypeVar("Checked", bound=Table)

Place = tuple[dict[str, Any], str]
"""A table and a key in it."""


def names() -> list[str]:
    """Return the names of the presets that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(preset: str, stage: StageName, settings: Iterable[str] = ()) -> Recipe:
    """Read a preset and take what one stage needs.

    Parameters
    ----------
    preset : str
        Name of a preset of the package, or path of a TOML file.
    stage : {"edges", "inpaint", "texture", "joint", "glcic", "contextual-attention"}
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
    except UnicodeDecodeError:
        raise TrainingError(f"{path} is no text file: a preset is TOML in UTF-8") from None
    except (OSError, ValueError) as error:
        if isinstance(error, tomllib.TOMLDecodeError):
            raise TrainingError(f"{path} is not valid TOML: {error}") from None
        raise TrainingError(
            f"there is no preset {preset!r}: it is neither a file nor one of {', '.join(names())}"
        ) from None
    checked = _checked(Preset, _with_own_values(content, stage), str(path))
    tables = checked.model_dump(mode="json", by_alias=True)
    if tables[stage] is None:
        raise TrainingError(f"{path} has no table [{stage}]: copy that of preset relic")
    common = {name: tables[name] for name in COMMON}
    return change(Recipe(name=stage, **common, stage=tables[stage]), settings)


def change(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """Return the recipe with ``key=value`` settings applied; see `load_recipe`."""
    tables = recipe.model_dump(mode="json")
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise TrainingError(f"--set takes key=value, not {setting!r}")
        _assign(tables, recipe.name, key.strip(), _value(value.strip()))
    # On its own first: an error in a union of tables would be one of each table.
    _checked(STAGE_TABLES[recipe.name], tables["stage"], "--set")
    return _checked(Recipe, tables, "--set")


def by_clock(recipe: Recipe, minutes: float) -> list[str]:
    """Return the settings that let the clock alone end a run.

    Parameters
    ----------
    recipe : Recipe
        The run; losses that it never lets in stay out.
    minutes : float
        How long it lasts, with the learning rate falling in time.
    """
    places = _places(recipe.model_dump(mode="json"), recipe.name)
    never = [
        f"{name}={ENDLESS}"
        for name, (holder, key) in places.items()
        if key.endswith("_from") and key != "init_from" and holder[key] >= recipe.stage.steps
    ]
    return [*never, f"steps={ENDLESS}", f"minutes={minutes}"]


def shared_out(
    settings: Iterable[str], recipes: Mapping[StageName, Recipe]
) -> dict[StageName, list[str]]:
    """Return the ``key=value`` settings of each stage: those whose keys its recipe has.

    Raises
    ------
    TrainingError
        Names a key that none of the recipes has.
    """
    shares: dict[StageName, list[str]] = {stage: [] for stage in recipes}
    for setting in settings:
        key = setting.partition("=")[0].strip()
        having = [
            stage
            for stage, recipe in recipes.items()
            if _place(recipe.model_dump(mode="json"), stage, key)
        ]
        if not having:
            change([*recipes.values()][-1], [setting])  # the error that names the key
        for stage in having:
            shares[stage].append(setting)
    return shares


def shortened(value: object) -> str:
    """Return a value for a sentence, in which long ones are cut."""
    text = "nothing" if value == "" else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _with_own_values(content: dict[str, Any], stage: StageName) -> dict[str, Any]:
    """Put a stage's own values of the common tables in their place, and drop other stages'."""
    stages = {name: content[name] for name in STAGES if isinstance(content.get(name), dict)}
    merged = dict(content)
    for name, table in stages.items():
        merged[name] = {key: value for key, value in table.items() if key not in COMMON}
    for common in COMMON:
        own = stages.get(stage, {}).get(common, {})
        both = isinstance(own, dict) and isinstance(content.get(common), dict)
        merged[common] = {**content[common], **own} if both else own
    return merged


def _assign(tables: dict[str, Any], stage: StageName, key: str, value: Any) -> None:
    place = _place(tables, stage, key)
    if place is None:
        known = _places(tables, stage)
        close = difflib.get_close_matches(key, [*known, *(k.split(".", 1)[1] for k in known)], 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise TrainingError(f"there is no key {key!r} in the preset for stage {stage}{hint}")
    holder, last = place
    is_list = isinstance(holder[last], list) and not isinstance(value, list)
    holder[last] = [value] if is_list else value


def _place(tables: dict[str, Any], stage: StageName, key: str) -> Place | None:
    """Return where a key's value lies, which may be named without its tables."""
    for full, place in _places(tables, stage).items():
        if full == key or full.endswith(f".{key}"):
            return place
    return None


def _places(tables: dict[str, Any], stage: StageName) -> dict[str, Place]:
    by_name = {str(stage): tables["stage"], **{name: tables[name] for name in COMMON}}
    return {
        f"{table}.{path}": (holder, last)
        for table, content in by_name.items()
        for path, holder, last in _leaves(content)
    }


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
        message = first["msg"].lower().removeprefix("value error, ")
        if first["type"] != "value_error":
            message = f"{message}, not {shortened(first['input'])}"
        raise TrainingError(": ".join(filter(None, (source, where, message)))) from None
