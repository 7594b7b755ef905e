"""A schedule is a function of the epochs passed, and starts at the full rate or warms up to it."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from baremath import optim
from baremath.optim import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    WarmUp,
)

EXAMPLES: list[Schedule] = [
    Constant(),
    StepDecay(every=2.5, factor=0.5),
    ExponentialDecay(factor=0.9),
    InverseTimeDecay(rate=0.5),
    CosineDecay(epochs=8, minimum=0.1),
    WarmUp(epochs=3),
    WarmUp(epochs=0.5, then=WarmUp(2, CosineDecay(5)), start=0),
    WarmUp(epochs=2, then=ReduceOnPlateau(patience=1)),
    ReduceOnPlateau(factor=0.5, patience=3, threshold=0.01, cooldown=2, minimum=0.1),
]
every_schedule = pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)


def test_every_schedule_has_its_name() -> None:
    assert list(SCHEDULES) == [
        "constant",
        "step_decay",
        "exponential_decay",
        "inverse_time_decay",
        "cosine_decay",
        "warm_up",
        "reduce_on_plateau",
    ]
    assert {type(schedule) for schedule in EXAMPLES} == set(SCHEDULES.values())
    assert all(made.name == name for name, made in SCHEDULES.items())
    assert {made.__name__ for made in SCHEDULES.values()} < set(optim.__all__)


@every_schedule
def test_it_is_a_factor(schedule: Schedule) -> None:
    factors = [schedule(epoch) for epoch in np.linspace(0, 20, 201)]
    assert all(isinstance(factor, float) for factor in factors)
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == 1
    after = factors[factors.index(1) :]
    assert after == sorted(after, reverse=True)


@every_schedule
def test_it_is_rebuilt_from_a_name_and_numbers(schedule: Schedule) -> None:
    written = json.loads(json.dumps([schedule.name, schedule.hyperparameters()]))
    again = SCHEDULES[written[0]](**written[1])
    assert again == schedule
    assert repr(again) == repr(schedule)


@every_schedule
def test_it_goes_on_where_it_was(schedule: Schedule) -> None:
    first, second = (type(schedule)(**schedule.hyperparameters()) for _ in range(2))
    losses = [3.0, 2.0, 1.99, math.nan, 2.0, 1.98, 1.97, 1.96, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]
    for loss in losses[:6]:
        first.observe(loss)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    for epoch, loss in enumerate(losses[6:]):
        first.observe(loss)
        second.observe(loss)
        assert first(epoch) == second(epoch)
    assert first.state_dict() == second.state_dict()


def test_the_values_by_hand() -> None:
    assert StepDecay(every=2.5, factor=0.5)(6) == 0.25
    assert ExponentialDecay(0.81)(0.5) == pytest.approx(0.9)
    assert InverseTimeDecay(0.5)(3) == pytest.approx(0.4)
    assert CosineDecay(9, minimum=0.2)(3) == pytest.approx(0.2 + 0.8 * 0.75)  # cos 60° = 1/2
    assert CosineDecay(9, minimum=0.2)(1000) == pytest.approx(0.2)
    assert WarmUp(4, CosineDecay(6), start=0.2)(1) == pytest.approx(0.4)
    assert WarmUp(4, CosineDecay(6), start=0.2)(7) == pytest.approx(0.5)


def test_a_plateau() -> None:
    schedule = ReduceOnPlateau(factor=0.5, patience=2, minimum=0.2)
    factors = []
    for _ in range(12):
        schedule.observe(1.0)
        factors.append(schedule(0))
    assert factors == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2]


def test_progress_below_zero_is_measured_by_the_magnitude() -> None:
    schedule = ReduceOnPlateau(factor=0.5, patience=0, threshold=0.1)
    for loss, factor in [(-1.0, 1), (-1.2, 1), (-1.25, 0.5)]:
        schedule.observe(loss)
        assert schedule(0) == factor


def test_a_loss_that_never_was_a_number_is_no_best_one() -> None:
    schedule = ReduceOnPlateau(patience=1)
    for loss in (math.nan, math.inf, 5.0):
        schedule.observe(loss)
    assert schedule.best == 5


def test_another_schedules_state_is_refused_and_nothing_changed() -> None:
    schedule = ReduceOnPlateau()
    schedule.observe(3.0)
    before = schedule.state_dict()
    with pytest.raises(ValueError, match=r"the state of a ReduceOnPlateau has the keys \['best', "):
        schedule.load_state_dict({"best": 1.0})
    assert schedule.state_dict() == before
    with pytest.raises(ValueError, match=r"the state of a Constant has the keys \[\], not \['be"):
        WarmUp(3).load_state_dict({"best": 1.0})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepDecay(every=0), "every=0 must be more than 0; 30 is the default"),
        (lambda: StepDecay(factor=1.5), "factor=1.5 must be more than 0 and at most 1"),
        (lambda: ExponentialDecay(0.0), "factor=0.0 must be"),
        (lambda: InverseTimeDecay(-1), "rate=-1 must be 0 or more"),
        (lambda: CosineDecay(0), r"epochs=0 must be more than 0\."),
        (lambda: CosineDecay(10, minimum=1), "minimum=1 must be at least 0 and less than 1"),
        (lambda: WarmUp(math.nan), "epochs=nan must be"),
        (lambda: WarmUp(5, start=-0.1), "start=-0.1 must be"),
        (lambda: ReduceOnPlateau(patience=-1), "patience=-1 must be 0 or more"),
        (lambda: ReduceOnPlateau(threshold=1), "threshold=1 must be"),
        (lambda: WarmUp(5, then={"factor": 0.5}), "then: its name=None must be one of constant, "),
        (lambda: WarmUp(5, then={"name": "cosine"}), "then: its name='cosine' must be one of"),
    ],
)
def test_what_can_not_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_only_a_schedule_follows_the_warm_up() -> None:
    with pytest.raises(TypeError, match=r"then=0\.5 must be a Schedule"):
        WarmUp(5, then=0.5)
