"""How many windows fit into a card's memory at once, and how to tell that it is full."""

from __future__ import annotations

import torch

# On a CPU one window at a time is fastest: it fits the caches.
BATCH = {"cpu": 1, "mps": 8, "cuda": 16}
"""Windows of the first run, where nobody knows yet what one of them takes."""

MOST = 64
"""Windows at once; with more of them a card gains nothing, and the user waits to see the next."""

SHARE = 0.5
"""Of the free memory that a run may take; other programs draw on the same card."""

# MPS; the CPU on Linux and macOS; the CPU on Windows; cuDNN and cuBLAS.
_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")


class CardMemory:
    """The memory of a CUDA card, measured while networks run.

    Parameters
    ----------
    device : torch.device
        The card.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._before = 0

    def begin(self) -> None:
        """Measure from now on."""
        torch.cuda.reset_peak_memory_stats(self._device)
        self._before = torch.cuda.memory_allocated(self._device)

    def peak(self) -> int:
        """Return the bytes that were needed at the most since `begin`, above what was in use."""
        return torch.cuda.max_memory_allocated(self._device) - self._before

    def free(self) -> int:
        """Return the bytes that can be had: free ones, and those that PyTorch holds unused."""
        unused = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(
            self._device
        )
        return torch.cuda.mem_get_info(self._device)[0] + unused


def fitting_batch(free: int, taken: int, windows: int) -> int:
    """Return how many windows may run at once.

    A power of two: small differences in what is free do not change it, and with it the kernels
    that a card chooses.

    Parameters
    ----------
    free : int
        Bytes that can be had.
    taken : int
        Bytes that a run took.
    windows : int
        Windows of that run.
    """
    fitting = int(min(MOST, SHARE * free * windows / max(taken, 1)))
    return 1 << max(fitting.bit_length() - 1, 0)


def is_full(error: RuntimeError) -> bool:
    """Tell whether an error says that a device has no memory left."""
    # All but CUDA's own allocator raise plain RuntimeErrors, told apart by their text only.
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(sign in text for sign in _NO_MEMORY)
