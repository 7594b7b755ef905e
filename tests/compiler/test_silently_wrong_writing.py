"""What a function writes to while it is traced, which would happen once, is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import Tensor, tanh, tensor
from baremath.compiler.trace import trace

X = np.arange(1.0, 5.0)
HERE = "test_silently_wrong_writing.py"

HISTORY: list[Any] = []


@pytest.mark.parametrize("argument", [X, tensor(X, dtype=float)])
def test_an_argument_that_is_written_to(argument: Any, refused: Any) -> None:
    def assign(x: Any) -> Any:
        x[0] = 1.0
        return x

    def add(x: Any) -> Any:
        x += 1.0
        return x

    def by_data(x: Any) -> Any:
        x.data = x.data * 2
        return x

    refused(assign, argument, match=rf"{HERE}:\d+: x\[i\] = y would write")
    if isinstance(argument, Tensor):
        refused(add, argument, match=rf"{HERE}:\d+: this writes to a tensor from outside")
        refused(by_data, argument, match="this writes to a tensor from outside")


def test_an_array_in_place(refused: Any) -> None:
    """``x += 1`` of an array writes to the caller's; in a trace it would make a new one."""

    def add(x: Any) -> Any:
        x += 1.0
        return x

    refused(add, X, match=rf"{HERE}:\d+: x \+= y would write")


def test_a_tensor_from_outside_that_is_written_to(refused: Any) -> None:
    w = tensor(np.ones(4), dtype=float)

    def update(x: Any) -> Any:
        nonlocal w
        w -= x
        return w

    def assign(x: Any) -> Any:
        w[1] = 3.0
        return w + x

    refused(update, match="this writes to a tensor from outside")
    refused(assign, match="this writes to a tensor from outside")
    assert w.tolist() == [1.0] * 4


def test_gradients_left_in_tensors(refused: Any) -> None:
    w = tensor(np.ones(4), dtype=float, requires_grad=True)
    refused(lambda x: (w * x).sum().backward(), match=r"backward\(\) leaves gradients")
    assert w.grad is None


def test_a_list_among_the_arguments_that_grows(refused: Any) -> None:
    def f(parts: Any) -> Any:
        parts.append(parts[0])
        return parts[0]

    given = [tensor(X)]
    refused(f, given, match="a list among the arguments has changed")
    assert len(given) == 1


def test_a_dict_among_the_arguments_that_changes(refused: Any) -> None:
    def f(state: Any) -> Any:
        state["x"] = state["x"] + 1
        return state["x"]

    refused(f, {"x": tensor(X)}, match="a dict among the arguments has changed")


def test_a_value_kept_in_a_global_list(refused: Any) -> None:
    def f(x: Any) -> Any:
        HISTORY.append(1)
        return x

    refused(f, match="the global HISTORY has changed")
    HISTORY.clear()


def test_a_counter(refused: Any) -> None:
    count = 0

    def f(x: Any) -> Any:
        nonlocal count
        count += 1
        return x

    refused(f, match="count, from around f, has changed from 0 to 1")


class Keeper(nn.Module):
    def __init__(self) -> None:
        self.scale = tensor(np.ones(4), dtype=float)
        self.calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return x * self.scale


class Leaky(nn.Module):
    def forward(self, x: Any) -> Any:
        self.last = tanh(x)
        return x


def test_an_attribute_that_is_set(refused: Any) -> None:
    keeper = Keeper()
    refused(keeper, match="Keeper.calls has changed from 0 to 1")
    refused(lambda m, x: m(x), keeper, X, match="Keeper.calls has changed from 1 to 2")


def test_a_value_that_outlives_its_trace(refused: Any) -> None:
    leaky = Leaky()
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(tanh(x))
        return x

    refused(leaky, match="has got the attribute last")
    refused(f, match="has changed")
    refused(lambda x: x + kept[0], match=r"a value of another trace is used")


def test_buffers_of_a_module_that_is_no_argument(refused: Any) -> None:
    layer = nn.BatchNorm1d(2)
    before = layer.running_mean
    refused(layer, np.ones((3, 2), np.float32), match="running_mean has changed")
    assert layer.running_mean is before
    assert trace(layer.eval(), np.ones((3, 2), np.float32)).stale() == ""


def test_buffers_of_a_module_that_is_an_argument_are_honoured(called: Any) -> None:
    layer, again = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    x = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    f = lambda layer, x: layer(x)  # noqa: E731
    traced = trace(f, layer, x)
    assert (layer.running_mean.data == 0).all(), "a trace leaves the module as it was"
    for _ in range(2):
        np.testing.assert_allclose(called(traced, f, layer, x).data, again(x).data, rtol=1e-6)
        np.testing.assert_allclose(layer.running_var.data, again.running_var.data, rtol=1e-6)
