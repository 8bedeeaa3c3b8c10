"""The options that several commands have, and what none of them may be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

MOST = 2**63 - 1
"""Largest seed."""


def name(text: str) -> str:
    """Refuse an empty name, which an unset variable of a script gives."""
    if not text.strip():
        raise typer.BadParameter("it is empty: give a name")
    return text


def path(text: str | Path) -> Path:
    """Refuse an empty path, which would be the folder that the command runs in."""
    return Path(name(str(text)))


Data = Annotated[
    list[str],
    typer.Option(parser=name, help="Folder or quoted glob of pictures; repeatable."),
]
MaybeData = Annotated[
    list[str] | None,
    typer.Option("--data", parser=name, help="Folder or quoted glob of pictures; repeatable."),
]
Val = Annotated[
    list[str] | None,
    typer.Option(
        "--val", parser=name, help="The same, of pictures to choose the best checkpoint on."
    ),
]
ValShare = Annotated[
    float | None,
    typer.Option(
        min=0.01, max=0.5, help="Put aside this share of --data to validate on, such as 0.1."
    ),
]
Masks = Annotated[
    list[str] | None,
    typer.Option(
        "--masks", parser=name, help="The same, of damage masks; else damage is synthetic."
    ),
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", parser=name, help="paper, relic, or a TOML file; relic by default."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", parser=name, metavar="KEY=VALUE", help="Change a preset's value; repeatable."
    ),
]
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...", parser=name, help="Runs or models; of the same network the last counts."
    ),
]
Pairs = Annotated[int, typer.Option(min=1, max=100_000, help="Pairs per kind of damage.")]
Seed = Annotated[int, typer.Option(min=0, max=MOST, help="Seed of crops and damage.")]
Processes = Annotated[int, typer.Option(min=1, max=1024, help="Pairs to restore at the same time.")]
PerceptualWeights = Annotated[
    Path | None,
    typer.Option(
        "--perceptual-weights",
        parser=path,
        help="VGG-16 or VGG-19 as safetensors, for the VGG distance.",
    ),
]
Accelerator = Annotated[str, typer.Option(parser=name, help="auto, cpu, cuda or mps.")]


def listed(names: list[str] | None) -> list[str]:
    """Return names that are separated by commas one by one."""
    return [name.strip() for listed in names or () for name in listed.split(",")]


def absolute(patterns: list[str] | None) -> tuple[str, ...]:
    """Return folders and globs as they are from any other folder."""
    return tuple(str(Path(pattern).absolute()) for pattern in patterns or ())
