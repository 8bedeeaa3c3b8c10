"""``--version`` on every command."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
import typer.main

PACKAGE = "napari-relic-inpaint"


def with_version(app: typer.Typer) -> Any:
    """Return the command of an app; it and all below it answer ``--version``."""
    alone = typer.Typer(add_completion=False)
    alone.command()(_with_option)
    option = typer.main.get_command(alone).params[0]
    # The commands themselves know nothing of it.
    option.expose_value = False
    command = typer.main.get_command(app)
    _add(command, option)
    return command


def _add(command: Any, option: Any) -> None:
    command.params.append(option)
    for below in getattr(command, "commands", {}).values():
        _add(below, option)


def _show(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"{PACKAGE} {version(PACKAGE)}")
        except PackageNotFoundError:
            typer.echo(f"{PACKAGE}, which is not installed")
        raise typer.Exit


def _with_option(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show, help="Show the version and exit."),
    ] = False,
) -> None: ...
