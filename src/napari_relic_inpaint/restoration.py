"""The whole way from a damaged picture to a restored one, as steps that can be watched."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.detail.maps import ConfidenceMaps, SourceMaps
from napari_relic_inpaint.picture.picture import Picture, is_colour
from napari_relic_inpaint.retouching import Retouching
from napari_relic_inpaint.steps import Step, finish
from napari_relic_inpaint.windows.window_memory import WindowMemory


@dataclass(frozen=True)
class Restoration:
    """The result of a restoration.

    Attributes
    ----------
    picture : array
        Same shape and dtype as the input; identical to it outside the damage, bit for bit.
    edges : array of uint8 or None
        ``(..., H, W)``, 1 = edge: Canny edges around the damage and completed ones inside it.
        None for methods without edges.
    record : dict
        What was done, with what; takes JSON.
    sources : SourceMaps or None
        Array-like ``(..., H, W, 3)`` of int32: row and column that each pixel of the detail was
        copied from, and 1 if mirrored left to right; -1 for what is known or was painted. None
        without detail.
    confidence : ConfidenceMaps or None
        Array-like ``(..., H, W)`` of float32: 1 for what is known, 0 for what was painted, and how
        well the source suits for what was copied. None without detail.
    """

    picture: NDArray[Any]
    edges: NDArray[np.uint8] | None
    record: dict[str, Any] = field(repr=False)
    sources: SourceMaps | None = field(default=None, repr=False)
    confidence: ConfidenceMaps | None = field(default=None, repr=False)


def restore(
    picture: Any,
    damage: Any,
    *,
    rgb: bool | None = None,
    edges: Any | None = None,
    copy_from: Any | None = None,
    never_from: Any | None = None,
    should_stop: Callable[[], bool] | None = None,
    **options: Any,
) -> Restoration:
    """Restore the damaged parts of a picture.

    Parameters
    ----------
    picture : array-like
        ``(..., H, W)`` grey or ``(..., H, W, C)`` colour, integers or floats; leading axes are a
        stack of planes, each restored on its own. Of three or more channels the first three are
        RGB; the others (alpha, infrared, ...) stay as they are.
    damage : array-like
        ``(H, W)`` for all planes or ``(..., H, W)``, one per plane; nonzero = damaged.
    rgb : bool, optional
        Whether the last axis is colour; by default told from the two shapes.
    edges : array-like, optional
        Same shape as the damage of all planes or of one; nonzero = edge. Replaces the predicted
        edges inside the damage; outside it has no effect.
    copy_from, never_from : array-like, optional
        Same shape as the damage of all planes or of one; nonzero = detail may only be copied from
        there, or never. The damage itself is never copied from.
    should_stop : callable, optional
        Asked often; when it says True the run ends with `Stopped` within a second.
    **options
        ``method``, ``model``, ``device``, ``scheduler``, ``window``, ``batch``,
        ``coarse_to_fine``, ``postprocess``, ``detail``: see `Settings`.

    Returns
    -------
    Restoration
        Picture, edges and record.

    Raises
    ------
    InputError
        If picture, damage, edges or an option cannot be worked with.
    ModelError
        If the model cannot be loaded.
    Stopped
        If ``should_stop`` said so.

    Warns
    -----
    UserWarning
        If an accelerator ran out of memory and the run went on on the CPU.
    """
    steps = restore_steps(
        picture,
        damage,
        rgb=rgb,
        edges=edges,
        copy_from=copy_from,
        never_from=never_from,
        should_stop=should_stop,
        **options,
    )
    return finish(steps)


def restore_steps(
    picture: Any,
    damage: Any,
    *,
    rgb: bool | None = None,
    edges: Any | None = None,
    copy_from: Any | None = None,
    never_from: Any | None = None,
    should_stop: Callable[[], bool] | None = None,
    memory: WindowMemory | None = None,
    **options: Any,
) -> Generator[Step, None, Restoration]:
    """Restore as `restore` does, yielding a `Step` after each part of the work.

    With the `WindowMemory` of an earlier run, windows in which nothing has changed since are not
    run again.

    Closing the generator between two steps stops the run and leaves nothing behind. Its return
    value is the `Restoration`.
    """
    # From here on only the copy is read: what the caller does to the original meanwhile has no
    # effect, and a lazy picture is computed once.
    rgb = is_colour(picture, damage) if rgb is None else rgb
    result = Picture(picture, rgb=rgb).copy()
    work = Retouching(
        result,
        damage,
        rgb=rgb,
        edges=edges,
        copy_from=copy_from,
        never_from=never_from,
        should_stop=should_stop,
        memory=memory,
        **options,
    )
    yield from work.steps()
    work.picture.paste_into(result)
    edge_maps = None if work.edges is None else np.asarray(work.edges)
    return Restoration(result, edge_maps, work.record, work.sources, work.confidence)
