"""Records beside pictures: JSON files."""

import json
import os
from pathlib import Path
from typing import Any

from napari_relic_inpaint.files.atomic import check_target, replacing


def check_record(path: Path, *, overwrite: bool) -> None:
    """Check that a record can be written, before the work that leads to it; raises `FileError`."""
    check_target(path, overwrite)


def write_json(path: str | os.PathLike[str], content: dict[str, Any], *, overwrite: bool) -> None:
    """Write a record as JSON (UTF-8, indented), whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to write.
    content : dict
        What to write.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FileError
        If the file exists and `overwrite` is False, or it cannot be written.
    """
    text = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    with replacing(Path(path), overwrite, len(text)) as stream:
        stream.write(text)
