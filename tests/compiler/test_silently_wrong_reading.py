"""What a function reads beside its arguments, and changes later, is noticed."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import baremath as bm
from baremath import nn
from baremath.autodiff import tanh
from baremath.compiler.trace import trace

X = np.arange(1.0, 5.0)

SCALE = 2.0
WEIGHTS = np.ones(4)
TABLE: dict[str, Any] = {"a": [1.0, 2.0]}
RATES = SimpleNamespace(fast=0.1, slow=0.01)


def test_a_global_number(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = trace(lambda x: x * SCALE, X)
    assert traced.stale() == ""
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert traced.stale() == "the global SCALE has changed from 2.0 to 3.0"
    monkeypatch.setitem(globals(), "SCALE", 2)
    assert "has changed from 2.0 to 2" in traced.stale(), "an int is no float"


def test_a_global_array(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = trace(lambda x: x * np.sqrt(WEIGHTS), X)
    WEIGHTS[1] = 5.0
    assert "the global WEIGHTS has changed" in traced.stale()
    WEIGHTS[1] = 1.0
    assert traced.stale() == ""


def test_a_global_dict_and_what_is_in_it() -> None:
    traced = trace(lambda x: x * TABLE["a"][1], X)
    TABLE["a"][1] = 3.0
    assert "the global TABLE has changed" in traced.stale()
    TABLE["a"][1] = 2.0


def test_an_attribute_of_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = trace(lambda x: x * RATES.fast, X)
    monkeypatch.setattr(RATES, "slow", 5.0)
    assert traced.stale() == "", "it doesn't read that one"
    monkeypatch.setattr(RATES, "fast", 5.0)
    assert traced.stale() == "RATES.fast has changed from 0.1 to 5.0"


def test_a_closure_through_functions_that_it_calls() -> None:
    rate = 0.1

    def inner(x: Any) -> Any:
        return x * rate

    def outer(x: Any) -> Any:
        return sum(inner(part) for part in (x, x))

    traced = trace(outer, X)
    assert traced.stale() == ""
    rate = 0.2
    assert traced.stale() == "rate, from around inner, has changed from 0.1 to 0.2"


def test_a_function_that_is_replaced() -> None:
    helper = tanh

    def f(x: Any) -> Any:
        return helper(x)

    traced = trace(f, X)
    helper = lambda x: x  # noqa: E731
    assert "helper, from around f, has changed" in traced.stale()


class Model:
    def __init__(self) -> None:
        self.rate = 0.5
        self.unread = 1

    def loss(self, x: Any) -> Any:
        return self.helper(x).sum()

    def helper(self, x: Any) -> Any:
        return x * self.rate


@pytest.mark.parametrize(
    "make",
    [lambda m: m.loss, lambda m: functools.partial(Model.loss, m), lambda m: lambda x: m.loss(x)],
)
def test_an_object_behind_a_method(make: Any) -> None:
    model = Model()
    traced = trace(make(model), X)
    model.unread += 1
    assert traced.stale() == ""
    model.rate = 0.7
    assert "rate has changed from 0.5 to 0.7" in traced.stale()


def test_settings_of_a_module() -> None:
    layers = nn.Sequential(nn.Linear(4, 3), nn.LeakyReLU(0.1))
    x = X.astype(np.float32)
    for traced in (trace(layers, x), trace(lambda m, x: m(x), layers, x)):
        assert traced.stale() == ""
        layers.layers[1].negative_slope = 0.3
        assert "negative_slope has changed from 0.1 to 0.3" in traced.stale()
        layers.layers[1].negative_slope = 0.1
        layers.eval()
        assert "training has" in traced.stale()
        layers.train()
        for part in layers.named_modules().values():
            del part.training


def test_weights_of_a_module_that_is_no_argument() -> None:
    layer = nn.Linear(4, 3)
    traced = trace(layer, X.astype(np.float32))
    assert traced.stale() == ""
    layer.initialise(1)
    assert "weight has changed" in traced.stale()


def test_an_array_reached_in_another_way() -> None:
    holder = {"keys": {1: {2: X.copy()}}}
    get = holder["keys"][1].get
    traced = trace(lambda x: x + get(2), X)
    assert traced.stale() == ""
    holder["keys"][1][2][0] = 7.0
    assert "an array of shape (4,) that is no argument was written to" in traced.stale()


def test_an_array_that_the_function_itself_writes_to(called: Any) -> None:
    def f(x: Any) -> Any:
        buffer = np.zeros(4)
        first = x + buffer
        buffer[0] = 1.0
        return first, x + buffer

    first, second = called(trace(f, X), f, X)
    np.testing.assert_array_equal(first, X)
    np.testing.assert_array_equal(second, [*(X[:1] + 1), *X[1:]])


def test_a_default_argument_that_is_changed() -> None:
    def f(x: Any, weights: list[float] = [1.0, 2.0]) -> Any:  # noqa: B006
        return x * weights[0]

    traced = trace(f, X)
    f.__defaults__[0][0] = 5.0  # type: ignore[index]
    assert "a default of f has changed" in traced.stale()


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_a_table(kind: str) -> None:
    library: Any = pytest.importorskip(kind)
    table = library.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 0.0, 0.0, 0.0]})
    f = bm.compile(lambda x: x * table["a"].to_numpy(), backend="interpreter")
    np.testing.assert_array_equal(f(X), X**2)
    first = f.last
    f(X)
    assert f.last is first
    if kind == "pandas":
        table["a"] = [5.0, 6.0, 7.0, 8.0]
    else:
        table.replace_column(0, library.Series("a", [5.0, 6.0, 7.0, 8.0]))
    np.testing.assert_array_equal(f(X), X * (X + 4))
