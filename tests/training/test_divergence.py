"""When the loss is no longer a number."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff import exp, log
from baremath.training import DivergenceError, Trainer

Network = Callable[..., nn.Module]


def line(rate: float, **settings: Any) -> tuple[Trainer, Any, Any]:
    """Return a linear regression that a rate above 2/L throws out of the valley, L about 2."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(64, 3))
    module = nn.Sequential(nn.Linear(3, 1)).initialise(0)
    trainer = Trainer(module, nn.MSELoss(), optim.SGD(rate), **{"batch_size": None, **settings})
    return trainer, X, X @ np.ones((3, 1))


def test_too_large_a_rate_is_said_with_one_that_works() -> None:
    trainer, X, y = line(3.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DivergenceError) as caught:
            trainer.fit(X, y, 1000)
    error = caught.value
    assert str(error).startswith("training diverged: the loss of step ")
    assert error.step is not None
    assert 10 < error.step < 1000
    assert error.learning_rate is not None
    assert f"Set optimizer.learning_rate to {error.learning_rate:.3g}" in str(error)
    again, X, y = line(error.learning_rate)
    again.fit(X, y, 300)
    assert again.history["loss"][-1] < 1e-3


def test_the_module_gets_its_last_finite_weights_back() -> None:
    trainer, X, y = line(3.0)
    with pytest.raises(DivergenceError):
        trainer.fit(X, y, 1000)
    assert all(np.isfinite(array).all() for array in trainer.module.state_dict().values())
    assert len(trainer.history["loss"]) == trainer.epochs
    assert np.isfinite(trainer.history["loss"]).all()
    assert trainer.steps == trainer.epochs
    other, X, y = line(3.0)
    other.data(X, y).run(trainer.steps)
    for path, array in other.module.state_dict().items():
        np.testing.assert_array_equal(array, trainer.module.state_dict()[path])
    loss = np.mean((trainer.predict(X).astype(float) - y) ** 2)
    assert np.isfinite(loss)


def test_training_goes_on_with_the_rate_it_suggests() -> None:
    trainer, X, y = line(1.5)
    trainer.data(X, y)
    trainer.run(3)
    trainer.optimizer.learning_rate = 10.0
    with pytest.raises(DivergenceError) as caught:
        trainer.run(100)
    trainer.module.initialise(0)
    trainer.optimizer.learning_rate = caught.value.learning_rate  # type: ignore[assignment]
    trainer.run(300)
    assert trainer.step() < 1e-3


class Exploding(nn.Module):
    """A layer that is fine until its input is more than 88."""

    def forward(self, x: Any) -> Any:
        return exp(x)


class Root(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.sqrt()


class Logarithm(nn.Module):
    def forward(self, x: Any) -> Any:
        return log(x)


def test_layer_and_operation_are_named(network: Network) -> None:
    module = nn.Sequential(nn.Linear(1, 1), Exploding(), nn.Linear(1, 1)).initialise(0)
    trainer = Trainer(module, nn.MSELoss(), optim.SGD(100.0), batch_size=None)
    with pytest.raises(DivergenceError) as caught:
        trainer.fit([[1.0], [2.0]], [[1.0], [5.0]], 50)
    assert caught.value.operation in {"exp", "square", "linear", "multiply"}
    assert caught.value.layer or caught.value.operation == "square"


def test_a_gradient_that_is_not_finite_is_named() -> None:
    """√x has the value 0 at 0, and no derivative: the loss is finite in the first step."""
    module = nn.Sequential(nn.Linear(1, 1), Root(), nn.Linear(1, 1))
    module.initialise(0)
    state = module.state_dict()
    for path in state:
        state[path][:] = 1.0
    module.load_state_dict(state)
    trainer = Trainer(module, nn.MSELoss(), optim.SGD(0.01), batch_size=None)
    with pytest.raises(DivergenceError) as caught:
        trainer.fit([[1.0], [-1.0]], [[1.0], [2.0]], 5)
    error = caught.value
    assert error.operation == "sqrt"
    assert error.layer.endswith("1")
    assert "gradient" in str(error)
    assert trainer.steps == 0
    assert (np.concatenate([a.ravel() for a in module.state_dict().values()]) == 1).all()


def test_at_the_first_step_the_rate_is_not_blamed() -> None:
    module = nn.Sequential(nn.Linear(1, 1), Logarithm()).initialise(0)
    trainer = Trainer(module, nn.MSELoss(), optim.SGD(0.1), batch_size=None)
    with pytest.raises(DivergenceError, match="the learning rate isn't to blame") as caught:
        trainer.fit([[-100.0], [100.0]], [[0.0], [1.0]], 5)
    error = caught.value
    assert (error.step, error.operation, error.learning_rate) == (1, "log", None)
    assert error.layer.endswith("1")


def test_weights_that_overflow_in_the_last_step_are_noticed() -> None:
    trainer, X, y = line(1e38)
    trainer.data(1e3 * X, y)
    with pytest.raises(DivergenceError, match="the weights after step 1 are not finite") as caught:
        trainer.step()
    assert caught.value.operation == "update"
    assert trainer.steps == 0
    assert all(np.isfinite(array).all() for array in trainer.module.state_dict().values())


def test_a_rate_that_suits_mini_batches_is_found_too(network: Network) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 2))
    y = np.sin(3 * X[:, :1]) + X[:, 1:]
    module = network(2, 16, 1, activation=nn.ReLU)
    trainer = Trainer(module, nn.MSELoss(), optim.SGD(50.0), batch_size=10)
    with pytest.raises(DivergenceError) as caught:
        trainer.fit(X, y, 50)
    rate = caught.value.learning_rate
    assert rate is not None
    again = Trainer(
        network(2, 16, 1, activation=nn.ReLU), nn.MSELoss(), optim.SGD(rate), batch_size=10
    )
    again.fit(X, y, 20)
    assert again.history["loss"][-1] < again.history["loss"][0]


@pytest.mark.parametrize("rate", [5.0, 1e10, 1e30], ids=str)
def test_however_large_the_rate_was_training_goes_well_with_the_one_suggested(
    rate: float, network: Network
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 2))
    y = 10 * X.sum(axis=1, keepdims=True)
    module = network(2, 4, 1, activation=nn.ReLU)
    trainer = Trainer(module, nn.MSELoss(), optim.SGD(rate), batch_size=5)
    with pytest.raises(DivergenceError) as caught:
        trainer.fit(X, y, 100)
    assert caught.value.learning_rate is not None
    module.initialise(0)
    trainer.optimizer.learning_rate = caught.value.learning_rate
    assert trainer.fit(X, y, 100).history["loss"][-1] < 250


def test_a_fit_of_many_short_ones_knows_the_steps_before() -> None:
    """As an estimator's partial_fit does; and the last table has another length."""
    trainer, X, y = line(3.0)

    def fit_again_and_again() -> None:
        for k in range(100):
            trainer.fit(X[k % 2 :], y[k % 2 :], 1)

    with pytest.raises(DivergenceError, match="training diverged") as caught:
        fit_again_and_again()
    assert caught.value.learning_rate is not None
    assert all(np.isfinite(array).all() for array in trainer.module.state_dict().values())
    trainer.module.initialise(0)
    trainer.optimizer.learning_rate = caught.value.learning_rate
    trainer.fit(X, y, 300)
    assert trainer.history["loss"][-1] < 1e-3
