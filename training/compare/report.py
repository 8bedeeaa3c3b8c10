"""The text of a report: which sections it has, and what they say about the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from training.compare import places
from training.compare.cases import choose_details
from training.compare.contenders import Contender
from training.compare.document import (
    Block,
    Bullets,
    Code,
    Heading,
    Image,
    Paragraph,
    listed,
)
from training.compare.findings import Findings
from training.compare.notes import notes
from training.compare.results import Results
from training.compare.statistics import FEWEST, SEED, Lead, find_lead
from training.compare.tables import (
    LEADING,
    NETWORK_DISTANCES,
    Measure,
    ablation_table,
    lead_table,
    means_table,
    pairs_table,
    scored,
)

TITLE = "Comparison of restoration methods"

REAL_DAMAGE = (
    "Nobody knows what these pictures looked like when they were intact. As in the paper, each "
    "restored picture is compared with the damaged one it was made from. Such a number says how "
    "little was changed, not how well it was restored: every repair counts as an error, and a "
    "method that left all damage as it is would score highest. Look at the pictures, and trust the "
    "scores with artificial damage."
)

DISAGREEMENT = (
    "PSNR, SSIM and CIEDE2000 ask whether every pixel has the value that it had: they are about "
    "being faithful. Texture and the distances of networks (VGG, LPIPS) ask whether the fill "
    "looks like what was there: they are about appearance. Nobody can know where each crack and "
    "brush hair ran under a loss. A fill that shows them in other places is wrong twice, where "
    "they are and where they should be; a fill that shows the average of all that might have been "
    "is wrong once, and looks smeared. So a smooth fill tends to win by the first kind of score "
    "and to lose by the second. Detail copied from elsewhere in the picture is right in kind, not "
    "in place: it loses some PSNR by nature and gains in appearance. Texture does not ask for the "
    "place at all, so noise would have as much; the networks' distances do a little. Read the "
    "first kind for colours and lines, the second for the surface, and look at the pictures."
)


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
        notes,
        _left_out,
    )
    return [block for section in sections for block in section(findings)]


def _summary(findings: Findings) -> Iterator[Block]:
    counts = [sum(case.kind == kind for case in findings.cases) for kind in findings.kinds]
    kinds = listed([f"{n} x {kind}" for n, kind in zip(counts, findings.kinds, strict=True)])
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
    parts = [f"above every other method on {listed(above)}"] if above else []
    parts += [f"not above every other method on {listed(below)}"] if below else []
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
        f"Table 1. Two intact details with artificial damage: {listed(names[:2])}",
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
        "lower the better, about 1 is just visible. Texture: a share of what was there, the nearer "
        f"1 the better{_distances(findings.results)}. Seconds: median of one restoration, loading "
        "the model included."
    )
    for kind in findings.kinds:
        cases = [case for case in findings.cases if case.kind == kind]
        yield means_table(findings.results, findings.lineup, cases)
    yield Heading("Why the two kinds of score disagree")
    yield Paragraph(DISAGREEMENT)


def _distances(results: Results) -> str:
    """Go on about those distances of networks that there are."""
    distances = [measure.title for measure in scored(results) if measure in NETWORK_DISTANCES]
    return f"; {listed(distances)}: the lower the better" if distances else ""


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


def _left_out(findings: Findings) -> Iterator[Block]:
    if findings.left_out:
        yield Heading("Left out")
        yield Bullets(findings.left_out)
