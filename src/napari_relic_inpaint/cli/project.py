"""``relic-inpaint project``: what is in a project, and copies of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from napari_relic_inpaint.cli.terminal import output, print_table, show_notes, watch

if TYPE_CHECKING:
    from napari_relic_inpaint.project.checking import Checked

UNSOUND_CODE = 1

app = typer.Typer(
    help="Check projects that were saved in napari, and copy them.", no_args_is_help=True
)

Project = Annotated[Path, typer.Argument(help="The project: its folder, or its .zip.")]


@app.command()
def check(
    path: Project,
    hashes: Annotated[bool, typer.Option("--hashes", help="Print the SHA-256 of each file.")] = (
        False
    ),
) -> None:
    """Tell what is in a project, and what of it is missing or has changed.

    Exits with 1 if anything is not as it was saved. Nothing is written.
    """
    from napari_relic_inpaint.project.checking import check_project_steps  # noqa: PLC0415

    checked = watch(check_project_steps(path))
    described = checked.description
    output.print(
        f"{path}: {len(described.layers)} layers, saved {described.saved} by "
        f"{described.software.get('name', 'somebody')} "
        f"{described.software.get('version', '')}, format {described.format}.",
        markup=False,
    )
    print_table(_layers(checked))
    print_table(_files(checked))
    if hashes:
        for file in checked.files:
            output.print(f"{file.sha256}  {_plain(file.name)}", markup=False)
    show_notes(checked.notes)
    if not checked.sound:
        raise typer.Exit(UNSOUND_CODE)
    output.print("Everything is as it was saved.")


@app.command("copy")
def copy_project(
    path: Project,
    target: Annotated[
        Path, typer.Argument(help="The new project: a folder NAME.relic, or NAME.relic.zip.")
    ],
    with_pictures: Annotated[
        bool,
        typer.Option("--with-pictures", help="Put copies of the pictures' files into it, too."),
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a project of that name.")] = False,
) -> None:
    """Copy a project: into one file to send it, into a folder to go on, with its pictures or not.

    A version before the last is not copied.
    """
    from napari_relic_inpaint.project.reading import open_project_steps  # noqa: PLC0415
    from napari_relic_inpaint.project.references import Copies  # noqa: PLC0415
    from napari_relic_inpaint.project.writing import write_project_steps  # noqa: PLC0415

    opened = watch(open_project_steps(path))
    saved = watch(
        write_project_steps(
            target,
            opened.bench,
            pictures=Copies.ALL if with_pictures else Copies.NEEDED,
            overwrite=overwrite,
            carried_from=opened.folder,
        )
    )
    show_notes([*opened.notes, *saved.notes])
    output.print(f"Copied {len(opened.bench.layers)} layers: {saved.path}", markup=False)


def _layers(checked: Checked) -> Table:
    table = Table(Column("Layer", overflow="fold"), "Kind", "Kept as")
    kept = {"file": "picture by name", "array": "pixels", "fill": "fill", "shapes": "outlines"}
    for layer in checked.description.layers:
        content = layer.content
        how = kept[content.form]
        if content.form == "fill" and content.stacked:
            how = f"{len(content.fills)} fills"
        elif content.form == "file" and content.copied is not None:
            how = "picture, copied"
        table.add_row(escape(_plain(layer.name)), layer.kind, how)
    return table


def _files(checked: Checked) -> Table:
    name, state = (Column(title, overflow="fold") for title in ("File", "State"))
    table = Table(name, "Bytes", state)
    for file in checked.files:
        said = escape(_plain(file.problem)) or "as saved"
        table.add_row(escape(_plain(file.name)), str(file.size), said)
    return table


def _plain(text: str) -> str:
    """Return a text without the marks by which a terminal would be told what to do."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
