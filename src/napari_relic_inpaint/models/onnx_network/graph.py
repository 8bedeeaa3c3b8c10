"""What an ONNX graph declares: which input is the picture, which the mask, and their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Protocol

import numpy as np

from napari_relic_inpaint.errors import ModelError
from napari_relic_inpaint.models.onnx_network.card import OnnxCard

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


class Declared(Protocol):
    """An input or output as ONNX Runtime shows it; names and None in a shape mean any length."""

    name: str
    type: str
    shape: list[int | str | None]


@dataclass(frozen=True)
class Port:
    """An input or output of a network.

    Attributes
    ----------
    name : str
        Its name.
    dtype : dtype
        Its values' type.
    axes : dict of str to int or None
        Length of the axes ``N``, ``C``, ``H`` and ``W``, in the graph's order; None = any.
    """

    name: str
    dtype: np.dtype[Any]
    axes: dict[str, int | None]

    def __str__(self) -> str:
        """Name and size, as a user reads them."""
        return f"{self.name!r} ({' x '.join(str(n or 'any') for n in self.axes.values())})"


@dataclass(frozen=True)
class Graph:
    """The ports of an inpainting network.

    Attributes
    ----------
    picture, mask : Port
        The inputs; the same one for a network that takes both as one, with four channels.
    output : Port
        The picture that comes out.
    """

    picture: Port
    mask: Port
    output: Port

    @classmethod
    def of(
        cls, inputs: Sequence[Declared], outputs: Sequence[Declared], card: OnnxCard, source: str
    ) -> Graph:
        """Tell the ports by the names in the card, else by their channels.

        Parameters
        ----------
        inputs, outputs : sequence
            As ONNX Runtime lists them.
        card : OnnxCard
            The network's card.
        source : str
            The file, for messages.

        Raises
        ------
        ModelError
            If this is not a network that takes a picture and a mask and gives a picture, or the
            card leaves open which is which.
        """
        ports = [_port(declared, card.layout, source) for declared in inputs]
        picture, mask = _tell_inputs(ports, card, source)
        named = [output for output in outputs if card.output.name in (None, output.name)]
        if len(named) != 1:
            names = ", ".join(repr(output.name) for output in outputs)
            raise ModelError(
                f"{source} gives {names}: say which of them is the picture, as 'name' under "
                "'output' in its card"
            )
        return cls(picture, mask, _port(named[0], card.layout, source))


def _port(declared: Declared, layout: str, source: str) -> Port:
    if declared.type not in _DTYPES:
        raise ModelError(
            f"{source}: {declared.name!r} is a {declared.type}: export the network with float, "
            "float16 or uint8 pictures"
        )
    lengths = [n if isinstance(n, int) and n > 0 else None for n in declared.shape]
    if len(lengths) != len(layout):
        raise ModelError(
            f"{source}: {declared.name!r} has {len(lengths)} axes: export the network for batches "
            "of one, as 1 x 3 x H x W"
        )
    port = Port(
        declared.name,
        np.dtype(_DTYPES[declared.type]),
        dict(zip(layout, lengths, strict=True)),
    )
    if port.axes["N"] not in (None, 1):
        raise ModelError(
            f"{source}: {port} is made for batches of {port.axes['N']}: export the network for "
            "batches of one"
        )
    return port


def _tell_inputs(ports: list[Port], card: OnnxCard, source: str) -> tuple[Port, Port]:
    shown = " and ".join(map(str, ports)) or "nothing"
    fitting = [
        (picture, mask)
        for picture, mask in _pairs(ports)
        if _fits(picture, card.picture.input, 4 if picture == mask else 3)
        and _fits(mask, card.mask.input, 4 if picture == mask else 1)
    ]
    if not fitting:
        raise ModelError(
            f"{source} takes {shown}: a picture of 3 channels and a mask of 1 are needed, or both "
            f"as 4 channels, in the order {card.layout}; check 'input' and 'layout' in its card"
        )
    if len(fitting) > 1:
        raise ModelError(
            f"{source} takes {shown}, and which of them is the mask cannot be told in the order "
            f"{card.layout}: correct 'layout' in its card, or name it as 'input' under 'mask'"
        )
    picture, mask = fitting[0]
    for axis in "HW":
        if len({picture.axes[axis], mask.axes[axis]} - {None}) > 1:
            raise ModelError(f"{source}: its picture {picture} and its mask {mask} differ in size")
    return picture, mask


def _pairs(ports: list[Port]) -> list[tuple[Port, Port]]:
    """Return what can be picture and mask; nothing can if there are more than two inputs."""
    if len(ports) == 1:
        return [(ports[0], ports[0])]
    return list(permutations(ports, 2)) if len(ports) == 2 else []


def _fits(port: Port, name: str | None, channels: int) -> bool:
    return name in (None, port.name) and port.axes["C"] in (None, channels)
