"""Computations to draw: those of the lectures, and ones made to be awkward."""

import numpy as np
import pytest

from baremath import autodiff as ad
from baremath.autodiff import tensor
from baremath.autodiff.drawing import show

CIRCUIT = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}


def circuit():
    w0, x0, w1, x1, w2 = [tensor(v, requires_grad=True, name=k) for k, v in CIRCUIT.items()]
    return 1 / (1 + ad.exp(-(w0 * x0 + w1 * x1 + w2)))


def diamond():
    x = tensor(3.0, requires_grad=True, name="x")
    y = x * x
    return ad.tanh(y) * ad.exp(y * 0.1) + y * x


def lecture():
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="x")
    return (3 * (x - 2) ** 2).mean()


def network():
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(100, 2)), rng.normal(size=(100, 1))
    w = tensor(rng.normal(size=(4, 2)), requires_grad=True, name="hidden.weight")
    b = tensor(rng.normal(size=4), requires_grad=True, name="hidden.bias")
    v = tensor(rng.normal(size=(1, 4)), requires_grad=True)
    c = tensor(rng.normal(size=1), requires_grad=True)
    return ad.mean((ad.linear(ad.tanh(ad.linear(X, w, b)), v, c) - t) ** 2)


def tangle():
    """Return a sum over a random graph with many crossings, branches and constants."""
    rng = np.random.default_rng(1)
    pool = [tensor(rng.normal(size=(2, 2)), requires_grad=True, name=f"w{i}") for i in range(4)]
    for _ in range(30):
        a, b = (pool[i] for i in rng.integers(max(0, len(pool) - 8), len(pool), 2))
        made = (a * b, a @ b, ad.tanh(a) + b, a - b * 0.5, a * rng.normal(size=2))
        pool.append(made[rng.integers(len(made))])
    return ad.sum(pool[-1] + pool[-2] + pool[-3])


GRAPHS = {f.__name__: f for f in (circuit, diamond, lecture, network, tangle)}


@pytest.fixture(params=GRAPHS)
def drawing(request):
    """Return one of the computations, drawn."""
    return show(GRAPHS[request.param]())
