"""JSON from strangers: small enough, not too deep, and nothing but JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import FileError

LARGEST_BYTES = 64 * 2**20
DEEPEST = 100


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    FileError
        If it is missing, too large, too deep, or no JSON in UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise FileError(
                f"{path} has {size / 1e6:.0f} MB, more than the {LARGEST_BYTES / 1e6:.0f} MB that "
                "the description of a project can have: it is none."
            )
        with path.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path} cannot be read ({error.strerror}).") from error
    return parse_json(content, str(path))


def parse_json(content: bytes, where: str) -> Any:
    """Parse JSON; the errors are those of `read_json`."""
    try:
        parsed = json.loads(content.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{where} is damaged ({error}).") from error
    if isinstance(parsed, dict | list):
        _check_depth(parsed, where)
    return parsed


def _check_depth(content: Any, where: str) -> None:
    level = [content]
    for _ in range(DEEPEST):
        level = [
            each
            for part in level
            for each in (part.values() if isinstance(part, dict) else part)
            if isinstance(each, dict | list)
        ]
        if not level:
            return
    raise FileError(f"{where} is nested deeper than {DEEPEST} levels: it is refused.")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def to_json(content: Any) -> bytes:
    """Return JSON in ASCII, as `read_json` takes it."""
    return json.dumps(content, indent=1, allow_nan=False).encode("ascii") + b"\n"
