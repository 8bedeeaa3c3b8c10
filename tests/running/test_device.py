import platform
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.running.device import (
    NetworkRunner,
    available_devices,
    choose_device,
    describe_device,
)
from napari_relic_inpaint.running.memory import MOST, SHARE, fitting_batch
from napari_relic_inpaint.running.precision import PRECISIONS, choose_precision

CPU, ACCELERATOR = torch.device("cpu"), torch.device("mps")
OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
]


class Limited(nn.Module):
    """Adds its inputs; fails on batches larger than its memory."""

    def __init__(self, limit: int, error: Exception = OUT_OF_MEMORY[0]) -> None:
        super().__init__()
        self.limit, self.error = limit, error
        self.batches: list[int] = []

    def forward(self, first, second):
        if len(first) > self.limit:
            raise self.error
        self.batches.append(len(first))
        return first + 2 * second


class TooLarge(nn.Conv2d):
    """A layer that fits on the processor only."""

    def to(self, *args, **kwargs):
        if args and args[0] == ACCELERATOR:
            raise OUT_OF_MEMORY[1]
        return super().to(*args, **kwargs)


class Movable(Limited):
    """A network without weights: it is at home everywhere."""

    def to(self, *args, **kwargs):
        return self


def inputs(count: int) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.random.default_rng(count).random((2, count, 1, 4, 6), np.float32)
    return first, second


@pytest.fixture
def full_accelerator(monkeypatch):
    """An accelerator without memory for even one window."""
    to = torch.Tensor.to

    def move(tensor, *args, **kwargs):
        if args and args[0] == ACCELERATOR:
            raise OUT_OF_MEMORY[1]
        return to(tensor, *args, **kwargs)

    monkeypatch.setattr(torch.Tensor, "to", move)


@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from(OUT_OF_MEMORY))
def test_batches_are_halved_until_they_fit(count, limit, error):
    network = Limited(limit, error)
    runner = NetworkRunner(network, CPU, batch=count)
    first, second = inputs(count)
    np.testing.assert_array_equal(runner(first, second), first + 2 * second)
    assert max(network.batches) <= limit
    assert sum(network.batches) == count
    assert runner.runs == len(network.batches)
    assert runner.batch == count if count <= limit else runner.batch <= limit
    assert runner.warnings == []


def test_a_smaller_batch_is_kept():
    network = Limited(2)
    runner = NetworkRunner(network, CPU, batch=4)
    runner(*inputs(4))
    network.batches.clear()
    runner(*inputs(runner.batch))
    assert network.batches == [2]


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_a_window_that_does_not_fit_on_the_processor_is_an_input_error(error):
    runner = NetworkRunner(Limited(0, error), CPU, batch=3)
    with pytest.raises(InputError, match="not enough memory for a single window: choose a smaller"):
        runner(*inputs(3))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("out of memory")])
def test_other_errors_pass_through(error, count):
    runner = NetworkRunner(Limited(0, error), CPU, batch=3)
    with pytest.raises(type(error)) as caught:
        runner(*inputs(count))
    assert caught.value is error


def test_a_network_too_large_for_the_accelerator_runs_on_the_processor():
    network = TooLarge(1, 1, 1)
    with pytest.warns(UserWarning, match="the run goes on on the processor"):
        runner = NetworkRunner(network, ACCELERATOR)
    assert runner.device == CPU
    assert runner.batch == 1
    assert len(runner.warnings) == 1
    runner = NetworkRunner(nn.Identity(), runner.device)
    image = inputs(2)[0]
    np.testing.assert_array_equal(runner(image), image)


@pytest.mark.parametrize("count", [1, 5])
def test_a_window_too_large_for_the_accelerator_runs_on_the_processor(full_accelerator, count):
    network = Movable(9)
    runner = NetworkRunner(network, ACCELERATOR, batch=count)
    first, second = inputs(count)
    with pytest.warns(UserWarning, match="too little memory for a single window") as warned:
        output = runner(first, second)
    np.testing.assert_array_equal(output, first + 2 * second)
    assert [str(w.message) for w in warned] == runner.warnings
    assert len(runner.warnings) == 1
    assert (runner.device, runner.batch) == (CPU, 1)
    runner(first, second)
    assert len(runner.warnings) == 1


def test_should_stop_is_asked_before_every_layer():
    answers = iter([False, False, False, True])
    seen = []
    layers = [nn.Identity() for _ in range(5)]
    for layer in layers:
        layer.register_forward_hook(lambda *_: seen.append(1))
    runner = NetworkRunner(nn.Sequential(*layers), CPU, should_stop=lambda: next(answers))
    with pytest.raises(Stopped):
        runner(inputs(1)[0])
    assert len(seen) == 2  # the first question comes before the network itself
    assert runner.runs == 0


