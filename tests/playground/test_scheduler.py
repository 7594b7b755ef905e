"""The scheduler: every job gets its turn, none two at once."""

import threading
from collections import Counter

import pytest

from baremath.playground.server.scheduler import Scheduler


class Job:
    """Takes a number of turns."""

    def __init__(self, turns: int, delay: float = 0.0, log=None) -> None:
        self.left, self.delay = turns, delay
        self.log = [] if log is None else log
        self.inside = threading.Lock()
        self.overlapped = False
        self.done = threading.Event()

    def turn(self, seconds: float):
        if not self.inside.acquire(blocking=False):
            self.overlapped = True
            return None
        with self.inside_released():
            self.log.append(self)
            self.left -= 1
            if self.left <= 0:
                self.done.set()
                return None
            return self.delay

    def inside_released(self):
        lock = self.inside

        class Released:
            def __enter__(self):
                return lock

            def __exit__(self, *error):
                lock.release()

        return Released()


@pytest.fixture
def scheduler():
    scheduler = Scheduler(2)
    yield scheduler
    scheduler.close()


def test_all_come_to_their_end(scheduler) -> None:
    jobs = [Job(50) for _ in range(20)]
    for job in jobs:
        scheduler.call(job)
    assert all(job.done.wait(10) for job in jobs)
    assert not any(job.overlapped for job in jobs)


def test_turns_are_shared_evenly() -> None:
    """With one thread, in any stretch of turns no job has had two more than another."""
    log: list[Job] = []
    jobs = [Job(30, log=log) for _ in range(5)]
    gate = Job(1)
    opened = threading.Event()
    gate.turn = lambda seconds: opened.wait(10) and None
    scheduler = Scheduler(1)
    scheduler.call(gate)
    for job in jobs:
        scheduler.call(job)
    opened.set()
    assert all(job.done.wait(10) for job in jobs)
    scheduler.close()
    for end in range(5, len(log)):
        counts = Counter(map(id, log[:end]))
        assert max(counts.values()) - min(counts.values()) <= 1


def test_who_is_called_goes_first() -> None:
    log: list[Job] = []
    training = [Job(1000, log=log) for _ in range(4)]
    answered = Job(1, log=log)
    scheduler = Scheduler(1)
    for job in training:
        scheduler.call(job)
    scheduler.call(answered)
    assert answered.done.wait(10)
    for job in training:
        scheduler.forget(job)
    scheduler.close()
    assert answered in log


def test_a_call_during_a_turn_leads_to_another(scheduler) -> None:
    job = Job(2)
    inner = job.turn

    def turn(seconds: float):
        scheduler.call(job)
        inner(seconds)

    job.turn = turn
    scheduler.call(job)
    assert job.done.wait(10)


def test_a_delay_is_waited_for_and_may_be_cut_short(scheduler) -> None:
    job = Job(2, delay=1000.0)
    scheduler.call(job)
    other = Job(1)
    scheduler.call(other)
    assert other.done.wait(10)
    scheduler.call(job)
    assert job.done.wait(10)


def test_a_failed_turn_ends_no_thread(scheduler, caplog) -> None:
    job = Job(1)

    def fail(seconds: float):
        raise RuntimeError("no")

    job.turn = fail
    for _ in range(5):
        scheduler.call(job)
    good = Job(1)
    scheduler.call(good)
    assert good.done.wait(10)


def test_a_forgotten_job_has_no_more_turns(scheduler) -> None:
    job = Job(10**9)
    scheduler.call(job)
    scheduler.forget(job)
    after = Job(3)
    scheduler.call(after)
    assert after.done.wait(10)
    n = job.left
    again = Job(3)
    scheduler.call(again)
    assert again.done.wait(10)
    assert job.left in (n, n - 1)


def test_who_is_called_needs_no_thread_that_trains() -> None:
    """Long turns take all those that train; another is there for answers."""
    scheduler = Scheduler(1, n_answering=1)
    gate, trains = threading.Event(), threading.Event()

    class Long:
        turns = 0

        def turn(self, seconds: float):
            self.turns += 1
            if self.turns == 1:
                return 0.0
            trains.set()
            gate.wait(10)
            return None

    scheduler.call(Long())
    assert trains.wait(10)
    answered = Job(1)
    scheduler.call(answered)
    assert answered.done.wait(10)
    gate.set()
    scheduler.close()
