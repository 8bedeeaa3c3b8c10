"""How a window becomes the inputs of a network, and its output a window again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError, ModelError
from napari_relic_inpaint.models.onnx_network.card import OnnxCard
from napari_relic_inpaint.models.onnx_network.graph import Graph, Port
from napari_relic_inpaint.picture.picture import ValueRange, shown

FAR_OFF = 2.0
"""A window whose mean is this many times as far from black as white is has another range."""


class Form:
    """Values, colours, axes and size that a network takes and gives.

    Parameters
    ----------
    graph : Graph
        The network's inputs and output.
    card : OnnxCard
        Its card.
    source : str
        The file, for messages.

    Raises
    ------
    ModelError
        If the card gives values that cannot be.
    """

    def __init__(self, graph: Graph, card: OnnxCard, source: str) -> None:
        self._graph, self._card, self._source = graph, card, source
        self._picture_range = self._range(graph.picture, card.picture.black, card.picture.white)
        self._output_range = self._range(graph.output, card.output.black, card.output.white)
        self._mask_hole = _full(graph.mask) if card.mask.hole is None else card.mask.hole
        if self._mask_hole == card.mask.known:
            raise ModelError(
                f"{source}: its card marks the hole and the known pixels with the same value, "
                f"{card.mask.known:g}"
            )
        self._check_fits(graph.mask, self._mask_hole, card.mask.known)
        if isinstance(card.picture.hole, float):
            self._check_fits(graph.picture, card.picture.hole)

    def feeds(
        self, picture: NDArray[np.float32], hole: NDArray[np.bool_]
    ) -> dict[str, NDArray[Any]]:
        """Return the inputs for a window, reflected up to the size that the network takes.

        Parameters
        ----------
        picture : (h, w, 3) array
            RGB in [0, 1], the hole filled smoothly.
        hole : (h, w) array of bool
            True = hole.

        Raises
        ------
        InputError
            If the window is larger than the network.
        """
        graph, card = self._graph, self._card
        size = self._size(hole.shape)
        pad = [(0, length - given) for length, given in zip(size, hole.shape, strict=True)]
        hole = np.pad(hole, pad, mode="symmetric")
        picture = np.pad(picture, [*pad, (0, 0)], mode="symmetric")
        values = self._picture_range.from_unit(picture, graph.picture.dtype)
        if isinstance(card.picture.hole, float):
            values[hole] = card.picture.hole
        values = self._reordered(values)
        marks = np.where(hole[..., None], self._mask_hole, card.mask.known).astype(graph.mask.dtype)
        if graph.picture == graph.mask:
            both = (values, marks) if card.mask.channel == "last" else (marks, values)
            return {graph.picture.name: self._batch(np.concatenate(both, axis=-1))}
        return {graph.picture.name: self._batch(values), graph.mask.name: self._batch(marks)}

    def restored(self, output: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return a network's output as RGB in [0, 1].

        Parameters
        ----------
        output : array
            The output.
        shape : (int, int)
            Height and width of the window that went in.

        Returns
        -------
        (h, w, 3) array
            The padding is cut off.

        Raises
        ------
        ModelError
            If the output has another size, values that are no numbers, or another range.
        """
        name, (height, width) = self._graph.output.name, self._size(shape)
        lengths = {"N": 1, "C": 3, "H": height, "W": width}
        expected = tuple(lengths[axis] for axis in self._card.layout)
        if output.shape != expected:
            raise ModelError(
                f"{self._source}: {name!r} came out as {shown(output)} instead of "
                f"{' x '.join(map(str, expected))}: check 'layout' and 'output' in its card"
            )
        if not np.isfinite(output).all():
            raise ModelError(
                f"{self._source} gave NaN or infinite values: check the values in its card, or "
                "export it in float32 if it is in half precision"
            )
        unit = self._output_range.to_unit(output[0])
        if abs(unit.mean()) > FAR_OFF:
            scale = self._output_range
            raise ModelError(
                f"{self._source}: {name!r} is {output.mean(dtype=np.float64):.4g} on average, too "
                f"much for black = {scale.low:g} and white = {scale.high:g}: correct them under "
                "'output' in its card"
            )
        picture = unit if self._card.layout == "NHWC" else unit.transpose(1, 2, 0)
        return np.clip(self._reordered(picture)[: shape[0], : shape[1]], 0, 1)

    def _size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Height and width in which a window is handed to the network."""
        fixed, multiple = self._graph.picture.axes, self._card.multiple
        height = fixed["H"] or -(-shape[0] // multiple) * multiple
        width = fixed["W"] or -(-shape[1] // multiple) * multiple
        if shape[0] > height or shape[1] > width:
            raise InputError(
                f"{self._source} takes {height} x {width} pixels, the windows have {shape[0]} x "
                f"{shape[1]}: choose a window of {min(height, width)} or less"
            )
        return height, width

    def _range(self, port: Port, black: float, white: float | None) -> ValueRange:
        scale = ValueRange(black, _full(port) if white is None else white)
        if scale.high <= scale.low:
            raise ModelError(
                f"{self._source}: its card says {scale.low:g} is black and {scale.high:g} white; "
                "white has to be more than black"
            )
        self._check_fits(port, scale.low, scale.high)
        return scale

    def _check_fits(self, port: Port, *values: float) -> None:
        for value in values:
            if port.dtype.kind != "f" and np.array(value).astype(port.dtype) != value:
                raise ModelError(
                    f"{self._source}: its card wants the value {value:g} in {port}, which holds "
                    f"{port.dtype} only"
                )

    def _reordered(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Turn RGB ``(h, w, 3)`` into the card's order of colours, or back."""
        return picture[..., ::-1] if self._card.colours == "BGR" else picture

    def _batch(self, values: NDArray[Any]) -> NDArray[Any]:
        """Turn ``(h, w, C)`` into a batch of one in the card's order of axes."""
        ordered = values if self._card.layout == "NHWC" else values.transpose(2, 0, 1)
        return np.ascontiguousarray(ordered[None])


def _full(port: Port) -> float:
    """White, or the hole, in the port's type unless the card says otherwise."""
    return 255.0 if port.dtype == np.uint8 else 1.0
