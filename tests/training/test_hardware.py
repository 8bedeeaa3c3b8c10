import pytest
import torch
from lightning_fabric import Fabric

from training.errors import TrainingError
from training.hardware import make_fabric, memory_format, precision_on


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ({"avx2": True}, "32-true"),
        ({"avx512_bf16": True}, "bf16-mixed"),
        ({"amx_bf16": True}, "bf16-mixed"),
    ],
)
def test_auto_is_bfloat16_where_the_processor_has_it(monkeypatch, capabilities, precision):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert precision_on("cpu", "auto") == precision


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_precision_that_is_named_is_taken(precision):
    assert precision_on("cpu", precision) == precision


@pytest.mark.parametrize("precision", ["auto", "32-true"])
def test_an_unknown_accelerator_is_an_error(precision):
    with pytest.raises(TrainingError, match="'abacus'; choose one of auto, cpu, cuda, mps"):
        precision_on("abacus", precision)


@pytest.mark.parametrize(
    ("precision", "layout"),
    [("32-true", torch.contiguous_format), ("bf16-mixed", torch.channels_last)],
)
def test_the_layout_of_weights_follows_the_precision(precision, layout):
    fabric = make_fabric(precision, "cpu", devices="1", nodes=1)
    assert isinstance(fabric, Fabric)
    assert memory_format(fabric) == layout
