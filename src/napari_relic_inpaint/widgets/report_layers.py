"""The material of a report, from the layers of the bench."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_relic_inpaint import files
from napari_relic_inpaint.documenting.material import Material, Shown
from napari_relic_inpaint.documenting.notes import Note
from napari_relic_inpaint.errors import FileError
from napari_relic_inpaint.widgets.classed_layer import classes_of
from napari_relic_inpaint.widgets.layers import (
    DISPLAY_KEY,
    HYPOTHESES_KEY,
    RECORD_KEY,
    SCORES_KEY,
    SOURCES_KEY,
    is_result,
    planes_shape,
    snapshot,
)
from napari_relic_inpaint.widgets.opening import source_file
from napari_relic_inpaint.widgets.pixel_scale import size_in_world
from napari_relic_inpaint.widgets.placing import labels_on


def material_of(
    viewer: ViewerModel,
    picture: Image,
    damage: Labels,
    result: Image,
    notes: tuple[Note, ...],
    *,
    title: str = "",
    object_name: str = "",
    author: str = "",
) -> Material:
    """Return what the layers tell of a restoration; what is in memory is copied.

    Parameters
    ----------
    viewer : ViewerModel
        Where edges, sources and display modes of the result are looked for.
    picture, damage, result : layers
        Before, what was damaged, and after.
    notes : tuple of Note
        About the damage.
    title, object_name, author : str
        As in `Material`.
    """
    record = result.metadata.get(RECORD_KEY)
    record = record if isinstance(record, dict) else {}
    scores = result.metadata.get(SCORES_KEY)
    edges = next(_of_result(viewer, Labels, record), None)
    sources = next(
        (each for each in _of_result(viewer, Image, record) if SOURCES_KEY in each.metadata), None
    )
    return Material(
        picture=_shown(picture),
        result=_shown(result),
        damage=labels_on(picture, damage).data,
        damage_name=damage.name,
        title=title or picture.name,
        object_name=object_name,
        author=author,
        classes=classes_of(damage),
        pixel_size=size_in_world(damage) or _size_in_file(picture),
        edges=None if edges is None else snapshot(edges),
        sources=None if sources is None else _shown(sources),
        displays=[
            _shown(each)
            for each in viewer.layers
            if isinstance(each, Image)
            and DISPLAY_KEY in each.metadata
            and planes_shape(each) == planes_shape(picture)
        ],
        record=record,
        notes=notes,
        scores=scores if isinstance(scores, list) else (),
        hypotheses=_hypotheses(viewer),
    )


def _shown(layer: Image) -> Shown:
    return Shown(snapshot(layer), layer.rgb, layer.name)


def _of_result(viewer: ViewerModel, kind: type[Any], record: dict[str, Any]) -> Iterator[Any]:
    """Return the layers of a kind that the same run has given, the topmost first."""
    for layer in reversed(viewer.layers):
        if isinstance(layer, kind) and is_result(layer) and layer.metadata[RECORD_KEY] == record:
            yield layer


def _size_in_file(picture: Layer) -> tuple[float, float] | None:
    path = source_file(picture)
    if path is None or not path.exists():
        return None
    try:
        return files.pixel_size(files.open_picture(path))
    except FileError:
        return None


def _hypotheses(viewer: ViewerModel) -> list[Any]:
    for layer in reversed(viewer.layers):
        kept = layer.metadata.get(HYPOTHESES_KEY)
        if isinstance(kept, list):
            return kept
    return []
