"""Restore one file to one file with its record: what a single run and a batch have in common."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_relic_inpaint import files, methods
from napari_relic_inpaint.batch.collisions import check_job_apart
from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.batch.limits import Limits, open_limits
from napari_relic_inpaint.detail.maps import SOURCES_CHANNELS
from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.files.atomic import Together
from napari_relic_inpaint.files.folders import is_zarr
from napari_relic_inpaint.marking.damage import ExtentError
from napari_relic_inpaint.picture.lazy_array import Converted
from napari_relic_inpaint.remedies import COMMAND_LINE, worded
from napari_relic_inpaint.retouching import Retouching
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.steps import Step, finish, part_of

MAP_SUFFIXES = (".tif", ".tiff", ".zarr")

RESTORED = 0.9
"""Share of the time after which a picture is restored, and left to be written."""


@dataclass(frozen=True)
class Restored:
    """What was written.

    Attributes
    ----------
    record : dict
        The record, as it lies beside the result.
    notes : tuple of str
        Sentences for the user: how the picture was read, what the method warns of, and what a
        format could not keep.
    """

    record: dict[str, Any]
    notes: tuple[str, ...]


def restore_file(
    job: Job,
    settings: Settings,
    *,
    overwrite: bool,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Step, None, Restored]:
    """Restore a picture file, yielding a `Step` after each part of the work.

    The files that are written appear whole and together, or none of them does.

    Parameters
    ----------
    job : Job
        The files.
    settings : Settings
        The options of the run.
    overwrite : bool
        Whether files that exist may be replaced; the source picture never is.
    should_stop : callable, optional
        Asked often; when it says True the run ends with `Stopped`, and nothing is written.

    Raises
    ------
    FileError
        If a file cannot be read or written.
    InputError, ModelError, Stopped
        As `napari_relic_inpaint.restore`.
    """
    check_files(job, settings, overwrite=overwrite)
    # Before they are read: should one change meanwhile, the record does not fit it any more.
    hashes = {role: files.file_sha256(path) for role, path in job.inputs.items()}
    _check_mask_differs(job, hashes)
    source = files.open_picture(job.picture)
    mask = files.open_mask_of(source, job.damage, job.reading)
    drawn = None if job.edges is None else files.open_edges_of(source, job.edges)
    limits = _limits(job, settings, source)
    work = Retouching(
        source.data,
        mask.data,
        rgb=source.rgb,
        edges=drawn,
        copy_from=limits.copy_from,
        never_from=limits.never_from,
        should_stop=should_stop,
        **settings.as_dict(),
    )
    try:
        yield from part_of(work.steps(), 0.0, RESTORED)
    except ExtentError as error:
        raise InputError(f"{error}; {mask.described()}") from None
    warnings = [*source.notes, *mask.notes, *limits.notes, *work.record.get("warnings", ())]
    warnings = [worded(sentence, COMMAND_LINE) for sentence in warnings]
    said = {"mask": job.reading.as_dict()} | ({"warnings": warnings} if warnings else {})
    record = files.with_orientation(work.record | said, source.orientation)
    with Together() as together:
        allowed: dict[str, Any] = {"overwrite": overwrite, "together": together}
        writing = files.write_picture_steps(
            job.result, work.picture, rgb=source.rgb, like=source, record=record, **allowed
        )
        notes = yield from part_of(writing, RESTORED, 1.0)
        if job.saved_edges is not None and work.edges is not None:
            edges = Converted(work.edges, lambda values: values.astype(bool), np.dtype(bool))
            notes += finish(files.write_picture_steps(job.saved_edges, edges, rgb=False, **allowed))
        for path, maps, channels in (
            (job.saved_sources, work.sources, SOURCES_CHANNELS),
            (job.saved_confidence, work.confidence, ()),
        ):
            if path is not None and maps is not None:
                notes += finish(files.write_map_steps(path, maps, channels, **allowed))
        for role, path in job.outputs.items():
            hashes[role] = files.file_sha256(together.content(path))
        names = job.inputs | job.outputs
        record = files.with_files(record, names, hashes)
        files.write_json(job.record, record, **allowed)
    return Restored(record, (*warnings, *notes))


def _limits(job: Job, settings: Settings, source: files.PictureFile) -> Limits:
    if settings.detail == "none":
        return Limits()
    return open_limits(
        source, job.damage, job.reading, copy_from=job.copy_from, never_from=job.never_from
    )


def check_files(job: Job, settings: Settings, *, overwrite: bool) -> None:
    """Check that everything can be written, before the work that leads to it.

    Raises
    ------
    FileError
        If a file cannot be written there, or is read as well.
    InputError
        If edges are to be saved of a method that has none.
    """
    for role in ("picture", "damage"):
        path = getattr(job, role)
        if path.is_dir() and not is_zarr(path):
            raise FileError(
                f"{path} is a folder, and the {role} has to be a file: relic-inpaint batch "
                "restores the pictures in a folder"
            )
    check_job_apart(job, settings)
    for path in job.outputs.values():
        files.check_output(path, overwrite=overwrite)
    files.check_record(job.record, overwrite=overwrite)
    if job.saved_edges is not None:
        check_saved_edges(settings)
    _check_detail(job, settings)


def _check_mask_differs(job: Job, hashes: Mapping[str, str]) -> None:
    """Raise an `InputError` if the mask is the picture and nobody said what in it is damaged.

    Most such masks are known by their pixels; a drawing in black and white looks like a mask.
    """
    said = job.reading.label is not None or job.reading.colour is not None
    if hashes["picture"] == hashes["damage"] and not said:
        raise InputError(
            f"{job.damage} is the picture itself: give a mask, or say with --mask-colour which "
            "colour in it is damage"
        )


def _check_detail(job: Job, settings: Settings) -> None:
    """Raise an error if detail is told where to come from, or to be saved, and there is none."""
    maps = [path for path in (job.saved_sources, job.saved_confidence) if path is not None]
    limits = [path for path in (job.copy_from, job.never_from) if path is not None]
    if settings.detail == "none" and (maps or limits):
        raise InputError(
            f"without detail nothing is copied, and {(maps or limits)[0]} has no use: choose the "
            "detail 'picture'"
        )
    for path in maps:
        if path.suffix.lower() not in MAP_SUFFIXES:
            raise FileError(
                f"{path} ends in {path.suffix or 'nothing'}: maps have 32 bits a value, choose a "
                f"name that ends in {', '.join(MAP_SUFFIXES)}"
            )


def check_saved_edges(settings: Settings) -> None:
    """Raise an `InputError` if the method has no edges to save."""
    if not methods.uses_edges(settings.method):
        raise InputError(f"the method {settings.method!r} has no edges to save")
