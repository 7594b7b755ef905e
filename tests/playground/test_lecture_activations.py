"""The activations page's answers, against finite differences."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from scipy.special import erf, expit

from baremath.nn import ACTIVATIONS
from baremath.playground.server.lectures.activations import (
    ARGUMENTS,
    Activations,
    Chosen,
    answer,
)

KNOWN = {
    "tanh": np.tanh,
    "sigmoid": expit,
    "relu": lambda x: np.maximum(x, 0),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "silu": lambda x: x * expit(x),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softmax": expit,  # of two numbers, the other being 0
}


def one(name, **changes):
    chosen = {"name": name, **changes.pop("chosen", {})}
    return answer(msgspec.convert({"chosen": [chosen], **changes}, Activations))["functions"][0]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_is_that_of_the_curve(name):
    found, x = one(name, x=1.3), np.linspace(-6, 6, 241)
    y, slope = np.array(found["y"]), np.array(found["slope"])
    corner = np.abs(x) < 0.06  # of those that have one
    central = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    np.testing.assert_allclose(slope[1:-1][~corner[1:-1]], central[~corner[1:-1]], atol=2e-3)
    above, below = (one(name, x=1.3 + h)["value"] for h in (1e-4, -1e-4))
    assert found["derivative"] == pytest.approx((above - below) / 2e-4, abs=1e-3)
    assert all("<math" in step["formula"] for step in found["steps"])


@pytest.mark.parametrize("name", KNOWN)
def test_the_values_are_scipys(name):
    x = np.linspace(-6, 6, 241)
    np.testing.assert_allclose(one(name)["y"], KNOWN[name](x), atol=1e-6)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_function_can_be_bent(name):
    assert one(name, chosen={"argument": 0.5})["argument"] == [ARGUMENTS[name], 0.5]
    assert one(name, chosen={"argument": 0.5})["y"] != one(name)["y"]


def test_where_tanh_is_flat():
    [left, right] = one("tanh")["flat"]
    edge = np.arctanh(np.sqrt(0.95))  # 1 - tanh² is a twentieth there
    assert left == pytest.approx([-6, -edge], abs=0.051)
    assert right == pytest.approx([edge, 6], abs=0.051)
    assert one("tanh", x=4.0)["saturated"]
    assert not one("tanh", x=0.5)["saturated"]


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "silu"])
@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_the_chain_multiplies_derivatives(name, weight):
    def deep(x, n_layers):
        for _ in range(n_layers):
            x = KNOWN[name](weight * x)
        return x

    chain = one(name, x=0.8, n_layers=5, weight=weight)["chain"]
    for k, layer in enumerate(chain, start=1):
        assert layer["a"] == pytest.approx(deep(0.8, k))
        slope = (deep(0.8 + 1e-6, k) - deep(0.8 - 1e-6, k)) / 2e-6
        assert layer["product"] == pytest.approx(slope, rel=1e-4, abs=1e-8)


def test_several_are_compared():
    found = answer(Activations(chosen=(Chosen("relu"), Chosen("gelu"))))
    assert [one["title"] for one in found["functions"]] == ["ReLU", "GELU"]
    assert len(found["x"]) == 241


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="no activation 'sine'; there are elu"):
        answer(Activations(chosen=(Chosen("sine"),)))
    with pytest.raises(ValueError, match="tanh has no argument"):
        answer(Activations(chosen=(Chosen("tanh", 2.0),)))
    for wrong in ({"x": 21}, {"n_layers": 31}, {"chosen": []}, {"weight": 6}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, Activations)
