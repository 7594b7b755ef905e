"""Many steps in one call take the rows that they take one by one, and count them the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.training import Trainer

ROWS = 45


def trainer(backend: str, *, weighted: bool = False, **settings: Any) -> Trainer:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 3))
    y = np.tanh(X[:, :1] - X[:, 1:2])
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).initialise(0)
    weights = rng.uniform(0.1, 2, ROWS) if weighted else None
    made = Trainer(
        module,
        nn.MSELoss(),
        optim.SGD(0.1),
        backend=backend,
        **{"batch_size": 10, "seed": 3, **settings},
    )
    return made.data(X, y, weights)


def same(one: Trainer, other: Trainer) -> None:
    for name, a in one.module.state_dict().items():
        np.testing.assert_allclose(a, other.module.state_dict()[name], rtol=3e-5, atol=3e-6)
    np.testing.assert_allclose(one.history["loss"], other.history["loss"], rtol=3e-5)
    now, then = one._now, other._now
    assert (now.steps, now.epochs, now.row) == (then.steps, then.epochs, then.row)
    assert now.loss_sum == pytest.approx(then.loss_sum, rel=3e-5)
    assert now.weight_sum == pytest.approx(then.weight_sum, rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("schedule", [None, optim.ExponentialDecay(0.1)], ids=["", "scheduled"])
@pytest.mark.parametrize("batch_size", [1, 7, 15, 44, 45, None])
def test_steps_and_epochs(batch_size: Any, schedule: Any, weighted: bool) -> None:
    both = []
    for backend in ("eager", "native"):
        made = trainer(backend, batch_size=batch_size, schedule=schedule, weighted=weighted)
        made.run(2)
        made.epoch()
        made.run(23)
        both.append(made)
    same(*both)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(
    "sizes", [(10, 16, 7), (10, None, 16), (10, 45, 16), (16, 10, 15)], ids=str
)
def test_a_batch_size_that_changes_within_an_epoch(sizes: Any, shuffle: bool) -> None:
    both = []
    for backend in ("eager", "native"):
        made = trainer(backend, shuffle=shuffle)
        for size in sizes:
            made.batch_size = size
            made.run(2)
        made.run(9)
        both.append(made)
    same(*both)


def test_a_seed_an_order_and_rows_that_change_within_an_epoch() -> None:
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
    both = []
    for backend in ("eager", "native"):
        made = trainer(backend)
        made.run(2)
        made.seed = 8
        made.run(2)
        made.shuffle = False
        made.run(6)
        made.data(X, y).run(5)
        both.append(made)
    same(*both)


@pytest.mark.parametrize("batch_size", [15, 16, None])
def test_a_loss_that_is_not_finite_in_the_middle_of_a_call(batch_size: Any) -> None:
    both, messages = [], []
    for backend in ("eager", "native"):
        made = trainer(backend, batch_size=batch_size)
        made.optimizer.learning_rate = 1e6
        with pytest.raises(ArithmeticError) as error:
            made.run(200)
        messages.append(str(error.value).split("First")[0])
        both.append((made.steps, made.epochs, len(made.history["loss"])))
    assert messages[0] == messages[1]  # which names the step and the epoch
    assert both[0] == both[1]
