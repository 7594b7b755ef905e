"""The initialisers draw from the distributions that their formulas name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from baremath import nn
from baremath.autodiff import random
from baremath.nn import initialisers

SHAPE = (40, 60)  # 60 in, 40 out
UNIFORM = {
    "xavier_uniform": np.sqrt(6 / 100),
    "he_uniform": np.sqrt(6 / 60),
    "pytorch": 1 / np.sqrt(60),
    "playground": 0.5,
}
NORMAL = {"xavier_normal": np.sqrt(2 / 100), "he_normal": np.sqrt(2 / 60)}


@pytest.mark.parametrize("name", list(UNIFORM))
def test_uniform(name: str) -> None:
    w = nn.INITIALISERS[name](SHAPE, np.random.default_rng(0))
    bound = UNIFORM[name]
    assert w.shape == SHAPE
    assert stats.kstest(w.ravel(), stats.uniform(-bound, 2 * bound).cdf).pvalue > 0.01


@pytest.mark.parametrize("name", list(NORMAL))
def test_normal(name: str) -> None:
    w = nn.INITIALISERS[name](SHAPE, np.random.default_rng(0))
    assert stats.kstest(w.ravel(), stats.norm(0, NORMAL[name]).cdf).pvalue > 0.01


def test_every_initialiser_is_tested_here() -> None:
    assert {*UNIFORM, *NORMAL, "zeros"} == set(nn.INITIALISERS)


def test_fans_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for shape in [(3, 5), (4, 2, 3), (6, 3, 2, 2)]:
        expected = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
        assert initialisers.fans(shape) == expected


@pytest.mark.parametrize(
    ("weight_init", "low", "high"),
    [
        ("pytorch", -0.5, 0.5),
        ("playground", 0.1, 0.1),
        ("he_normal", 0, 0),
        ("zeros", 0, 0),
        (lambda shape, rng: np.ones(shape), 0, 0),
    ],
    ids=["pytorch", "playground", "he_normal", "zeros", "function"],
)
def test_the_bias_is_what_goes_with_the_weights(weight_init: Any, low: float, high: float) -> None:
    layer = nn.Linear(4, 50, weight_init=weight_init)
    bias = layer.bias.detach().numpy().astype(float)
    assert (bias.round(6) >= low).all()
    assert (bias.round(6) <= high).all()
    assert (len(set(bias)) > 1) == (low < high)
    np.testing.assert_array_equal(
        nn.Linear(4, 2, weight_init=weight_init, bias_init=3).bias.detach().numpy(), 3
    )


def test_the_default_generator_can_be_seeded() -> None:
    random.manual_seed(5)
    first = nn.Linear(3, 2).state_dict()
    random.manual_seed(5)
    again = nn.Linear(3, 2).state_dict()
    np.testing.assert_array_equal(first["weight"], again["weight"])
    random.manual_seed(0)


def test_signals_keep_their_size_through_ten_layers() -> None:
    X = np.random.default_rng(0).normal(size=(200, 100))
    for name, activation, kept in [("he_normal", nn.ReLU, True), ("playground", nn.ReLU, False)]:
        layers = [
            m for _ in range(10) for m in (nn.Linear(100, 100, weight_init=name), activation())
        ]
        y = nn.Sequential(layers).initialise(0)(X).detach().numpy()
        assert (0.3 < np.sqrt(np.mean(y**2)) < 3) == kept
