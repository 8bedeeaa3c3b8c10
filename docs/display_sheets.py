"""Make the pictures of display.md: parts of the samples in every display mode, pixel on pixel.

python docs/display_sheets.py
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from napari_relic_inpaint import InputError, render, restore, samples
from napari_relic_inpaint.showing.modes import MODES

FOLDER = Path(__file__).parent / "images"
PARTS = {
    "fresco": (slice(140, 360), slice(440, 700)),
    "coins": (slice(20, 220), slice(120, 380)),
    "manuscript": (slice(40, 260), slice(70, 330)),
}
"""Rows and columns that are shown of each sample."""
COLUMNS, GAP, TITLE = 3, 8, 16


def in_bytes(part: np.ndarray) -> np.ndarray:
    """Return a part of a picture as 8-bit RGB."""
    values = part if part.dtype == np.uint8 else (part >> 8).astype(np.uint8)
    return values if values.ndim == 3 else np.repeat(values[..., None], 3, axis=-1)


def make_sheet(name: str) -> None:
    """Damaged, and restored in each mode that fits, with the mode's name above."""
    sample, part = samples.load(name), PARTS[name]
    restored = restore(sample.picture, sample.damage, rgb=sample.rgb).picture
    shown = {"damaged": sample.picture}
    for mode in MODES:
        try:
            shown[mode] = render(restored, sample.damage, mode, rgb=sample.rgb)
        except InputError:
            # What is grey has no colour to lose.
            continue
    height, width = (side.stop - side.start for side in part)
    rows = -(-len(shown) // COLUMNS)
    cell = height + TITLE + GAP, width + GAP
    sheet = Image.new("RGB", (COLUMNS * cell[1] - GAP, rows * cell[0] - GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (title, picture) in enumerate(shown.items()):
        row, column = divmod(number, COLUMNS)
        corner = column * cell[1], row * cell[0]
        pen.text((corner[0] + 2, corner[1] + 2), title, fill="black")
        sheet.paste(Image.fromarray(in_bytes(picture[part])), (corner[0], corner[1] + TITLE))
    sheet.save(FOLDER / f"display-{name}.png", optimize=True)


if __name__ == "__main__":
    for each in PARTS:
        make_sheet(each)
