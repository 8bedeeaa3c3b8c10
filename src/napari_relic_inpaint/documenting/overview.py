"""One way through picture, result and damage, band by band: small copies, and what has changed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.documenting.material import Material, Shown
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.reduction import block_means
from napari_relic_inpaint.marking.label_planes import LabelPlanes
from napari_relic_inpaint.picture.picture import ValueRange
from napari_relic_inpaint.picture.tiles import bands
from napari_relic_inpaint.steps import Step

LONGEST = 1600
"""Pixels of the longer side of a picture in a report: some 200 per inch on A4."""


@dataclass(frozen=True)
class Overview:
    """What a report shows of a plane, every picture of the same size.

    Attributes
    ----------
    plane : tuple of int
        Which plane of a stack is shown: the first one with damage.
    planes : int
        How many there are.
    shape : (int, int)
        Height and width in pixels of the picture itself.
    factor : int
        So many of its pixels make one of these.
    picture, result : (h, w, 3) array of uint8
    displays : list of (h, w, 3) array of uint8
    labels : (h, w) array of int
        The highest label of each block: cracks stay visible.
    edges : (h, w) array of bool or None
    sources : (h, w, 3 or 4) array of uint8 or None
    changed_outside : int or None
        Pixels outside the damage, of all planes, that are not as they were; None if the pictures
        cannot be compared.
    """

    plane: tuple[int, ...]
    planes: int
    shape: tuple[int, int]
    factor: int
    picture: NDArray[np.uint8]
    result: NDArray[np.uint8]
    labels: NDArray[np.integer]
    displays: list[NDArray[np.uint8]] = field(default_factory=list)
    edges: NDArray[np.bool_] | None = None
    sources: NDArray[np.uint8] | None = None
    changed_outside: int | None = None


def overview_steps(material: Material) -> Generator[Step, None, Overview]:
    """Read everything once, yielding a `Step` after each band of rows.

    Raises
    ------
    InputError
        If result or damage have another size than the picture.
    """
    labels = LabelPlanes(material.damage)
    stack, shape = _sizes(material.picture)
    _check_sizes(material, labels, stack, shape)
    factor = -(-max(shape) // LONGEST)
    planes = list(np.ndindex(*stack))
    comparable = _comparable(material)
    changed = 0
    parts = bands(*shape, factor)
    found: tuple[int, ...] | None = None
    views = _Views(material, factor)
    total, done = len(parts) * len(planes), 0
    for plane in planes:
        on_labels = plane[len(plane) - (len(labels.shape) - 2) :]
        pieces, damaged = [], False
        for rows in parts:
            band = labels.read(on_labels, rows)
            damaged |= bool(band.any())
            pieces.append(_highest(band, factor))
            if comparable:
                changed += _changed(material, plane, rows, band)
            done += 1
            yield Step("reading", done, 2 * total, 0.6 * done / total)
        if found is None and (damaged or plane == planes[-1]):
            found, shown = plane, np.concatenate(pieces)
    assert found is not None
    for count, rows in enumerate(parts, 1):
        views.add(found, rows)
        yield Step("drawing", count, len(parts), 0.6 + 0.4 * count / len(parts))
    return views.finish(found, len(planes), shape, shown, changed if comparable else None)


class _Views:
    """The small copies, as they grow."""

    def __init__(self, material: Material, factor: int) -> None:
        self._material, self._factor = material, factor
        self._pieces: dict[Any, list[NDArray[Any]]] = {}
        self._pictures: dict[Any, Shown] = {
            "picture": material.picture,
            "result": material.result,
            **dict(enumerate(material.displays)),
        }

    def add(self, plane: tuple[int, ...], rows: slice) -> None:
        """Add some rows of the plane."""
        material, factor = self._material, self._factor
        for key, shown in self._pictures.items():
            self._keep(key, block_means(_colours(_read(shown, plane, rows)), (factor, factor)))
        if material.edges is not None:
            index = plane[len(plane) - (len(material.edges.shape) - 2) :]
            edges = np.asarray(material.edges[(*index, rows)]) != 0
            self._keep("edges", _highest(edges.astype(np.uint8), factor) > 0)
        if material.sources is not None:
            self._keep("sources", _read(material.sources, plane, rows)[::factor, ::factor])

    def finish(
        self,
        plane: tuple[int, ...],
        planes: int,
        shape: tuple[int, int],
        labels: NDArray[np.integer],
        changed: int | None,
    ) -> Overview:
        """Return the small copies as they are shown."""
        whole = {key: np.concatenate(pieces) for key, pieces in self._pieces.items()}
        material = self._material
        # Before and after on one scale, or a fill could look like a change of exposure.
        scale = _scale(material, whole["picture"])
        return Overview(
            plane,
            planes,
            shape,
            self._factor,
            _in_bytes(material.picture, whole["picture"], scale),
            _in_bytes(material.result, whole["result"], scale),
            labels,
            [_in_bytes(each, whole[n], scale) for n, each in enumerate(material.displays)],
            whole.get("edges"),
            None if "sources" not in whole else _source_colours(whole["sources"], self._factor),
            changed,
        )

    def _keep(self, key: Any, piece: NDArray[Any]) -> None:
        self._pieces.setdefault(key, []).append(piece)


def _sizes(shown: Shown) -> tuple[tuple[int, ...], tuple[int, int]]:
    shape = tuple(int(n) for n in (shown.data.shape[:-1] if shown.rgb else shown.data.shape))
    return shape[:-2], (shape[-2], shape[-1])


def _check_sizes(
    material: Material, labels: LabelPlanes, stack: tuple[int, ...], shape: tuple[int, int]
) -> None:
    sizes = {
        material.result.name or "the result": _sizes(material.result),
        material.damage_name or "the damage": (labels.shape[:-2] or stack, labels.shape[-2:]),
    }
    sizes |= {each.name or "the display": _sizes(each) for each in material.displays}
    if material.sources is not None:
        sizes[material.sources.name or "the sources"] = _sizes(material.sources)
    if material.edges is not None:
        edges = tuple(int(n) for n in material.edges.shape)
        sizes["the edges"] = (edges[:-2] or stack, edges[-2:])
    for name, (own, size) in sizes.items():
        if (tuple(own), tuple(size)) != (stack, shape):
            raise InputError(
                f"{name} is {' x '.join(map(str, (*own, *size)))}, the picture "
                f"{' x '.join(map(str, (*stack, *shape)))}: choose what belongs to this picture"
            )


def _comparable(material: Material) -> bool:
    before, after = material.picture.data, material.result.data
    return before.shape == after.shape and np.dtype(before.dtype) == np.dtype(after.dtype)


def _changed(
    material: Material, plane: tuple[int, ...], rows: slice, labels: NDArray[np.integer]
) -> int:
    before = _read(material.picture, plane, rows)
    after = _read(material.result, plane, rows)
    # NaN in both is no change.
    differs = (before != after) & ~((before != before) & (after != after))  # noqa: PLR0124
    if differs.ndim == 3:
        differs = differs.any(axis=-1)
    return int(np.count_nonzero(differs & (labels == 0)))


def _read(shown: Shown, plane: tuple[int, ...], rows: slice) -> NDArray[Any]:
    return np.asarray(shown.data[(*plane, rows)])


def _colours(values: NDArray[Any]) -> NDArray[Any]:
    """Return grey ``(h, w)``, or ``(h, w, 3)``."""
    if values.ndim == 3:
        return values[..., :3] if values.shape[-1] >= 3 else values[..., 0]
    return values


def _highest(values: NDArray[Any], factor: int) -> NDArray[Any]:
    padded = np.pad(values, [(0, -length % factor) for length in values.shape])
    height, width = (length // factor for length in padded.shape)
    return np.asarray(padded.reshape(height, factor, width, factor).max(axis=(1, 3)))


def _scale(material: Material, values: NDArray[Any]) -> ValueRange:
    said = material.record.get("picture")
    black, white = (said.get(k) if isinstance(said, dict) else None for k in ("black", "white"))
    if isinstance(black, int | float) and isinstance(white, int | float) and white > black:
        return ValueRange(float(black), float(white))
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not finite.size:
        return ValueRange(0.0, 1.0)
    return ValueRange.of(values.dtype, float(finite.min()), float(finite.max()))


def _in_bytes(shown: Shown, values: NDArray[Any], scale: ValueRange) -> NDArray[np.uint8]:
    # A display may have another depth than the picture.
    own = np.dtype(shown.data.dtype)
    if own == np.uint8:
        scale = ValueRange(0.0, 255.0)
    unit = np.nan_to_num(scale.to_unit(values))
    bytes_ = np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)
    if shown.negative and not shown.rgb:
        bytes_ = 255 - bytes_
    return np.repeat(bytes_[..., None], 3, axis=-1) if bytes_.ndim == 2 else bytes_


def _source_colours(values: NDArray[Any], factor: int) -> NDArray[np.uint8]:
    """Return colours of sources, which are colours already if they are bytes."""
    if values.dtype == np.uint8:
        return values
    from napari_relic_inpaint.detail.colours import source_colours  # noqa: PLC0415 - slow to import

    places = values.astype(np.int64)
    copied = places[..., 0] >= 0
    places[copied, :2] //= factor
    height, width = copied.shape
    inside = (places[..., 0] < height) & (places[..., 1] < width) & (places[..., 1] >= 0)
    places[~inside] = -1
    return source_colours(places)
