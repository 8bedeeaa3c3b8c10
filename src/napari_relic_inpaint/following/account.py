"""The record of a restoration that follows its mask."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from napari_relic_inpaint.following.plane_state import PlaneState
from napari_relic_inpaint.following.stages import Stages
from napari_relic_inpaint.picture.lazy_planes import EdgeMaps
from napari_relic_inpaint.picture.picture import ValueRange
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.record import make_record
from napari_relic_inpaint.retouching import method_record
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.windows.grid import Grid


def record_of(
    stages: Stages,
    states: dict[tuple[int, ...], PlaneState],
    *,
    edges: EdgeMaps | None,
    scale: ValueRange,
    picture_sha256: str,
    settings: Settings,
    seconds: float,
) -> dict[str, Any]:
    """Return the record of what there is now; ``seconds`` are those of the last change."""
    shape = stages.picture.shape
    damaged = sum(len(state.pixels) for state in states.values())
    widest = max(state.survey.now.widest for state in states.values())
    grid = Grid.over(shape, stages.window)
    windows = sum(len(grid.damaged(state.pixels.any_in)) for state in states.values())
    share = damaged / (shape[0] * shape[1] * len(states))
    return make_record(
        picture=stages.picture,
        scale=scale,
        picture_sha256=picture_sha256,
        mask_sha256=_mask_sha256(shape, states),
        damaged=damaged,
        widest=widest,
        edges=edges,
        edges_drawn=stages.drawn is not None,
        settings=settings,
        method=method_record(stages.method, stages.copying, widest, share),
        windows=windows,
        remembered=windows - sum(state.ran for state in states.values()),
        seconds=seconds,
    )


def _mask_sha256(shape: tuple[int, int], states: dict[tuple[int, ...], PlaneState]) -> str:
    """Hash the masks of all planes as a survey does."""
    digest = hashlib.sha256()
    for state in states.values():
        for rows in bands(*shape):
            mask = state.pixels.mask((rows, slice(0, shape[1])))
            digest.update(np.ascontiguousarray(mask).data)
    return digest.hexdigest()
