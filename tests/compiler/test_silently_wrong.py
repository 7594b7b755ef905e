"""The ways in which a function that is traced once can be wrong without a word; none of them is.

Each is honoured, noticed so that the function is traced again, or refused at the user's line.
"""

from __future__ import annotations

import functools
import random as python_random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import (
    Tensor,
    detect_anomaly,
    elementwise,
    full_like,
    random,
    tanh,
    tensor,
    where,
)
from baremath.compiler.arguments import Arguments
from baremath.compiler.trace import TraceError, trace

X = np.arange(1.0, 5.0)
HERE = "test_silently_wrong.py"

SCALE = 2.0
WEIGHTS = np.ones(4)
TABLE: dict[str, Any] = {"a": [1.0, 2.0]}
HISTORY: list[Any] = []
RATES = SimpleNamespace(fast=0.1, slow=0.01)


def refused(f: Any, *args: Any, match: str) -> None:
    with pytest.raises(TraceError, match=match):
        trace(f, *(args or (tensor(X, dtype=float),)))


# Values that aren't there


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x if x.sum() > 0 else -x, "whether this is true"),
        (lambda x: float(x[0]) * x, "asks for a number"),
        (lambda x: x * int(x[0]), "asks for a number"),
        (lambda x: x.sum().item() * x, r"item\(\)"),
        (lambda x: x + np.asarray(x.tolist()), r"tolist\(\)"),
        (lambda x: np.asarray(x), "asks for values"),
        (lambda x: list(range(x.astype(int)[0])), "asks for a number"),
        (lambda x: x[x > 2], r"how many elements a mask picks .* where\(mask, x, 0.0\)"),
        (lambda x: x if 3.0 in x else -x, "whether this is true"),
        (lambda x: f"{x[0]:.3f}", "asks for a number"),
        (lambda x: full_like(X, x[0]), "fill= of full_like is computed"),
        (lambda x: max(x[0], x[1]), "whether this is true"),
        (lambda x: bool(np.any(x > 0)) * x, "np.any asks for values"),
        (lambda x: sorted(x, key=lambda part: part), "whether this is true"),
    ],
)
def test_a_value_that_is_asked_for(f: Any, words: str) -> None:
    refused(f, match=rf"{HERE}:\d+: .*{words}")
    with pytest.raises(TraceError, match=words):
        trace(f, X)  # an array is asked in the same way


def test_a_mask_that_is_known_is_a_constant() -> None:
    assert trace(lambda x: x[X > 2], X).graph.outputs["out"].shape == (2,)


# Writing


@pytest.mark.parametrize("argument", [X, tensor(X, dtype=float)])
def test_an_argument_that_is_written_to(argument: Any) -> None:
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


def test_an_array_in_place() -> None:
    """``x += 1`` of an array writes to the caller's; in a trace it would make a new one."""

    def add(x: Any) -> Any:
        x += 1.0
        return x

    refused(add, X, match=rf"{HERE}:\d+: x \+= y would write")


def test_a_tensor_from_outside_that_is_written_to() -> None:
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


def test_gradients_left_in_tensors() -> None:
    w = tensor(np.ones(4), dtype=float, requires_grad=True)
    refused(lambda x: (w * x).sum().backward(), match=r"backward\(\) leaves gradients")
    assert w.grad is None


def test_a_list_among_the_arguments_that_grows() -> None:
    def f(parts: Any) -> Any:
        parts.append(parts[0])
        return parts[0]

    given = [tensor(X)]
    refused(f, given, match="a list among the arguments has changed")
    assert len(given) == 1


def test_a_dict_among_the_arguments_that_changes() -> None:
    def f(state: Any) -> Any:
        state["x"] = state["x"] + 1
        return state["x"]

    refused(f, {"x": tensor(X)}, match="a dict among the arguments has changed")


def test_a_value_kept_in_a_global_list() -> None:
    def f(x: Any) -> Any:
        HISTORY.append(1)
        return x

    refused(f, match="the global HISTORY has changed")
    HISTORY.clear()


def test_a_counter() -> None:
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


def test_an_attribute_that_is_set() -> None:
    keeper = Keeper()
    refused(keeper, match="Keeper.calls has changed from 0 to 1")
    refused(lambda m, x: m(x), keeper, X, match="Keeper.calls has changed from 1 to 2")


def test_a_value_that_outlives_its_trace() -> None:
    leaky = Leaky()
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(tanh(x))
        return x

    refused(leaky, match="has got the attribute last")
    refused(f, match="has changed")
    refused(lambda x: x + kept[0], match=r"a value of another trace is used")


def test_buffers_of_a_module_that_is_no_argument() -> None:
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


# What is read, and changes later


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


# Random numbers


