"""A plan trains as the Trainer does, and as TensorFlow Playground's formulas say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from baremath import nn, optim
from baremath.playground.server import network
from baremath.playground.server.config import (
    Config,
    DataConfig,
    Layer,
    OptimizerConfig,
    Penalty,
    ScheduleConfig,
)
from baremath.playground.server.plan import DivergedError, Plan
from baremath.playground.server.points import points_of
from baremath.training import Trainer


def plan_of(config: Config, held=None) -> Plan:
    return Plan(config, points_of(config.data, config.problem), held)


def test_a_step_by_hand() -> None:
    """One step of plain gradient descent on half the squared error, written out."""
    config = Config(layers=(), batch_size=250, learning_rate=0.1)
    plan = plan_of(config)
    start = plan.first()
    ((w, b),) = network.layers_of(start.params.astype(float), plan.shape)
    X, y = plan.train.X.astype(float), plan.train.y.astype(float)
    out = np.tanh(X @ w.T + b)
    delta = (out - y) * (1 - out**2) / len(X)
    after = plan.taken(start, 1)
    ((w_new, b_new),) = network.layers_of(after.params, plan.shape)
    assert_allclose(w_new, w - 0.1 * delta.T @ X, rtol=1e-4)
    assert_allclose(b_new, b - 0.1 * delta.sum(axis=0), rtol=1e-4)


def test_the_trainer_finds_the_same_weights() -> None:
    config = Config(
        layers=(Layer(5, "relu"), Layer(3)),
        loss="cross-entropy",
        optimizer=OptimizerConfig("adam"),
        penalty=Penalty("L2", 0.01),
        schedule=ScheduleConfig("exponential", 10, 0.5),
        seed=4,
    )
    plan = plan_of(config)
    trainer = Trainer(
        plan_of(config).module,
        nn.BCEWithLogitsLoss(),
        optim.Adam(0.03),
        batch_size=10,
        seed=4,
        penalty=nn.L2Penalty(0.01),
        schedule=optim.ExponentialDecay(0.5**0.1),
    ).data(plan.train.X, plan.train.y)
    trainer.run(60)
    expected = np.concatenate([p.data.ravel() for p in trainer.module.parameters()])
    assert_allclose(plan.taken(plan.first(), 60).params, expected, rtol=1e-4, atol=1e-6)


def test_steps_may_be_taken_in_any_portions() -> None:
    plan = plan_of(Config())
    whole = plan.taken(plan.first(), 137)
    now = plan.first()
    for n in (1, 36, 100):
        now = plan.taken(now, n)
    assert_array_equal(now.params, whole.params)
    assert (now.steps, now.epochs, now.row) == (whole.steps, whole.epochs, whole.row)


def test_the_circle_is_learned() -> None:
    plan = plan_of(Config())
    found = plan.measured(plan.taken(plan.first(), 25 * 200))
    assert found.test_loss < 0.05
    assert found.test_accuracy > 0.97
    assert found.confusion.sum() == 250


def test_what_is_held_stays() -> None:
    config = Config(optimizer=OptimizerConfig("momentum"))
    free = plan_of(config)
    before = free.taken(free.first(), 30)
    held = np.zeros(free.n_weights, np.bool_)
    held[[0, 7]] = True
    plan = plan_of(config, held)
    now = plan.taken_over(free, before)
    assert_array_equal(now.state["optimizer"]["velocity"], before.state["optimizer"]["velocity"])
    after = plan.taken(now, 30)
    assert_array_equal(after.params[held], before.params[held])
    assert (after.params[~held] != before.params[~held]).all()
    again = free.taken_over(plan, after)
    assert "held" not in again.state["optimizer"]
    assert (free.taken(again, 5).params[held] != before.params[held]).all()


def test_one_row_at_a_time() -> None:
    plan = plan_of(Config())
    now = plan.one_row_taken(plan.first())
    assert (now.steps, now.row) == (1, 1)
    assert plan.taken(now, 1).row == 11


def test_a_point_alone() -> None:
    plan = plan_of(Config(layers=(), learning_rate=1.0))
    start = plan.first()
    ((w, b),) = network.layers_of(start.params.astype(float), plan.shape)
    x, y = plan.points.X[7].astype(float), float(plan.points.y[7])
    out = np.tanh(w[0] @ x + b[0])
    after = plan.learned(start, 7)
    ((w_new, _),) = network.layers_of(after.params, plan.shape)
    assert_allclose(w_new[0], w[0] - (out - y) * (1 - out**2) * x, rtol=1e-4)
    with pytest.raises(ValueError, match="no point 500"):
        plan.learned(start, 500)


def test_divergence_names_the_step_and_a_rate_that_helps() -> None:
    config = Config(
        problem="regression",
        data=DataConfig("reg-plane"),
        features=("x1^2", "x2^2"),
        layers=(Layer(4, "relu"),),
        learning_rate=500.0,
    )
    plan = plan_of(config)
    with pytest.raises(DivergedError) as caught:
        plan.taken(plan.first(), 1000)
    assert np.isfinite(caught.value.back.params).all()
    assert caught.value.cause.step == caught.value.back.steps + 2
    assert caught.value.cause.learning_rate < 500


@pytest.mark.parametrize(
    ("data", "loss"),
    [("circle", "squared"), ("circle", "cross-entropy"), ("three-spiral", "squared"),
     ("three-spiral", "cross-entropy"), ("reg-gauss", "squared")],
)  # fmt: skip
def test_what_is_shown(data: str, loss: str) -> None:
    problem = "regression" if data == "reg-gauss" else "classification"
    plan = plan_of(Config(problem=problem, data=DataConfig(data), loss=loss))
    now = plan.taken(plan.first(), 50)
    layers = network.layers_of(now.params.astype(float), plan.shape)
    h = plan.train.X.astype(float)
    for w, b in layers[:-1]:
        h = np.tanh(h @ w.T + b)
    z = h @ layers[-1][0].T + layers[-1][1]
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = {
        "circle": np.tanh(z) if loss == "squared" else 2 / (1 + np.exp(-z)) - 1,
        "three-spiral": shares,
        "reg-gauss": z,
    }[data]
    assert_allclose(plan.outputs(now, plan.train.X)[-1], expected, rtol=1e-3, atol=1e-5)
    pictures = plan.pictures(now, 48, units=True, focus=(0, 1))
    assert pictures["output"].shape == (plan.shape[-1], 48, 48)
    assert pictures["units"].shape == (6, 16, 16)
    assert pictures["focus"].shape == (48, 48)


def test_weights_that_are_not_the_networks() -> None:
    plan = plan_of(Config())
    with pytest.raises(ValueError, match="25 finite numbers are needed, 3 were given"):
        plan.begun(np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="finite"):
        plan.begun(np.full(25, np.nan, np.float32))


def test_begun_in_the_middle() -> None:
    plan = plan_of(Config())
    trained = plan.taken(plan.first(), 60)
    begun = plan.begun(trained.params, 60)
    assert_array_equal(plan.taken(begun, 40).params, plan.taken(trained, 40).params)
