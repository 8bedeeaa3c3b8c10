"""``relic-inpaint restore`` and ``demo``: from picture and mask to a restored picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from napari_relic_inpaint.cli.mask_options import (
    InvertMask,
    Label,
    MaskAsStored,
    MaskColour,
    MaskThreshold,
    mask_reading,
)
from napari_relic_inpaint.cli.source_options import CopyFrom, Edges, NeverFrom
from napari_relic_inpaint.cli.terminal import output, show_notes, watch
from napari_relic_inpaint.files.formats import NAMES, WRITTEN
from napari_relic_inpaint.settings import FIELDS, Settings, make_settings

DEFAULTS = Settings()


def setting(name: str) -> Any:
    """Return the option of a field of `Settings`."""
    return typer.Option(help=FIELDS[name].description)


def restore(
    picture: Annotated[Path, typer.Argument(help=f"The damaged picture: {NAMES}.")],
    damage: Annotated[Path, typer.Argument(help="Its damage mask: what is not black is damaged.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help=f"Where to write the restored picture: {', '.join(WRITTEN)}."
        ),
    ],
    label: Label = None,
    invert_mask: InvertMask = False,
    mask_colour: MaskColour = None,
    mask_threshold: MaskThreshold = None,
    mask_as_stored: MaskAsStored = False,
    edges: Edges = None,
    save_edges: Annotated[
        Path | None, typer.Option(help="Where to write the edges that were followed.")
    ] = None,
    detail: Annotated[str, setting("detail")] = DEFAULTS.detail,
    copy_from: CopyFrom = None,
    never_from: NeverFrom = None,
    save_sources: Annotated[
        Path | None,
        typer.Option(
            help="Where to write from which row and column each pixel was copied, and whether "
            "mirrored: a 32-bit TIFF or zarr."
        ),
    ] = None,
    save_confidence: Annotated[
        Path | None,
        typer.Option(
            help="Where to write how sure each pixel is, 0 (painted) to 1 (known): a 32-bit TIFF "
            "or zarr."
        ),
    ] = None,
    method: Annotated[str, setting("method")] = DEFAULTS.method,
    model: Annotated[str, setting("model")] = DEFAULTS.model,
    device: Annotated[str, setting("device")] = DEFAULTS.device,
    scheduler: Annotated[str, setting("scheduler")] = DEFAULTS.scheduler,
    window: Annotated[int, setting("window")] = DEFAULTS.window,
    batch: Annotated[int, setting("batch")] = DEFAULTS.batch,
    precision: Annotated[str, setting("precision")] = DEFAULTS.precision,
    coarse_to_fine: Annotated[bool, setting("coarse_to_fine")] = DEFAULTS.coarse_to_fine,
    edge_threshold: Annotated[float, setting("edge_threshold")] = DEFAULTS.edge_threshold,
    postprocess: Annotated[bool, setting("postprocess")] = DEFAULTS.postprocess,
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Restore the damaged parts of one picture; every other pixel stays as it is."""
    from napari_relic_inpaint.batch.job import Job  # noqa: PLC0415 - keeps --help fast
    from napari_relic_inpaint.batch.work import restore_file  # noqa: PLC0415

    settings = make_settings(
        method=method,
        model=model,
        device=device,
        scheduler=scheduler,
        window=window,
        batch=batch,
        precision=precision,
        coarse_to_fine=coarse_to_fine,
        edge_threshold=edge_threshold,
        postprocess=postprocess,
        detail=detail,
    )
    reading = mask_reading(label, invert_mask, mask_colour, mask_threshold, mask_as_stored)
    job = Job(
        picture,
        damage,
        out,
        reading,
        edges,
        save_edges,
        copy_from,
        never_from,
        save_sources,
        save_confidence,
    )
    done = watch(restore_file(job, settings, overwrite=overwrite))
    show_notes(done.notes)
    output.print(f"{_summary(done.record)} {out}", markup=False)


def demo(
    sample: Annotated[str, typer.Argument(help="fresco, coins or manuscript.")] = "fresco",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "relic-inpaint-demo"
    ),
    overwrite: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
) -> None:
    """Restore a sample picture that comes with the package, and say where the result is."""
    from napari_relic_inpaint import samples  # noqa: PLC0415
    from napari_relic_inpaint.files.folders import new_folder  # noqa: PLC0415

    sources = samples.path(sample)
    restored, *beside = (
        out / f"{sample}_{what}.png" for what in ("restored", "damaged", "edges", "intact")
    )
    with new_folder(out):
        record = _restore_sample(sample, sources, [restored, *beside], overwrite=overwrite)
    output.print(f"{_summary(record)} {restored.absolute()}", markup=False)
    output.print(f"Beside it: {', '.join(path.name for path in beside)}.", markup=False)


def _restore_sample(
    sample: str, sources: Iterable[Path], paths: Sequence[Path], *, overwrite: bool
) -> dict[str, Any]:
    """Write restored, damaged, edges and intact picture to four paths; return the record."""
    from napari_relic_inpaint import files, samples  # noqa: PLC0415
    from napari_relic_inpaint.files.atomic import Together  # noqa: PLC0415
    from napari_relic_inpaint.files.collisions import check_apart  # noqa: PLC0415
    from napari_relic_inpaint.restoration import restore_steps  # noqa: PLC0415
    from napari_relic_inpaint.steps import finish  # noqa: PLC0415

    record = files.record_path(paths[0])
    check_apart(
        [(f"the file {path.name}", path) for path in (*paths, record)],
        [("a file of the package", path) for path in sources],
    )
    for path in paths:
        files.check_output(path, overwrite=overwrite)
    files.check_record(record, overwrite=overwrite)
    example = samples.load(sample)
    result = watch(restore_steps(example.picture, example.damage, rgb=example.rgb))
    assert result.edges is not None
    pictures = (result.picture, example.picture, result.edges.astype(bool), example.reference)
    said = dict.fromkeys(paths[:1], result.record)
    with Together() as together:
        for path, data in zip(paths, pictures, strict=True):
            finish(
                files.write_picture_steps(
                    path,
                    data,
                    rgb=data.ndim == 3,
                    record=said.get(path),
                    overwrite=overwrite,
                    together=together,
                )
            )
        files.write_json(record, result.record, overwrite=overwrite, together=together)
    return result.record


def _summary(record: dict[str, Any]) -> str:
    return f"Restored {record['damage']['share']:.2%} of the picture in {record['seconds']:.1f} s:"
