import os
import signal

import numpy as np
import pytest
from distributed import Client, LocalCluster

from napari_relic_inpaint import InputError, Stopped, restore, restore_steps
from napari_relic_inpaint.marking.damage import synthetic_damage


@pytest.fixture(scope="module")
def cluster():
    """Two processes on this computer, as a cluster that exists already."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def case():
    """A picture of some twenty windows."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (230, 260, 3)).astype(np.uint8)
    return picture, synthetic_damage((230, 260), "brush", rng, share=0.1)


def steps(case, cluster, tiny_model, **options):
    return restore_steps(
        *case, model=tiny_model, device="cpu", window=64, scheduler=cluster, **options
    )


def test_the_windows_of_one_picture_are_spread_over_the_workers(cluster, case, tiny_model):
    options = {"model": tiny_model, "device": "cpu", "window": 64}
    here = restore(*case, **options)
    there = restore(*case, **options, scheduler=cluster.scheduler_address)
    np.testing.assert_array_equal(there.picture, here.picture)
    np.testing.assert_array_equal(there.edges, here.edges)
    assert there.record["network_runs"] == here.record["network_runs"]
    assert there.record["device"]["type"] == "cluster"
    workers = there.record["device"]["workers"]
    assert workers == [here.record["device"]]


def test_a_worker_that_dies_costs_no_window(cluster, case, tiny_model):
    expected = restore(*case, model=tiny_model, device="cpu", window=64)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        pids = list(client.run(os.getpid).values())
    killed, run = False, steps(case, cluster.scheduler_address, tiny_model)
    while True:
        try:
            step = next(run)
        except StopIteration as end:
            result = end.value
            break
        if step.stage == "painting" and not killed:
            os.kill(pids[0], signal.SIGKILL)
            killed = True
    assert killed
    np.testing.assert_array_equal(result.picture, expected.picture)


def test_it_stops_when_told(cluster, case, tiny_model):
    with pytest.raises(Stopped):
        for _ in steps(
            case,
            cluster.scheduler_address,
            tiny_model,
            should_stop=iter([*[False] * 12, *[True] * 9]).__next__,
        ):
            pass


def test_a_cluster_that_is_not_there_is_named(case, tiny_model, monkeypatch):
    monkeypatch.setattr("napari_relic_inpaint.running.cluster.CONNECT_SECONDS", 0.2)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(InputError, match=f"no Dask scheduler at {address}"):
            next(steps(case, address, tiny_model))


def test_methods_without_networks_cannot_be_spread(case):
    with pytest.raises(InputError, match="'telea' cannot be spread over a cluster"):
        restore(*case, method="telea", scheduler="tcp://127.0.0.1:1")
