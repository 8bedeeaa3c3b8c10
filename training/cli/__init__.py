"""The command line: ``check``, ``adapt``, ``fit``, ``export``, ``preview``, ``score``, ``compare``.

What takes seconds to import is imported by the commands, after their first line.
"""

from __future__ import annotations

import sys

import typer

from napari_relic_inpaint.cli.terminal import print_whatever_happens, show_error
from napari_relic_inpaint.cli.version import with_version
from napari_relic_inpaint.errors import RelicInpaintError
from training.cli import adapt, check, compare, fit, models, score
from training.errors import sentence

app = typer.Typer(
    help="Train the networks of the restoration on pictures of your own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    check.check,
    adapt.adapt,
    fit.fit,
    models.export,
    models.preview,
    score.score,
    compare.compare,
):
    app.command()(command)

FAILED = 1
NO_MEMORY = ("OutOfMemoryError", "can't allocate memory", "not enough memory")


def main() -> None:
    """Run the command line; errors are one sentence, without a traceback."""
    with print_whatever_happens():
        try:
            with_version(app)()
        except RelicInpaintError as error:
            show_error(error)
        except OSError as error:
            show_error(sentence(error))
        except MemoryError:
            show_error("there is not enough memory: close other programs, or set batch lower")
        except RuntimeError as error:
            if not any(words in f"{type(error).__name__} {error}" for words in NO_MEMORY):
                raise
            show_error(
                "there is not enough memory for a step: set batch, crops or width lower, such as "
                "--set batch=1; --resume goes on from the last checkpoint"
            )
        else:
            return
        sys.exit(FAILED)
