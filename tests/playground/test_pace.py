"""The pace, by a clock that is set by hand."""

import pytest

from baremath.playground.server import pace as module
from baremath.playground.server.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_a_turn_is_filled_with_what_was_measured(clock) -> None:
    pace = Pace()
    assert pace.portion(0.01) == 16
    pace.note(16, 0.001)
    assert pace.portion(0.01) == 160
    pace.note(160, 0.0001)  # a hundred times as fast: believed step by step
    assert pace.portion(0.01) == 640
    pace.forget()
    assert pace.portion(0.01) == 16


def test_a_limit(clock) -> None:
    pace = Pace()
    pace.begin(2.0)
    taken = 0
    for _ in range(100):
        clock.now += 0.1
        taken += pace.portion(0.01)
    assert taken == 20
    assert 0 <= pace.delay() <= 0.5


def test_less_than_a_step_a_second(clock) -> None:
    pace = Pace()
    pace.begin(0.1)
    assert pace.delay() == pytest.approx(10)
    clock.now += 9.9
    assert pace.portion(0.01) == 0
    clock.now += 0.2
    assert pace.portion(0.01) == 1


def test_what_it_cannot_keep_up_with_is_no_debt(clock) -> None:
    pace = Pace()
    pace.begin(1e6)
    clock.now += 10
    assert pace.portion(0.01) == 16
    assert pace.portion(0.01) == 0


def test_the_rate_is_of_the_last_second(clock) -> None:
    pace = Pace()
    for _ in range(50):
        clock.now += 0.1
        pace.note(100, 0.05)
    assert pace.rate() == pytest.approx(1000, rel=0.15)


def test_steps_that_are_due_soon_are_taken_together(clock) -> None:
    pace = Pace()
    pace.begin(1000.0)
    turns = taken = 0
    end = clock.now + 1
    while clock.now < end:
        clock.now += pace.delay()
        taken += pace.portion(0.1)
        turns += 1
        pace.note(16, 0.001)
    assert taken == pytest.approx(1000, abs=20)
    assert turns <= 120


def test_who_is_late_waits_no_longer(clock) -> None:
    pace = Pace()
    pace.begin(1000.0)
    clock.now += 0.02
    assert pace.delay() == 0