def test_a_run_that_is_not_stopped_goes_to_its_end():
    runner = NetworkRunner(nn.Sequential(nn.ReLU()), CPU, should_stop=lambda: False)
    image = inputs(1)[0]
    np.testing.assert_array_equal(runner(image), image)


def test_outputs_are_float32_arrays_in_c_order(tiny_networks):
    runner = NetworkRunner(tiny_networks[0], CPU)
    output = runner(*np.random.default_rng(0).random((3, 2, 1, 16, 24), np.float32))
    assert output.dtype == np.float32
    assert output.shape == (2, 1, 16, 24)
    assert output.flags.c_contiguous
    tiny_networks[0].float()


def test_the_processor_is_always_there():
    assert available_devices()[:2] == ["auto", "cpu"]
    assert choose_device("cpu") == CPU
    assert choose_device("auto").type in {name.split(":")[0] for name in available_devices()[1:]}
    assert describe_device(CPU)


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_prefers_cuda_then_mps_then_the_processor(monkeypatch, cuda, mps, chosen):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto").type == chosen


def test_devices_that_are_not_there_are_named_beside_those_that_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("cuda:1").index == 1
    for name in ("cuda:2", "mps"):
        with pytest.raises(InputError, match=f"no device '{name}' here; .*cpu, cuda:0, cuda:1"):
            choose_device(name)


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ({"amx_bf16": True}, "bfloat16"),
        ({"avx512_bf16": True, "amx_bf16": False}, "bfloat16"),
        ({"avx2": True}, "float32"),
        ({}, "float32"),
    ],
)
def test_the_processor_computes_in_bfloat16_where_it_has_instructions_for_it(
    monkeypatch, capabilities, precision
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert choose_precision(CPU).name == precision
    assert choose_precision(ACCELERATOR).name == "float32"


@pytest.mark.parametrize(("capability", "precision"), [((7, 5), "float32"), ((9, 0), "tf32")])
def test_a_card_computes_in_what_pytorch_takes_by_itself(monkeypatch, capability, precision):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert choose_precision(torch.device("cuda")).name == precision
    for name in PRECISIONS:
        assert choose_precision(torch.device("cuda"), name).name == name


def test_the_weights_take_the_type_that_is_asked_for():
    network = nn.Conv2d(1, 1, 1)
    runner = NetworkRunner(network, CPU, precision="float16")
    assert network.weight.dtype == torch.float16
    assert (runner.describe()["precision"], runner.identity) == ("float16", "cpu float16")


def test_on_the_processor_nothing_is_emulated_after_a_card_was_too_small():
    with pytest.warns(UserWarning, match="the run goes on on the processor"):
        runner = NetworkRunner(TooLarge(1, 1, 1), ACCELERATOR, precision="float16")
    assert runner.precision == choose_precision(CPU)


@given(st.integers(1, 2**40), st.integers(1, 2**36), st.integers(1, 64))
def test_a_batch_is_a_power_of_two_that_fits(free, taken, windows):
    batch = fitting_batch(free, taken, windows)
    assert 1 <= batch <= MOST and batch.bit_count() == 1
    assert batch == 1 or batch * taken <= SHARE * free * windows
    assert fitting_batch(2 * free, taken, windows) >= batch


class Measured:
    """Memory with room for so many windows."""

    def __init__(self, room: int) -> None:
        self.room, self.begun = room, 0

    def begin(self):
        self.begun += 1

    def peak(self):
        return 16

    def free(self):
        return int(self.room / SHARE)


def test_the_batch_grows_once_to_what_fits():
    runner = NetworkRunner(Limited(64), CPU)
    runner._memory = Measured(40)
    runner(*inputs(16))
    assert runner.batch == 32
    runner(*inputs(8))
    assert (runner.batch, runner._memory.begun) == (32, 1)


def test_a_batch_that_was_asked_for_stays():
    runner = NetworkRunner(Limited(64), CPU, batch=4)
    runner._memory = Measured(40)
    runner(*inputs(4))
    assert (runner.batch, runner._memory.begun) == (4, 0)


def test_threads_that_run_out_of_memory_together_fall_back_once(full_accelerator):
    runner = NetworkRunner(Movable(9), ACCELERATOR, batch=1)
    both = threading.Barrier(2)
    launch = runner._launch

    def together(arrays):
        if runner.device == ACCELERATOR:
            runner._launching.release()
            both.wait(10)
            runner._launching.acquire()
        return launch(arrays)

    runner._launch = together
    with warnings.catch_warnings(record=True) as told, ThreadPoolExecutor(2) as pool:
        warnings.simplefilter("always")
        outputs = [*pool.map(lambda n: (n, runner(*inputs(n))), (1, 2))]
    for n, output in outputs:
        first, second = inputs(n)
        np.testing.assert_array_equal(output, first + 2 * second)
    assert len(runner.warnings) == len(told) == 1


def test_an_unknown_processor_still_has_a_name(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    assert describe_device(CPU) == platform.machine()
