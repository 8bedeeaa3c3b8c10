"""The process that LPIPS runs in: ``python -m ...measuring.appearance.lpips_process``.

It alone imports the library, and with it torchvision and Triton, which can end a process that has
windows. It answers until its input ends.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from napari_relic_inpaint.measuring.appearance.frames import receive, send

MEGABYTES = 233
"""Of AlexNet's file."""


class NoNetwork(Exception):
    """AlexNet cannot be had; says why and what to do."""


def main() -> None:
    """Load LPIPS, then answer each pair of pictures with a map."""
    # The other process ends this one, by closing its input or by force.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    # What libraries print is not for the other process.
    with redirect_stdout(sys.stderr):
        try:
            from torchvision.models import AlexNet_Weights  # noqa: PLC0415

            place = _place_of(AlexNet_Weights.IMAGENET1K_V1.url)
            if not place.exists():
                send(answers, stage=f"downloading the network of LPIPS, once ({MEGABYTES} MB)")
            network = _load(AlexNet_Weights.IMAGENET1K_V1.url, place)
        except NoNetwork as error:
            send(answers, error=str(error))
            return
        send(answers)
        while (message := receive(requests)) is not None:
            head, data = message
            send(answers, _map(network, head["shape"], data))


def _place_of(url: str) -> Path:
    """Return where torchvision keeps a downloaded file."""
    import torch  # noqa: PLC0415

    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def _load(url: str, place: Path) -> Any:
    # Weights are data: nothing in the file is to be run.
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    import lpips  # noqa: PLC0415

    there = place.exists()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torchvision, about how lpips calls it
            return lpips.LPIPS(net="alex", spatial=True, verbose=False)
    except Exception as error:
        # A sentence, whatever the library has met: there is one remedy.
        reason = " ".join(str(error).split())[:200]
        if there:
            raise NoNetwork(
                f"{place} is not the AlexNet that LPIPS needs ({reason}): remove the file, and it "
                "is downloaded anew"
            ) from error
        raise NoNetwork(
            f"the AlexNet that LPIPS needs could not be downloaded ({reason}): on a computer with "
            f"internet get {url} ({MEGABYTES} MB), and put it into the folder {place.parent}"
        ) from error


def _map(network: Any, shape: list[int], data: bytes) -> bytes:
    """Return LPIPS around each pixel of two pictures ``(2, H, W, 3)`` of float32 in [0, 1]."""
    import torch  # noqa: PLC0415

    pictures = np.frombuffer(data, np.float32).reshape(shape).transpose(0, 3, 1, 2)
    with torch.inference_mode():
        one, other = torch.from_numpy(pictures.copy()).split(1)
        distance = network(one, other, normalize=True)
    return distance[0, 0].numpy().astype(np.float32).tobytes()


if __name__ == "__main__":
    main()
