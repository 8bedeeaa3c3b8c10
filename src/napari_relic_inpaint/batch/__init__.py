"""Many pictures: which are to be restored, and their restoration here or on a Dask cluster.

The way of a batch: `make_plan` finds each picture's mask and result, `run` restores one after the
other or several at once and yields an `Outcome` for each, and the manifest keeps these.
"""

from napari_relic_inpaint.batch.job import Job
from napari_relic_inpaint.batch.outcome import Outcome
from napari_relic_inpaint.batch.plan import Existing, Plan, make_plan
from napari_relic_inpaint.batch.run import run

__all__ = ["Existing", "Job", "Outcome", "Plan", "make_plan", "run"]
