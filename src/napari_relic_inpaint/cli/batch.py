"""``relic-inpaint batch``: restore many pictures, one after the other or several at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from napari_relic_inpaint.cli.mask_options import (
    InvertMask,
    Label,
    MaskAsStored,
    MaskColour,
    MaskThreshold,
    mask_reading,
)
from napari_relic_inpaint.cli.restore import DEFAULTS, setting
from napari_relic_inpaint.cli.stopping import stopping
from napari_relic_inpaint.cli.terminal import console, output, show_error, show_notes
from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.settings import make_settings

if TYPE_CHECKING:
    from napari_relic_inpaint.batch import Existing, Outcome

FAILED_CODE = 1
NOTHING_STARTED_CODE = 2


def batch(
    pictures: Annotated[
        list[str], typer.Argument(help="Pictures, folders of them, or quoted patterns: 'a/*.tif'.")
    ],
    damage: Annotated[
        str,
        typer.Option(
            help="The masks: a pattern such as 'masks/{name}_damage.png', a folder, whose masks "
            "belong to pictures by name, or one mask for all."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the results and the manifest.")
    ],
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    save_edges: Annotated[
        bool, typer.Option("--save-edges", help="Also write the edges that were followed.")
    ] = False,
    detail: Annotated[str, setting("detail")] = DEFAULTS.detail,
    method: Annotated[str, setting("method")] = DEFAULTS.method,
    model: Annotated[str, setting("model")] = DEFAULTS.model,
    device: Annotated[str, setting("device")] = DEFAULTS.device,
    window: Annotated[int, setting("window")] = DEFAULTS.window,
    batch: Annotated[int, setting("batch")] = DEFAULTS.batch,
    coarse_to_fine: Annotated[bool, setting("coarse_to_fine")] = DEFAULTS.coarse_to_fine,
    edge_threshold: Annotated[float, setting("edge_threshold")] = DEFAULTS.edge_threshold,
    postprocess: Annotated[bool, setting("postprocess")] = DEFAULTS.postprocess,
    workers: Annotated[
        int, typer.Option(min=1, help="How many pictures to restore at once, on this computer.")
    ] = 1,
    scheduler: Annotated[
        str,
        typer.Option(
            help="Address of the scheduler of a Dask cluster to restore on instead, such as "
            "tcp://host:8786. Its workers have to see the same files."
        ),
    ] = DEFAULTS.scheduler,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep results that are whole and fit; make the others.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace results that exist.")
    ] = False,
) -> None:
    """Restore many pictures; each result has its record, and manifest.csv lists them all.

    A picture that fails stops no other. The exit code is 1 if one failed, 2 if nothing could be
    started.
    """
    from napari_relic_inpaint.batch import make_plan, run  # noqa: PLC0415 - keeps --help fast

    settings = make_settings(
        method=method,
        model=model,
        device=device,
        scheduler=scheduler,
        window=window,
        batch=batch,
        coarse_to_fine=coarse_to_fine,
        edge_threshold=edge_threshold,
        postprocess=postprocess,
        detail=detail,
    )
    existing = _existing(resume=resume, overwrite=overwrite)
    reading = mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored)
    plan = make_plan(pictures, damage, out, reading=reading, save_edges=save_edges)
    show_notes(plan.notes)
    outcomes: list[Outcome] = []
    steps = run(plan, settings, existing=existing, workers=workers)
    total = len(plan.jobs) + len(plan.failures)
    try:
        with _bar(total) as advance, closing(steps):
            for outcome in steps:
                outcomes.append(outcome)
                _show(outcome, len(outcomes), total)
                advance()
                stopping.check()
    except KeyboardInterrupt:
        raise _stopped(outcomes, total, existing) from None
    _sum_up(outcomes, out)
    if not plan.jobs:
        raise typer.Exit(NOTHING_STARTED_CODE)
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(FAILED_CODE)


def _existing(*, resume: bool, overwrite: bool) -> Existing:
    if resume and overwrite:
        raise InputError(
            "--resume keeps results that are whole, --overwrite none: give one of the two"
        )
    if resume:
        return "keep"
    return "replace" if overwrite else "refuse"


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """Show how many pictures are done, below the lines about each."""
    columns = (TextColumn("restoring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # Results that go to a file must not end up on the screen.
        redirect_stdout=output.is_terminal,
    ) as bar:
        task = bar.add_task("restoring", total=total)
        yield lambda: bar.advance(task)


def _show(outcome: Outcome, number: int, total: int) -> None:
    """Print the line of a picture."""
    start = f"[{number:>{len(str(total))}}/{total}] {outcome.picture}"
    if outcome.status == "failed":
        console.print(f"{start}: failed: {outcome.error}", style="red", markup=False)
    elif outcome.status == "kept":
        output.print(f"{start}: kept, is whole ({outcome.share:.2%} restored)", markup=False)
    else:
        anew = f" anew, since {outcome.anew}" if outcome.anew else ""
        output.print(
            f"{start}: restored{anew}: {outcome.share:.2%} of it in {outcome.seconds:.1f} s",
            markup=False,
        )


def _stopped(outcomes: list[Outcome], total: int, existing: Existing) -> Stopped:
    done = sum(outcome.status != "failed" for outcome in outcomes)
    instead = " instead of --overwrite" if existing == "replace" else ""
    return Stopped(
        f"Stopped: {done} of {total} pictures are done, and no file is half written. The same "
        f"command with --resume{instead} goes on."
    )


def _sum_up(outcomes: list[Outcome], folder: Path) -> None:
    """Print notes that many pictures share once, what was done, and all that failed."""
    pictures: dict[str, list[Path]] = {}
    for outcome in outcomes:
        for note in outcome.notes:
            pictures.setdefault(note, []).append(outcome.picture)
    for note, those in pictures.items():
        where = those[0] if len(those) == 1 else f"{len(those)} pictures"
        show_notes([f"{where}: {note}"])
    counts = Counter(outcome.status for outcome in outcomes)
    said = [f"{counts[status]} {status}" for status in ("restored", "kept", "failed")]
    output.print(f"{', '.join(said)}: {folder}", markup=False)
    for outcome in outcomes:
        if outcome.status == "failed":
            show_error(f"{outcome.picture}: {outcome.error}")
