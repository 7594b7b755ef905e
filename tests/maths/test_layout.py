"""Formulas over several lines: matrices drawn, sums broken at their operators, never too wide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from baremath.maths import matrix, plain, product_sum, vector
from baremath.maths.layout import layout


def drawn(latex: str, width: int = 60) -> str:
    return "\n".join(line.rstrip() for block in layout(latex, width) for line in block.lines)


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        (
            r"\begin{bmatrix} 4 & 10 \\ -10 & 3 \end{bmatrix}^{-1} w = \begin{bmatrix} 1 \\ 2"
            r" \end{bmatrix}",
            ["⎡  4  10⎤⁻¹ w = ⎡1⎤", "⎣−10   3⎦       ⎣2⎦"],
        ),
        (
            r"\left(\begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}\right) y",
            [" ⎛1⎞", "(⎜2⎟) y", " ⎝3⎠"],
        ),
        (
            r"f(x) = \begin{cases} 1 & x > 0 \\ 10 & x = 0 \\ 0 & \text{otherwise} \end{cases}",
            ["       ⎧1   x > 0", "f(x) = ⎨10  x = 0", "       ⎩0   otherwise"],
        ),
        (r"\begin{aligned} y &= a \\ &= b + c \end{aligned}", ["y = a", "  = b + c"]),
        (r"\begin{bmatrix} 1 & 2 \end{bmatrix}", ["[1  2]"]),
        (r"\begin{bmatrix} \end{bmatrix}", ["[]"]),
        (r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix}", ["⎡1  2⎤", "⎣3   ⎦"]),
        (r"\frac{1}{\begin{bmatrix} 1 \\ 2 \end{bmatrix}}", ["1/[1; 2]"]),
        (r"\begin{vmatrix} 1 \\ 2 \\ 3 \\ 4 \end{vmatrix}", ["│1│", "│2│", "│3│", "│4│"]),
        ("", [""]),
    ],
)
def test_tables_take_their_lines(latex: str, lines: list[str]) -> None:
    assert drawn(latex).split("\n") == lines


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        # before a plus rather than a dot, outside brackets rather than inside
        (r"10 \cdot 20 + 30 \cdot 40 + 50 \cdot 60", ["10 · 20 + 30 · 40", "+ 50 · 60"]),
        (r"11 \cdot 22 + 33 \cdot (44 - 55)", ["11 · 22", "+ 33 · (44 − 55)"]),
        # inside them where there is no other place
        (r"(1000 + 2000 + 3000 + 4000)", ["(1000 + 2000", "+ 3000 + 4000)"]),
        (r"\frac{1000 + 2000 + 3000}{7}", ["(1000 + 2000", "+ 3000)/7"]),
        # a word longer than the line is cut
        (r"\mathrm{abcdefghijklmnopqrstuvwxyz}", ["abcdefghijklmnopqr", "stuvwxyz"]),
        # a matrix wider than the line is written in one
        (
            r"\begin{bmatrix} 11111 & 22222 & 33333 \\ 4 & 5 & 6 \end{bmatrix}",
            ["[11111  22222", "33333; 4  5  6]"],
        ),
    ],
)
def test_a_long_line_is_broken_where_it_hurts_least(latex: str, lines: list[str]) -> None:
    assert drawn(latex, 18).split("\n") == lines


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=12),
    st.integers(1, 120),
)
def test_no_line_is_too_wide_and_nothing_is_lost(
    factors: list[tuple[float, float]], width: int
) -> None:
    weights, values = [w for w, _ in factors], [x for _, x in factors]
    latex = rf"\left({product_sum(1.5, weights, values)}\right) \cdot {vector(values)}"
    lines = [line for block in layout(latex, width) for line in block.lines]
    assert all(cell_len(line) <= width for line in lines)
    if all("⎡" not in line for line in lines):  # else the text is in the order of the lines
        assert "".join(lines).replace(" ", "") == plain(latex).replace(" ", "")


def test_a_wide_matrix_leaves_out_columns_before_it_leaves_its_shape() -> None:
    latex = matrix([[1000 * i + j for j in range(7)] for i in range(1, 11)]) + r"^{-1} w"
    assert drawn(latex, 48).split("\n")[0] == "⎡ 1,000   1,001   1,002   1,003  ⋯   1,006⎤⁻¹"
    lines = drawn(latex, 33).split("\n")
    assert lines[0] == "⎡ 1,000   1,001  ⋯   1,006⎤⁻¹"
    assert lines[3] == "⎢ 4,000   4,001  ⋯   4,006⎥   w"
    assert lines[6] == "⎢     ⋮       ⋮  ⋱       ⋮⎥"
    assert len(lines) == 8
    assert drawn(latex, 28).startswith("[1,000  1,001")


@given(st.integers(2, 12), st.integers(1, 12), st.integers(8, 100))
def test_matrices_keep_to_the_width(rows: int, columns: int, width: int) -> None:
    latex = f"w = {matrix([[10.5**j for j in range(columns)]] * rows)} {vector([1] * rows)}"
    assert all(cell_len(line) <= width for block in layout(latex, width) for line in block.lines)
