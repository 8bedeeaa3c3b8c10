"""The bench: layers with their pixels, and what is seen of them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_relic_inpaint.project.description import (
    FileContent,
    LayerDescription,
    SavedLayer,
    View,
    WidgetState,
)


@dataclass(frozen=True, eq=False)
class BenchLayer:
    """A layer with its pixels.

    Attributes
    ----------
    description : LayerDescription
        What it is called and how it is shown.
    data : list of array-like, or list of dict
        Pixels at full size, and smaller copies if it has any; outlines as `ShapesContent` has them.
    file : Path, optional
        The file it was opened from.
    reference : FileContent, optional
        What a project said of that file.
    revision : hashable, optional
        Stands for the state of the data: while it is the same, what was written is not written
        again. None if nobody knows.
    """

    description: LayerDescription
    data: list[Any]
    file: Path | None = None
    reference: FileContent | None = None
    revision: Hashable = None


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything that a project keeps.

    Attributes
    ----------
    layers : list of BenchLayer or SavedLayer
        From bottom to top; one that could not be opened stands here as the project has it, so that
        it is not lost when the project is saved again.
    view : View
        What is seen of them.
    widgets : list of WidgetState
        Widgets that are open.
    """

    layers: list[BenchLayer | SavedLayer]
    view: View = field(default_factory=View)
    widgets: list[WidgetState] = field(default_factory=list)
