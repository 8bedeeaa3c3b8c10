"""Tells in napari's status bar where the pixel under the cursor was copied from."""

from __future__ import annotations

from typing import Any

from napari.layers import Layer

from napari_relic_inpaint.detail.maps import SourceMaps


def tell_sources(layer: Layer, sources: SourceMaps | None) -> None:
    """Let a layer say where its pixels came from, whenever napari asks it for its status.

    Parameters
    ----------
    layer : Layer
        A layer on the picture's pixels.
    sources : SourceMaps or None
        Where they came from; None says nothing any more.
    """
    usual = type(layer).get_status

    def get_status(position: Any = None, **options: Any) -> Any:
        status = usual(layer, position, **options)
        where = _place(layer, sources, position, options.get("world", True))
        if where:
            status["coordinates"] = f"{status.get('coordinates', '')}; {where}"
            status["value"] = f"{status.get('value', '')}; {where}"
        return status

    # napari has no place for what a plugin knows of a pixel.
    if sources is None:
        vars(layer).pop("get_status", None)
    else:
        layer.get_status = get_status


def _place(layer: Layer, sources: SourceMaps | None, position: Any, world: bool) -> str:
    if sources is None or position is None:
        return ""
    data = layer.world_to_data(position) if world else position
    *index, row, column = (round(float(n)) for n in data)
    *stack, height, width, _ = sources.shape
    limits = zip((*index, row, column), (*stack, height, width), strict=True)
    if not all(0 <= n < limit for n, limit in limits):
        return ""
    found = sources.source_at(tuple(index), row, column)
    if found is None:
        return ""
    return f"copied from row {found[0]}, column {found[1]}" + ", mirrored" * found[2]
