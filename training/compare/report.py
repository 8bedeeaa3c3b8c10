"""The text of a report: which sections it has, and what they say about the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.compare import places
from training.compare.cases import Case, choose_details
from training.compare.circumstances import Circumstances
from training.compare.contenders import ONNX, Contender, Lineup
from training.compare.document import Block, Bullets, Code, Heading, Image, Paragraph
from training.compare.results import Results
from training.compare.statistics import FEWEST, SEED, Lead, find_lead
from training.compare.tables import (
    LEADING,
    Measure,
    ablation_table,
    lead_table,
    means_table,
    pairs_table,
)

TITLE = "Comparison of restoration methods"

REAL_DAMAGE = (
    "Nobody knows what these pictures looked like when they were intact. As in the paper, each "
    "restored picture is compared with the damaged one it was made from. Such a number says how "
    "little was changed, not how well it was restored: every repair counts as an error, and a "
    "method that left all damage as it is would score highest. Look at the pictures, and trust the "
    "scores with artificial damage."
)


@dataclass(frozen=True)
class Findings:
    """Everything that a report is about.

    Attributes
    ----------
    cases, real : sequence of Case
        The pictures with artificial damage, and those with real damage.
    lineup : Lineup
        Who took part.
    left_out : sequence of str
        A sentence about each method or picture that did not.
    results : Results
        The scores of all of them.
    circumstances : Circumstances
        How the scores were made.
    """

    cases: Sequence[Case]
    real: Sequence[Case]
    lineup: Lineup
    left_out: Sequence[str]
    results: Results
    circumstances: Circumstances

    @property
    def kinds(self) -> list[str]:
        """The kinds of artificial damage, in the order of the pairs."""
        return list(dict.fromkeys(case.kind for case in self.cases))


def write_report(findings: Findings) -> list[Block]:
    """Return the blocks of a report."""
    sections = (
        _summary,
        _order,
        _details,
        _means,
        _ablation,
        _real_damage,
        _models,
        _circumstances,
        _notes,
        _left_out,
    )
    return [block for section in sections for block in section(findings)]


def _summary(findings: Findings) -> Iterator[Block]:
    counts = [sum(case.kind == kind for case in findings.cases) for kind in findings.kinds]
    kinds = _listed([f"{n} x {kind}" for n, kind in zip(counts, findings.kinds, strict=True)])
    pictures = len({case.source.file for case in findings.cases})
    yield Paragraph(
        f"{len(findings.lineup.entrants)} methods restored the same {len(findings.cases)} damaged "
        f"details ({kinds}), cut from {pictures} intact pictures, and were compared with what was "
        f"there. Every score of every detail is in {places.SCORES}, the details are listed in "
        f"{places.MANIFEST}."
    )


def _order(findings: Findings) -> Iterator[Block]:
    """Test the claim of the paper: its method is above the others."""
    subject = findings.lineup.two_stage
    others = [row.name for row in findings.lineup.others]
    if subject is None or not others:
        return
    leads = [
        find_lead(findings.results, measure.score, kind, subject.name, others)
        for kind in findings.kinds
        for measure in LEADING
    ]
    yield Heading("Is the two-stage method above the others?")
    yield Bullets(
        [
            _verdict(subject.name, measure, [x for x in leads if x.score == measure.score])
            for measure in LEADING
        ]
    )
    if any(np.isnan(lead.difference.low) for lead in leads):
        yield Paragraph(
            f"With fewer than {FEWEST} pictures there is no interval: it is not known whether "
            "other pictures would have turned the order around."
        )
    yield lead_table(leads, subject)


def _verdict(name: str, measure: Measure, leads: Sequence[Lead]) -> str:
    above = [_with_doubt(lead) for lead in leads if lead.above]
    below = [_with_doubt(lead) for lead in leads if not lead.above]
    parts = [f"above every other method on {_listed(above)}"] if above else []
    parts += [f"not above every other method on {_listed(below)}"] if below else []
    return f"{measure.title}: {name} is {'; '.join(parts)}."


def _with_doubt(lead: Lead) -> str:
    """Name a kind of damage, and say so where the difference may be chance."""
    doubtful = lead.difference.low <= 0 <= lead.difference.high
    return f"{lead.kind} (the interval includes 0)" if doubtful else lead.kind


def _details(findings: Findings) -> Iterator[Block]:
    details = choose_details(findings.cases)
    names = [case.name for case in details]
    yield Heading("Single details")
    yield pairs_table(
        findings.results,
        findings.lineup.entrants,
        details[:2],
        f"Table 1. Two intact details with artificial damage: {_listed(names[:2])}",
    )
    yield Image(
        places.SHEET,
        "Figure 3. The details of table 1 and one of each other kind of damage: damaged (white), "
        "restored by each method, and the truth.",
    )
    where = f"Details 1 to {len(names)} are {', '.join(names)}."
    for number, score, place in (
        (4, "PSNR", places.PSNR_CURVES),
        (5, "SSIM", places.SSIM_CURVES),
    ):
        yield Image(
            place,
            f"Figure {number}. {score} of {len(names)} details, and how far each method is from "
            f"the mean of all methods. {where}",
        )


def _means(findings: Findings) -> Iterator[Block]:
    yield Heading("Means for each kind of damage")
    yield Paragraph(
        "In brackets: 95 % bootstrap intervals over pictures, if there are at least "
        f"{FEWEST} of them. The best mean of each column is "
        "bold. PSNR, SSIM and their values in the hole: the higher the better; CIEDE2000: the "
        "lower the better, about 1 is just visible. Seconds: median of one restoration, loading "
        "the model included."
    )
    for kind in findings.kinds:
        cases = [case for case in findings.cases if case.kind == kind]
        yield means_table(findings.results, findings.lineup, cases)


def _ablation(findings: Findings) -> Iterator[Block]:
    if not findings.lineup.variants:
        return
    yield Heading("What the parts of the two-stage method are worth")
    yield Paragraph(
        "Below zero, the variant is worse than the method as it is, so the part that it lacks is "
        "worth as much. The variant with true edges sees the edges of the intact picture inside "
        "the hole: it tells what better edges would be worth, and is no result."
    )
    for measure in LEADING:
        yield ablation_table(findings.results, findings.lineup, findings.kinds, measure)


def _real_damage(findings: Findings) -> Iterator[Block]:
    if not findings.real:
        return
    # True edges are not known here.
    yield Heading("Real damage")
    yield Paragraph(REAL_DAMAGE)
    yield pairs_table(
        findings.results,
        findings.lineup.entrants,
        findings.real,
        "Table 2. Restored pictures compared with the damaged ones",
    )
    yield Image(
        places.REAL_SHEET,
        "Figure 6. The detail with most damage of each picture: as it is, restored by each method, "
        "and the damage mask.",
    )


def _models(findings: Findings) -> Iterator[Block]:
    """Say what the models' cards say, each once however many rows use it."""
    rows = [row for row in findings.lineup.contenders if row.facts]
    if rows:
        yield Heading("Models, as their cards describe them")
        yield Bullets(list(dict.fromkeys(_described(row) for row in rows)))


