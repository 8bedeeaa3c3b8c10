"""``python -m training score``: the table of all methods on the same damage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.terminal import output, print_table
from training.cli.options import Data, Pairs, PerceptualWeights, Processes, Seed, listed, name, path


def score(
    data: Data,
    model: Annotated[
        list[str] | None,
        typer.Option(
            parser=name,
            help="Models of the two-stage method, each with own and true edges; repeatable. "
            "relic-base without --methods.",
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            parser=name,
            help="Further methods, separated by commas, with other settings if they are added: "
            "exemplar,two-stage,two-stage+window=512.",
        ),
    ] = None,
    pairs: Pairs = 100,
    seed: Seed = 0,
    classical: Annotated[
        bool, typer.Option(help="Whether the classical methods are in the table.")
    ] = True,
    manifest: Annotated[
        Path | None,
        typer.Option(parser=path, help="JSON of the pairs: read if it is there, written if not."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(parser=path, help="Where to write one row per picture.")
    ] = None,
    perceptual_weights: PerceptualWeights = None,
    processes: Processes = 1,
) -> None:
    """Print the table of scores: all methods on the same damaged crops."""
    from training.scores import EXPLAINED, score_table  # noqa: PLC0415 - loads PyTorch

    table = score_table(
        data,
        model or ([] if methods else ["relic-base"]),
        pairs,
        methods=listed(methods),
        seed=seed,
        classical=classical,
        perceptual_weights=perceptual_weights,
        manifest=manifest,
        csv_file=csv,
        processes=processes,
    )
    print_table(table)
    output.print(EXPLAINED, markup=False)
