"""The Damage widget: a new mask, strokes, the table that follows them, and proposals."""

import sys

import numpy as np
from qtpy.QtWidgets import QLabel, QTableView
from sight import seen
from user import User, begin

FORBIDDEN = ("triton", "torch._dynamo", "torchvision")


def pieces() -> set[str]:
    """Return what the table says in its column of pieces, as far as it is seen."""
    said = set()
    for table in seen(QTableView):
        model = table.model()
        for row in range(model.rowCount()):
            texts = [str(model.index(row, n).data()) for n in range(model.columnCount())]
            if texts[0] == "lacuna":
                said.add(texts[1])
    return said


def walk(user: User):
    yield from user.presses("New mask for this picture")
    mask = user.viewer.layers["wall damage"]
    mask.brush_size = 12
    yield from user.strokes((60, 40), (60, 90))
    yield lambda: "1" in pieces()
    yield from user.strokes((120, 150), (110, 180))
    yield lambda: "2" in pieces()
    user.found["damage"] = np.array(mask.data).tolist()
    yield from user.unfolds("Proposals")
    yield from user.presses("Propose")
    yield lambda: any(
        "Nothing was found" in label.text() or "pieces, " in label.text() for label in seen(QLabel)
    )
    user.found["loaded"] = [name for name in FORBIDDEN if name in sys.modules]


begin(walk)
