"""The options of every command that restores one picture: edges, and where detail comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Edges = Annotated[
    Path | None,
    typer.Option(
        "--edges",
        help="A picture of edges to follow inside the damage, instead of predicting; upright, as "
        "restore --save-edges writes it.",
    ),
]
CopyFrom = Annotated[
    Path | None,
    typer.Option("--copy-from", help="A mask: detail is only copied from what is not black in it."),
]
NeverFrom = Annotated[
    Path | None,
    typer.Option("--never-from", help="A mask: detail is never copied from what it marks."),
]
