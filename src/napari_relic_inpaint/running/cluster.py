"""Networks on a Dask cluster: the windows of one large picture, spread over its workers.

``distributed`` is an extra and imported only here and where pictures are spread.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import nn

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.running.device import NetworkRunner, choose_device

CONNECT_SECONDS = 10
POLL_SECONDS = 0.3

WINDOWS_A_THREAD = 4
"""Windows that are sent for each thread of the cluster, so that none waits for the next ones."""


def distributed() -> Any:
    """Return the package of that name.

    Raises
    ------
    InputError
        If it is missing.
    """
    try:
        import distributed  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError(
            "several workers and clusters need the package distributed: "
            'pip install "napari-relic-inpaint[cluster]"'
        ) from None
    return distributed


def connect(address: str) -> Any:
    """Return a client of the Dask scheduler at an address, such as ``tcp://host:8786``.

    Raises
    ------
    InputError
        If ``distributed`` is missing or there is no scheduler at the address.
    """
    try:
        return distributed().Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"there is no Dask scheduler at {address} ({first_line(error)}): check the address, "
            "such as tcp://host:8786, and that it runs"
        ) from error


def first_line(error: Exception) -> str:
    """Return what an error says, in short."""
    return (str(error).splitlines() or [""])[0].rstrip(".")


class Where(NamedTuple):
    """Device and precision of the workers."""

    device: str
    precision: str


class Answer(NamedTuple):
    """What a worker sends back: the network's output, and where it comes from."""

    output: NDArray[np.float32]
    device: dict[str, str]


class ClusterRunner:
    """Runs one network on the workers of a cluster, one window a task.

    A window whose worker dies is run by another one.

    Parameters
    ----------
    network : nn.Module
        The network; it is sent to the workers.
    device : str
        Where each worker runs it, as in `Settings`.
    client : distributed.Client
        The cluster.
    should_stop : callable, optional
        Asked while the cluster works; when it says True, `Stopped` is raised.
    precision : str
        What each worker computes in, as in `Settings`.

    Attributes
    ----------
    runs : int
        How often the network was called.
    warnings : list of str
        What the user was warned of.
    identity : str
        Decides what comes out, besides the network and its inputs.
    ahead : int
        0: a batch keeps all workers busy.
    """

    def __init__(
        self,
        network: nn.Module,
        device: str,
        client: Any,
        should_stop: Callable[[], bool] | None = None,
        precision: str = "auto",
    ) -> None:
        self._client = client
        self._where = Where(device, precision)
        self._should_stop = should_stop
        packed = pickle.dumps(network.eval())
        self._name = hashlib.sha256(packed).hexdigest()
        # A task, not data that is scattered: what is lost with a worker can be had again.
        self._network = client.submit(bytes, packed, key=f"network-{self._name}")
        self._devices: list[dict[str, str]] = []
        self.runs = 0
        self.warnings: list[str] = []
        self.identity = f"cluster {device} {precision}"
        self.ahead = 0

    @property
    def batch(self) -> int:
        """Windows to be sent at once, for the workers that there are now."""
        return WINDOWS_A_THREAD * max(1, sum(self._client.nthreads().values()))

    def __call__(self, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on arrays ``(B, C, H, W)``; returns its output as float32."""
        futures = [
            self._client.submit(
                _run,
                self._network,
                self._name,
                self._where,
                [array[number : number + 1] for array in inputs],
                pure=False,
            )
            for number in range(len(inputs[0]))
        ]
        self._wait(futures)
        answers: list[Answer] = self._client.gather(futures)
        self.runs += len(answers)
        for answer in answers:
            if answer.device not in self._devices:
                self._devices.append(answer.device)
        return np.concatenate([answer.output for answer in answers])

    def describe(self) -> dict[str, Any]:
        """Return where the network ran, for the record."""
        return {
            "type": "cluster",
            "name": f"Dask cluster at {self._client.scheduler.address}",
            "workers": self._devices,
        }

    def _wait(self, futures: list[Any]) -> None:
        """Wait for the cluster, ready to stop at any time."""
        package = distributed()
        while True:
            if self._should_stop is not None and self._should_stop():
                self._client.cancel(futures)
                raise Stopped("the restoration was stopped")
            try:
                with self._client.as_current():
                    package.wait(futures, timeout=POLL_SECONDS)
            except TimeoutError:
                continue
            return


_ready: dict[tuple[str, Where], NetworkRunner] = {}
"""In a worker process: the networks of the run at hand, by name and where they run."""

NETWORKS = 2
"""A run has no more of them; those of earlier runs are let go."""


def _run(network: bytes, name: str, where: Where, inputs: list[NDArray[np.float32]]) -> Answer:
    """Run a network in a worker process."""
    runner = _runner(network, name, where)
    return Answer(runner(*inputs), runner.describe())


def _runner(network: bytes, name: str, where: Where) -> NetworkRunner:
    if (name, where) not in _ready:
        while len(_ready) >= NETWORKS:
            _ready.pop(next(iter(_ready)))
        _ready[name, where] = NetworkRunner(
            pickle.loads(network), choose_device(where.device), precision=where.precision
        )
    return _ready[name, where]
