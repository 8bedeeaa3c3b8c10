"""How a mask file is to be read: which of its values are damage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from PIL import ImageColor

from napari_relic_inpaint.errors import InputError


@dataclass(frozen=True)
class MaskReading:
    """What the user says about a mask; by default all that is not black is damage.

    Attributes
    ----------
    label : int, optional
        Only pixels of this value (the index in pictures with a palette) are damage.
    invert : bool
        Damage is what otherwise would not be.
    colour : str, optional
        Only pixels of this colour are damage: ``#ff0000`` or a name such as ``red``.
    threshold : float, optional
        From 0 to 255, whatever the mask's depth: how far a value has to be from black, or from the
        picture in a copy of it, to be damage; with `colour`, how far it may be off that.
    as_stored : bool
        The mask was made on the pixels of a picture as they are stored, before they are turned
        upright as the picture's orientation tag says.

    Raises
    ------
    InputError
        If a value means nothing, or two contradict each other.
    """

    label: int | None = None
    invert: bool = False
    colour: str | None = None
    threshold: float | None = None
    as_stored: bool = False

    def __post_init__(self) -> None:
        if self.label is not None and (self.colour, self.threshold) != (None, None):
            other = "a colour" if self.colour is not None else "a threshold"
            raise InputError(
                f"a mask is read by label {self.label} or by {other}: give one of them"
            )
        if self.threshold is not None and not 0 <= self.threshold < 255:
            raise InputError(
                f"the mask's threshold cannot be {self.threshold:g}: give a number from 0 to 254"
            )
        if self.colour is not None:
            rgb_of(self.colour)

    def as_dict(self) -> dict[str, Any]:
        """Return all fields, for the record."""
        return asdict(self)


AS_DRAWN = MaskReading()
"""What a mask shows counts, without a word of the user."""


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour's name or ``#`` code.

    Raises
    ------
    InputError
        If there is no such colour.
    """
    try:
        red, green, blue = ImageColor.getrgb(colour)[:3]
    except ValueError:
        raise InputError(
            f"the mask's colour cannot be {colour!r}: give one such as '#ff0000' or red"
        ) from None
    return red, green, blue
