"""Loaded by the processes of a cluster: a pipe ``wall.hold`` holds who restores ``wall.png``."""

from napari_relic_inpaint.batch import outcome


def dask_setup(_worker):
    restore_file = outcome.restore_file

    def held(job, *arguments, **options):
        pipe = job.picture.with_suffix(".hold")
        if pipe.exists():
            with pipe.open("rb") as stream:
                while stream.read(1 << 16):
                    pass
        return restore_file(job, *arguments, **options)

    outcome.restore_file = held
