"""A function written for NumPy alone is differentiated as it is."""

import numpy as np
import pytest

from baremath.autodiff import Tensor, check_gradient, grad, tensor


def network(x, w, b):
    h = np.maximum(np.dot(x, w) + b, 0.0)
    logits = h - np.max(h, axis=1, keepdims=True)
    p = np.exp(logits) / np.sum(np.exp(logits), axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(x)), [0, 1, 0]]))


def statistics(x):
    centred = x - np.mean(x, axis=0)
    z = centred / np.sqrt(np.var(x, axis=0) + 1e-5)
    return np.concatenate([np.tanh(z), np.abs(z) ** 1.5]).reshape(-1).T[::2]


def geometry(x):
    y = np.einsum("ij,kj->ik", x, x) @ np.ones(3)
    return np.where(y > 0, np.sin(y), np.expm1(y)) + np.cumsum(np.clip(x[:, 0], -1, 1))


@pytest.mark.parametrize("f", [statistics, geometry])
def test_plain_numpy_functions(f):
    check_gradient(f, np.random.default_rng(0).normal(size=(3, 3)), order=2)


def test_a_plain_numpy_network():
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=2)
    value = network(x, w, b)
    assert isinstance(value, float)
    check_gradient(network, x, w, b, order=2)


def test_an_array_on_the_left():
    x = tensor([1.0, 2.0], requires_grad=True)
    for y in (
        np.array([3.0, 4.0]) * x,
        np.float64(3) + x,
        np.ones((2, 2)) @ x,
        np.array([1.0]) / x,
        2.0**x,
    ):
        assert isinstance(y, Tensor)
        assert y.dtype == np.float32
        assert y.requires_grad


def test_functions_without_a_rule_say_so():
    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"np\.sinc of a tensor has no derivative here.*detach"):
        np.sinc(x)
    with pytest.raises(TypeError, match=r"np\.convolve of a tensor has no derivative here"):
        np.convolve(x, x)
    with pytest.raises(TypeError, match=r"np\.(add|multiply).*of a tensor has no derivative"):
        np.multiply.accumulate(x)


def test_loops_and_branches():
    def f(x):
        total = x * 0.0
        for k in range(1, 5):
            if k % 2:
                total = total + x**k / k
        return total

    assert grad(f)(0.5) == pytest.approx(1 + 0.5**2)
