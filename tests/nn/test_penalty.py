"""Penalties are of weights, not of biases."""

from __future__ import annotations

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import check_gradient, tensor

W = np.array([[1.0, -2.0], [0.5, 3.0]])
EACH = {
    "L1": (nn.L1Penalty(0.3), 0.3 * np.abs(W).sum()),
    "L2": (nn.L2Penalty(0.3), 0.15 * (W**2).sum()),
}
every = pytest.mark.parametrize("name", list(EACH))


@every
def test_values_and_derivatives(name: str) -> None:
    penalty, expected = EACH[name]
    parameters = {"w": W, "v": np.ones((2, 1, 1)) * 0, "b": np.ones(3)}
    assert penalty(parameters) == pytest.approx(expected)
    check_gradient(lambda w: penalty({"w": w}), W, order=2)


@every
def test_float32_stays_float32_and_the_rate_can_change(name: str) -> None:
    penalty, expected = EACH[name]
    w = tensor(W, requires_grad=True, dtype=np.float32)
    value = penalty({"w": w})
    value.backward()
    assert value.dtype == w.grad.dtype == np.float32
    rate, penalty.rate = penalty.rate, 0.6
    try:
        assert penalty({"w": w}).item() == pytest.approx(2 * expected)
    finally:
        penalty.rate = rate


def test_without_weights_nothing_is_to_pay() -> None:
    assert nn.L2Penalty(1.0)({"bias": tensor([1.0])}) == 0


def test_bad_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="rate must be a number at least 0, not -1"):
        nn.L1Penalty(-1)


def test_they_print_what_they_are() -> None:
    assert repr(nn.L2Penalty(0.3)) == "L2Penalty(rate=0.3)"
