"""What runs started from, and what a model's card says of the runs it came out of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from torch import nn

from napari_relic_inpaint.errors import RelicInpaintError
from napari_relic_inpaint.marking.damage import KINDS
from napari_relic_inpaint.models.card import TrainingCard, read_card
from napari_relic_inpaint.models.folders import find
from training.checkpoints import Checkpoints
from training.collection.record import read_list
from training.log import Row, read_log
from training.runs import RunFiles, is_run, read_run
from training.sources import generators_from

NOTICED = 0.005
"""Mean loss of a score, in dB or of F1, that is worth a sentence."""

DECISIVE = ("hole_psnr_own_", "hole_psnr_", "f1_")
"""Before a kind of damage, in the order in which a run's scores are told."""


def ancestors(source: str) -> list[str]:
    """Return what a run started from, nearest first, as far as it is still there."""
    found: list[str] = []
    todo = [source]
    while todo:
        folder = Path(todo.pop(0))
        if is_run(folder):
            new = [s for s in reversed(read_run(folder).recipe.model.init_from) if s not in found]
            found += new
            todo += new
    return [origin for origin in found if _there(origin)]


def inherited(source: str, name: str) -> tuple[nn.Module | None, str]:
    """Return the network that a run saw but did not train, and where it is from."""
    for origin in ancestors(source):
        network = generators_from(origin).get(name)
        if network is not None:
            return network, _called(origin)
    return None, ""


def training_cards(runs: Sequence[str], *, last: bool) -> list[TrainingCard]:
    """Return what the card of a model says of the runs it is made of."""
    return [_card(Path(run), last=last) for run in runs]


def below_parent(run: str, card: TrainingCard) -> str | None:
    """Return a sentence about a run that is not better than what it started from."""
    above = list(card.above_parent.values())
    if not above or fmean(above) > -NOTICED:
        return None
    shown = ", ".join(f"{kind} {by:+.2f}" for kind, by in card.above_parent.items())
    return f"note: {run} is below {card.parent or 'what it started from'}: {shown}"


def _card(folder: Path, *, last: bool) -> TrainingCard:
    run = read_run(folder)
    files, state = RunFiles(folder), Checkpoints(folder).read_best_or_last(last=last)
    pictures = read_list(files.pictures)
    rows = read_log(files.validation)
    now = _scores([row for row in rows if int(row["step"]) <= state["step"]][-1:])
    before = _scores([row for row in rows if row["step"] == "0"])
    sources = run.recipe.model.init_from
    return TrainingCard(
        stage=run.recipe.name,
        parent=_called(sources[-1]) if sources else None,
        pictures=len(pictures.train) if pictures else 0,
        pictures_sha256=pictures.sha256 if pictures else "",
        steps=state["step"],
        minutes=round(state.get("elapsed", 0) / 60, 1),
        device=state.get("device", ""),
        scores=now,
        above_parent={k: round(v - before[k], 4) for k, v in now.items() if k in before},
    )


def _scores(rows: Sequence[Row]) -> dict[str, float]:
    """Return the scores of a row of the validation by kind."""
    for row in rows:
        for name in DECISIVE:
            found: dict[str, float] = {
                kind: float(row[name + kind]) for kind in KINDS if row.get(name + kind)
            }
            if found:
                return found
    return {}


def _there(origin: str) -> bool:
    try:
        return is_run(Path(origin)) or bool(read_card(find(origin)))
    except RelicInpaintError:
        return False


def _called(origin: str) -> str:
    if is_run(Path(origin)):
        return Path(origin).name
    try:
        card = read_card(find(origin))
    except RelicInpaintError:
        return origin
    return f"{card.name} {card.version}"
