"""The ways in which a function that is traced once can be wrong without a word; none of them is.

Each is honoured, noticed so that the function is traced again, or refused at the user's line. Here
are values that a trace hasn't got, random numbers, arguments and results.
"""

from __future__ import annotations

import random as python_random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import detect_anomaly, elementwise, full_like, random, tanh, tensor, where
from baremath.compiler.arguments import Arguments
from baremath.compiler.trace import TraceError, trace

X = np.arange(1.0, 5.0)
HERE = "test_silently_wrong.py"


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
def test_a_value_that_is_asked_for(f: Any, words: str, refused: Any) -> None:
    refused(f, match=rf"{HERE}:\d+: .*{words}")
    with pytest.raises(TraceError, match=words):
        trace(f, X)  # an array is asked in the same way


def test_a_mask_that_is_known_is_a_constant() -> None:
    assert trace(lambda x: x[X > 2], X).graph.outputs["out"].shape == (2,)


# Random numbers


def test_random_numbers_that_would_be_frozen(refused: Any) -> None:
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


def test_results_that_would_keep_symbols(refused: Any) -> None:
    refused(lambda x: SimpleNamespace(x=x), match="returned a SimpleNamespace, as out")
    refused(lambda x: (part for part in x), match="returned a generator")
    refused(lambda x: {"a": {x}}, match=r"returned a set, as out\['a'\]")


def test_looking_for_nan(refused: Any) -> None:
    with detect_anomaly():
        refused(lambda x: tanh(x), tensor(X), match="detect_anomaly looks at values")


def test_two_operations_of_one_name(refused: Any) -> None:
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


def test_a_trace_that_fails_leaves_nothing_behind(refused: Any) -> None:
    layer = nn.Linear(4, 2)
    before = layer.weight
    refused(lambda m, x: bool(m(x)[0] > 0), layer, X, match="whether this is true")
    assert layer.weight is before
    assert isinstance(random.uniform(()).item(), float)
