"""The process that lays a page out: ``python -m ...documenting.pdf_process``, HTML in, PDF out."""

from __future__ import annotations

import signal
import sys
from contextlib import redirect_stdout


def main() -> None:
    """Read a page from the input, write a PDF to the output."""
    # The other process ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    page, answer = sys.stdin.buffer.read(), sys.stdout.buffer
    with redirect_stdout(sys.stderr):
        from weasyprint import HTML  # noqa: PLC0415 - only here
        from weasyprint.urls import URLFetcher  # noqa: PLC0415

        # Everything is in the page; nothing else is to be read or asked for.
        only_embedded = URLFetcher(allowed_protocols={"data"})
        document = HTML(string=page.decode(), url_fetcher=only_embedded)
        content = document.write_pdf()
    answer.write(content)
    answer.flush()


if __name__ == "__main__":
    main()
