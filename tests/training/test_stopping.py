"""Stop rules and early stopping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath import optim
from baremath.training import Best, StopWhen, Trainer, accuracy

Make = Callable[..., Trainer]
Table = tuple[Any, Any]


def test_it_stops_at_a_loss(make_trainer: Make, spirals: Table) -> None:
    trainer = make_trainer().fit(*spirals, epochs=200, stop=StopWhen(loss=0.9))
    *before, last = trainer.history["loss"]
    assert last <= 0.9 < min(before)
    assert trainer.stopped_because == f"loss is {last:.4g} in epoch {trainer.epochs}"


def test_it_stops_at_a_metric(make_trainer: Make, spirals: Table) -> None:
    rule = StopWhen(loss=0.6, monitor="accuracy", higher_is_better=True)
    trainer = make_trainer(metrics={"accuracy": accuracy})
    trainer.fit(*spirals, epochs=200, stop=rule)
    *before, last = trainer.history["accuracy"]
    assert last >= 0.6 > max(before)


def test_it_stops_after_some_time(make_trainer: Make, spirals: Table) -> None:
    trainer = make_trainer().fit(*spirals, epochs=10**6, stop=StopWhen(seconds=0.05))
    assert trainer.seconds >= 0.05
    assert "seconds have passed" in trainer.stopped_because


def test_it_stops_when_a_function_says_so(make_trainer: Make, spirals: Table) -> None:
    trainer = make_trainer().fit(*spirals, epochs=10, stop=lambda t: t.epochs == 3)
    assert trainer.epochs == 3
    trainer.fit(*spirals, epochs=10, stop=lambda t: "enough" if t.epochs == 5 else "")
    assert (trainer.epochs, trainer.stopped_because) == (5, "enough")
    trainer.fit(*spirals, epochs=1)
    assert (trainer.epochs, trainer.stopped_because) == (6, "")


def test_early_stopping_gives_the_best_weights_back(make_trainer: Make, spirals: Table) -> None:
    """A rate so large that the validation loss goes up and down; the best one is kept."""
    X, y = spirals
    weights: list[Any] = []
    buffer: list[float] = []

    def remember(trainer: Trainer) -> None:
        weights.append(trainer.module.state_dict())
        buffer.append(trainer.history["validation_loss"][-1])

    trainer = make_trainer(optimizer=optim.Adam(0.3), batch_size=10)
    trainer.fit(X, y, 60, validation=0.3, callbacks=[remember], stop=StopWhen(patience=4))
    best = int(np.argmin(buffer))
    assert len(buffer) == best + 1 + 4 < 60
    assert trainer.best is not None
    assert trainer.best.epoch == best + 1
    assert "was best in epoch" in trainer.stopped_because
    for path, array in trainer.module.state_dict().items():
        np.testing.assert_array_equal(array, weights[best][path])
    trainer.step()
    kept = make_trainer(optimizer=optim.Adam(0.3), batch_size=10)
    kept.fit(X, y, 60, validation=0.3, stop=StopWhen(patience=4, restore_best=False))
    for path, array in kept.module.state_dict().items():
        np.testing.assert_array_equal(array, weights[-1][path])


def test_the_best_weights_come_back_when_the_epochs_run_out_too(
    make_trainer: Make, spirals: Table
) -> None:
    trainer = make_trainer(optimizer=optim.Adam(0.3), batch_size=10)
    trainer.fit(*spirals, 8, stop=StopWhen(patience=100))
    assert trainer.best is not None
    assert trainer.best.epoch == 1 + int(np.argmin(trainer.history["loss"]))
    params, _ = trainer._step.weights.read()
    np.testing.assert_array_equal(params, trainer.best.parameters)
    assert trainer.stopped_because == ""


@pytest.mark.parametrize(
    ("rule", "values", "epochs"),
    [
        (StopWhen(patience=2), [5, 4, 4, 4, 3, 3], 4),
        (StopWhen(patience=2, min_delta=0.5), [5, 4.6, 4.4, 4.3, 4.2, 1], 5),
        (StopWhen(patience=2, higher_is_better=True), [1, 3, 2, 3, 4, 5], 4),
        (StopWhen(patience=3), [5, float("nan"), 6, 6, 1], 4),
    ],
    ids=["equal is no better", "min_delta", "higher is better", "NaN is no better"],
)
def test_patience_counts_epochs_since_the_best(
    rule: StopWhen, values: list[float], epochs: int
) -> None:
    class Seen:
        best: Any = None
        seconds = 0.0

    trainer: Any = Seen()
    for k in range(1, len(values) + 1):
        trainer.epochs, trainer.history = k, {"loss": values[:k]}
        if (value := rule.improves(trainer)) is not None:
            trainer.best = Best(k, value, np.zeros(0), np.zeros(0))
        if rule(trainer):
            break
    assert k == epochs


def test_a_column_that_is_not_measured_is_named(make_trainer: Make, spirals: Table) -> None:
    with pytest.raises(ValueError, match=r"monitor='accuracy' isn't measured; there is loss"):
        make_trainer().fit(*spirals, 3, stop=StopWhen(patience=2, monitor="accuracy"))


@pytest.mark.parametrize(
    "wrong",
    [{"patience": 0}, {"patience": 1.5}, {"seconds": 0}, {"min_delta": -1.0}, {"loss": "low"}],
    ids=["patience 0", "patience 1.5", "seconds", "min_delta", "loss"],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}="):
        StopWhen(**wrong)


def test_a_fit_that_was_interrupted_goes_on_with_its_patience(
    make_trainer: Make, spirals: Table
) -> None:
    def made() -> Trainer:
        return make_trainer(optimizer=optim.Adam(0.3), batch_size=10)

    def interrupt(trainer: Trainer) -> None:
        if trainer.epochs == whole.epochs - 1 and len(trainer.history) == 2:
            raise KeyboardInterrupt

    whole = made().fit(*spirals, 60, validation=0.3, stop=StopWhen(patience=4))
    trainer = made()
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(*spirals, 60, validation=0.3, stop=StopWhen(patience=4), callbacks=[interrupt])
    trainer.fit(*spirals, 60, validation=0.3, stop=StopWhen(patience=4))
    assert trainer.epochs == whole.epochs
    assert trainer.stopped_because == whole.stopped_because
    for path, array in whole.module.state_dict().items():
        np.testing.assert_array_equal(array, trainer.module.state_dict()[path])


@pytest.mark.parametrize("stop", [StopWhen, 3], ids=["class", "number"])
def test_stop_must_be_a_rule(stop: Any, make_trainer: Make, spirals: Table) -> None:
    with pytest.raises(TypeError, match=r"stop must be a StopWhen\(…\) or a function"):
        make_trainer().fit(*spirals, 1, stop=stop)
