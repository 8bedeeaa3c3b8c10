"""What the second network finds inside a hole; models, recipes and the network itself say which."""

from __future__ import annotations

from typing import Literal

HoleForm = Literal["spline", "membrane", "white"]
"""``membrane``: a smooth fill, to which the network adds. ``spline``: the same, bent to go on as
the picture around the hole does. ``white``: nothing, as in the paper."""


def holds_coarser(form: HoleForm) -> bool:
    """Tell whether a coarser result of the network itself can take the place of what is there.

    Only that of a membrane: a spline would be made of it again, and a white hole holds nothing.
    """
    return form == "membrane"
