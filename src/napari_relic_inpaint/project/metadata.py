"""What of a layer's metadata a project can hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import JsonValue


def as_metadata(metadata: dict[Any, Any]) -> tuple[dict[str, JsonValue], list[str]]:
    """Return what of a layer's metadata JSON can hold, and the names of what it cannot."""
    kept: dict[str, JsonValue] = {}
    lost = []
    for name, value in metadata.items():
        try:
            if not isinstance(name, str):
                raise TypeError(name)
            kept[name] = json.loads(json.dumps(value, allow_nan=False, default=_plain))
        except (TypeError, ValueError, RecursionError):
            lost.append(str(name))
    return kept, lost


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.size <= 1_000_000:
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(value)
