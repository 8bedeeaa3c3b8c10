"""What to keep in mind with a report: how its numbers are made, and what they cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from training.compare.contenders import ONNX
from training.compare.document import Block, Bullets, Heading
from training.compare.findings import Findings
from training.compare.tables import LPIPS, VGG_DISTANCE, scored


def notes(findings: Findings) -> Iterator[Block]:
    """Return the section on what the numbers mean and what they do not."""
    yield Heading("What to keep in mind")
    yield Bullets(list(_cautions(findings)))


def _cautions(findings: Findings) -> Iterator[str]:
    largest = max(score.largest_change_outside for score in findings.results.scores)
    yield (
        "Every method got the same damaged pictures, zero inside the hole. The largest change that "
        f"any of them made outside the hole is {largest:g}."
    )
    yield (
        "A row is what its method paints. Only where it says so was detail copied from the picture "
        "afterwards, which is what restoring does by default."
    )
    yield (
        "PSNR is that of RGB values from 0 to 1. SSIM has a Gaussian window of 11 x 11, sigma 1.5, "
        "and is the mean of the channels. Scores with other windows or in grey cannot be compared "
        "with these."
    )
    rows = findings.lineup.entrants
    yield (
        "Texture is the root mean square, in the hole, of the picture less its mean over 9 x 9 "
        "pixels, divided by the truth's."
    )
    if VGG_DISTANCE in scored(findings.results):
        yield (
            "VGG distance: the activations relu1_1, relu2_1 and relu3_1 of VGG, each pixel's "
            "scaled to length 1; their squared distance, averaged over the hole and summed."
        )
    if LPIPS in scored(findings.results):
        yield (
            "LPIPS is that of AlexNet, version 0.1, as the mean of its map over the hole: "
            "published values are means over whole pictures."
        )
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
