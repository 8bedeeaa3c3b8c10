"""No file of a restoration takes the place of another one."""

from __future__ import annotations

from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.files.collisions import Role, check_apart
from napari_relic_inpaint.models.choice import AUTO
from napari_relic_inpaint.models.folders import given, installed
from napari_relic_inpaint.settings import Settings

READ = {
    "picture": "the source picture",
    "damage": "the damage mask",
    "edges": "the picture of drawn edges",
    "copy_from": "the mask of where to copy from",
    "never_from": "the mask of where not to copy from",
}
WRITTEN = {
    "result": "the restored picture",
    "saved_edges": "the picture of edges",
    "saved_sources": "the map of sources",
    "saved_confidence": "the map of confidence",
}


def check_job_apart(job: Job, settings: Settings) -> None:
    """Check that what is written is not read, nor written twice; raises `FileError`."""
    inputs = [(READ[role], path) for role, path in job.inputs.items()]
    check_apart(written(job), [*inputs, *model_files(settings)])


def written(job: Job, of: str = "") -> list[Role]:
    """Return what a job writes; `of` says whose it is, where there are several."""
    outputs = [(f"{WRITTEN[role]}{of}", path) for role, path in job.outputs.items()]
    return [*outputs, (f"the record{of}", job.record)]


def model_files(settings: Settings) -> list[Role]:
    """Return the files of the model, if it was given by its place and not by its name."""
    if settings.model == AUTO or settings.model in installed():
        return []
    path = given(settings.model)
    files = path.iterdir() if path.is_dir() else [path]
    return [("a file of the model", file) for file in files]
