"""What a report is made from, whether it comes from files or from layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from napari_relic_inpaint.documenting.notes import Note
from napari_relic_inpaint.marking.classes import DamageClass
from napari_relic_inpaint.marking.damage_table import PixelSize


@dataclass(frozen=True)
class Shown:
    """A picture that the report shows.

    Attributes
    ----------
    data : array-like
        ``(..., H, W)`` or, with `rgb`, ``(..., H, W, C)``; lazy ones are read in bands of rows.
    rgb : bool
        Whether the last axis is colour.
    name : str
        What it is called: a layer, or a file.
    icc : bytes, optional
        Its colour profile.
    negative : bool
        Whether its highest value is black.
    """

    data: Any = field(repr=False)
    rgb: bool
    name: str = ""
    icc: bytes | None = field(default=None, repr=False)
    negative: bool = False


@dataclass(frozen=True)
class Check:
    """Something that was compared for the report.

    Attributes
    ----------
    what : str
        A key of `contents.CHECKS`.
    holds : bool
        Whether it is so.
    """

    what: str
    holds: bool


@dataclass(frozen=True)
class Material:
    """Everything that a report tells of.

    Attributes
    ----------
    title, object_name, author : str
        For the head of the report; the title is the picture's name where it is empty.
    picture, result : Shown
        Before and after.
    damage : array-like
        Labels ``(H, W)`` or ``(..., H, W)``, 0 is intact.
    damage_name : str
    classes : sequence of DamageClass
    pixel_size : (float, float), optional
        Height and width of a pixel in millimetres.
    edges : array-like, optional
        ``(..., H, W)``, an edge where it is not 0.
    sources : Shown, optional
        Where detail came from: colours, or rows, columns and mirroring as whole numbers.
    displays : sequence of Shown
        The result as it is to be shown, by display modes.
    record : mapping
        The provenance record; empty if there is none.
    notes : sequence of Note
    scores : sequence of mapping
        Rows of measurements, by the names of `measuring.Row`.
    hypotheses : sequence of mapping
        Names and settings of those that were compared, if the record does not tell.
    checks : sequence of Check
    """

    picture: Shown
    result: Shown
    damage: Any = field(repr=False)
    damage_name: str = ""
    title: str = ""
    object_name: str = ""
    author: str = ""
    classes: Sequence[DamageClass] = ()
    pixel_size: PixelSize | None = None
    edges: Any | None = field(default=None, repr=False)
    sources: Shown | None = None
    displays: Sequence[Shown] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    scores: Sequence[Mapping[str, Any]] = ()
    hypotheses: Sequence[Mapping[str, Any]] = ()
    checks: Sequence[Check] = ()
