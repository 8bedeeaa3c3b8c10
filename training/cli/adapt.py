"""``python -m training adapt``: the common case in one command."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from napari_relic_inpaint.cli.terminal import output, print_table
from napari_relic_inpaint.errors import Stopped
from napari_relic_inpaint.models.card import NAME
from training.cli.options import Accelerator, Masks, Settings, ValShare, absolute, name, path
from training.errors import TrainingError
from training.interruption import Interruption
from training.lock import locked


def adapt(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER...", parser=name, help="Folders or quoted globs of your pictures."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            parser=path,
            help="Folder of the new model, such as my-murals; all else goes to my-murals-training.",
        ),
    ],
    minutes: Annotated[float, typer.Option(min=0.05, max=100_000, help="How long to train.")] = 60,
    parent: Annotated[str, typer.Option(parser=name, help="Model to start from.")] = "relic-base",
    edges: Annotated[
        bool,
        typer.Option("--edges", help="Train the edge network as well, for a third of the time."),
    ] = False,
    val_share: ValShare = None,
    masks: Masks = None,
    settings: Settings = None,
    accelerator: Accelerator = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what was stopped, if there is something.")
    ] = False,
) -> None:
    """Adapt a model to your pictures; it is kept if it is better than the model it started from."""
    if not NAME.fullmatch(out.name):
        raise TrainingError(
            f"{out.name!r} cannot name a model: use small letters, digits, '.', '_' and '-'"
        )
    if out.exists():
        raise TrainingError(f"{out} exists already: remove it or choose another --out")
    work = out.with_name(f"{out.name}-training")
    with Interruption() as interruption, locked(work):
        if not resume and any(work.glob("*/run.json")):
            raise TrainingError(
                f"{work} holds an adaptation that was begun: add --resume, remove it, or choose "
                "another --out"
            )
        output.print(f"adapting {parent}: everything but the model goes to {work}", markup=False)
        # It loads PyTorch, which takes seconds.
        from training.adaptation import Wish  # noqa: PLC0415
        from training.adaptation import adapt as adapted  # noqa: PLC0415
        from training.verdict import EXPLAINED  # noqa: PLC0415

        wish = Wish(
            pictures=absolute(pictures),
            masks=absolute(masks),
            parent=parent,
            minutes=minutes,
            edges=edges,
            val_share=val_share,
            settings=tuple(settings or ()),
            accelerator=accelerator,
        )
        try:
            verdict = adapted(wish, out, work, interruption)
        except Stopped as early:
            again = shlex.join(["python", "-m", "training", *_with_resume(sys.argv[1:])])
            output.print(f"{early}; go on with: {again}", markup=False)
            raise typer.Exit(128 + interruption.signal) from None
    print_table(verdict.table)
    output.print(f"{EXPLAINED}\n{verdict.sentence}", markup=False)
    output.print(f"all scores are in {work / 'scores.csv'}, a sheet is {work / 'sheet.png'}")
    if verdict.better:
        output.print(
            f"{out}: the adapted model. Use it with relic-inpaint restore --model {out}",
            markup=False,
        )
    else:
        curve = work / "inpaint" / "curve.png"
        output.print(
            "It was not exported. More pictures and more minutes help most, or fewer minutes if it "
            f"was better on the way (see {curve}). To have it all the same: python -m "
            f"training export {parent} {work / 'inpaint'} --to {out}",
            markup=False,
        )


def _with_resume(arguments: list[str]) -> list[str]:
    return arguments if "--resume" in arguments else [*arguments, "--resume"]
