"""Hypotheses as a JSON file: what they are, and the records of their restorations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.judging.hypothesis import Hypothesis

LIST = "hypotheses.json"


def read_hypotheses(path: Path) -> tuple[Hypothesis, ...]:
    """Read hypotheses from a JSON file, as an earlier run has left it or somebody edits it.

    Raises
    ------
    FileError
        If it cannot be read.
    InputError
        If it lists none, or a value cannot be.
    """
    return tuple(Hypothesis.from_dict(each) for each in read_list(path))


def read_list(path: Path) -> list[dict[str, Any]]:
    """Read what such a file says of each hypothesis, one at least; raises as `read_hypotheses`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}): choose another.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON ({error}): choose a list of hypotheses") from None
    listed = content.get("hypotheses") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not listed:
        raise InputError(f'{path} lists no hypotheses: it begins with {{"hypotheses": [')
    for each in listed:
        Hypothesis.from_dict(each)
    return listed
