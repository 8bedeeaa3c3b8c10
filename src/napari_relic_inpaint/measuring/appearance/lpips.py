"""LPIPS (Zhang et al., 2018), asked of a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Generator
from importlib.util import find_spec
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.measuring.appearance.frames import receive, send

PROCESS = "napari_relic_inpaint.measuring.appearance.lpips_process"

REACH = 96
"""Pixels that AlexNet's fifth layer sees to each side."""

LEAST_SIDE = 31
"""Side in pixels that a picture needs to reach AlexNet's fifth layer."""

PATIENCE = 0.1
"""Seconds between two looks at whether the process has answered."""

Message = tuple[dict[str, Any], bytes]


class Lpips:
    """Measures LPIPS (with AlexNet, version 0.1) in a process that ends with the ``with`` block.

    The library imports torchvision and with it Triton, which can end a process with windows. Once
    started, the process is of use for any number of pictures.

    Raises
    ------
    InputError
        If the package lpips is missing.
    """

    def __init__(self) -> None:
        if find_spec("lpips") is None:
            raise InputError(
                "LPIPS needs the package lpips: pip install 'napari-relic-inpaint[lpips]'"
            )
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: Thread | None = None
        self._messages: Queue[Message | None] = Queue()
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as it lives

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None and self._listener is not None:
            self._process.kill()
            self._process.wait()
            self._listener.join()
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None
                # What was not sent yet, if it was killed at it, is lost with it.
                try:
                    stream.close()
                except OSError:
                    continue
        self._said.close()

    def start(self) -> Generator[str, None, None]:
        """Start the process if there is none, yielding what is waited for, often.

        Raises
        ------
        InputError
            If AlexNet's weights can be neither found nor downloaded.
        """
        if self._process is not None:
            return
        # Not from the current folder: what lies there is not the user's choice of libraries.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._listener = Thread(
            target=_listen, args=(self._process.stdout, self._messages), daemon=True
        )
        self._listener.start()
        yield from self._answer("starting LPIPS")

    def distance(
        self, restored: NDArray[Any], reference: NDArray[Any]
    ) -> Generator[str, None, NDArray[np.float32]]:
        """Return LPIPS around each pixel, ``(H, W)``, yielding what is waited for; see `start`.

        The mean of the map is, but for the rounding of its layers' sizes, the LPIPS of
        publications.

        Parameters
        ----------
        restored, reference : (H, W, C) arrays
            0 = black, 1 = white; three channels of colour, or one of grey. Values beyond are
            clipped. At least `LEAST_SIDE` pixels a side; in smaller ones the map is NaN.

        Raises
        ------
        InputError
            If the process was ended.
        """
        height, width = restored.shape[:2]
        if min(height, width) < LEAST_SIDE:
            return np.full((height, width), np.nan, np.float32)
        pictures = np.empty((2, height, width, 3), np.float32)
        pictures[:] = np.clip([restored, reference], 0, 1)
        assert self._process is not None and self._process.stdin is not None
        try:
            send(self._process.stdin, pictures.tobytes(), shape=pictures.shape)
        except OSError:
            raise self._ended() from None
        answer = yield from self._answer("comparing (LPIPS)")
        return np.frombuffer(answer, np.float32).reshape(height, width)

    def _answer(self, stage: str) -> Generator[str, None, bytes]:
        """Wait for an answer, yielding what is going on meanwhile."""
        while True:
            try:
                message = self._messages.get(timeout=PATIENCE)
            except Empty:
                yield stage
                continue
            if message is None:
                raise self._ended()
            head, data = message
            if "error" in head:
                raise InputError(head["error"])
            if "stage" in head:
                stage = head["stage"]
            else:
                return data

    def _ended(self) -> InputError:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").splitlines()
        last = f" ({lines[-1].strip()})" if lines else ""
        return InputError(
            f"the process that measures LPIPS has ended{last}: measure without LPIPS, or close "
            "other programs if memory was short, and try again"
        )


def _listen(stream: Any, messages: Queue[Message | None]) -> None:
    """Pass on what a process says, and at last None."""
    try:
        while (message := receive(stream)) is not None:
            messages.put(message)
    except (OSError, ValueError):
        # Closed while it was read: nobody listens any more.
        return
    finally:
        messages.put(None)
