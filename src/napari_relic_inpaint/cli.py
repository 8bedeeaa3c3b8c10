"""The command line: ``relic-inpaint restore | demo | models``."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from napari_relic_inpaint.errors import InputError, ModelError, RelicInpaintError
from napari_relic_inpaint.settings import FIELDS, Settings

if TYPE_CHECKING:
    from napari_relic_inpaint.restoration import Restoration, Step

ERROR_CODE = 2
INTERRUPTED_CODE = 130

app = typer.Typer(
    help="Restore losses in pictures of murals, paintings and manuscripts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(help="The models of the two-stage method.", no_args_is_help=True)
app.add_typer(models_app, name="models")
console = Console(stderr=True, soft_wrap=True, highlight=False)
output = Console(soft_wrap=True, highlight=False)

_DEFAULTS = Settings()


def _setting(name: str) -> Any:
    return typer.Option(help=FIELDS[name].description)


@app.command()
def restore(
    picture: Annotated[Path, typer.Argument(help="The damaged picture: PNG, JPEG or TIFF.")],
    damage: Annotated[
        Path, typer.Argument(help="Its damage mask, of the same size: not black = damaged.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the restored picture.")],
    label: Annotated[
        int | None, typer.Option(help="Count only this value of the mask as damage.")
    ] = None,
    edges: Annotated[
        Path | None,
        typer.Option(help="A picture of edges to follow inside the damage, instead of predicting."),
    ] = None,
    save_edges: Annotated[
        Path | None, typer.Option(help="Where to write the edges that were followed.")
    ] = None,
    method: Annotated[str, _setting("method")] = _DEFAULTS.method,
    model: Annotated[str, _setting("model")] = _DEFAULTS.model,
    device: Annotated[str, _setting("device")] = _DEFAULTS.device,
    window: Annotated[int, _setting("window")] = _DEFAULTS.window,
    batch: Annotated[int, _setting("batch")] = _DEFAULTS.batch,
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Restore the damaged parts of one picture; every other pixel stays as it is."""
    from napari_relic_inpaint import files, methods  # noqa: PLC0415 - keeps --help fast

    record_file = _record_file(out)
    files.check_output(out, overwrite=overwrite, like=picture)
    files.check_record(record_file, overwrite=overwrite)
    if save_edges is not None:
        files.check_output(save_edges, overwrite=overwrite, like=picture)
        if not methods.uses_edges(method):
            raise InputError(f"the method {method!r} has no edges to save")
    source = files.read_picture(picture)
    mask = files.read_mask(damage, label)
    drawn = None if edges is None else files.read_mask(edges)
    result = _restore(
        source.data,
        mask,
        rgb=source.rgb,
        edges=drawn,
        method=method,
        model=model,
        device=device,
        window=window,
        batch=batch,
    )
    notes = files.write_picture(
        out, result.picture, rgb=source.rgb, like=source, overwrite=overwrite
    )
    if save_edges is not None and result.edges is not None:
        notes += files.write_picture(
            save_edges, result.edges.astype(bool), rgb=False, overwrite=overwrite
        )
    names = {"picture": picture, "damage": damage, "edges": edges, "result": out}
    record = {
        **result.record,
        "files": {role: path.name for role, path in names.items() if path is not None},
    }
    files.write_json(record_file, record, overwrite=overwrite)
    for note in notes:
        console.print(f"Note: {note}", style="yellow", markup=False)
    output.print(f"{_summary(result)} {out}", markup=False)


@app.command()
def demo(
    sample: Annotated[str, typer.Argument(help="fresco, coins or manuscript.")] = "fresco",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "relic-inpaint-demo"
    ),
) -> None:
    """Restore a sample picture that comes with the package, and say where the result is."""
    from napari_relic_inpaint import files, samples  # noqa: PLC0415

    source = files.read_picture(samples.path(sample).picture)
    example = samples.load(sample)
    out.mkdir(parents=True, exist_ok=True)
    result = _restore(source.data, example.damage, rgb=source.rgb)
    restored = out / f"{sample}_restored.png"
    assert result.edges is not None
    written = {
        f"{sample}_damaged.png": source.data,
        restored.name: result.picture,
        f"{sample}_edges.png": result.edges.astype(bool),
        f"{sample}_intact.png": example.reference,
    }
    for name, data in written.items():
        rgb = data.ndim == 3
        files.write_picture(out / name, data, rgb=rgb, overwrite=True)
    files.write_json(_record_file(restored), result.record, overwrite=True)
    output.print(f"{_summary(result)} {restored.resolve()}", markup=False)
    output.print(f"Beside it: {', '.join(name for name in written if name != restored.name)}.")


@models_app.command("list")
def list_models() -> None:
    """List the installed models."""
    from napari_relic_inpaint.models import folders  # noqa: PLC0415

    table = Table("name", "version", "licence", "what it is")
    for name, card in folders.cards().items():
        if isinstance(card, ModelError):
            table.add_row(name, "", "", f"cannot be used: {card}")
        else:
            table.add_row(name, card.version, card.licence, card.summary)
    output.print(table)


@models_app.command("show")
def show_model(
    name: Annotated[str, typer.Argument(help="Name of a model, or its folder.")],
) -> None:
    """Show a model's card and where it lies, and check its files."""
    from napari_relic_inpaint.models import folders, weights  # noqa: PLC0415

    model = weights.load(name)
    output.print(f"folder: {folders.find(name)}", markup=False)
    output.print_json(model.card.model_dump_json())
    output.print("Its files are whole and fit the card.")


@models_app.command("import")
def import_model(
    edge: Annotated[Path, typer.Argument(help="EdgeConnect's EdgeModel_gen.pth.")],
    inpaint: Annotated[Path, typer.Argument(help="EdgeConnect's InpaintingModel_gen.pth.")],
    name: Annotated[str, typer.Option(help="Name of the new model.")],
) -> None:
    """Turn a pair of EdgeConnect checkpoints into a model of yours."""
    from napari_relic_inpaint.models import edgeconnect, folders  # noqa: PLC0415

    card = edgeconnect.import_edgeconnect(edge, inpaint, name)
    output.print(f"Imported {card.name} to {folders.find(card.name)}", markup=False)


def main() -> None:
    """Run the command line; errors become one sentence and exit code 2."""
    try:
        app()
    except RelicInpaintError as error:
        console.print(f"Error: {error}", style="red", markup=False)
        sys.exit(ERROR_CODE)
    except KeyboardInterrupt:
        console.print("Stopped; nothing was written.")
        sys.exit(INTERRUPTED_CODE)


def _restore(picture: Any, damage: Any, **options: Any) -> Restoration:
    from napari_relic_inpaint.restoration import restore_steps  # noqa: PLC0415

    return _watch(restore_steps(picture, damage, **options))


def _watch(steps: Generator[Step, None, Restoration]) -> Restoration:
    """Run the steps under a progress bar."""
    columns = (TextColumn("{task.description:<18}"), BarColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=1.0)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                result: Restoration = end.value
                return result
            bar.update(task, completed=step.fraction, description=step.stage)


def _record_file(out: Path) -> Path:
    return out.with_name(out.name + ".json")


def _summary(result: Restoration) -> str:
    record = result.record
    return f"Restored {record['damage']['share']:.2%} of the picture in {record['seconds']:.1f} s:"
