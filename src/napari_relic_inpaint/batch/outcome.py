"""What became of one picture of a batch, also when it went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.batch.whole import read_record, why_anew
from napari_relic_inpaint.batch.work import restore_file
from napari_relic_inpaint.errors import RelicInpaintError, Stopped
from napari_relic_inpaint.remedies import COMMAND_LINE, worded
from napari_relic_inpaint.settings import Settings
from napari_relic_inpaint.steps import finish

Status = Literal["restored", "kept", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one picture.

    Attributes
    ----------
    picture : Path
        The picture.
    status : {"restored", "kept", "failed"}
        ``kept``: an earlier run restored it, and the result is whole.
    damage, result : Path, optional
        Its mask and the restored picture; None if the picture has no mask.
    share, seconds : float, optional
        Share of the picture that was damaged, 0 to 1, and how long the restoration took; None if
        it failed.
    sha256 : dict of str to str
        Hashes of the files by their role, such as ``picture``; empty if it failed.
    error : str
        What went wrong.
    anew : str
        Why a result that was there was not kept.
    notes : tuple of str
        Sentences for the user.
    """

    picture: Path
    status: Status
    damage: Path | None = None
    result: Path | None = None
    share: float | None = None
    seconds: float | None = None
    sha256: dict[str, str] = field(default_factory=dict)
    error: str = ""
    anew: str = ""
    notes: tuple[str, ...] = ()


def failure(job: Job, error: str) -> Outcome:
    """Return the outcome of a picture that could not be restored."""
    return Outcome(job.picture, "failed", job.damage, job.result, error=error)


def _success(job: Job, status: Status, record: dict[str, Any], **more: Any) -> Outcome:
    return Outcome(
        job.picture,
        status,
        job.damage,
        job.result,
        record["damage"]["share"],
        record["seconds"],
        record["file_sha256"],
        **more,
    )


@dataclass(frozen=True)
class Attempt:
    """Restores pictures one by one with the same settings, in this process or sent to another.

    Parameters
    ----------
    settings : Settings
        The options of the run.
    model : dict, optional
        What the record says about the model, to compare earlier results with.
    resume : bool
        Whether to keep results that are whole.
    """

    settings: Settings
    model: dict[str, Any] | None
    resume: bool

    def __call__(self, job: Job, should_stop: Callable[[], bool] | None = None) -> Outcome:
        """Restore one picture; what goes wrong becomes its outcome, and stops no other.

        Results that exist are replaced: whether they may be was asked before the first picture,
        and a picture whose process died is restored by another one.
        """
        try:
            return self._restore(job, should_stop)
        except Stopped:
            raise
        except RelicInpaintError as error:
            return failure(job, worded(str(error), COMMAND_LINE))
        except MemoryError:
            return failure(
                job, "there is not enough memory: close other programs or use fewer workers"
            )
        except Exception as error:
            # A mistake in a library must not cost the pictures after this one.
            return failure(
                job,
                f"an unexpected {type(error).__name__} ended it ({error}): 'relic-inpaint restore' "
                "on this picture alone shows where",
            )

    def _restore(self, job: Job, should_stop: Callable[[], bool] | None) -> Outcome:
        anew = ""
        if self.resume and any(path.exists() for path in (*job.outputs.values(), job.record)):
            record = read_record(job)
            if record is None:
                anew = "its record is missing or damaged"
            else:
                anew = why_anew(job, record, self.settings, self.model)
                if not anew:
                    return _success(job, "kept", record)
        steps = restore_file(job, self.settings, overwrite=True, should_stop=should_stop)
        done = finish(steps)
        return _success(job, "restored", done.record, anew=anew, notes=done.notes)
