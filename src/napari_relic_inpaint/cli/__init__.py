"""The command line: ``relic-inpaint restore | batch | demo | evaluate | models | ratings``."""

from __future__ import annotations

import sys

import typer

from napari_relic_inpaint.cli import batch, evaluate, models, ratings, restore
from napari_relic_inpaint.cli.terminal import console, show_error
from napari_relic_inpaint.errors import RelicInpaintError

ERROR_CODE = 2
INTERRUPTED_CODE = 130

app = typer.Typer(
    help="Restore losses in pictures of murals, paintings and manuscripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(restore.restore)
app.command()(batch.batch)
app.command()(restore.demo)
app.command()(evaluate.evaluate)
app.add_typer(models.app, name="models")
app.add_typer(ratings.app, name="ratings")


def main() -> None:
    """Run the command line; errors become one sentence and exit code 2."""
    try:
        app()
    except RelicInpaintError as error:
        show_error(error)
        sys.exit(ERROR_CODE)
    except KeyboardInterrupt:
        console.print("Stopped; nothing was written.")
        sys.exit(INTERRUPTED_CODE)
