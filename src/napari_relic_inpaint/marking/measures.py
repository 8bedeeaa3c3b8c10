"""Measures as people read them."""

from __future__ import annotations

import math


def shown(value: float) -> str:
    """Return a measure with three digits or more, nothing where nobody knows it."""
    if math.isnan(value):
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
