"""Pictures of any array type, layout and dtype, read as float RGB and put back bit-exactly."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.edges import grey
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.picture.array_like import as_array
from napari_relic_inpaint.picture.tiles import bands

Area = tuple[slice, slice]

MASK_CHANNELS = (1, 2, 3, 4)
"""Numbers of channels that a mask may have: grey or colour, alone or with opacity."""


@dataclass(frozen=True)
class ValueRange:
    """Which values of the picture count as black and white.

    Attributes
    ----------
    low, high : float
        They map to 0 and 1; ``high > low``.
    """

    low: float
    high: float

    @classmethod
    def of(cls, dtype: np.dtype[Any], darkest: float, brightest: float) -> ValueRange:
        """Choose the range from the dtype and the extremes of the known pixels.

        uint8 is 0 to 255. Floats within [0, 1] are 0 to 1. Wider unsigned integers go from 0 to
        the last value of the bit depth that holds the brightest pixel (4095 for a 12-bit camera
        in a 16-bit file). Everything else spans its known values and zero.
        """
        if dtype == np.uint8:
            return cls(0.0, 255.0)
        if dtype.kind == "u":
            return cls(0.0, float(2 ** max(8, int(brightest).bit_length()) - 1))
        if dtype.kind == "f" and darkest >= 0 and brightest <= 1:
            return cls(0.0, 1.0)
        low = min(0.0, darkest)
        return cls(low, brightest if brightest > low else low + 1.0)

    def to_unit(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Map the picture's values to [0, 1]."""
        return ((values - np.float64(self.low)) / (self.high - self.low)).astype(np.float32)

    def from_unit(self, unit: NDArray[np.floating], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Map [0, 1], clipped, to the picture's values, rounded once for integers."""
        values = self.low + np.clip(unit.astype(np.float64), 0, 1) * (self.high - self.low)
        return (np.rint(values) if dtype.kind in "iu" else values).astype(dtype)


class Picture:
    """A picture or a stack of pictures, of any array type that can be sliced.

    Parameters
    ----------
    data : array-like
        ``(..., H, W)`` for grey or ``(..., H, W, C)`` for colour: NumPy, dask, zarr, or anything
        ``numpy.asarray`` takes. Of 3 or more channels the first three are red, green and blue,
        of two the first is grey; the others (alpha, infrared, ...) are never touched. What has an
        ``__array__`` and types of its own, such as a torch tensor, is read whole.
    rgb : bool
        Whether the last axis is colour.
    """

    def __init__(self, data: Any, *, rgb: bool) -> None:
        self.data = as_array(data, "the picture")
        self.rgb = rgb
        self.dtype = np.dtype(self.data.dtype)
        spatial = self.data.shape[:-1] if rgb else self.data.shape
        if self.dtype.kind not in "iuf":
            raise InputError(
                f"a picture of {self.dtype} cannot be restored: convert it to 8 or 16 bit integers "
                "or to floats"
            )
        if len(spatial) < 2 or 0 in self.data.shape:
            raise InputError(f"a picture has rows and columns; this one is {shown(self.data)}")
        self.shape: tuple[int, int] = (int(spatial[-2]), int(spatial[-1]))
        self.stack: tuple[int, ...] = tuple(int(n) for n in spatial[:-2])
        self.colours = 3 if rgb and self.data.shape[-1] >= 3 else 1

    @property
    def planes(self) -> list[tuple[int, ...]]:
        """Index of each 2-D plane, in order; ``[()]`` for a single picture."""
        return list(product(*(range(n) for n in self.stack)))

    def raw(self, plane: tuple[int, ...], area: Area) -> NDArray[Any]:
        """Read a rectangle of a plane in its own dtype, ``(h, w)`` or ``(h, w, C)``."""
        index: tuple[int | slice, ...] = plane + area
        return np.asarray(self.data[index])

    def colour(self, raw: NDArray[Any]) -> NDArray[Any]:
        """Return the colour channels of what `raw` read, ``(h, w, 1 or 3)``."""
        return raw[..., : self.colours] if self.rgb else raw[..., None]

    def read(
        self, plane: tuple[int, ...], area: Area, hole: NDArray[np.bool_], scale: ValueRange
    ) -> NDArray[np.float32]:
        """Read a rectangle as float RGB, ``(h, w, 3)``, zero inside the hole."""
        colour = self.colour(self.raw(plane, area))
        unit = scale.to_unit(np.where(hole[..., None], 0, colour))
        unit[hole] = 0
        return np.broadcast_to(unit, (*unit.shape[:2], 3)) if self.colours == 1 else unit

    def copy(self) -> NDArray[Any]:
        """Return the whole picture as a new NumPy array of the same dtype and byte order."""
        return np.array(self.data[...])

    def values(self, fill: NDArray[np.float32], scale: ValueRange) -> NDArray[Any]:
        """Turn colours into values of the picture.

        Parameters
        ----------
        fill : (N, 3) array
            RGB in [0, 1].
        scale : ValueRange
            As used for reading.

        Returns
        -------
        (N, 1 or 3) array
            In the picture's dtype.
        """
        if self.colours == 3:
            return scale.from_unit(fill, self.dtype)
        return scale.from_unit(grey(np.clip(fill, 0, 1)), self.dtype)[:, None]

    def paste(self, raw: NDArray[Any], mask: NDArray[np.bool_], values: NDArray[Any]) -> None:
        """Write values into a rectangle that `raw` read, or a copy of a plane, in place.

        Parameters
        ----------
        raw : (h, w) or (h, w, C) array
            Changed inside the mask only; of the channels only the colours.
        mask : (h, w) array of bool
            Where to write.
        values : (n, 1 or 3) array
            One row for each pixel of the mask, in reading order.
        """
        if self.rgb:
            raw[..., : self.colours][mask] = values
        else:
            raw[mask] = values[:, 0]


def is_colour(picture: Any, damage: Any) -> bool:
    """Tell from a picture and its damage mask whether the picture's last axis is colour.

    Their shapes tell, unless the mask has the picture's shape and that ends in up to four: then it
    is a mask read as colour, provided that its channels are equal.

    Raises
    ------
    InputError
        If both are possible.
    """
    picture, damage = as_array(picture, "the picture"), as_array(damage, "damage")
    shape, mask = tuple(picture.shape), tuple(damage.shape)
    if shape == mask:
        return ends_in_channels(shape) and _has_equal_channels(damage, shown(picture))
    if shape[:-1] == mask:
        return True
    # A 2-D mask over a stack: colour if rows and columns match just before a short last axis.
    fits_colour = shape[-3:-1] == mask
    fits_grey = shape[-2:] == mask
    if fits_colour and fits_grey:
        raise InputError(
            f"a picture of {shown(picture)} may be colour or a stack: say rgb=True or rgb=False"
        )
    if fits_colour or fits_grey or len(mask) < 3 or mask[-1] not in MASK_CHANNELS:
        return fits_colour
    # A mask that has channels itself.
    return shape[-1] < min(shape[-3:-1]) and mask[:-1] in (shape[:-1], shape[-3:-1])


def ends_in_channels(shape: tuple[int, ...]) -> bool:
    """Tell whether the last axis is much like the channels of a mask: short, after longer ones."""
    return len(shape) > 2 and shape[-1] in MASK_CHANNELS and min(shape[-3:-1]) > max(MASK_CHANNELS)


def _has_equal_channels(damage: Any, size: str) -> bool:
    """Raise an `InputError` if a mask of the shape of a colour picture is one of unlike channels.

    It may also be the masks of a stack of grey pictures, if these are very narrow.
    """
    *stack, height, width, channels = damage.shape
    parts = product(np.ndindex(*stack), bands(height, width))
    if not all(_equal(np.asarray(damage[(*plane, rows)]), channels) for plane, rows in parts):
        raise InputError(
            f"picture and damage are both {size}: for a colour picture give a mask of one channel, "
            "such as damage.any(axis=-1); for a stack of grey ones say rgb=False"
        )
    return True


def _equal(values: NDArray[Any], channels: int) -> bool:
    """Tell whether the colours of some pixels are equal; opacity is no colour."""
    colours = values[..., : 1 if channels == 2 else 3]
    return not (colours != colours[..., :1]).any()


def shown(array: Any) -> str:
    """Return a shape as a user reads it: ``480 x 512``."""
    shape = np.shape(array)
    return " x ".join(map(str, shape)) if shape else "a single number"
