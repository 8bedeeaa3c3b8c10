"""Batches that are begun before they are asked for: in order, the same, and over when stopped."""

import threading

import numpy as np
import pytest

from napari_relic_inpaint import Stopped, restore
from napari_relic_inpaint.methods.ahead import in_order
from napari_relic_inpaint.running.device import NetworkRunner


class Job:
    def __init__(self, number, log, error=None):
        self.number, self.log, self.error = number, log, error

    def run(self):
        self.log.append((self.number, threading.current_thread() is threading.main_thread()))
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_jobs_come_out_in_order_and_each_has_run(ahead):
    log = []
    out = [job.number for job in in_order((Job(n, log) for n in range(20)), lambda: ahead)]
    assert out == [*range(20)]
    assert sorted(log) == [(n, ahead == 0) for n in range(20)]


def test_the_next_job_is_begun_before_the_first_is_done():
    second = threading.Event()

    class Waiting(Job):
        def run(self):
            assert second.wait(10) if self.number == 0 else second.set() is None

    jobs = in_order((Waiting(n, []) for n in range(2)), lambda: 1)
    assert [job.number for job in jobs] == [0, 1]


def test_an_error_comes_out_in_its_place_and_no_thread_is_left():
    jobs = in_order((Job(n, [], ValueError() if n == 2 else None) for n in range(9)), lambda: 1)
    assert [next(jobs).number, next(jobs).number] == [0, 1]
    with pytest.raises(ValueError):
        next(jobs)
    assert not [t for t in threading.enumerate() if t.name.startswith("windows")]


def test_jobs_that_need_not_be_ahead_any_longer_still_come_out_in_order():
    answers = iter([1, 1, 1])
    log = []
    jobs = in_order((Job(n, log) for n in range(6)), lambda: next(answers, 0))
    assert [job.number for job in jobs] == [*range(6)]


@pytest.fixture
def cracked():
    rng = np.random.default_rng(0)
    damage = np.zeros((200, 260), bool)
    damage[::24, 5:] = damage[100:130, 60:100] = True
    return rng.integers(0, 256, (200, 260, 3), np.uint8), damage


def test_batches_ahead_change_no_pixel(cracked, tiny_model, monkeypatch):
    options = {"model": tiny_model, "window": 64, "device": "cpu", "detail": "none", "batch": 2}
    plain = restore(*cracked, **options)
    monkeypatch.setattr(NetworkRunner, "ahead", property(lambda _: 1))
    ahead = restore(*cracked, **options)
    assert np.array_equal(plain.picture, ahead.picture)
    assert np.array_equal(plain.edges, ahead.edges)
    assert plain.record["network_runs"] == ahead.record["network_runs"]


def test_a_run_with_batches_ahead_can_be_stopped(cracked, tiny_model, monkeypatch):
    monkeypatch.setattr(NetworkRunner, "ahead", property(lambda _: 1))
    asked = []
    with pytest.raises(Stopped):
        restore(
            *cracked,
            model=tiny_model,
            window=64,
            device="cpu",
            detail="none",
            should_stop=lambda: asked.append(1) or len(asked) > 200,
        )
    assert not [t for t in threading.enumerate() if t.name.startswith("windows")]
