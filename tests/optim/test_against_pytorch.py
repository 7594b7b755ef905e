"""The same numbers as PyTorch's, over 100 steps on the same gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath import optim

torch = pytest.importorskip("torch")

# Ours, and PyTorch's made from it.
PAIRS: dict[str, tuple[optim.Optimizer, Callable[[Any], Any]]] = {
    "gradient descent": (optim.GradientDescent(0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    "sgd": (optim.SGD(0.01), lambda p: torch.optim.SGD(p, lr=0.01)),
    "momentum": (
        optim.Momentum(0.01, momentum=0.8),
        lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8),
    ),
    "nesterov": (
        optim.Nesterov(0.01, momentum=0.95),
        lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.95, nesterov=True),
    ),
    "adagrad": (optim.Adagrad(0.1, epsilon=1e-4), lambda p: torch.optim.Adagrad(p, 0.1, eps=1e-4)),
    "adadelta": (
        optim.Adadelta(0.5, rho=0.95, epsilon=1e-4),
        lambda p: torch.optim.Adadelta(p, lr=0.5, rho=0.95, eps=1e-4),
    ),
    "rmsprop": (
        optim.RMSProp(0.02, rho=0.9, epsilon=1e-5),
        lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-5),
    ),
    "adam": (
        optim.Adam(0.1, beta_1=0.8, beta_2=0.99, epsilon=1e-6),
        lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.99), eps=1e-6),
    ),
    "adamw": (
        optim.AdamW(0.1, weight_decay=0.2),
        lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.2),
    ),
}

# As they come. PyTorch's SGD has another default rate, and no default of momentum.
DEFAULTS: dict[str, tuple[optim.Optimizer, Callable[[Any], Any]]] = {
    "adagrad": (optim.Adagrad(), lambda p: torch.optim.Adagrad(p)),
    "adadelta": (optim.Adadelta(), lambda p: torch.optim.Adadelta(p)),
    "rmsprop": (optim.RMSProp(), lambda p: torch.optim.RMSprop(p)),
    "adam": (optim.Adam(), lambda p: torch.optim.Adam(p)),
    "adamw": (optim.AdamW(), lambda p: torch.optim.AdamW(p)),
}


def gradients(dtype: str) -> np.ndarray:
    """Of all sizes, with zeros among them, and one parameter that never gets any."""
    rng = np.random.default_rng(0)
    found = rng.normal(size=(100, 5, 3)) * 10.0 ** rng.integers(-3, 3, size=(5, 3))
    found[rng.random(found.shape) < 0.2] = 0
    found[:, 0, 0] = 0
    return found.astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [*PAIRS.values(), *DEFAULTS.values()],
    ids=[*PAIRS, *(f"{name} by default" for name in DEFAULTS)],
)
def test_100_steps(ours: optim.Optimizer, theirs: Callable[[Any], Any], dtype: str) -> None:
    params = np.random.default_rng(1).normal(size=(5, 3)).astype(dtype)
    state = ours.init(params)
    weights = torch.nn.Parameter(torch.tensor(params))
    reference = theirs([weights])
    path, expected = [], []
    for gradient in gradients(dtype):
        params, state = ours.update(params, gradient, state)
        weights.grad = torch.tensor(gradient)
        reference.step()
        path.append(params)
        expected.append(weights.detach().numpy().copy())
    assert {array.dtype for array in (params, *state.values())} == {np.dtype(dtype)}
    # What a parameter lost to rounding where it was largest stays lost where it is smaller.
    tolerance = 1e-6 if dtype == "float32" else 1e-11
    largest = np.abs(expected).max(axis=0)
    assert np.all(np.abs(np.subtract(path, expected)) <= tolerance * largest)


SCHEDULES: dict[str, tuple[optim.Schedule, Callable[[Any], Any]]] = {
    "constant": (optim.Constant(), lambda o: torch.optim.lr_scheduler.ConstantLR(o, factor=1)),
    "step": (
        optim.StepDecay(every=7, factor=0.3),
        lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=7, gamma=0.3),
    ),
    "exponential": (
        optim.ExponentialDecay(factor=0.9),
        lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9),
    ),
    "cosine": (
        optim.CosineDecay(epochs=30, minimum=0.05),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=30, eta_min=0.05),
    ),
    "warm-up": (
        optim.WarmUp(epochs=4, start=0.25),
        lambda o: torch.optim.lr_scheduler.LinearLR(o, start_factor=0.25, total_iters=4),
    ),
}


def rate_of_one() -> Any:
    """An optimizer whose learning rate is 1, so that it shows the factor."""
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


@pytest.mark.parametrize(("ours", "theirs"), SCHEDULES.values(), ids=list(SCHEDULES))
def test_a_schedule_at_whole_epochs(ours: optim.Schedule, theirs: Callable[[Any], Any]) -> None:
    optimizer = rate_of_one()
    reference = theirs(optimizer)
    for epoch in range(31):
        assert ours(epoch) == pytest.approx(reference.get_last_lr()[0], rel=1e-9, abs=1e-12)
        optimizer.step()
        reference.step()


@pytest.mark.parametrize("cooldown", [0, 3])
@pytest.mark.parametrize("patience", [0, 2])
def test_reduce_on_plateau(patience: int, cooldown: int) -> None:
    rng = np.random.default_rng(0)
    losses = np.maximum(np.exp(-np.arange(60) / 10), 0.2) + 0.02 * rng.random(60)
    losses[20] = np.nan
    optimizer = rate_of_one()
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, cooldown=cooldown, threshold=0.01, min_lr=0.01
    )
    ours = optim.ReduceOnPlateau(0.5, patience, threshold=0.01, cooldown=cooldown, minimum=0.01)
    factors = set()
    for epoch, loss in enumerate(losses):
        ours.observe(loss)
        reference.step(loss)
        assert ours(epoch) == optimizer.param_groups[0]["lr"]
        factors.add(ours(epoch))
    assert len(factors) > 3
