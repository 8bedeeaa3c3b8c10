"""Make a report: cut or read the pairs, score all contenders on them, draw and write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from napari_relic_inpaint.measuring.appearance import Lpips
from napari_relic_inpaint.steps import finish
from training.compare import places
from training.compare.cases import cases_of, choose_details, choose_shown, find_real_damage
from training.compare.circumstances import describe_circumstances
from training.compare.contenders import line_up
from training.compare.document import to_html, to_markdown
from training.compare.figures import draw_curves
from training.compare.findings import Findings
from training.compare.plan import Plan
from training.compare.report import TITLE, write_report
from training.compare.results import Results, append_scores, read_scores, write_scores
from training.compare.scoring import Score, score_all
from training.compare.sheets import draw_sheet
from training.compare.tables import PSNR, SSIM
from training.errors import TrainingError
from training.interruption import Interruption
from training.pairs import Pair, cut_pairs, read_manifest, write_manifest
from training.pictures import find_pictures
from training.vgg_distance import load

SPEED_PERIOD = 600
"""Seconds of the past from which the time left is told: pairs take unlike times."""


def compare(
    out: Path,
    *,
    pictures: Sequence[str] = (),
    manifest: Path | None = None,
    damaged: Path | None = None,
    methods: Sequence[str] = (),
    models: Sequence[str] = (),
    ablation: bool = False,
    without_d3: str | None = None,
    perceptual_weights: Path | None = None,
    lpips: bool = False,
    per_kind: int = 100,
    seed: int = 0,
    processes: int = 1,
    resume: bool = False,
    command: str = "",
) -> int:
    """Compare methods on damaged details, and write the report's folder.

    Parameters
    ----------
    out : Path
        The folder. Results are added to it as they come.
    pictures : sequence of str
        Folders and globs of intact pictures that nothing was trained on.
    manifest : Path, optional
        Pairs of an earlier report, instead of pictures.
    damaged : Path, optional
        Folder of pictures with real damage, each with its mask; see `find_real_damage`.
    methods, models, ablation, without_d3
        Who takes part; see `line_up`.
    perceptual_weights : Path, optional
        VGG as safetensors, for the VGG distance.
    lpips : bool
        Whether LPIPS is measured, too.
    per_kind, seed : int
        Pairs for each kind of damage, and the seed of crops and damage.
    processes : int
        How many pairs to work on at the same time.
    resume : bool
        Go on with the pairs and results in the folder.
    command : str
        The command line, for the report.

    Returns
    -------
    int
        The signal that stopped the run before the report was written; 0 if none did.

    Raises
    ------
    TrainingError, InputError, ModelError
        If something that was asked for is missing or wrong.
    """
    lineup = line_up(methods, models, ablation=ablation, without_d3=without_d3)
    if perceptual_weights is not None:
        load(perceptual_weights)  # an error now, not after the first picture
    if lpips:
        with Lpips() as distance:
            finish(distance.start())  # likewise; this also downloads the network, once for all
    real, unmatched = find_real_damage(damaged) if damaged is not None else ([], [])
    _check_folder(out, resume=resume)
    source = out / places.MANIFEST if resume else manifest
    if source is not None:
        pairs = read_manifest(source)
    elif pictures:
        pairs = cut_pairs(find_pictures(pictures), per_kind, seed=seed)
    else:
        raise TrainingError(
            "name the intact pictures with --pictures, or an earlier report's pairs with --manifest"
        )
    plan = Plan(out, cases_of(pairs), real, lineup, perceptual_weights, lpips)
    scores = plan.still_valid(read_scores(out / places.SCORES)) if resume else []
    _prepare(out, pairs, scores)
    stopped = _run(plan, scores, processes)
    if stopped:
        return stopped
    findings = Findings(
        cases=plan.cases,
        real=plan.real,
        lineup=lineup,
        left_out=[*lineup.left_out, *unmatched],
        results=Results(plan.reported(scores)),
        circumstances=describe_circumstances(
            command=command,
            processes=processes,
            pairs=f"Read from {source}" if source else f"Cut with the seed {seed}",
        ),
    )
    _draw(out, findings)
    blocks = write_report(findings)
    (out / places.MARKDOWN).write_text(to_markdown(TITLE, blocks), encoding="utf-8")
    (out / places.HTML).write_text(to_html(TITLE, blocks), encoding="utf-8")
    return 0


def _check_folder(out: Path, *, resume: bool) -> None:
    begun = (out / places.SCORES).exists() and (out / places.MANIFEST).exists()
    if resume and not begun:
        raise TrainingError(f"{out} holds no report to go on with: leave out --resume")
    if begun and not resume:
        raise TrainingError(f"{out} holds a report already: add --resume or choose another --out")


def _prepare(out: Path, pairs: Sequence[Pair], scores: Sequence[Score]) -> None:
    """Write what a later run needs to go on."""
    try:
        (out / places.RESTORED).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{out} cannot be made ({error.strerror}): choose another --out"
        ) from None
    write_manifest(out / places.MANIFEST, pairs)
    write_scores(out / places.SCORES, scores)


def _run(plan: Plan, scores: list[Score], processes: int) -> int:
    """Add the missing scores to the list and to the file; return the signal that stopped it."""
    tasks = plan.tasks(scores)
    total = len(plan.cases) + len(plan.real)
    columns = (TextColumn("pictures"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    bar = Progress(
        *columns,
        console=console,
        disable=not console.is_terminal,
        speed_estimate_period=SPEED_PERIOD,
    )
    with Interruption() as interruption, bar:
        task = bar.add_task("", total=total, completed=total - len(tasks))
        for new in score_all(tasks, processes, lambda: interruption.signal != 0):
            append_scores(plan.folder / places.SCORES, new)
            scores += new
            bar.advance(task)
    return interruption.signal if plan.tasks(scores) else 0


def _draw(out: Path, findings: Findings) -> None:
    rows, restored = findings.lineup.entrants, out / places.RESTORED
    subject = findings.lineup.two_stage
    details = choose_details(findings.cases)
    for measure, place in ((PSNR, places.PSNR_CURVES), (SSIM, places.SSIM_CURVES)):
        curves = {
            row.name: [
                getattr(findings.results.one(row.name, case.name), measure.score)
                for case in details
            ]
            for row in rows
        }
        draw_curves(
            out / place,
            curves,
            label=measure.title,
            unit=measure.unit,
            main=subject.name if subject else None,
        )
    draw_sheet(out / places.SHEET, choose_shown(findings.cases), rows, restored)
    if findings.real:
        draw_sheet(out / places.REAL_SHEET, findings.real, rows, restored)
