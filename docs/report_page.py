"""Make the picture of a report in docs/images: the fresco is restored, noted on and reported.

python docs/report_page.py [en|de|it|zh]; needs WeasyPrint, and pdftoppm of poppler-utils.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageOps

from napari_relic_inpaint import restore, samples
from napari_relic_inpaint.documenting.material import Material, Shown
from napari_relic_inpaint.documenting.notes import made_note
from napari_relic_inpaint.documenting.report import write_report_steps
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.marking.finding_holes import find_holes
from napari_relic_inpaint.steps import finish

PAGES = 3
RESOLUTION = 68
GAP = 14


def main(language: str = "en") -> None:
    example = samples.load("fresco")
    result = restore(example.picture, example.damage, rgb=True)
    first, second = sorted(find_holes(example.damage), key=lambda hole: -hole.pixels)[:2]
    record = result.record
    said = [
        (
            first.position,
            "hypothesis",
            "The border is continued from both sides.",
        ),
        (second.position, "analogy", "After the same ornament on the other side."),
    ]
    day = np.datetime64(record["created"][:10]).item()
    material = Material(
        picture=Shown(example.picture, True, "fresco.tif"),
        result=Shown(result.picture, True, "fresco_restored.tif"),
        damage=example.damage,
        title="Fresco, a sample",
        author="A. Conservator",
        classes=PRESET,
        edges=result.edges,
        sources=Shown(result.sources, True, "sources"),
        record=record,
        notes=[
            made_note(hole=hole, status=status, text=text, author="A. Conservator", day=day)
            for hole, status, text in said
        ],
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        finish(write_report_steps(path, material, language))
        pages = ["pdftoppm", "-r", str(RESOLUTION), "-l", str(PAGES), "-png", str(path)]
        subprocess.run([*pages, str(Path(folder) / "page")], check=True)
        found = sorted(path.parent.glob("*.png"))
        shown = [ImageOps.expand(Image.open(each), 1, "#bbb") for each in found]
    width = sum(page.width for page in shown) + GAP * (len(shown) - 1)
    sheet = Image.new("RGB", (width, shown[0].height), "white")
    for number, page in enumerate(shown):
        sheet.paste(page, (number * (page.width + GAP), 0))
    sheet.quantize(128).save(Path(__file__).parent / "images" / "report.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
