"""Small ONNX files in the forms that published inpainting networks have, each with its card."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OFFSET = np.array([0.1, 0.3, 0.5])
"""What the painting network adds to half of the colour it finds in the hole, RGB."""

TYPES = {
    "float": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "double": TensorProto.DOUBLE,
    "uint8": TensorProto.UINT8,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
}


class Graph:
    """Nodes, constants, inputs and outputs of a file that is being written."""

    def __init__(self) -> None:
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def input(self, name: str, kind: str, shape: Sequence[int | str]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TYPES[kind], shape))
        return name

    def output(self, value: str, name: str, kind: str, shape: Sequence[int | str]) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TYPES[kind], shape))

    def constant(self, value) -> str:
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def number(self, value) -> str:
        return self.constant(np.asarray(value, np.float32))

    def op(self, kind: str, *inputs: str, **attributes) -> str:
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def channels(self, value: str, order: Sequence[int], axis: int = 1) -> str:
        return self.op("Gather", value, self.constant(np.array(order)), axis=axis)

    def save(self, path: Path, card: dict | None = None, **options) -> Path:
        graph = helper.make_graph(self.nodes, "network", self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", 17)]
        onnx.save_model(
            helper.make_model(graph, opset_imports=opsets, ir_version=8), path, **options
        )
        if card is not None:
            path.with_suffix(".json").write_text(json.dumps(card))
        return path


def painting_network(
    path: Path,
    card: dict,
    *,
    kind: str = "float",
    mask_kind: str | None = None,
    size: tuple[int | str, int | str] = ("H", "W"),
    joined: bool = False,
    names: tuple[str, str] = ("image", "mask"),
) -> Path:
    """Write a network of the form that its card says.

    Inside the hole it paints half of what it sees plus `OFFSET`, outside it paints white, so that
    a wrong range, colour order, layout or polarity gives other colours.
    """
    graph = Graph()
    white, full = (1, 1) if kind != "uint8" else (255, 255)
    picture_card = {"black": 0, "white": white} | card.get("picture", {})
    mask_card = {"hole": full, "known": 0, "channel": "last"} | card.get("mask", {})
    output_card = {"black": 0, "white": white} | card.get("output", {})
    nhwc = card.get("layout") == "NHWC"
    order = [2, 1, 0] if card.get("colours") == "BGR" else [0, 1, 2]

    def shape(channels: int) -> list[int | str]:
        return ["N", *size, channels] if nhwc else ["N", channels, *size]

    def read(name: str, channels: int, kind: str) -> str:
        value = graph.op("Cast", graph.input(name, kind, shape(channels)), to=TensorProto.FLOAT)
        return graph.op("Transpose", value, perm=[0, 3, 1, 2]) if nhwc else value

    def unit(value: str, low: float, high: float) -> str:
        return graph.op("Div", graph.op("Sub", value, graph.number(low)), graph.number(high - low))

    if joined:
        both = read(names[0], 4, kind)
        first = mask_card["channel"] == "first"
        picture = graph.channels(both, [1, 2, 3] if first else [0, 1, 2])
        mask = graph.channels(both, [0] if first else [3])
    else:
        picture, mask = read(names[0], 3, kind), read(names[1], 1, mask_kind or kind)
    picture = graph.channels(picture, order)
    picture = unit(picture, picture_card["black"], picture_card["white"])
    hole = unit(mask, mask_card["known"], mask_card["hole"])
    half = graph.op("Mul", picture, graph.number(0.5))
    painted = graph.op("Add", half, graph.number(OFFSET.reshape(1, 3, 1, 1)))
    result = graph.op(
        "Where", graph.op("Cast", hole, to=TensorProto.BOOL), painted, graph.number(1)
    )
    result = graph.channels(result, order)
    low, high = output_card["black"], output_card["white"]
    result = graph.op("Add", graph.op("Mul", result, graph.number(high - low)), graph.number(low))
    if nhwc:
        result = graph.op("Transpose", result, perm=[0, 2, 3, 1])
    if kind == "uint8":
        result = graph.op("Round", result)
    result = graph.op("Cast", result, to=TYPES[kind])
    graph.output(result, "result", kind, shape(3))
    return graph.save(path, card)


def network(path: Path, body, card: dict | None = None, size=("H", "W"), **options) -> Path:
    """Write a float32 network of the usual form around ``body(graph, picture, mask)``."""
    graph = Graph()
    picture = graph.input("image", "float", [1, 3, *size])
    mask = graph.input("mask", "float", [1, 1, *size])
    graph.output(body(graph, picture, mask), "result", "float", [1, 3, "height", "width"])
    return graph.save(path, {} if card is None else card, **options)


def smooth(graph: Graph, picture: str, mask: str) -> str:
    """Return the picture as it came: the smooth fill."""
    return picture
