"""Batches on real Dask clusters of processes, some of which are killed.

A named pipe beside a picture holds the process that restores it, see ``holding.py``. Writing more
into it than a pipe holds waits until there is one, without a clock.
"""

import csv
import os
import select
import signal
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import dask.system
import numpy as np
import pytest

from napari_relic_inpaint.batch import make_plan, run
from napari_relic_inpaint.files import read_picture, write_picture
from napari_relic_inpaint.running import cluster as clusters
from napari_relic_inpaint.settings import Settings

distributed = pytest.importorskip("distributed")
pipes = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for who reads a pipe")

COUNT = 6
HOLDING = str(Path(__file__).with_name("holding.py"))


@pytest.fixture(scope="module")
def cluster():
    """Two processes with a thread each, as they come from ``dask worker``."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
        preload=HOLDING,
    ) as made:
        yield made


@pytest.fixture
def gallery(tmp_path):
    """Folders ``scans`` and ``masks``."""
    for folder in ("scans", "masks"):
        (tmp_path / folder).mkdir()
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        picture = rng.integers(0, 256, (70, 80, 3), np.uint8)
        write_picture(tmp_path / "scans" / f"wall_{number}.png", picture, rgb=True)
        mask = np.zeros((70, 80), bool)
        mask[number : number + 9, 20:40] = True
        write_picture(tmp_path / "masks" / f"wall_{number}.png", mask, rgb=False)
    return tmp_path


@pytest.fixture
def settings(tiny_model):
    return Settings(model=tiny_model, window=64)


def plan_of(gallery, out):
    return make_plan([str(gallery / "scans")], str(gallery / "masks"), gallery / out)


def in_process(gallery, settings):
    """Restore the pictures in this process; returns the bytes of the results by name."""
    plan = plan_of(gallery, "here")
    assert {outcome.status for outcome in run(plan, settings)} == {"restored"}
    return results(plan)


def results(plan):
    # Their metadata name the time.
    return {path.name: read_picture(path).data.tobytes() for path in plan.folder.glob("*.png")}


def hold(picture):
    pipe = picture.with_suffix(".hold")
    os.mkfifo(pipe)
    return pipe


def reader_of(pipe, stream, cluster):
    """Wait until a process of the cluster reads the pipe, and return its number."""
    stream.write(bytes(1 << 20))
    pids = [nanny.pid for nanny in cluster.workers.values() if nanny.pid is not None]
    (pid,) = [pid for pid in pids if pipe in map(target, Path(f"/proc/{pid}/fd").iterdir())]
    return pid


def target(link):
    try:
        return link.readlink()
    except FileNotFoundError:  # closed since it was listed
        return None


def kill(pid):
    """Kill a process and wait until it is gone, and its end of a pipe with it."""
    ended = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    select.select([ended], [], [])
    os.close(ended)


def names(outcomes, status="restored"):
    return sorted(outcome.picture.name for outcome in outcomes if outcome.status == status)


@pipes
def test_a_picture_whose_process_is_killed_is_restored_by_another(gallery, cluster, settings):
    expected = in_process(gallery, settings)
    plan = plan_of(gallery, "there")
    picture = plan.jobs[1].picture
    pipe = hold(picture)
    with closing(run(plan, replace(settings, scheduler=cluster.scheduler_address))) as outcomes:
        seen = [next(outcomes)]
        with pipe.open("wb", buffering=0) as stream:
            pid = reader_of(pipe, stream, cluster)
            pipe.unlink()
            kill(pid)
        seen += outcomes
    assert names(seen) == sorted(job.picture.name for job in plan.jobs)
    assert results(plan) == expected
    with (plan.folder / "manifest.csv").open(newline="") as stream:
        assert [row["status"] for row in csv.DictReader(stream)] == ["restored"] * COUNT


@pipes
def test_a_picture_that_kills_its_processes_fails_alone(gallery, settings, monkeypatch):
    """Here once is enough, and the processes are those of this computer, made for the batch."""
    made = []

    class Remembered(distributed.LocalCluster):
        def __init__(self, *arguments, preload, **options):
            super().__init__(*arguments, preload=[preload, HOLDING], **options)
            made.append(self)

    monkeypatch.setattr(distributed, "LocalCluster", Remembered)
    # One thread each, as here: more of them add up in another order.
    monkeypatch.setattr(dask.system, "CPU_COUNT", 2)
    expected = in_process(gallery, settings)
    plan = plan_of(gallery, "there")
    picture = plan.jobs[1].picture
    pipe = hold(picture)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        closing(run(plan, settings, workers=2)) as outcomes,
    ):
        seen = [next(outcomes)]
        with pipe.open("wb", buffering=0) as stream:
            kill(reader_of(pipe, stream, made[0]))
        seen += outcomes
    assert names(seen, "failed") == [picture.name]
    (failed,) = [outcome for outcome in seen if outcome.status == "failed"]
    assert "its process died each time, 1 in all" in failed.error
    assert failed.picture == picture
    del expected["wall_1_restored.png"]
    assert len(names(seen)) == COUNT - 1
    assert results(plan) == expected


def test_a_cluster_is_reached_from_the_command_line(gallery, cluster, relic, monkeypatch):
    """Paths are relative to a folder that the cluster's processes do not work in."""
    monkeypatch.chdir(gallery)
    options = ("--damage", "masks", "-o", "out", "--method", "membrane")
    place = ("--scheduler", cluster.scheduler_address)
    (gallery / "scans" / "wall_3.png").write_bytes(b"no picture")
    code, said, errors = relic("batch", "scans", *options, *place)
    assert code == 1
    assert "5 restored, 0 kept, 1 failed" in said
    assert "scans/wall_3.png: " in errors
    code, said, _ = relic("batch", "scans", *options, *place, "--resume")
    assert code == 1
    assert "0 restored, 5 kept, 1 failed" in said


def test_a_scheduler_that_is_not_there_is_named(gallery, relic, monkeypatch):
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.2)
    arguments = ("batch", gallery / "scans", "--damage", gallery / "masks", "-o", gallery / "out")
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        code, _, errors = relic(*arguments, "--scheduler", address)
        assert code == 2
        assert f"there is no Dask scheduler at {address}" in errors
