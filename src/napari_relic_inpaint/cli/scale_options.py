"""The options of every command that measures damage: size of a pixel, and what labels mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Scale = Annotated[
    str | None,
    typer.Option(
        "--scale",
        metavar="SCALE",
        help="How large a pixel is: 0.05 (mm), '20 px/mm' or '600 dpi'; by default as the files "
        "say, if they do.",
    ),
]
Classes = Annotated[
    Path | None,
    typer.Option(
        "--classes",
        metavar="PRESET.json",
        help="What the labels mean; by default as the mask's file says, if it does.",
    ),
]
