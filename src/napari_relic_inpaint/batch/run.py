"""Restore all pictures of a plan, here or on a cluster, and tell what became of each."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from napari_relic_inpaint import methods
from napari_relic_inpaint.batch.cluster import on_scheduler, on_workers
from napari_relic_inpaint.batch.manifest import Manifest
from napari_relic_inpaint.batch.outcome import Attempt, Outcome
from napari_relic_inpaint.batch.plan import Existing, Plan, check_existing
from napari_relic_inpaint.batch.work import check_saved_edges
from napari_relic_inpaint.errors import FileError, InputError
from napari_relic_inpaint.models.folders import given, installed
from napari_relic_inpaint.settings import Settings


def run(
    plan: Plan,
    settings: Settings,
    *,
    existing: Existing = "refuse",
    workers: int = 1,
) -> Generator[Outcome, None, None]:
    """Restore the pictures of a plan and yield the outcome of each as it is there.

    Each outcome is in ``manifest.csv`` in the results' folder before it is yielded. Closing the
    generator, or Ctrl-C, ends the run; what is written by then is whole.

    Parameters
    ----------
    plan : Plan
        What to restore.
    settings : Settings
        The options of all runs. With a scheduler, whole pictures are spread over its cluster,
        whose workers have to see the same files under the same paths.
    existing : {"refuse", "keep", "replace"}
        What becomes of results that exist. To keep one it has to be whole and made from the same
        files with the same settings and model.
    workers : int
        How many processes restore at the same time; with one, it is this process.

    Yields
    ------
    Outcome
        First of the pictures that cannot be started, then of the others as they finish.

    Raises
    ------
    InputError
        If a result exists and ``existing`` is ``refuse``, or a setting, ``workers`` or the
        scheduler cannot be worked with.
    ModelError
        If the model cannot be loaded.
    FileError
        If the folder of the results cannot be written to.
    """
    if workers < 1:
        raise InputError(f"{workers} workers cannot restore anything: give 1 or more")
    if settings.scheduler and workers > 1:
        raise InputError(
            f"the cluster at {settings.scheduler} has workers of its own: give either workers or a "
            "scheduler"
        )
    if existing == "refuse":
        check_existing(plan)
    remote, settings = settings.scheduler, _for_each(settings)
    # A cluster's workers may have devices that are missing here.
    method = methods.make(replace(settings, device="cpu") if remote else settings)
    if any(job.saved_edges for job in plan.jobs):
        check_saved_edges(settings)
    if not plan.jobs:
        yield from plan.failures
        return
    _make(plan)
    attempt = Attempt(settings, method.record().get("model"), existing == "keep")
    # Processes that work for this run are gone before the manifest is closed, and with it goes
    # what any of them has left in the folder.
    with (
        Manifest(plan.folder) as manifest,
        closing(_outcomes(plan, attempt, workers, remote)) as outcomes,
    ):
        for outcome in outcomes:
            manifest.add(outcome)
            yield outcome


def _outcomes(
    plan: Plan, attempt: Attempt, workers: int, scheduler: str
) -> Generator[Outcome, None, None]:
    yield from plan.failures
    workers = min(workers, len(plan.jobs))
    if scheduler:
        yield from on_scheduler(plan.jobs, attempt, scheduler)
    elif workers > 1:
        yield from on_workers(plan.jobs, attempt, workers)
    else:
        yield from map(attempt, plan.jobs)


def _for_each(settings: Settings) -> Settings:
    """Return the settings of each picture's run: it is not spread over the cluster itself."""
    path = given(settings.model)
    if settings.scheduler and settings.model not in installed() and path.exists():
        # The workers have working directories of their own.
        settings = replace(settings, model=str(path.absolute()))
    return replace(settings, scheduler="")


def _make(plan: Plan) -> None:
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"{plan.folder} cannot be made ({error.strerror}): choose another folder with -o."
        ) from error
