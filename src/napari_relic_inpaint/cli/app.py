"""The commands, and how a run of one ends."""

from __future__ import annotations

import sys

import typer

from napari_relic_inpaint.cli import (
    ERROR_CODE,
    INTERRUPTED_CODE,
    batch,
    damage,
    evaluate,
    judge,
    models,
    propose,
    ratings,
    restore,
)
from napari_relic_inpaint.cli.stopping import stopping
from napari_relic_inpaint.cli.terminal import (
    check_printed,
    console,
    print_whatever_happens,
    show_error,
)
from napari_relic_inpaint.cli.version import with_version
from napari_relic_inpaint.errors import RelicInpaintError, Stopped

app = typer.Typer(
    help="Restore losses in pictures of murals, paintings and manuscripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(restore.restore)
app.command()(batch.batch)
app.command()(propose.propose)
app.command()(judge.hypotheses)
app.command()(judge.compose)
app.command()(restore.demo)
app.command()(evaluate.evaluate)
app.command()(damage.damage)
app.add_typer(models.app, name="models")
app.add_typer(ratings.app, name="ratings")


def run() -> None:
    """Run the command that was given, and exit."""
    with print_whatever_happens():
        code = _run()
        sys.exit(code or check_printed())


def _run() -> int:
    """Return the exit code."""
    sentence: object = "Stopped; no file is half written."
    try:
        with stopping:
            with_version(app)()
    except SystemExit as end:
        # Typer makes this of a KeyboardInterrupt.
        if end.code != INTERRUPTED_CODE:
            return int(end.code or 0)
    except KeyboardInterrupt:
        pass
    except Stopped as error:
        sentence = error
    except RelicInpaintError as error:
        show_error(error)
        return ERROR_CODE
    except OSError as error:
        show_error(_explained(error))
        return ERROR_CODE
    except MemoryError:
        show_error("there is not enough memory: close other programs.")
        return ERROR_CODE
    except Exception:
        # Where compiled code imports other modules, a stop can come out as an ImportError.
        if not stopping.signal:
            raise
    console.print(sentence, markup=False)
    return 128 + stopping.signal if stopping.signal else INTERRUPTED_CODE


def _explained(error: OSError) -> str:
    """Return a sentence for what no part of the program has foreseen."""
    if error.filename is None:
        return f"the system refused something ({error.strerror or error}): try it elsewhere."
    return f"{error.filename} cannot be used ({error.strerror}): choose another name or folder."
