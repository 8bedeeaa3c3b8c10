"""``python -m training compare``: a report on several methods."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.terminal import output
from training.cli.options import Pairs, PerceptualWeights, Processes, Seed, listed, name, path


def compare(
    out: Annotated[Path, typer.Option(parser=path, help="Folder of the report.")],
    pictures: Annotated[
        list[str] | None,
        typer.Option(parser=name, help="Folder or quoted glob of intact pictures; repeatable."),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(parser=path, help="pairs.json of another report, in place of --pictures."),
    ] = None,
    damaged: Annotated[
        Path | None,
        typer.Option(
            parser=path, help="Folder of really damaged pictures: wall.png with wall_mask.png."
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            parser=name,
            help="Methods, separated by commas, with other settings if they are added "
            "(two-stage,two-stage+window=512); by default all that can run.",
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(parser=name, help="A further model: name, folder or onnx:FILE; repeatable."),
    ] = None,
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="Also the two-stage method without edges and with true."),
    ] = False,
    without_d3: Annotated[
        str | None, typer.Option(parser=name, help="For --ablation: a model trained without D3.")
    ] = None,
    perceptual_weights: PerceptualWeights = None,
    lpips: Annotated[
        bool, typer.Option("--lpips", help="Also measure LPIPS; needs the package lpips.")
    ] = False,
    pairs: Pairs = 100,
    seed: Seed = 0,
    processes: Processes = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the pairs and results in --out.")
    ] = False,
) -> None:
    """Write a report that compares methods on the same damage: tables, figures, CSV."""
    from training.compare.comparison import compare as write_comparison  # noqa: PLC0415 - Matplotlib

    stopped = write_comparison(
        out,
        pictures=pictures or (),
        manifest=manifest,
        damaged=damaged,
        methods=listed(methods),
        models=models or (),
        ablation=ablation,
        without_d3=without_d3,
        perceptual_weights=perceptual_weights,
        lpips=lpips,
        per_kind=pairs,
        seed=seed,
        processes=processes,
        resume=resume,
        command=shlex.join(["python", "-m", "training", *sys.argv[1:]]),
    )
    if stopped:
        output.print(f"stopped; {out} keeps what is done: go on with the same command and --resume")
        raise typer.Exit(128 + stopped)
    output.print(f"{out / 'report.html'}: the report, also as report.md")
