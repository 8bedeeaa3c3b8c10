"""A small restoration with everything that a report can tell of."""

from datetime import date

import numpy as np

from napari_relic_inpaint.documenting.material import Check, Material, Shown
from napari_relic_inpaint.documenting.notes import Note
from napari_relic_inpaint.marking.classes import PRESET
from napari_relic_inpaint.record import SOURCE_TYPE

HOSTILE = "<script>alert('x')</script> & \"wall\" {{ 7*7 }}"
TODAY = date(2026, 11, 28)

RECORD = {
    "software": {"name": "napari-relic-inpaint", "version": "0.1.0"},
    "created": "2026-11-28T13:33:40+00:00",
    "digital_source_type": SOURCE_TYPE,
    "picture": {"black": 0.0, "white": 255.0, "sha256": "aa" * 32},
    "damage": {"widest": 9, "sha256": "bb" * 32},
    "edges": {"source": "predicted", "sha256": "cc" * 32},
    "settings": {"method": "two-stage", "window": 256},
    "model": {"name": "relic-base", "version": "0.6", "sha256": {"edge": "dd" * 32}},
    "detail": {"copied": 0.42},
    "warnings": ["The damage has a wide place."],
    "seconds": 12.5,
    "versions": {"numpy": "2.0"},
    "file_sha256": {"picture": "ee" * 32},
    "hypotheses": [{"name": "no edges", "settings": {"method": "spline"}}],
    "choices": [{"hole": [4, 5], "hypothesis": "no edges"}],
    "others": "own edges",
}


def bench(**changes):
    """Return material of a picture 40 x 60 with two pieces of damage."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)
    labels = np.zeros((40, 60), np.uint8)
    labels[4:12, 5:15], labels[30, 10:50] = 1, 2
    result = picture.copy()
    result[labels > 0] = 100
    sources = np.full((40, 60, 3), -1, np.int32)
    sources[4:12, 5:15] = (20, 30, 0)
    given = {
        "picture": Shown(picture, True, HOSTILE),
        "result": Shown(result, True, "restored.tif"),
        "damage": labels,
        "damage_name": "mask.png",
        "object_name": HOSTILE,
        "author": HOSTILE,
        "classes": PRESET,
        "pixel_size": (0.5, 0.5),
        "edges": labels > 0,
        "sources": Shown(sources, True, "sources"),
        "displays": [Shown(result, True, "rigatino")],
        "record": RECORD,
        "notes": [
            Note(hole=(4, 5), status="analogy", text=HOSTILE, author=HOSTILE, date=TODAY),
            Note(label=2, status="evidence", text="Both sides fit.", date=TODAY),
            Note(status="hypothesis", text="Seen by two of us.", date=TODAY),
        ],
        "scores": [{"area": "all damage", "psnr": 31.2, "ciede2000": "nan", "lpips": None}],
        "checks": [Check("result", True), Check("picture", False)],
    }
    return Material(**given | changes)
