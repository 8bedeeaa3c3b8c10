"""Fetch a file from an https address."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pooch

from napari_relic_inpaint.errors import ModelError

if TYPE_CHECKING:
    from requests import Response

Report = Callable[[int, int], None]
"""Takes the bytes fetched and the bytes in all, 0 where the server does not tell."""

CHUNK = 2**16
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def is_address(source: str) -> bool:
    """Tell an address from a path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def download(address: str, target: Path, limit: int, report: Report | None = None) -> None:
    """Fetch a file.

    Parameters
    ----------
    address : str
        An https address; http is only taken on this computer.
    target : Path
        Where to write it.
    limit : int
        Most bytes to take.
    report : callable, optional
        Told how far it is.

    Raises
    ------
    ModelError
        If the address is not safe or cannot be reached, or the file is too large.
    """
    _check_safe(address)
    fetch = pooch.HTTPDownloader(
        progressbar=_Progress(address, limit, report),
        chunk_size=CHUNK,
        hooks={"response": _check_redirect},
    )
    try:
        fetch(address, str(target), None)
    except OSError as error:  # what requests raises are OSErrors, too
        raise ModelError(
            f"{address} cannot be fetched ({_reason(error)}): check the address and the "
            "connection, or fetch the .zip file with a browser and name that"
        ) from None


class _Progress:
    """What pooch takes for a progress bar; also stops a download that never ends."""

    def __init__(self, address: str, limit: int, report: Report | None) -> None:
        self.total = 0
        self._address = address
        self._limit = limit
        self._report = report
        self._done = 0

    def update(self, size: int) -> None:
        self._done += size
        if max(self._done, self.total) > self._limit + CHUNK:
            raise ModelError(
                f"{self._address} is larger than {self._limit // 2**20} MiB: it is not a model"
            )
        if self._report is not None:
            self._report(self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None: ...


def _check_redirect(response: Response, *_: Any, **__: Any) -> None:
    if response.is_redirect:
        _check_safe(urljoin(response.url, response.headers["location"]))


def _check_safe(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS):
        raise ModelError(f"{address} is not safe to fetch from: it has to start with https://")


def _reason(error: OSError) -> str:
    answer: Response | None = getattr(error, "response", None)
    if answer is not None:
        return f"the server says {answer.status_code} {answer.reason}"
    return error.strerror or type(error).__name__