def _described(row: Contender) -> str:
    facts = row.facts
    assert facts is not None
    name = f"{facts.name} {facts.version}".strip()
    trained_on = facts.trained_on.rstrip(".") or "not stated"
    hashes = ", ".join(f"{role} {digest}" for role, digest in facts.sha256.items())
    return (
        f"{name}, for the method {row.method}. Trained on: {trained_on}. Licence: {facts.licence}. "
        f"SHA-256: {hashes}."
    )


def _circumstances(findings: Findings) -> Iterator[Block]:
    about = findings.circumstances
    yield Heading("How this report was made")
    yield Bullets(
        [
            f"Date: {about.date}",
            f"Software: {about.software}",
            f"Machine: {about.machine}",
            f"Processes at the same time: {about.processes}, with one thread each",
            f"Pairs: {len(findings.cases)}. {about.pairs}",
            f"Seeds: that of each pair's damage is in {places.MANIFEST}; of the bootstrap {SEED}",
        ]
    )
    yield Code(about.command)


def _notes(findings: Findings) -> Iterator[Block]:
    yield Heading("What to keep in mind")
    yield Bullets(list(_cautions(findings)))


def _cautions(findings: Findings) -> Iterator[str]:
    largest = max(score.largest_change_outside for score in findings.results.scores)
    yield (
        "Every method got the same damaged pictures, zero inside the hole. The largest change that "
        f"any of them made outside the hole is {largest:g}."
    )
    yield (
        "PSNR is that of RGB values from 0 to 1. SSIM has a Gaussian window of 11 x 11, sigma 1.5, "
        "and is the mean of the channels. Scores with other windows or in grey cannot be compared "
        "with these."
    )
    rows = findings.lineup.entrants
    if any(row.facts for row in rows):
        yield (
            "The networks are those named above. Unless a card says otherwise they were "
            "trained with this package and are not the weights that the authors of the methods "
            "published. Two networks tell something about their methods only if they were trained "
            "on the same pictures and masks for the same time; what the cards do not say about "
            "that is not known."
        )
        yield (
            "Whether a network saw these pictures in its training cannot be told from here: its "
            "card says what it was trained on."
        )
    own = [row.name for row in rows if row.method == ONNX]
    if own:
        yield (
            f"Networks from elsewhere, trained on other pictures and masks: {', '.join(own)}. They "
            "are compared as they are, not as methods."
        )
    yield (
        "An interval tells how a mean would move with other pictures of the same sort. Two methods "
        "may differ although their intervals overlap: they restored the same details. Differences "
        "have intervals of their own."
    )
    yield "Times are of this machine, while as many processes ran as are named above."


def _left_out(findings: Findings) -> Iterator[Block]:
    if findings.left_out:
        yield Heading("Left out")
        yield Bullets(findings.left_out)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])
