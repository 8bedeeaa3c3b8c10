"""The command line: ``relic-inpaint restore | batch | demo | evaluate | damage | models | ...``.

What it needs is imported when it starts, since that takes a moment in which it can be stopped.
"""

from __future__ import annotations

from napari_relic_inpaint.running.signals import ended_at_once

ERROR_CODE = 2
INTERRUPTED_CODE = 130


def main() -> None:
    """Run the command line; errors become one sentence and exit code 2."""
    with ended_at_once():
        from napari_relic_inpaint.cli import app  # noqa: PLC0415
    app.run()
