"""The whole way through the workbench, from a sample to a project; then the system ends napari."""

import json
import os
import signal
import sys
from pathlib import Path

from bench import contents
from qtpy.QtCore import QPoint
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel, QTableWidget, QTextEdit
from sight import after_polls, field_beside, seen
from user import User, begin

FORBIDDEN = ("triton", "torch._dynamo", "torchvision")
NOTE = "After the rim of the coin beside it <b>"
RUN = 2
"""Hypotheses that are run; the others are unticked."""


def table_with(text: str) -> QTableWidget:
    """Return the table that is seen with this text in one of its headings or cells."""
    for table in seen(QTableWidget):
        heads = [table.horizontalHeaderItem(n).text() for n in range(table.columnCount())]
        cells = [table.item(row, 0).text() for row in range(table.rowCount())]
        if text in heads + cells:
            return table
    raise AssertionError(f"no table with {text!r} is seen")


def walk(user: User):
    viewer = user.viewer
    folder = Path(os.environ["WALK_SAVE"])
    yield from user.chooses("File", "Open Sample", "Relic Inpaint", "Damaged photograph of coins")
    yield lambda: len(viewer.layers) == 3
    yield from user.sees_napari()
    yield from user.chooses("Plugins", "Relic Inpaint", "Relic workbench")

    yield from user.unfolds("Proposals")
    yield from user.presses("Propose")
    yield lambda: any(
        "Nothing was found" in label.text() or "pieces, " in label.text() for label in seen(QLabel)
    )

    yield from user.turns_to("Restore")
    yield from user.presses("Restore")
    yield from user.reads("Done in", "The result is in 'Coins restored'")

    yield from user.turns_to("Judge")
    proposed = table_with("Own edges")
    for row in range(RUN, proposed.rowCount()):
        place = proposed.visualItemRect(proposed.item(row, 0))
        yield from user.clicks(proposed.viewport(), QPoint(place.left() + 10, place.center().y()))
    yield from user.presses("Run")
    yield from user.reads("Done in")
    holes = table_with("Apart")
    place = holes.visualItemRect(holes.item(0, 0))
    yield from user.clicks(holes.viewport(), place.center())
    yield from user.presses("Take the one shown here")
    yield from user.reads("1 taken; the picture is in")

    yield from user.turns_to("Show")
    yield from user.presses("Show honestly")
    yield lambda: any(layer.metadata.get("relic_inpaint_display") for layer in viewer.layers)
    yield after_polls(10)

    yield from user.turns_to("Report")
    yield from user.types("Author", "A. Conservator")
    yield from user.clicks(field_beside("Note", QTextEdit))
    QTest.keyClicks(field_beside("Note", QTextEdit), NOTE)
    yield from user.presses("Add")
    yield from user.presses("Write report ...")
    yield from user.names_file(str(folder / "coins.html"))
    yield from user.reads("Written as")

    yield from user.turns_to("Project")
    yield from user.presses("Save as zip ...")
    yield from user.names_file(str(folder / "coins.relic.zip"))
    yield from user.reads("Saved as")
    found = {
        "bench": contents(viewer),
        "loaded": [name for name in FORBIDDEN if name in sys.modules],
    }
    Path(os.environ["WALK_RESULT"]).write_text(json.dumps(found))
    os.kill(os.getpid(), signal.SIGKILL)


begin(walk)
