"""The files of one restoration: what is read and what is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from napari_relic_inpaint.files import AS_DRAWN, MaskReading, record_path


@dataclass(frozen=True)
class Job:
    """One picture to restore.

    Attributes
    ----------
    picture, damage : Path
        The damaged picture and its mask.
    result : Path
        Where the restored picture goes; its record goes beside it.
    reading : MaskReading
        Which values of the mask count as damage.
    edges : Path, optional
        Edges to follow instead of predicting them.
    saved_edges : Path, optional
        Where the edges that were followed go.
    copy_from, never_from : Path, optional
        Masks of where detail may be copied from, or never.
    saved_sources, saved_confidence : Path, optional
        Where the maps go that tell where each pixel was copied from, and how well that suits.
    """

    picture: Path
    damage: Path
    result: Path
    reading: MaskReading = AS_DRAWN
    edges: Path | None = None
    saved_edges: Path | None = None
    copy_from: Path | None = None
    never_from: Path | None = None
    saved_sources: Path | None = None
    saved_confidence: Path | None = None

    @property
    def record(self) -> Path:
        """Where the record of the result goes."""
        return record_path(self.result)

    @property
    def inputs(self) -> dict[str, Path]:
        """The files that are read, by their role in the record."""
        roles = {
            "picture": self.picture,
            "damage": self.damage,
            "edges": self.edges,
            "copy_from": self.copy_from,
            "never_from": self.never_from,
        }
        return {role: path for role, path in roles.items() if path is not None}

    @property
    def outputs(self) -> dict[str, Path]:
        """The pictures that are written, by their role in the record."""
        roles = {
            "result": self.result,
            "saved_edges": self.saved_edges,
            "saved_sources": self.saved_sources,
            "saved_confidence": self.saved_confidence,
        }
        return {role: path for role, path in roles.items() if path is not None}

    def absolute(self) -> Job:
        """Return the job with paths that do not depend on the working directory."""
        paths = {role: path.absolute() for role, path in (self.inputs | self.outputs).items()}
        return replace(self, **paths)  # type: ignore[arg-type]