def test_random_numbers_that_would_be_frozen() -> None:
    generator = np.random.default_rng(0)
    refused(lambda x: x + random.normal((4,)), match="random numbers would be drawn once")
    refused(lambda x: nn.Dropout()(x), match="random numbers would be drawn once")
    refused(lambda x: nn.Linear(4, 4)(x), match="random numbers would be drawn once")
    refused(lambda x: x + generator.normal(size=4), match="generator, .*, has changed")
    refused(lambda x: x + np.random.normal(size=4), match="draws from np.random")  # noqa: NPY002
    refused(lambda x: x + python_random.random(), match="draws from np.random or random")

    def fixed(x: Any) -> Any:
        with random.stream(1, 2):
            return x + random.uniform((4,))

    refused(fixed, match=rf"{HERE}:\d+: random numbers would be drawn once")
    with random.stream(1, 2):
        refused(lambda x: x + random.uniform((4,)), match="random numbers would be drawn once")


# Arguments


def test_what_calls_have_in_common() -> None:
    def key(*args: Any, static: Any = (), **kwargs: Any) -> Any:
        return Arguments(lambda x, n=0: x, args, kwargs, static).key

    assert key(X, 1) == key(X + 1, 2)
    assert key(X, 1) == key(X, n=1)
    different = [
        *(key(X), key(X, 1), key(X, 1.0), key(X, True), key(X, False), key(X, None), key(X, "a")),
        *(key(X, 1, static=["n"]), key(X, 2, static=["n"]), key(X, 1.0, static=["n"])),
        *(key(X[:3]), key(X.astype("f")), key([X]), key((X,)), key({"a": X}), key({"b": X})),
        *(key(X, 0.0, static=["n"]), key(X, -0.0, static=["n"]), key(X, (1,), static=["n"])),
        *(key(X, (1.0,), static=["n"]), key(X, np.float32(1)), key(X, tanh)),
    ]
    assert len(set(different)) == len(different)


def test_static_arguments() -> None:
    traced = trace(lambda x, n: x * n if n > 2 else x, X, 3, static_argnames="n")
    assert list(traced.graph.inputs) == ["x"]
    with pytest.raises(TraceError, match=r"n is static, .* but a list can't be hashed"):
        trace(lambda x, n: x, X, [1], static_argnames=["n"])
    with pytest.raises(TypeError, match=r"static_argnames names \['m'\]"):
        trace(lambda x, n: x, X, 1, static_argnames=["m"])


def test_a_flag_is_what_a_graph_is_made_for() -> None:
    assert [n.op for n in trace(lambda x, up: x if up else -x, X, False).graph.nodes] == [
        "input",
        "negative",
    ]


def test_a_module_of_another_shape() -> None:
    layer = nn.Linear(4, 2)
    before = Arguments(lambda m: m, (layer,), {}).key
    assert before == Arguments(lambda m: m, (layer,), {}).key
    assert before != Arguments(lambda m: m, (nn.Linear(4, 2),), {}).key
    layer.freeze()
    assert before != Arguments(lambda m: m, (layer,), {}).key


# Results


def test_results_that_would_keep_symbols() -> None:
    refused(lambda x: SimpleNamespace(x=x), match="returned a SimpleNamespace, as out")
    refused(lambda x: (part for part in x), match="returned a generator")
    refused(lambda x: {"a": {x}}, match=r"returned a set, as out\['a'\]")


def test_looking_for_nan() -> None:
    with detect_anomaly():
        refused(lambda x: tanh(x), tensor(X), match="detect_anomaly looks at values")


def test_two_operations_of_one_name() -> None:
    def make() -> Any:
        return elementwise(
            "twice", lambda x: 2 * x, scalar=lambda x: x + x, latex="2 {0}", domain=(-1, 1)
        )

    first, _ = make(), make()
    from baremath.autodiff import OPERATIONS

    try:
        refused(lambda x: first(x), match="two operations called 'twice'")
    finally:
        del OPERATIONS["twice"]


def test_where_is_the_way() -> None:
    graph = trace(lambda x: where(x > 2, x, -x), X).graph
    assert [node.op for node in graph.nodes][-1] == "where"


def test_an_eager_thread_beside_a_trace_computes() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:

        def f(x: Any) -> Any:
            def other() -> Any:
                own = tensor(np.ones(2), dtype=np.float32)
                own += 1
                return float((random.uniform((2,)) + own).sum())

            pool.submit(other).result()
            return x + 1

        assert trace(f, X).graph.outputs["out"].op == "add"


def test_a_trace_that_fails_leaves_nothing_behind() -> None:
    layer = nn.Linear(4, 2)
    before = layer.weight
    refused(lambda m, x: bool(m(x)[0] > 0), layer, X, match="whether this is true")
    assert layer.weight is before
    assert isinstance(random.uniform(()).item(), float)
