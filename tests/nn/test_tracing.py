"""What computes asks no tensor for its values, so that it can be traced; hyperparameters too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff import Tensor, check_gradient, grad, no_grad, random, tensor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4))
CLASSES = np.array([0, 3, 1, 2, 0])
SIGNS = np.sign(X)
SAMPLE_WEIGHT = RNG.uniform(0.5, 2, 5)
CLASS_WEIGHT = [0.5, 1.0, 2.0, 1.5]

# What looks into a tensor. Shapes and dtypes are known of a symbol, too.
LOOKS = ("__array__", "__bool__", "__float__", "__index__", "__int__", "item", "numpy", "tolist")


@contextmanager
def unseen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every look into a tensor fail."""

    def look(*_: Any, **__: Any) -> Any:
        raise AssertionError("a tensor was asked for its values")

    with monkeypatch.context() as patch:
        for name in LOOKS:
            patch.setattr(Tensor, name, look)
        yield


MODULES: dict[str, Callable[[], nn.Module]] = {
    **nn.ACTIVATIONS,
    "PReLU of each feature": lambda: nn.PReLU(4),
    "linear": lambda: nn.Linear(4, 2),
    "linear without bias": lambda: nn.Linear(4, 2, bias=False),
    "dropout": nn.Dropout,
    "batch norm": lambda: nn.BatchNorm1d(4),
    "batch norm, predicting": lambda: nn.BatchNorm1d(4).eval(),
    "layer norm": lambda: nn.LayerNorm(4),
    "flatten": nn.Flatten,
    "residual": lambda: nn.Residual(nn.Sequential(nn.Linear(4, 4), nn.ReLU())),
}
LOSSES: dict[str, tuple[nn.Loss, np.ndarray]] = {
    "squared": (nn.MSELoss(), X[::-1]),
    "half squared": (nn.MSELoss(half=True), X[::-1]),
    "absolute": (nn.L1Loss(), X[::-1]),
    "huber": (nn.HuberLoss(), X[::-1]),
    "two classes": (nn.BCEWithLogitsLoss(), X > 0),
    "cross-entropy": (nn.CrossEntropyLoss(0.1, CLASS_WEIGHT), CLASSES),
    "cross-entropy of shares": (nn.CrossEntropyLoss(), np.full((5, 4), 0.25)),
    "likelihood": (nn.NLLLoss(CLASS_WEIGHT), CLASSES),
    "hinge": (nn.HingeLoss(), SIGNS),
}


def second_order(f: Callable[[Any], Any], x: Any) -> Any:
    """Return a gradient of a gradient, computed with tensors throughout."""
    slope = lambda x: (grad(lambda x: (f(x) ** 2).sum())(x) ** 2).sum()  # noqa: E731
    return grad(slope)(x)


@pytest.mark.parametrize("name", list(MODULES))
def test_a_module_computes_unseen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = MODULES[name]().astype(np.float64)
    with unseen(monkeypatch), random.stream(seed=0):
        second_order(module, tensor(X))


@pytest.mark.parametrize("name", list(LOSSES))
def test_a_loss_computes_unseen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loss, target = LOSSES[name]
    with unseen(monkeypatch):
        second_order(lambda y: loss(y, tensor(target), tensor(SAMPLE_WEIGHT)), tensor(X))


@pytest.mark.parametrize("penalty", [nn.L1Penalty(), nn.L2Penalty()], ids=["L1", "L2"])
def test_a_penalty_computes_unseen(penalty: nn.Penalty, monkeypatch: pytest.MonkeyPatch) -> None:
    with unseen(monkeypatch):
        second_order(lambda w: penalty({"w": w}), tensor(X))


@pytest.mark.parametrize("name", list(optim.OPTIMIZERS))
def test_an_optimizer_computes_unseen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    optimizer = optim.OPTIMIZERS[name]()
    for hyperparameter, value in optimizer.hyperparameters().items():
        setattr(optimizer, hyperparameter, tensor(value, dtype=np.float64))

    def two_steps(gradient: Any) -> Any:
        params, state = gradient, optimizer.init(gradient)
        for _ in range(2):
            params, state = optimizer.update(params, gradient * params, state)
        return params

    with unseen(monkeypatch):
        second_order(two_steps, tensor(X))


@pytest.mark.parametrize("clip", [optim.clip_by_norm, optim.clip_by_value])
def test_clipping_computes_unseen(clip: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with unseen(monkeypatch):
        second_order(lambda x: clip(x, tensor(1.0, dtype=np.float64)), tensor(X))


# Each is made, and an attribute of it is a tensor from then on.
HYPERPARAMETERS: dict[str, tuple[Callable[[], Any], str, Callable[[Any], Any]]] = {
    "sigmoid": (nn.Sigmoid, "beta", lambda f: f(X)),
    "leaky ReLU": (nn.LeakyReLU, "negative_slope", lambda f: f(X)),
    "ELU": (nn.ELU, "alpha", lambda f: f(X)),
    "dropout": (nn.Dropout, "p", lambda f: f(X)),
    "batch norm": (lambda: nn.BatchNorm1d(4).astype(float), "eps", lambda f: f(X)),
    "layer norm": (lambda: nn.LayerNorm(4).astype(float), "eps", lambda f: f(X)),
    "huber": (nn.HuberLoss, "delta", lambda f: f(tensor(X), X[::-1])),
    "label smoothing": (nn.CrossEntropyLoss, "label_smoothing", lambda f: f(tensor(X), CLASSES)),
    "L1": (nn.L1Penalty, "rate", lambda f: f({"w": tensor(X)})),
    "L2": (nn.L2Penalty, "rate", lambda f: f({"w": tensor(X)})),
}


@pytest.mark.parametrize("name", list(HYPERPARAMETERS))
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_hyperparameter_may_be_a_tensor(
    name: str, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, attribute, compute = HYPERPARAMETERS[name]

    def f(value: Any) -> Any:
        owner = make()
        setattr(owner, attribute, value)
        with random.stream(seed=0):
            return compute(owner)

    with unseen(monkeypatch):
        f(tensor(value, requires_grad=True, dtype=np.float64))
    if value or name != "huber":  # a Huber loss has a kink there
        check_gradient(f, value, order=2)
    with no_grad():
        plain, expected = f(value), f(tensor(value, dtype=np.float64))
    np.testing.assert_allclose(np.asarray(plain), expected.numpy(), rtol=1e-12)
