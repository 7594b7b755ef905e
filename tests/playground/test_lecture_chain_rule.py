"""The chain-rule page: its grammar, its graph, and its derivatives."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath import autodiff
from baremath.playground.server.lectures.expression import (
    DEEPEST,
    FUNCTIONS,
    MOST_CHARACTERS,
    ExpressionError,
    evaluate,
    parse,
    variables,
)
from baremath.playground.server.lectures.question import question

QUESTION = question("chain-rule")

PYTHON = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "relu": lambda x: np.maximum(x, 0),
    "abs": np.abs,
    "max": lambda *xs: np.max(xs),
    "min": lambda *xs: np.min(xs),
    "pi": math.pi,
}
VALUES = {"x": 0.7, "y": -1.3, "w_1": 2.5}


def asked(expression: str, **values: float) -> dict[str, Any]:
    """Return what the page is told."""
    found: dict[str, Any] = QUESTION.answer(QUESTION.asked(expression=expression, values=values))
    return found


def value(text: str) -> float:
    """Return what the page's grammar makes of an expression."""
    tensors = {name: autodiff.tensor(x, dtype=np.float64) for name, x in VALUES.items()}
    with np.errstate(all="ignore"):
        return float(evaluate(parse(text), tensors).data)


def in_python(text: str) -> Any:
    """Return what Python makes of it, with NumPy's numbers."""
    names = {name: np.float64(x) for name, x in VALUES.items()}
    with np.errstate(all="ignore"):
        return eval(text.replace("^", "**"), {"__builtins__": {}}, PYTHON | names)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return larger expressions made of smaller ones, with few brackets."""
    one = st.sampled_from(sorted(name for name, f in FUNCTIONS.items() if f.most == 1))
    several = st.sampled_from(["max", "min"])
    return st.one_of(
        st.tuples(parts, st.sampled_from(["+", " - ", "*", "/ ", "^"]), parts).map("".join),
        parts.map("-{}".format),
        parts.map("({})".format),
        st.tuples(one, parts).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(several, st.lists(parts, min_size=2, max_size=3)).map(
            lambda pair: f"{pair[0]}({', '.join(pair[1])})"
        ),
    )


NUMBERS = st.sampled_from(["1", "2.5", ".5", "3.", "1e-2", "0", "4E1"]).map(
    lambda text: f"{text} "  # before a bracket or an operator a space changes nothing
)
EXPRESSIONS = st.recursive(NUMBERS | st.sampled_from([*VALUES, "pi"]), joined, max_leaves=8).filter(
    lambda text: len(text) <= MOST_CHARACTERS and text.count("(") + text.count("-") < 12
)


@given(EXPRESSIONS)
@settings(max_examples=300)
def test_the_value_is_pythons(text: str) -> None:
    # NumPy's numbers throughout: Python's own overflow and divide differently.
    numbers = re.sub(r"(?<![\w.])(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", r"f8(\g<0>)", text)
    PYTHON["f8"] = np.float64
    expected = in_python(numbers)
    np.testing.assert_allclose(value(text), float(expected), rtol=1e-9, equal_nan=True)


@given(st.text("xyw1.e+-*/^(), sincoexpmaltg_$#é\n", max_size=60))
@settings(max_examples=500)
def test_nothing_but_a_value_error_comes_of_any_text(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert asked(text)["nodes"]


@given(st.text(max_size=50))
@settings(max_examples=200)
def test_nor_of_any_unicode(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("2 x", 2, "operator"),
        ("(x + 1", 0, "never closed"),
        ("sin(x", 3, "( of sin is never closed"),
        ("x)", 1, "no ( for this )"),
        ("foo(x)", 0, "foo is no function"),
        ("sin x", 4, "write sin(…)"),
        ("sin(x, y)", 5, "takes one argument"),
        ("max(x)", 0, "2 arguments"),
        ("x + ", 4, "expected here, where the expression ends"),
        ("x ** 2", 3, "not '*'"),
        ("x, y", 1, "comma"),
        ("x $ y", 2, "means nothing"),
        ("1e999 * x", 0, "too large"),
        ("x.__class__", 1, "means nothing"),
        ("(" * (DEEPEST + 1) + "x", DEEPEST, "nested more than"),
        ("-" * (DEEPEST + 1) + "x", DEEPEST, "nested more than"),
        ("out + 1", 0, "out is what the result is called"),
    ],
)
def test_an_error_points_at_the_character(text: str, at: int, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        asked(text)
    assert error.value.at == at
    assert message in str(error.value)
    assert f"(character {at + 1}:" in str(error.value)


@pytest.mark.parametrize("text", ["", "  ", "2 + 3"])
def test_a_name_is_needed(text: str) -> None:
    with pytest.raises(ValueError, match=r"there is no (expression|name)"):
        asked(text)


def test_a_long_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="200 are the most"):
        parse("x+" * 100 + "x")


def test_names_come_in_their_order() -> None:
    assert variables(parse("b + a * b + sin(c)")) == ("b", "a", "c")


@pytest.mark.parametrize(
    "text",
    [
        "sin(x * y) + x^2",
        "tanh(w * relu(x + b) + c)^2",
        "softplus(x) * sigmoid(y) - exp(-x^2) / sqrt(b + 3)",
        "max(x, y, b) * min(x, b) + abs(y) * log(w + 4)",
        "x^y + 2^x - tan(x) * cos(y)",
        "x",
        "-x",
        "x * x * x",
    ],
)
def test_gradients_are_those_of_finite_differences(text: str) -> None:
    values = {"x": 0.8, "y": 1.7, "w": -0.6, "b": 0.3, "c": -0.2}
    answer = asked(text, **values)
    leaves = {node["name"]: node for node in answer["nodes"] if node["kind"] == "leaf"}
    expression = parse(text)

    def at(name: str, x: float) -> float:
        tensors = {k: autodiff.tensor(v, dtype=np.float64) for k, v in values.items()}
        tensors[name] = autodiff.tensor(x, dtype=np.float64)
        return float(evaluate(expression, tensors).data)

    assert set(leaves) == set(variables(expression))
    for name, leaf in leaves.items():
        h = 1e-5
        slope = (at(name, values[name] + h) - at(name, values[name] - h)) / (2 * h)
        assert leaf["gradient"] == pytest.approx(slope, rel=1e-6, abs=1e-8)
    assert all(one["agrees"] for one in answer["check"])
    assert answer["remark"] == ""


def test_gradients_are_the_sums_over_the_edges() -> None:
    answer = asked("tanh(w * x + b) * x + max(x, w)^2", x=0.5, w=1.5, b=-0.25)
    nodes = answer["nodes"]
    assert nodes[-1]["gradient"] == 1
    for k, node in enumerate(nodes[:-1]):
        shares = [
            nodes[edge["end"]]["gradient"] * edge["derivative"]
            for edge in answer["edges"]
            if edge["start"] == k
        ]
        assert node["gradient"] == pytest.approx(sum(shares), rel=1e-12)


def test_nodes_know_their_characters_and_their_sums() -> None:
    text = "sin(x * y) + x^2"
    answer = asked(text, x=2.0, y=0.5)
    computed = {
        node["name"]: text[slice(*node["characters"])]
        for node in answer["nodes"]
        if node["characters"]
    }
    assert computed == {"v₁": "x * y", "v₂": "sin(x * y)", "v₃": "x^2", "out": text}
    square = asked("2 * (a + b)^2")["nodes"][-2]
    assert square["characters"] == (4, 13)  # with the bracket that begins it
    out = answer["nodes"][-1]
    assert out["forward"]["text"] == "out = v₂ + v₃ = 0.84147 + 4 = 4.8415"
    x = next(node for node in answer["nodes"] if node["name"] == "x")
    assert x["forward"]["text"] == "x = 2"
    assert x["backward"]["text"].endswith("= 0.5403 · 0.5 + 1 · 4 = 4.2702")


def test_edges_lead_to_later_layers() -> None:
    answer = asked("((x + 1) * x + y) * x")
    layer = [node["layer"] for node in answer["nodes"]]
    assert max(layer) == answer["layers"] - 1
    for edge in answer["edges"]:
        assert len(edge["waypoints"]) == layer[edge["end"]] - layer[edge["start"]] - 1 >= 0


@pytest.mark.parametrize(
    ("text", "x", "remark"),
    [
        ("log(x)", -1.0, "no finite value"),
        ("1 / x", 0.0, "no finite value"),
        ("sqrt(x)", 0.0, "not finite"),
        ("abs(x)", 0.0, ""),
        ("relu(x)", 0.0, "kink"),
    ],
)
def test_a_remark_says_where_there_is_no_slope(text: str, x: float, remark: str) -> None:
    assert remark in asked(text, x=x)["remark"]
