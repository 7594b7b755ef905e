"""Numbers keep the digits they promise; sums and matrices keep their total and their corners."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baremath.maths import (
    factor,
    matrix,
    name,
    number,
    plain,
    product_sum,
    signed_sum,
    vector,
)

_BACK = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def read_back(latex: str) -> Fraction:
    """Read a number from the text shown, as a person would."""
    text = plain(latex).translate(_BACK).replace(",", "")
    return Fraction(text.replace(" × 10", "e"))


@pytest.mark.parametrize(
    ("x", "latex"),
    [
        (0, "0"),
        (-0.0, "0"),
        (7, "7"),
        (-1234567890, "-1{,}234{,}567{,}890"),
        (np.int64(20640), "20{,}640"),
        (3.0, "3"),
        (452600.0, "452{,}600"),
        (452634.37, "452{,}634"),
        (-12345.678, "-12{,}346"),
        (0.1 + 0.2, "0.3"),
        (math.pi, "3.1416"),
        (99.9999999, "100"),
        (0.0001, "0.0001"),
        (0.00012345678, "0.00012346"),
        (0.00009999, r"9.999 \times 10^{-5}"),
        (9999999.7, "10{,}000{,}000"),
        (1e7, r"1 \times 10^{7}"),
        (-6.02214076e23, r"-6.0221 \times 10^{23}"),
        (5e-324, r"4.9407 \times 10^{-324}"),
        (math.nan, r"\mathrm{NaN}"),
        (math.inf, r"\infty"),
        (-math.inf, r"-\infty"),
        (np.float32(0.1), "0.1"),
    ],
)
def test_number(x: float, latex: str) -> None:
    assert number(x) == latex


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_a_number_read_back_agrees_to_its_digits(x: float, digits: int) -> None:
    exact = Fraction(x)
    assert abs(read_back(number(x, digits)) - exact) <= abs(exact) / 2 / 10 ** (digits - 1)


@given(st.integers())
def test_an_integer_is_exact(x: int) -> None:
    assert int(plain(number(x)).translate(_BACK).replace(",", "")) == x


@given(st.integers(-9_999_999, 9_999_999))
def test_a_whole_float_below_ten_million_is_exact(x: int) -> None:
    assert number(float(x)) == number(x)


def test_number_refuses_what_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"'3' is of type str"):
        number("3")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="digits is 0"):
        number(3.5, digits=0)


@pytest.mark.parametrize(
    ("feature", "latex", "text"),
    [
        ("x", "x", "x"),
        ("x_12", "x_{12}", "x₁₂"),
        ("median_income", r"\mathrm{median\_income}", "median_income"),
        ("0", r"\mathrm{0}", "0"),
        ("total rooms", r"\text{total rooms}", "total rooms"),
        ("<1H & more", r"\text{\textless{}1H \& more}", "<1H & more"),
        ("", r"\text{(unnamed)}", "(unnamed)"),
        (" \n", r"\text{(unnamed)}", "(unnamed)"),
        ("größe", r"\text{größe}", "größe"),
        (7, r"\mathrm{7}", "7"),
    ],
)
def test_name(feature: object, latex: str, text: str) -> None:
    assert name(feature) == latex
    assert plain(name(feature)) == text


@given(st.text(min_size=1))
def test_every_printable_name_is_shown_as_it_is(feature: str) -> None:
    shown = plain(name(feature))
    if feature.isprintable() and feature.strip() and not (len(feature) > 2 and feature[1] == "_"):
        assert shown == re.sub(" +", " ", feature)  # as in LaTeX, spaces in a row are one
    assert "\x1b" not in shown
    assert "\n" not in shown


def test_vector_and_matrix() -> None:
    assert vector([1, -2.5]) == r"\begin{bmatrix} 1 \\ -2.5 \end{bmatrix}"
    assert vector(["w_1", 2]) == r"\begin{bmatrix} w_1 \\ 2 \end{bmatrix}"
    assert matrix(np.eye(2)) == r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}"
    assert plain(vector([])) == "[]"
    assert plain(matrix([])) == "[]"
    with pytest.raises(ValueError, match=r"rows of one length; these have \[1, 2\]"):
        matrix([[1, 2], [3]])


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (9, 2), (2, 9), (30, 40)])
def test_a_large_matrix_keeps_its_corners(rows: int, columns: int) -> None:
    values = np.arange(rows * columns).reshape(rows, columns)
    body = matrix(values).removeprefix(r"\begin{bmatrix} ").removesuffix(r" \end{bmatrix}")
    cells = [row.split(" & ") for row in body.split(r" \\ ")]
    assert len(cells) == min(rows, 8)
    assert {len(row) for row in cells} == {min(columns, 8)}
    assert cells[0][0] == "0"
    assert cells[0][-1] == number(columns - 1)
    assert cells[-1][-1] == number(rows * columns - 1)
    assert any(r"\vdots" in row for row in cells) == (rows > 8)
    assert (r"\cdots" in cells[0]) == (columns > 8)
    assert any(r"\ddots" in row for row in cells) == (rows > 8 and columns > 8)


def test_factor() -> None:
    assert [factor(x) for x in (2, -2, 0, 1e-9, math.inf)] == [
        *["2", "(-2)", "0", r"(1 \times 10^{-9})", r"\infty"]
    ]


def test_signed_sum() -> None:
    assert signed_sum([]) == "0"
    assert signed_sum([-1, 2, -3]) == "-1 + 2 - 3"
    assert signed_sum(["b", "- w_1", 0]) == "b - w_1 + 0"
    assert signed_sum(["a", "b", "c", "-d"], most=2) == r"a + b + \cdots - d"
    assert signed_sum(["a", "b", "c"], most=2) == "a + b + c"  # a lone term isn't folded away
    assert signed_sum(["a", "b", "c", "d"], [1, 2, 3, -5], most=2) == (
        r"a + b - \underbrace{2}_{\text{sum of 2 more terms}}"
    )
    with pytest.raises(ValueError, match="2 terms have 1 values"):
        signed_sum(["a", "b"], [1])


def test_product_sum() -> None:
    assert product_sum(1, [], []) == "1"
    assert product_sum(None, [], []) == "0"
    assert product_sum(-1.5, [-2], [-3]) == r"-1.5 - 2 \cdot (-3)"
    assert product_sum(0, [math.nan, math.inf, -math.inf], [1, 1, 1], most=1) == (
        r"0 + \mathrm{NaN} \cdot 1 + \underbrace{\mathrm{NaN}}_{\text{sum of 2 more terms}}"
    )
    with pytest.raises(ValueError, match="2 weights meet 1 values"):
        product_sum(None, [1, 2], [1])


@given(
    st.integers(-99, 99),
    st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), max_size=30),
    st.integers(0, 12),
)
def test_a_product_sum_still_adds_up(
    constant: int, factors: list[tuple[int, int]], most: int
) -> None:
    weights, values = [w for w, _ in factors], [x for _, x in factors]
    text = plain(product_sum(constant, weights, values, most=most))
    text = text.replace("·", "*").replace("−", "-").replace(",", "")
    label = re.search(r" \(sum of (\d+) more terms\)$", text)
    visible = text.removesuffix(label.group()) if label else text
    assert eval(visible) == constant + sum(w * x for w, x in factors)
    if label:
        assert int(label.group(1)) == len(factors) - most
    else:
        assert len(factors) <= most + 1
