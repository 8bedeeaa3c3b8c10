"""Which values of a mask file are damage: what the user said, or else what the mask looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.mask_labels import check_label
from napari_relic_inpaint.files.mask_look import hex_code, is_photograph
from napari_relic_inpaint.files.mask_reading import MaskReading, rgb_of
from napari_relic_inpaint.files.mask_size import is_copy_size
from napari_relic_inpaint.files.mask_values import MaskValues, Pixels
from napari_relic_inpaint.files.painted_copy import PaintedCopy, is_copy
from napari_relic_inpaint.files.pictures import PictureFile
from napari_relic_inpaint.marking.mask_meaning import Layer, from_labels, in_bytes
from napari_relic_inpaint.picture.lazy_array import Block
from napari_relic_inpaint.remedies import Remedy

OFF = 32
OFF_LOSSY = 96
"""Of 255: how far a value may be off the colour that was chosen; JPEG halves the resolution of
colours, which pales thin strokes."""


@dataclass(frozen=True)
class Rule:
    """Tells damage from values.

    Attributes
    ----------
    damage : callable
        Takes a block and returns ``(..., h, w)`` of bool.
    words : str
        What counts as damage.
    unusual : str
        What the file is, if not a usual mask; empty if it is.
    of_labels : bool
        Whether damage is where the mask is not 0, so that its values may stand for kinds of it.
    """

    damage: Callable[[Block], np.ndarray]
    words: str
    unusual: str = ""
    of_labels: bool = False


def make_rule(mask: MaskValues, reading: MaskReading, picture: PictureFile | None) -> Rule:
    """Choose the rule by which a mask is read.

    Parameters
    ----------
    mask : MaskValues
        The mask, which is looked at in places, and gone through where it has labels to be searched
        for or transparency, or is a copy of the picture.
    reading : MaskReading
        What the user said.
    picture : PictureFile, optional
        The picture that it is for.

    Raises
    ------
    InputError
        If no value of the mask means damage: it is a photograph, or the picture itself.
    """
    label, threshold = reading.label, reading.threshold
    if label is not None:
        check_label(mask, label)
        return Rule(
            lambda block: from_labels(mask.read(block).colours[..., 0], label), f"label {label}"
        )
    if reading.colour is not None:
        off = threshold if threshold is not None else OFF_LOSSY if mask.lossy else OFF
        return _of_colour(mask, rgb_of(reading.colour), off)
    if picture is not None and is_copy(mask, picture):
        copy = PaintedCopy(mask, picture, threshold)
        return Rule(copy, "what differs from the picture", copy.described)
    layer = _layer(mask)
    if threshold is None:
        _refuse_photograph(mask, layer, picture)
    return _of_drawing(mask, layer, threshold)


def make_rule_of_edges(edges: MaskValues) -> Rule:
    """Choose the rule by which drawn edges are read: as a mask is, however dense they are."""
    return _of_drawing(edges, _layer(edges), None)


def _of_drawing(mask: MaskValues, layer: Layer | None, threshold: float | None) -> Rule:
    if layer is None or not layer.is_transparent:
        return _of_colours(mask, threshold)
    return _of_layer(mask, layer, threshold)


def _of_colour(mask: MaskValues, colour: tuple[int, int, int], off: float) -> Rule:
    wanted = np.array(colour, np.float32)

    def damage(block: Block) -> np.ndarray:
        pixels = mask.read(block)
        colours = in_bytes(pixels.colours[..., :3]).astype(np.float32)
        near = np.abs(colours - wanted).max(axis=-1) <= off
        return np.asarray(near if pixels.opacity is None else near & (pixels.opacity > 0))

    return Rule(damage, f"what is within {off:g} of {hex_code(colour)}")


def _of_colours(mask: MaskValues, threshold: float | None) -> Rule:
    if threshold is not None:
        return Rule(
            lambda block: _any(in_bytes(mask.read(block).colours) > threshold),
            f"what is brighter than {threshold:g}",
        )
    if mask.lossy:
        middle = np.iinfo(mask.dtype).max // 2
        return Rule(
            lambda block: _any(mask.read(block).colours > middle),
            "what is brighter than the middle",
        )
    name = str(mask.path)
    return Rule(
        lambda block: _any(from_labels(mask.read(block).colours, name=name)),
        "what is not black",
        of_labels=mask.has_labels,
    )


def _any(channels: np.ndarray) -> np.ndarray:
    return np.asarray(channels.any(axis=-1))


def _of_layer(mask: MaskValues, layer: Layer, threshold: float | None) -> Rule:
    """Read strokes on a transparent layer."""
    name = mask.path.name
    if layer.decides:

        def opaque(block: Block) -> np.ndarray:
            opacity = _opacity(mask.read(block))
            return layer.opaque(opacity) if threshold is None else in_bytes(opacity) > threshold

        return Rule(
            opaque,
            "what is opaque",
            f"{name} is a transparent layer with strokes of which the colour says nothing",
        )
    drawn = _of_colours(mask, threshold)

    def visible(block: Block) -> np.ndarray:
        return drawn.damage(block) & layer.opaque(_opacity(mask.read(block)))

    return Rule(
        visible,
        f"{drawn.words} and not transparent",
        f"{name} shows black and other colours on a transparent layer",
    )


def _layer(mask: MaskValues) -> Layer | None:
    if not mask.has_opacity:
        return None
    layer = Layer()
    for block in mask.bands():
        pixels = mask.read(block)
        layer.see(pixels.colours, _opacity(pixels))
    return layer


def _opacity(pixels: Pixels) -> np.ndarray:
    assert pixels.opacity is not None
    return pixels.opacity


def _refuse_photograph(mask: MaskValues, layer: Layer | None, picture: PictureFile | None) -> None:
    windows = []
    for block in mask.windows():
        colours, opacity = mask.read(block)
        if layer is not None and layer.is_transparent and opacity is not None:
            # Programs leave anything in pixels that nobody sees.
            colours = np.where(layer.opaque(opacity)[..., None], colours, 0)
        windows.append(colours)
    if is_photograph(windows):
        size = mask.shape[-2:]
        resized = picture is not None and size != picture.size and is_copy_size(size, picture.size)
        painted = "paint on a copy of the picture's own size, " if resized else ""
        raise InputError(
            f"{mask.path} has as many values as a photograph, so it is no mask: {painted}give one "
            f"that is black where nothing is damaged, or {Remedy.CHOOSE}"
        )
