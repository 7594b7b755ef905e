"""Each rule is its formula, whatever the parameters are kept in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from baremath import optim
from baremath.autodiff import Tensor, check_gradient, grad, tensor

every_optimizer = pytest.mark.parametrize(
    "optimizer",
    [
        optim.GradientDescent(0.1),
        optim.SGD(0.1),
        optim.Momentum(0.1, momentum=0.8),
        optim.Nesterov(0.1, momentum=0.8),
        optim.Adagrad(0.1, epsilon=1e-3),
        optim.Adadelta(0.5, rho=0.8, epsilon=1e-3),
        optim.RMSProp(0.1, rho=0.8, epsilon=1e-3),
        optim.Adam(0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3),
        optim.AdamW(0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3, weight_decay=0.3),
    ],
    ids=lambda optimizer: optimizer.name,
)


def walk(optimizer: optim.Optimizer, w: Any, gradients: Any) -> Any:
    """Return the parameters after a step by each gradient."""
    state = optimizer.init(w)
    for g in gradients:
        w, state = optimizer.update(w, g, state)
    return w


# The first step, by hand: w = 1, g = 2.
FIRST_STEPS: dict[str, tuple[optim.Optimizer, float]] = {
    "gradient_descent": (optim.GradientDescent(0.1), 1 - 0.1 * 2),
    "sgd": (optim.SGD(0.1), 1 - 0.1 * 2),
    "momentum": (optim.Momentum(0.1), 1 - 0.1 * 2),
    "nesterov": (optim.Nesterov(0.1), 1 - 0.1 * (2 + 0.9 * 2)),
    "adagrad": (optim.Adagrad(0.1), 1 - 0.1 * 2 / 2),
    # s = 0.1 · 4; the step is 2 · √10⁻⁶ / √0.4
    "adadelta": (optim.Adadelta(), 1 - 2 * 1e-3 / math.sqrt(0.4)),
    # s = 0.01 · 4 = 0.2²
    "rmsprop": (optim.RMSProp(0.1), 1 - 0.1 * 2 / 0.2),
    "adam": (optim.Adam(0.1), 1 - 0.1 * 2 / 2),
    "adamw": (optim.AdamW(0.1, weight_decay=0.5), 0.95 - 0.1 * 2 / 2),
}


@pytest.mark.parametrize(("optimizer", "expected"), FIRST_STEPS.values(), ids=list(FIRST_STEPS))
def test_the_first_step_by_hand(optimizer: optim.Optimizer, expected: float) -> None:
    assert walk(optimizer, np.array(1.0), [np.array(2.0)]) == pytest.approx(expected, abs=1e-5)


# The formulas once more, for one number, in Python's own arithmetic. Each takes the optimizer, the
# first parameter and the gradients, and yields the parameter after each step.
Formula = Callable[[Any, float, list[float]], Iterator[float]]


def descent(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    for g in gradients:
        w -= o.learning_rate * g
        yield w


def momentum(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    for t in range(len(gradients)):
        v = sum(o.momentum ** (t - i) * g for i, g in enumerate(gradients[: t + 1]))
        w -= o.learning_rate * v
        yield w


def nesterov(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    """As Nesterov has it: the gradient is taken at `ahead`, where the velocity would lead."""
    ahead, velocity = w, 0.0
    for g in gradients:
        velocity = o.momentum * velocity - o.learning_rate * g
        w = w + velocity
        ahead = w + o.momentum * velocity
        yield ahead


def adagrad(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    for t, g in enumerate(gradients):
        length = math.sqrt(sum(past**2 for past in gradients[: t + 1]))
        w -= o.learning_rate * g / (length + o.epsilon)
        yield w


def mean(beta: float, values: list[float]) -> float:
    """Return the exponential moving average that begins at zero."""
    return sum((1 - beta) * beta ** (len(values) - 1 - i) * x for i, x in enumerate(values))


def rmsprop(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    for t, g in enumerate(gradients):
        s = mean(o.rho, [past**2 for past in gradients[: t + 1]])
        w -= o.learning_rate * g / (math.sqrt(s) + o.epsilon)
        yield w


def adadelta(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    steps: list[float] = []
    for t, g in enumerate(gradients):
        rms_of_steps = math.sqrt(mean(o.rho, [d**2 for d in steps]) + o.epsilon)
        rms = math.sqrt(mean(o.rho, [past**2 for past in gradients[: t + 1]]) + o.epsilon)
        steps.append(rms_of_steps / rms * g)
        w -= o.learning_rate * steps[-1]
        yield w


def adam(o: Any, w: float, gradients: list[float]) -> Iterator[float]:
    for t in range(1, len(gradients) + 1):
        w *= 1 - o.learning_rate * getattr(o, "weight_decay", 0)
        m = mean(o.beta_1, gradients[:t]) / (1 - o.beta_1**t)
        v = mean(o.beta_2, [g**2 for g in gradients[:t]]) / (1 - o.beta_2**t)
        w -= o.learning_rate * m / (math.sqrt(v) + o.epsilon)
        yield w


FORMULAS: dict[str, Formula] = {
    "gradient_descent": descent,
    "sgd": descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,
}


@every_optimizer
def test_every_step_is_the_formula(optimizer: optim.Optimizer) -> None:
    gradients = np.random.default_rng(0).normal(size=50)
    gradients[7:10] = 0
    w = np.array([0.7])
    state = optimizer.init(w)
    expected = FORMULAS[optimizer.name](optimizer, 0.7, gradients.tolist())
    for g, wanted in zip(gradients, expected, strict=True):
        w, state = optimizer.update(w, np.array([g]), state)
        assert w[0] == pytest.approx(wanted, rel=1e-12)


@every_optimizer
def test_arrays_tensors_pieces_and_one_vector_give_the_same(optimizer: optim.Optimizer) -> None:
    rng = np.random.default_rng(0)
    w, gradients = rng.normal(size=(4, 3)), rng.normal(size=(10, 4, 3))
    expected = walk(optimizer, w, gradients)
    flat = walk(optimizer, w.ravel(), gradients.reshape(10, 12))
    np.testing.assert_array_equal(flat.reshape(4, 3), expected)
    pieces = [walk(optimizer, w[rows], gradients[:, rows]) for rows in (slice(1), slice(1, 4))]
    np.testing.assert_array_equal(np.concatenate(pieces), expected)
    tensors = walk(optimizer, tensor(w), [tensor(g) for g in gradients])
    assert isinstance(tensors, Tensor)
    np.testing.assert_array_equal(tensors.numpy(), expected)
    mixed = walk(optimizer, w, [tensor(g) for g in gradients])
    np.testing.assert_array_equal(mixed.numpy(), expected)


@every_optimizer
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (2, 1, 2)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shape_and_dtype_stay(
    optimizer: optim.Optimizer, shape: tuple[int, ...], dtype: str
) -> None:
    w = np.ones(shape, dtype)
    state = optimizer.init(w)
    for _ in range(3):
        w, state = optimizer.update(w, np.full(shape, 0.5, dtype), state)
        assert (w.shape, w.dtype) == (shape, dtype)
        for remembered in state.values():
            assert remembered.shape in (shape, ())
            assert remembered.dtype == dtype
    assert state.keys() == optimizer.init(w).keys()


@every_optimizer
def test_an_update_changes_nothing_it_was_given(optimizer: optim.Optimizer) -> None:
    w, g = np.ones(3), np.array([1.0, 0.0, -2.0])
    w, state = optimizer.update(w, g, optimizer.init(w))
    state = {name: np.asarray(value) for name, value in state.items()}
    for array in (w, g, *state.values()):
        array.flags.writeable = False
    before = {name: value.copy() for name, value in state.items()}
    first = optimizer.update(w, g, state)
    again = optimizer.update(w, g, state)
    np.testing.assert_array_equal(first[0], again[0])
    for name, value in before.items():
        np.testing.assert_array_equal(state[name], value)
        np.testing.assert_array_equal(first[1][name], again[1][name])


@every_optimizer
def test_a_gradient_of_zero_moves_nothing(optimizer: optim.Optimizer) -> None:
    w = walk(optimizer, np.array([1.5]), np.zeros((5, 1)))
    decay = 1 - 0.1 * getattr(optimizer, "weight_decay", 0)
    assert w[0] == pytest.approx(1.5 * decay**5, rel=1e-15)


@every_optimizer
def test_it_walks_down_a_bowl(optimizer: optim.Optimizer) -> None:
    w = np.array([1.0, -0.5])
    state = optimizer.init(w)
    for _ in range(300):
        w, state = optimizer.update(w, w * [1.0, 4.0], state)
    assert np.linalg.norm(w) < 0.1


@every_optimizer
def test_three_steps_are_differentiated_by_each_hyperparameter(
    optimizer: optim.Optimizer,
) -> None:
    """The gradient at each step comes from where the step before led."""

    def loss(name: str, value: Any) -> Any:
        other = type(optimizer)(**optimizer.hyperparameters())
        setattr(other, name, value)
        w = np.array([1.0, -2.0])
        state = other.init(w)
        for _ in range(3):
            w, state = other.update(w, w * np.array([0.5, 3.0]), state)
        return (w * w).sum()

    for name, at in optimizer.hyperparameters().items():
        x = tensor(at, requires_grad=True, dtype=np.float64)
        loss(name, x).backward()
        h = 1e-5 * at
        expected = (loss(name, at + h) - loss(name, at - h)) / (2 * h)
        assert x.grad.item() == pytest.approx(expected, rel=1e-6, abs=1e-9), name


@every_optimizer
def test_three_steps_agree_with_differences_to_second_order(optimizer: optim.Optimizer) -> None:
    names = list(optimizer.hyperparameters())

    def walked(w: Any, gradients: Any, *values: Any) -> Any:
        other = type(optimizer)(*values)
        return walk(other, w, gradients)

    rng = np.random.default_rng(0)
    w, gradients = rng.normal(size=3), list(rng.uniform(0.5, 2, (3, 3)) * [1, -1, 1])
    values = [getattr(optimizer, name) for name in names]
    check_gradient(walked, w, gradients, *values, order=2, rtol=1e-4)


@every_optimizer
def test_a_parameter_without_any_gradient_has_derivatives_all_the_same(
    optimizer: optim.Optimizer,
) -> None:
    """The weights of a dead ReLU: the root of their mean square has no slope."""

    def loss(rate: Any, gradient: Any) -> Any:
        other = type(optimizer)(**{**optimizer.hyperparameters(), "learning_rate": rate})
        w = walk(other, tensor([1.0, 1.0], dtype=np.float64), [gradient, gradient * rate])
        return (w * w).sum()

    gradient = tensor([0.5, 0.0], dtype=np.float64)
    by_rate, by_gradient = grad(loss, (0, 1))(tensor(0.1, dtype=np.float64), gradient)
    second, _ = grad(lambda r, g: grad(loss, (0, 1))(r, g)[1].sum(), (0, 1))(by_rate, gradient)
    h = np.array([0, 1e-12])  # far below epsilon, where it is a straight line
    rate, at = np.array(0.1), gradient.numpy()
    expected = (loss(rate, at + h) - loss(rate, at - h)).item() / 2e-12
    assert by_gradient.numpy()[1] == pytest.approx(expected, rel=1e-3)
    assert np.isfinite([by_rate.item(), second.item()]).all()


def test_a_learning_rate_may_be_a_tensor_from_the_start() -> None:
    rate = tensor(0.1, requires_grad=True, dtype=np.float64)
    w, _ = optim.SGD(rate).update(np.array([1.0]), np.array([3.0]), {})
    w.sum().backward()
    assert rate.grad.item() == -3


def test_adam_in_float32_keeps_the_length_of_its_first_steps() -> None:
    """Where 1 − β₂ᵗ is computed from a rounded power, they lose five digits."""
    w = np.zeros(1, np.float32)
    optimizer = optim.Adam(1.0, beta_2=0.9999)
    state = optimizer.init(w)
    for t in range(1, 20):
        w, state = optimizer.update(w, np.ones(1, np.float32), state)
        assert w[0] == pytest.approx(-t, rel=1e-6)


def test_adam_stays_a_mean_when_a_beta_changes_on_the_way() -> None:
    w = np.zeros(1)
    optimizer = optim.Adam(1.0, beta_2=0.9)
    state = optimizer.init(w)
    for t in range(1, 60):
        optimizer.beta_2 = 0.9 if t < 30 else 0.9999
        w, state = optimizer.update(w, np.full(1, 5.0), state)
        assert w[0] == pytest.approx(-t, rel=1e-6)


# What they are called, and what they are made of


def test_every_optimizer_has_its_name() -> None:
    assert list(optim.OPTIMIZERS) == [
        "gradient_descent",
        "sgd",
        "momentum",
        "nesterov",
        "adagrad",
        "adadelta",
        "rmsprop",
        "adam",
        "adamw",
    ]
    assert set(optim.OPTIMIZERS) == set(FORMULAS) == set(FIRST_STEPS)
    for name, made in optim.OPTIMIZERS.items():
        assert made.name == name
        assert made.__name__ in optim.__all__


@every_optimizer
def test_it_is_rebuilt_from_a_name_and_numbers(optimizer: optim.Optimizer) -> None:
    written = json.loads(json.dumps([optimizer.name, optimizer.hyperparameters()]))
    again = optim.OPTIMIZERS[written[0]](**written[1])
    assert again == optimizer
    assert repr(again) == repr(optimizer)
    assert type(optimizer)() != optimizer


def test_it_prints_its_hyperparameters() -> None:
    assert repr(optim.RMSProp(0.5)) == "RMSProp(learning_rate=0.5, rho=0.99, epsilon=1e-08)"
    assert optim.SGD(0.5) != optim.GradientDescent(0.5)


@pytest.mark.parametrize("number", [np.float64(0.5), np.float32(0.5), np.array(0.5)], ids=repr)
def test_a_number_of_numpys_does_not_widen_float32(number: Any) -> None:
    optimizer = optim.SGD(number)
    assert repr(optimizer) == "SGD(learning_rate=0.5)"
    later = optim.SGD()
    later.learning_rate = number
    for rule in (optimizer, later):
        w, _ = rule.update(np.ones(2, np.float32), np.ones(2, np.float32), {})
        assert w.dtype == np.float32


# Hyperparameters that can't be

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("sgd", {"learning_rate": 0}, "learning_rate=0 must be more than 0; 0.01 is the default"),
    ("sgd", {"learning_rate": -0.1}, r"learning_rate=-0.1 must be more than 0"),
    ("adam", {"learning_rate": math.nan}, "learning_rate=nan must be more than 0; 0.001"),
    ("adam", {"learning_rate": math.inf}, "learning_rate=inf must be more than 0"),
    ("adam", {"learning_rate": np.float64(-1)}, r"learning_rate=-1\.0 must"),
    ("momentum", {"momentum": 1}, "momentum=1 must be at least 0 and less than 1; 0.9 is"),
    ("nesterov", {"momentum": -0.1}, "momentum=-0.1 must be at least 0"),
    ("rmsprop", {"rho": 1.0}, "rho=1.0 must be at least 0 and less than 1; 0.99 is"),
    ("adadelta", {"rho": math.nan}, "rho=nan must be"),
    ("adam", {"beta_1": 1.0}, "beta_1=1.0 must be"),
    ("adamw", {"beta_2": 1.5}, "beta_2=1.5 must be"),
    ("adagrad", {"epsilon": 0}, "epsilon=0 must be more than 0; 1e-10 is the default"),
    ("adamw", {"weight_decay": -1}, "weight_decay=-1 must be 0 or more; 0.01 is"),
]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    BAD,
    ids=[f"{name} {next(iter(a.items()))}" for name, a, _ in BAD],
)
def test_a_bad_rate_is_named_with_a_good_one(
    name: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        optim.OPTIMIZERS[name](**arguments)


@pytest.mark.parametrize("value", ["0.1", None, [0.1], True], ids=repr)
def test_a_rate_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"learning_rate=.* must be a number"):
        optim.Adam(value)


def test_check_looks_again() -> None:
    optimizer = optim.SGD()
    for value in (-1, np.float64(-1), np.float32(-1)):
        optimizer.learning_rate = value
        with pytest.raises(ValueError, match=r"learning_rate=-1.* must be"):
            optimizer.check()
    optimizer.learning_rate = tensor(-1.0)  # a tensor isn't looked into
    optimizer.check()
