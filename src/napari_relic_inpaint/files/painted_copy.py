"""Masks that are a copy of the picture with the damage painted over, or erased."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.files.mask_look import MOST_LABELS, distinct, hex_code, percent
from napari_relic_inpaint.files.mask_values import MaskValues
from napari_relic_inpaint.files.pictures import PictureFile
from napari_relic_inpaint.marking.mask_meaning import in_bytes
from napari_relic_inpaint.picture.lazy_array import Block
from napari_relic_inpaint.remedies import Remedy

DARK = 16
"""Of 255: where picture and mask are both darker than this, they are alike for no reason."""

ALIKE = 24
"""Of 255: so near stay 90 to 100 of 100 pixels of a photograph that is saved as JPEG of quality 50,
and 98 to 100 at quality 90."""

ALIKE_FEW = 1
"""The same for a picture and a mask of few values each, which no lossy saving has touched."""

LEAST_SHADED = 0.1
MOST_ALIKE = 0.5
"""A copy has at least so many pixels, of all, that are neither black nor white, and at least so
many of these are alike."""

NOISE = 8
MOST_NOISE = 0.02
"""Where more pixels than this share are off by 2 to `NOISE`, saving has changed the copy, too."""

FAR = 64
"""Of 255: by more than this, saving changed at most 12 of 10000 pixels (quality 50)."""

LEAST_SHARE = 0.2
LEAST_PAINT = 3e-4
"""What is far off is paint if so large a share of it has about one colour, and covers at least so
much of the picture. Red or magenta strokes two pixels wide keep a share of 0.23 at quality 50,
where saving halves the resolution of colours; wider ones and white or black ones 0.8."""

_SHADES = 32
_ABOUT = 9
"""Colours are counted in steps of 8; so many of these side by side are about one colour."""


class _Both(NamedTuple):
    """A block of the picture and of its copy, (..., C) from 0 to 255, and what was erased."""

    before: np.ndarray
    after: np.ndarray
    erased: np.ndarray

    @property
    def distance(self) -> np.ndarray:
        """How far they are apart, in the channel that differs most."""
        return np.asarray(np.abs(self.after - self.before).max(axis=-1))


class PaintedCopy:
    """What was painted over in a copy of the picture.

    Parameters
    ----------
    mask : MaskValues
        The copy.
    picture : PictureFile
        The picture, of the same size.
    threshold : float, optional
        How far from the picture a value has to be, 0 to 255; by default what was painted is told
        from what saving has changed.

    Attributes
    ----------
    described : str
        What the copy is: how much was painted over, and in which colour.

    Raises
    ------
    InputError
        If nothing was painted over, or it cannot be told from what saving has changed.
    """

    def __init__(self, mask: MaskValues, picture: PictureFile, threshold: float | None) -> None:
        self._mask, self._picture = mask, picture
        noise = None if threshold is not None else _noise(mask, picture)
        self._least: float = FAR if noise else 1 if threshold is None else threshold
        self._paint: np.ndarray | None = None
        tally = _Tally()
        for block in mask.bands():
            both = _read(mask, picture, block)
            tally.add(both, both.distance > self._least)
        if not tally.changed + tally.erased:
            raise InputError(
                f"{mask.path} is the picture itself, or a copy in which nothing is painted over: "
                "give a mask, or paint over the damage in a colour that the picture does not have"
            )
        paint, share = tally.paint()
        of_one_colour = share >= LEAST_SHARE
        painted = share * tally.changed if noise else tally.changed
        if noise is not None:
            stands_out = of_one_colour and painted >= LEAST_PAINT * tally.pixels
            if not stands_out and not tally.erased:
                raise InputError(
                    f"{mask.path} is the picture itself, saved anew, or a copy in which no colour "
                    "that was painted over it stands out: save the copy as PNG, or "
                    f"{Remedy.NAME_COLOUR}"
                )
            self._least = noise if stands_out else np.inf
            self._paint = paint
        extent = percent((painted + tally.erased) / tally.pixels)
        most = "most" if share > 0.5 else "much"
        colour = f", {most} of that painted in {hex_code(paint)}" if of_one_colour else ""
        self.described = (
            f"{mask.path.name} is a copy of the picture with {extent} of it changed{colour}"
        )

    def __call__(self, block: Block) -> np.ndarray:
        """Return the damage in a block, ``(..., h, w)`` of bool."""
        both = _read(self._mask, self._picture, block)
        distance = both.distance
        changed = distance > self._least
        if self._paint is not None:
            changed &= np.abs(both.after - self._paint).max(axis=-1) < distance
        return np.asarray(changed | both.erased)


def is_copy(mask: MaskValues, picture: PictureFile) -> bool:
    """Tell whether a mask is a copy of the picture, painted over or not."""
    shape = picture.data.shape[:-1] if picture.rgb else picture.data.shape
    if mask.shape != tuple(shape):
        return False
    windows = [_read(mask, picture, block) for block in mask.windows()]
    few = distinct([both.after for both in windows]) <= MOST_LABELS
    if few and distinct([both.before for both in windows]) > MOST_LABELS:
        return False
    shaded = alike = 0
    for both in windows:
        # Labels may be like a dark picture where they are; around them they are not.
        told = ~both.erased & (_is_shaded(both, both.after) | few & _is_shaded(both, both.before))
        shaded += int(np.count_nonzero(told))
        alike += int(np.count_nonzero(told & (both.distance <= (ALIKE_FEW if few else ALIKE))))
    pixels = sum(both.erased.size for both in windows)
    return shaded > LEAST_SHADED * pixels and alike > MOST_ALIKE * shaded


def _is_shaded(both: _Both, side: np.ndarray) -> np.ndarray:
    """Tell where being alike means something: a mask of black and white is so here and there."""
    black = (both.before <= DARK) & (both.after <= DARK)
    return np.asarray(~black.all(axis=-1) & ((side > 2) & (side < 253)).any(axis=-1))


def _noise(mask: MaskValues, picture: PictureFile) -> float | None:
    """Return how far off saving may have brought most values of a copy, None if it kept them."""
    windows = [_read(mask, picture, block).distance.ravel() for block in mask.windows()]
    distances = np.concatenate(windows)
    off = np.count_nonzero((distances > 1) & (distances <= NOISE))
    if not mask.lossy and off <= MOST_NOISE * len(distances):
        return None
    return max(NOISE, 3 * float(np.median(distances)))


def _read(mask: MaskValues, picture: PictureFile, block: Block) -> _Both:
    values = np.asarray(picture.data[block])
    channels = values.shape[-1] if picture.rgb else 1
    before = values[..., : 3 if channels >= 3 else 1] if picture.rgb else values[..., None]
    pixels = mask.read(block)
    after = pixels.colours[..., : 3 if mask.colours >= 3 else 1]
    erased = np.zeros(after.shape[:-1], bool)
    if pixels.opacity is not None:
        erased = in_bytes(pixels.opacity) <= 127
        if picture.rgb and picture.metadata.alpha_channels:
            erased &= in_bytes(values[..., channels - picture.metadata.alpha_channels]) > 127
    before, after = (in_bytes(part).astype(np.float32) for part in (before, after))
    return _Both(before, after, erased)


class _Tally:
    """Counts what is painted over, and in which colours."""

    def __init__(self) -> None:
        self.pixels = self.changed = self.erased = 0
        self._counts = np.zeros(_SHADES**3)
        self._sums = np.zeros((3, _SHADES**3))

    def add(self, both: _Both, changed: np.ndarray) -> None:
        painted = both.after[changed & ~both.erased]
        painted = np.broadcast_to(painted, (len(painted), 3))
        self.pixels += changed.size
        self.changed += len(painted)
        self.erased += int(np.count_nonzero(both.erased))
        places = (painted // (256 / _SHADES)).astype(int).T
        kinds = np.ravel_multi_index(tuple(places), (_SHADES,) * 3, mode="clip")
        self._counts += np.bincount(kinds, minlength=_SHADES**3)
        for n, channel in enumerate(painted.T):
            self._sums[n] += np.bincount(kinds, channel, minlength=_SHADES**3)

    def paint(self) -> tuple[np.ndarray, float]:
        """Return the colour that is most common in what changed, and its share of it."""
        counts = self._counts.reshape((_SHADES,) * 3)
        about = ndimage.uniform_filter(counts, _ABOUT, mode="constant") * _ABOUT**3
        kind = int(counts.argmax())
        share = about.flat[kind] / max(self.changed, 1)
        return self._sums[:, kind] / max(self._counts[kind], 1), float(share)
