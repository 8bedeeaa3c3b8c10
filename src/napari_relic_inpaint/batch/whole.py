"""Whether what an earlier run left is whole, and is what this run would make."""

from __future__ import annotations

import json
from typing import Any

from napari_relic_inpaint import files
from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.settings import Settings

NEEDED = {"damage": dict, "seconds": float, "settings": dict, "file_sha256": dict}
"""Entries of a record that are relied on here, and in an `Outcome`."""

WITHOUT_EFFECT = {"device", "scheduler", "batch", "model"}
"""Settings that change how fast a result is there, not what it is; and the model, which may go by
several names and is told by its hash."""

EARLIER = {"edge_threshold": 0.0, "precision": "auto"}
"""What runs did before these were settings, and their records could say so."""

INPUTS = {"picture": "the picture", "damage": "the damage mask"}


def read_record(job: Job) -> dict[str, Any] | None:
    """Return the record of a result, or None if there is none that can be relied on."""
    try:
        record = json.loads(job.record.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict):
        return None
    fits = all(isinstance(record.get(name), kind) for name, kind in NEEDED.items())
    return record if fits and isinstance(record["damage"].get("share"), float) else None


def why_anew(
    job: Job, record: dict[str, Any], settings: Settings, model: dict[str, Any] | None
) -> str:
    """Tell why a picture has to be restored anew.

    Parameters
    ----------
    job : Job
        The files.
    record : dict
        The record beside the result, from `read_record`.
    settings : Settings
        The options of this run.
    model : dict, optional
        What the record would say about the model of this run.

    Returns
    -------
    str
        The reason; empty if the result is whole and made from these files with these settings.

    Raises
    ------
    FileError
        If somebody changed the result since, so that their work would be lost, or if a file cannot
        be read.
    """
    hashes = record["file_sha256"]
    for role, path in job.outputs.items():
        if not path.exists() or role not in hashes:
            return f"{path.name} is missing"
        if files.file_sha256(path) != hashes[role]:
            _check_unreadable(job, role)
            return f"{path.name} is damaged or cut off"
    changed = [
        INPUTS[role] for role in INPUTS if files.file_sha256(job.inputs[role]) != hashes.get(role)
    ]
    if changed:
        return f"{' and '.join(changed)} changed since"
    if record.get("mask") != job.reading.as_dict():
        return _why_read_anew(job, record)
    for name, value in settings.as_dict().items():
        before = record["settings"].get(name, EARLIER.get(name))
        if name not in WITHOUT_EFFECT and before != value:
            return f"{name} was {before}, not {value}"
    # As it comes back from a file: JSON knows no tuples.
    same_model = record.get("model") == json.loads(json.dumps(model))
    return "" if same_model else "another model was used"


def _why_read_anew(job: Job, record: dict[str, Any]) -> str:
    before = record.get("mask")
    if not isinstance(before, dict):
        return "an older version made it, which read some masks in another way"
    other = before.get("label") != job.reading.label
    return "another label counted as damage" if other else "the mask was read in another way"


def _check_unreadable(job: Job, role: str) -> None:
    path = job.outputs[role]
    try:
        files.read_picture(path)
    except FileError:
        return
    raise FileError(
        f"{path} was changed after it was restored: move it to another folder, or allow "
        "overwriting."
    )
