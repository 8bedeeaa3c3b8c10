"""PDF by WeasyPrint, in a process of its own: it can be stopped, and shares no library with Qt."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import suppress
from importlib.util import find_spec

from napari_relic_inpaint.errors import InputError, Stopped
from napari_relic_inpaint.steps import Step

REMEDY = (
    "install it with 'pip install \"napari-relic-inpaint[report]\"', and on Linux Pango "
    "(on Debian and Ubuntu: libpango-1.0-0 and libpangoft2-1.0-0); or make the report as .html, "
    "which a browser prints as PDF"
)

_POLL = 0.25
_USUAL = 20.0
"""Seconds that a layout takes at most, as a rule; for the bar only."""


def require_pdf() -> None:
    """Raise an `InputError` that says what to do if there is no WeasyPrint."""
    if find_spec("weasyprint") is None:
        raise InputError(f"a PDF is made by WeasyPrint, which is not installed: {REMEDY}")


def pdf_steps(page: bytes, should_stop: Callable[[], bool]) -> Generator[Step, None, bytes]:
    """Lay a page out on A4, yielding a `Step` several times a second.

    Closing the generator ends the other process.

    Parameters
    ----------
    page : bytes
        HTML in UTF-8, with everything in it.
    should_stop : callable
        When it says True the work ends with `Stopped`.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    InputError
        If WeasyPrint cannot be loaded or fails; says why.
    Stopped
        If ``should_stop`` said so.
    """
    require_pdf()
    with (
        tempfile.TemporaryFile() as source,
        tempfile.TemporaryFile() as made,
        tempfile.TemporaryFile() as said,
    ):
        source.write(page)
        source.seek(0)
        command = [sys.executable, "-m", "napari_relic_inpaint.documenting.pdf_process"]
        process = subprocess.Popen(command, stdin=source, stdout=made, stderr=said)
        try:
            waited = 0.0
            while process.poll() is None:
                if should_stop():
                    raise Stopped("the report was stopped")
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL)
                waited += _POLL
                yield Step("laying out pages", 0, 1, min(waited / (waited + _USUAL), 0.95))
        finally:
            process.kill()
            process.wait()
        made.seek(0)
        content = made.read()
        if process.returncode or not content.startswith(b"%PDF"):
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(f"WeasyPrint made no PDF ({' '.join(last)[:300]}): {REMEDY}")
    yield Step("laying out pages", 1, 1, 1.0)
    return content
