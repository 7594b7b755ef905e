"""Expressions of one element: what they print is Python, and means what they compute."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath import scalar
from baremath.scalar import FUNCTIONS, Expression, constant, variable, where

x, y = variable("x"), variable("y")


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        (x + y * 2, "x + y * 2"),
        ((x + y) * 2, "(x + y) * 2"),
        (x - (y - 1), "x - (y - 1)"),
        (x - y - 1, "x - y - 1"),
        (x / (y * 2), "x / (y * 2)"),
        (-x * y, "-x * y"),
        (-(x * y), "-(x * y)"),
        (-scalar.sin(-x), "-sin(-x)"),
        (scalar.power(x, scalar.power(y, 2)), "x ** y ** 2"),
        (scalar.power(scalar.power(x, y), 2), "(x ** y) ** 2"),
        (scalar.power(-x, 2), "(-x) ** 2"),
        (-scalar.power(x, 2), "-x ** 2"),
        (scalar.power(x, -2), "x ** (-2)"),
        (x - -2.5, "x - -2.5"),
        (2 - x, "2 - x"),
        (1 / (1 + scalar.exp(-x)), "1 / (1 + exp(-x))"),
        (scalar.maximum(x, 0), "maximum(x, 0)"),
        ((x < y) & ~(y > 1) | (x == 0), "x < y and (not (y > 1)) or x == 0"),
        ((x < y) == (y < x), "(x < y) == (y < x)"),
        (where(x > 0, x, -x), "x if x > 0 else -x"),
        (where(x > 0, x, -x) + 1, "(x if x > 0 else -x) + 1"),
        (where(x > 0, 1, where(y > 0, 2, 3)), "1 if x > 0 else (2 if y > 0 else 3)"),
    ],
)
def test_printed_as_python(expression, source):
    assert str(expression) == source
    names = {**FUNCTIONS, "x": 1.5, "y": -0.5}
    try:
        value = eval(source, names)
    except (ArithmeticError, ValueError):
        return
    if not isinstance(value, complex):
        assert expression.evaluate({"x": 1.5, "y": -0.5}) == pytest.approx(value, nan_ok=True)


LEAVES = st.sampled_from([x, y]) | st.floats(-2, 2).map(constant) | st.integers(-3, 3).map(constant)


def grown(inner):
    pair = st.tuples(inner, inner)
    return (
        pair.map(lambda p: p[0] + p[1])
        | pair.map(lambda p: p[0] - p[1])
        | pair.map(lambda p: p[0] * p[1])
        | pair.map(lambda p: scalar.maximum(*p))
        | inner.map(lambda e: -e)
        | inner.map(scalar.sin)
        | st.tuples(inner, inner, inner).map(lambda p: where(p[0] < p[1], p[1], p[2]))
        | st.tuples(inner, inner, inner).map(lambda p: where((p[0] < 1) & ~(p[1] >= 0), *p[1:]))
    )


@settings(max_examples=200, derandomize=True)
@given(st.recursive(LEAVES, grown, max_leaves=12), st.floats(-2, 2), st.floats(-2, 2))
def test_source_computes_the_same(expression, a, b):
    value = eval(str(expression), {**FUNCTIONS, "x": a, "y": b})
    assert expression.evaluate({"x": a, "y": b}) == value


INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (scalar.exp(1000.0), INF),
        (scalar.log(0.0), -INF),
        (scalar.log(-1.0), NAN),
        (scalar.log1p(-1.0), -INF),
        (scalar.sqrt(-1.0), NAN),
        (scalar.sin(INF), NAN),
        (constant(1.0) / 0.0, INF),
        (constant(-1.0) / 0.0, -INF),
        (constant(0.0) / 0.0, NAN),
        (scalar.power(0.0, -1.0), INF),
        (scalar.power(-8.0, 1 / 3), NAN),
        (scalar.power(10.0, 400.0), INF),
        (scalar.power(-10.0, 401.0), -INF),
        (scalar.floor(INF), INF),
        (scalar.ceil(NAN), NAN),
        (scalar.sign(NAN), NAN),
        (scalar.maximum(NAN, 1.0), NAN),
        (scalar.minimum(1.0, NAN), NAN),
    ],
)
def test_infinity_and_nan_as_in_numpy(expression, expected):
    assert expression.evaluate({}) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("value", [True, 2, 0.1, 1e300, -0.0, INF])
def test_constant(value):
    assert constant(value).evaluate({}) == value


def test_only_the_chosen_branch_is_computed():
    assert where(x > 0, scalar.log(x), 0.0).evaluate({"x": -1.0}) == 0.0


def test_expressions_are_values():
    assert isinstance(x == y, Expression)
    assert len({x, y, x}) == 2
    assert repr(x + 1) == "<Expression x + 1>"
    with pytest.raises(AttributeError):
        x.name = "z"
    with pytest.raises(KeyError):
        (x + y).evaluate({"x": 1.0})


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_can_be_called(name):
    call = getattr(scalar, {"abs": "absolute"}.get(name, name))
    arguments = (0.5, 0.25)[: 2 if name in ("maximum", "minimum") else 1]
    assert call(*arguments).evaluate({}) == FUNCTIONS[name](*arguments)
    assert str(call(*arguments)) == f"{name}({', '.join(map(str, arguments))})"
