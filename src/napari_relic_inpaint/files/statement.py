"""What a restored picture says of itself: how it came about, with what, and which record tells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

ATTRIBUTE = "relic_inpaint"
"""Key of the statement in a zarr folder."""

_OF_FILES = ("files", "file_sha256")


@dataclass(frozen=True)
class Statement:
    """What goes into the file of a restored picture.

    Attributes
    ----------
    digital_source_type : str
        IPTC's address for how the picture came about.
    record_sha256 : str
        What `record_sha256` gives for the record beside the picture.
    software, version : str
        The program.
    when : str
        Date and time of the restoration, as in ISO 8601.
    done : str
        What was done, for the history.
    method : str
        How the damage was filled; empty for a display rendering, which fills nothing.
    models : tuple of str
        Names and versions of the models.
    weights : tuple of str
        A hash of each of their files, as ``model/file sha256:...``.
    """

    digital_source_type: str
    record_sha256: str
    software: str
    version: str
    when: str
    done: str
    method: str
    models: tuple[str, ...]
    weights: tuple[str, ...]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Statement:
        """Return what a picture with this record says."""
        software = record.get("software") or {}
        models = {_called(model): model for model in _models(record)}
        return cls(
            str(record.get("digital_source_type", "")),
            record_sha256(record),
            str(software.get("name", "napari-relic-inpaint")),
            str(software.get("version", "")),
            str(record.get("created", "")),
            "fills shown, not restored anew" if is_rendering(record) else "damage filled",
            str(record.get("settings", {}).get("method", "")),
            tuple(models),
            tuple(
                f"{model.get('name', '')}/{part} sha256:{digest}"
                for model in models.values()
                for part, digest in _hashes(model)
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return json.loads(json.dumps(asdict(self)))


def is_rendering(record: Mapping[str, Any]) -> bool:
    """Tell whether a record is that of a display rendering, which is no restoration."""
    return isinstance(record.get("display"), Mapping)


def record_sha256(record: Mapping[str, Any]) -> str:
    """Return the hash by which a picture names its record.

    A record also has the hash of the picture's file, which in turn has this hash. So it is that of
    the record without names and hashes of files, as JSON in ASCII with sorted keys and no spaces.
    """
    content = {key: value for key, value in record.items() if key not in _OF_FILES}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def names_record(xmp: bytes | None, digest: str) -> bool:
    """Tell whether XMP names the record of this hash."""
    return xmp is not None and digest.encode() in xmp


def _models(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the models of a record, and of those that it was composed of."""
    if isinstance(record.get("model"), Mapping):
        yield record["model"]
    for hypothesis in record.get("hypotheses") or ():
        if isinstance(hypothesis, Mapping):
            yield from _models(hypothesis)
            yield from _models(hypothesis.get("record") or {})


def _called(model: Mapping[str, Any]) -> str:
    return f"{model.get('name', '')} {model.get('version', '')}".strip()


def _hashes(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = model.get("sha256")
    return list(found.items()) if isinstance(found, Mapping) else [("weights", str(found))]
