"""``relic-inpaint restore`` and ``demo``: from picture and mask to a restored picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_relic_inpaint.cli.terminal import output, show_notes, watch
from napari_relic_inpaint.errors import InputError
from napari_relic_inpaint.settings import FIELDS, Settings

if TYPE_CHECKING:
    from napari_relic_inpaint.restoration import Restoration

_DEFAULTS = Settings()


def _setting(name: str) -> Any:
    return typer.Option(help=FIELDS[name].description)


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
    postprocess: Annotated[bool, _setting("postprocess")] = _DEFAULTS.postprocess,
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
        postprocess=postprocess,
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
    show_notes(notes)
    output.print(f"{_summary(result)} {out}", markup=False)


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


def _restore(picture: Any, damage: Any, **options: Any) -> Restoration:
    from napari_relic_inpaint.restoration import restore_steps  # noqa: PLC0415

    return watch(restore_steps(picture, damage, **options))


def _record_file(out: Path) -> Path:
    return out.with_name(out.name + ".json")


def _summary(result: Restoration) -> str:
    record = result.record
    return f"Restored {record['damage']['share']:.2%} of the picture in {record['seconds']:.1f} s:"
