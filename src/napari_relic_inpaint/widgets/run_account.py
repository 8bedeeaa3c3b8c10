"""What a finished restoration is told of, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from napari.layers import Layer

from napari_relic_inpaint.remedies import NAPARI, worded
from napari_relic_inpaint.widgets.layers import LARGE
from napari_relic_inpaint.widgets.run import Outcome


def account(layers: list[Layer], outcome: Outcome) -> Iterator[str]:
    """Tell in sentences what was done and where to find it."""
    windows, same = outcome.record["windows"], outcome.record["windows_remembered"]
    if same == windows > 0:
        yield "The painting is that of an earlier run: nothing it depends on had changed."
    elif same:
        were = "was" if windows - same == 1 else "were"
        yield f"{windows - same} of {windows} windows {were} run, the others had not changed."
    where = f"The result is in '{layers[0].name}'"
    if len(layers) > 1:
        where += f"; the edges it follows are in '{layers[1].name}', hidden"
    yield f"{where}."
    if outcome.source_colours is not None:
        copied = outcome.record["detail"]["copied"]
        yield f"Detail was copied for {copied:.0%} of the damage; its sources have a hidden layer."
    for entry in (outcome.record["damage"], outcome.record["edges"] or {}):
        if "matrix" in entry.get("placed", {}):
            yield entry["placed"]["note"]
    for sentence in outcome.record.get("warnings", ()):
        yield worded(sentence, NAPARI)
    if outcome.edges_too_large:
        limit = LARGE // 10**6
        yield f"Its edges have no layer, since the picture is over {limit} megapixels."
