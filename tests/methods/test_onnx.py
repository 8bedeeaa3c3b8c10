import hashlib
import json
import pickle
import re
import sys
import threading
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx_networks import OFFSET, Graph, network, painting_network, smooth

from napari_relic_inpaint import restore, restore_steps
from napari_relic_inpaint.errors import InputError, ModelError, Stopped
from napari_relic_inpaint.models.onnx_network.card import OnnxCard

COLOUR = (200, 120, 40)
SIGNED = {"black": -1, "white": 1}


def paint(file: Path, picture, damage, **options):
    usual = {"method": "onnx", "model": str(file), "window": 64, "detail": "none"}
    return restore(picture, damage, **usual | options)


def damaged(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    mask = np.random.default_rng(seed).random(shape) > 0.95
    mask[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 4 : shape[1] // 2 + 1] = True
    mask[0, 0] = False
    return mask


def refused(file, *texts: str, error=ModelError, shape=(20, 30), **options) -> None:
    damage = damaged(shape)
    with pytest.raises(error) as caught:
        paint(file, np.full((*shape, 3), COLOUR, np.uint8), damage, **options)
    for text in texts:
        assert text in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def file(tmp_path):
    """Where a test may write its network."""
    return tmp_path / "mine.onnx"


@pytest.fixture(scope="module")
def smooth_file(tmp_path_factory):
    """A network that gives back the smooth fill."""
    return network(tmp_path_factory.mktemp("onnx") / "smooth.onnx", smooth)


# --- forms ---

FORMS = {
    "no entry": ({}, {}),
    "0 to 255": ({"picture": {"white": 255}, "output": {"white": 255}}, {}),
    "only the output in 0 to 255, fixed": ({"output": {"white": 255}}, {"size": (64, 64)}),
    "-1 to 1": ({"picture": SIGNED, "output": SIGNED}, {}),
    "1 = known": ({"mask": {"hole": 0, "known": 1}}, {}),
    "mask in 0 to 255": ({"mask": {"hole": 255}}, {}),
    "mask of -0.5 and 0.5": ({"mask": {"hole": -0.5, "known": 0.5}}, {}),
    "bytes": ({}, {"kind": "uint8"}),
    "bytes, 0 = hole": ({"mask": {"hole": 0, "known": 255}}, {"kind": "uint8"}),
    "half precision": ({}, {"kind": "float16"}),
    "double": ({}, {"kind": "double"}),
    "mask of bool": ({}, {"mask_kind": "bool"}),
    "mask of integers": ({}, {"mask_kind": "int64"}),
    "channels last": ({"layout": "NHWC"}, {}),
    "channels last, fixed": ({"layout": "NHWC"}, {"size": (96, 128)}),
    "channels last, bytes, BGR": ({"layout": "NHWC", "colours": "BGR"}, {"kind": "uint8"}),
    "BGR": ({"colours": "BGR"}, {}),
    "fixed size": ({}, {"size": (256, 128)}),
    "fixed height": ({}, {"size": (80, "W")}),
    "multiples of 48": ({"multiple": 48}, {}),
    "other names": ({}, {"names": ("x", "y")}),
    "named": ({"picture": {"input": "y"}, "mask": {"input": "x"}}, {"names": ("y", "x")}),
    "one input": ({}, {"joined": True}),
    "one input, mask first": (
        {"picture": SIGNED, "mask": {"channel": "first", "hole": -0.5, "known": 0.5}},
        {"joined": True, "size": (128, 128)},
    ),
    "one input, BGR, channels last": (
        {"colours": "BGR", "layout": "NHWC", "mask": {"channel": "first"}},
        {"joined": True},
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_a_card_can_say_paints_the_right_colours(form, file):
    card, options = FORMS[form]
    painting_network(file, card, **options)
    picture = np.full((70, 90, 3), COLOUR, np.uint8)
    damage = damaged((70, 90))
    picture[damage] = (0, 255, 0)
    result = paint(file, picture, damage).picture
    expected = np.array(COLOUR) / 2 + OFFSET * 255
    assert np.abs(result[damage] - expected).max() <= 1
    assert (result[~damage] == COLOUR).all()


def test_the_cards_in_the_guide_are_valid():
    guide = Path(__file__).parents[2] / "docs" / "guide.md"
    section = guide.read_text().partition("## Use your own network")[2].partition("\n## ")[0]
    cards = re.findall(r"`(\{.*?\})`", section, re.DOTALL)
    assert len(cards) == 4
    for card in cards:
        OnnxCard.model_validate_json(card)


@pytest.mark.parametrize(
    ("hole", "black", "seen"), [("smooth", 0, None), (0, 0, 0), (0, -1, 0.5), (0.25, 0, 0.25)]
)
def test_the_card_says_what_the_network_sees_in_the_hole(file, hole, black, seen):
    painting_network(file, {"picture": {"hole": hole, "black": black, "white": 1}})
    picture, damage = np.full((40, 40, 3), COLOUR, np.uint8), damaged((40, 40))
    result = paint(file, picture, damage).picture
    half = np.array(COLOUR) / 2 if seen is None else 255 * seen / 2
    assert np.abs(result[damage] - half - OFFSET * 255).max() <= 1


def test_a_card_for_the_whole_folder_will_do(file):
    painting_network(file, {"colours": "BGR"})
    file.with_suffix(".json").rename(file.with_name("card.json"))
    picture, damage = np.full((40, 40, 3), COLOUR, np.uint8), damaged((40, 40))
    assert paint(file, picture, damage).record["model"]["card"]["colours"] == "BGR"


@pytest.mark.parametrize("options", [{}, {"size": (160, 128)}])
def test_windows_lie_where_they_belong(file, options):
    network(file, smooth, **options)
    picture = np.random.default_rng(0).random((150, 200, 3), np.float32)
    damage = damaged((150, 200))
    result = paint(file, picture, damage)
    assert result.record["windows"] >= 4
    expected = restore(picture, damage, method="membrane", detail="none").picture
    np.testing.assert_allclose(result.picture, expected, atol=1e-6)


# --- guarantees ---


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_the_outside_stays_bit_for_bit(file, dtype, channels):
    network(file, lambda graph, picture, mask: graph.op("Sub", graph.number(1), picture))
    rng = np.random.default_rng(0)
    picture = rng.random((70, 90, *channels)) * (1 if dtype == np.float32 else 250)
    picture = picture.astype(dtype)
    damage = damaged((70, 90))
    result = paint(file, picture, damage).picture
    assert result.dtype == dtype
    np.testing.assert_array_equal(result[~damage], picture[~damage])
    assert (result[damage] != picture[damage]).any()


@given(shape=st.tuples(st.integers(1, 80), st.integers(2, 80)), seed=st.integers(0, 1000))
def test_any_size_is_restored(smooth_file, shape, seed):
    picture = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    damage = damaged(shape, seed)
    damage[-1, -1] = True
    result = paint(smooth_file, picture, damage)
    np.testing.assert_array_equal(result.picture[~damage], picture[~damage])
    assert result.edges is None


def test_nothing_in_the_hole_has_an_effect(smooth_file):
    rng = np.random.default_rng(0)
    picture, damage = rng.random((70, 90, 3), np.float32), damaged((70, 90))
    spoilt = picture.copy()
    spoilt[damage] = rng.random((damage.sum(), 3)) * 1e6
    results = [paint(smooth_file, p, damage).picture for p in (picture, picture, spoilt)]
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


def test_what_lies_beyond_black_and_white_is_clipped(file):
    network(file, lambda graph, picture, mask: graph.op("Mul", picture, graph.number([[[[-1]]]])))
    damage = damaged((40, 40))
    result = paint(file, np.full((40, 40, 3), 0.5, np.float32), damage).picture
    assert (result[damage] == 0).all()


def test_the_record_says_what_ran(file):
    card = {"name": "Mine", "licence": "CC0-1.0", "picture": {"hole": 0.5}}
    painting_network(file, card)
    record = paint(file, np.full((150, 90), 7, np.uint8), damaged((150, 90)), device="cpu").record
    model = record["model"]
    assert (model["name"], model["licence"], model["file"]) == ("Mine", "CC0-1.0", "mine.onnx")
    assert model["card"]["picture"]["hole"] == 0.5
    assert model["sha256"] == {"network": hashlib.sha256(file.read_bytes()).hexdigest()}
    assert record["device"]["provider"] == "CPUExecutionProvider"
    assert onnxruntime.__version__ in record["device"]["runtime"]
    assert record["network_runs"] == {"network": record["windows"]}
    assert record["windows"] > 1
    assert json.loads(json.dumps(record)) == record


def test_a_running_network_is_stopped(file):
    def endless(graph, picture, mask):
        """Add 0 to the picture, some billions of times."""
        body = helper.make_graph(
            [
                helper.make_node("Identity", ["go"], ["go_on"]),
                helper.make_node("Add", ["state", "state"], ["next"]),
            ],
            "body",
            [
                helper.make_tensor_value_info("i", TensorProto.INT64, []),
                helper.make_tensor_value_info("go", TensorProto.BOOL, []),
                helper.make_tensor_value_info("state", TensorProto.FLOAT, None),
            ],
            [
                helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
                helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
            ],
        )
        times, go = graph.constant(np.int64(2**60)), graph.constant(np.bool_(True))
        return graph.op("Loop", times, go, picture, body=body)

    network(file, endless)
    stop = threading.Event()
    steps = restore_steps(
        np.zeros((20, 20), np.uint8),
        np.eye(20),
        method="onnx",
        model=str(file),
        should_stop=stop.is_set,
    )
    while next(steps).stage != "filling smoothly":
        pass
    stop.set()
    with pytest.raises(Stopped):
        next(steps)


# --- what cannot be run ---


@pytest.mark.parametrize("model", ["auto", "relic-base", "mine", "mine.onnx.json", "."])
def test_the_method_asks_for_a_file(model):
    refused(model, f"'{model}'", "give a file, model='FILE.onnx'")


def test_a_file_that_is_not_there_is_named(file):
    refused(file, str(file), "cannot be read: No such file")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", pickle.dumps({"a": 1}), b"version https://git-lfs.github.com/spec/v1\n"],
)
def test_a_file_of_another_kind_is_refused(file, content):
    file.write_bytes(content)
    refused(file, str(file), "is not an ONNX file", "fetch or export it again")


def test_a_cut_file_is_refused(file, smooth_file):
    file.write_bytes(smooth_file.read_bytes()[:-20])
    refused(file, str(file), "is not an ONNX file")


def test_weights_in_a_second_file_are_refused_wherever_it_lies(file, monkeypatch):
    def body(graph, picture, mask):
        return graph.op("Mul", picture, graph.number(np.ones((1, 3, 16, 32))))

    network(file, body, save_as_external_data=True, location="weights", size_threshold=0)
    assert (file.parent / "weights").stat().st_size > 1000
    monkeypatch.chdir(file.parent)
    refused(file, str(file), "its weights lie in a second file", "as a single file")


def test_a_missing_card_is_asked_for(file):
    painting_network(file, {})
    file.with_suffix(".json").unlink()
    refused(file, "has no card", "write mine.json beside it")


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("{", "the file"),
        ("[]", "the file"),
        ({"format": 2}, "format"),
        ({"polarity": 1}, "polarity"),
        ({"mask": {"hole": "yes"}}, "mask.hole"),
        ({"picture": {"white": float("nan")}}, "picture.white"),
        ({"layout": "CHW"}, "layout"),
        ({"multiple": 0}, "multiple"),
    ],
)
def test_a_bad_card_names_the_entry(file, card, said):
    painting_network(file, {})
    text = card if isinstance(card, str) else json.dumps(card)
    file.with_suffix(".json").write_text(text)
    refused(file, str(file.with_suffix(".json")), "is not a valid card", said)


@pytest.mark.parametrize(
    ("card", "kind", "said"),
    [
        ({"picture": {"black": 1}}, "float", "1 is black and 1 white"),
        ({"output": {"black": 255, "white": 0}}, "uint8", "white has to be more than black"),
        ({"mask": {"known": 1}}, "float", "with the same value, 1"),
        ({"picture": SIGNED}, "uint8", "the value -1 in 'image'"),
        ({"picture": {"hole": 0.5}}, "uint8", "the value 0.5 in 'image'"),
        ({"mask": {"hole": -0.5, "known": 0.5}}, "uint8", "the value -0.5 in 'mask'"),
        ({"output": {"white": 256}}, "uint8", "the value 256 in 'result'"),
    ],
)
def test_values_that_cannot_be_are_named(file, card, kind, said):
    painting_network(file, {}, kind=kind)
    file.with_suffix(".json").write_text(json.dumps(card))
    refused(file, str(file), said)


FLOAT_PICTURE, FLOAT_MASK = ("float", (1, 3, "H", "W")), ("float", (1, 1, "H", "W"))


@pytest.mark.parametrize(
    ("inputs", "card", "said"),
    [
        (
            [FLOAT_PICTURE],
            {},
            "takes 'in0' (1 x 3 x any x any): a picture of 3 channels and a mask",
        ),
        ([FLOAT_PICTURE, FLOAT_MASK, FLOAT_MASK], {}, "'in2' (1 x 1 x any x any): a picture of 3"),
        ([FLOAT_PICTURE, FLOAT_PICTURE], {}, "check 'input' and 'layout'"),
        ([FLOAT_PICTURE, FLOAT_MASK], {"layout": "NHWC"}, "in the order NHWC"),
        ([FLOAT_PICTURE, FLOAT_MASK], {"mask": {"input": "in0"}}, "check 'input'"),
        ([FLOAT_PICTURE, FLOAT_MASK], {"mask": {"input": "hole"}}, "check 'input'"),
        ([("float", (1, "C", 64, 64))] * 2, {}, "which of them is the mask cannot be told"),
        ([("float", (4, 3, 64, 64)), FLOAT_MASK], {}, "(4 x 3 x 64 x 64) is made for batches of 4"),
        ([("float", (3, 64, 64)), FLOAT_MASK], {}, "'in0' has 3 axes"),
        ([("float", (1, 3, 64, 64)), ("float", (1, 1, 32, 32))], {}, "differ in size"),
    ],
)
def test_networks_of_other_forms_are_refused(file, inputs, card, said):
    graph = Graph()
    names = [graph.input(f"in{i}", *declared) for i, declared in enumerate(inputs)]
    graph.output(names[0], "result", "float", None)
    refused(graph.save(file, card), str(file), said)


def test_inputs_of_other_types_are_refused(file):
    graph = Graph()
    graph.inputs.append(helper.make_tensor_value_info("text", TensorProto.STRING, [1, 4, 8, 8]))
    graph.output(graph.op("Cast", "text", to=TensorProto.FLOAT), "result", "float", [1, 4, 8, 8])
    refused(graph.save(file, {}), "'text' is a tensor(string)", "export the network with float")


def test_of_several_outputs_the_card_names_the_picture(file):
    graph = Graph()
    picture, mask = graph.input("image", *FLOAT_PICTURE), graph.input("mask", *FLOAT_MASK)
    graph.output(picture, "picture", *FLOAT_PICTURE)
    graph.output(mask, "certainty", *FLOAT_MASK)
    graph.save(file, {})
    refused(file, "gives 'picture', 'certainty': say which")
    graph.save(file, {"output": {"name": "fill"}})
    refused(file, "gives 'picture', 'certainty': say which")
    graph.save(file, {"output": {"name": "picture"}})
    damage = damaged((30, 30))
    assert (paint(file, np.full((30, 30), 9, np.uint8), damage).picture == 9).all()


@pytest.mark.parametrize("window", [64, 256])
def test_a_network_of_fixed_size_gets_windows_of_its_size(file, window):
    network(file, smooth, size=(128, 128))
    damage = damaged((128, 128))
    assert (
        paint(file, np.full((128, 128), 9, np.uint8), damage, window=window).record["windows"] == 1
    )


def test_a_window_larger_than_the_network_is_refused_with_the_remedy(file):
    network(file, smooth, size=(128, "W"))
    refused(
        file,
        "takes 128 x 512 pixels",
        "choose a window of 128 or less",
        error=InputError,
        shape=(300, 600),
        window=512,
    )


@pytest.mark.parametrize("kind", ["AveragePool", "Transpose"])
def test_an_output_of_another_size_is_refused(file, kind):
    options = {"kernel_shape": [2, 2], "strides": [2, 2]} if kind == "AveragePool" else {}
    network(file, lambda graph, picture, mask: graph.op(kind, picture, **options))
    refused(file, "'result' came out as", "instead of 1 x 3 x 32 x 32: check 'layout'")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_reported(file, value):
    network(file, lambda graph, picture, mask: graph.op("Add", picture, graph.number(value)))
    refused(file, str(file), "gave NaN or infinite values")


def test_an_output_far_beyond_its_range_is_reported(file):
    painting_network(file, {"output": {"white": 255}})
    file.with_suffix(".json").write_text("{}")
    refused(file, "on average, too much for black = 0 and white = 1", "under 'output'")


def test_a_network_that_fails_is_quoted(file):
    network(file, lambda graph, picture, mask: graph.op("SpaceToDepth", picture, blocksize=7))
    refused(file, str(file), "fails on 1 x 3 x 32 x 32 and 1 x 1 x 32 x 32: ", "SpaceToDepth")


def test_too_little_memory_is_reported_plainly(file):
    def body(graph, picture, mask):
        shape = graph.constant(np.array([1, 3, 2**22, 2**22]))
        # The length depends on the picture, so that it is not made while the file is loaded.
        zero = graph.op("Mul", graph.op("Shape", picture), graph.constant(np.array([0])))
        return graph.op("ConstantOfShape", graph.op("Add", shape, zero))

    network(file, body)
    refused(file, "not enough memory to run mine.onnx", "a smaller window", error=InputError)


@pytest.mark.parametrize(
    ("device", "said"),
    [("cuda", "install onnxruntime-gpu"), ("cuda:1", "'cuda:1'"), ("mps", "cpu")],
)
def test_devices_that_onnx_runtime_cannot_use_are_refused(smooth_file, monkeypatch, device, said):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    refused(smooth_file, said, error=InputError, device=device)


def test_without_onnx_runtime_the_extra_is_named(smooth_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    refused(smooth_file, 'pip install "napari-relic-inpaint[onnx]"', error=InputError)
