r"""Numbers, names, vectors and sums as LaTeX.

The pieces from which a model writes its formula with the numbers put in:

>>> print(product_sum(36.5, [0.5, -3.2], [3, 1.5]))
36.5 + 0.5 \cdot 3 - 3.2 \cdot 1.5
>>> print(name("median_income"), number(1234567.891), vector([1, -0.5]))
\mathrm{median\_income} 1{,}234{,}568 \begin{bmatrix} 1 \\ -0.5 \end{bmatrix}
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, SupportsFloat, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from baremath.maths.tokens import escape

#: A number, or a str that is LaTeX already.
Entry: TypeAlias = "SupportsFloat | str"

_SYMBOL = re.compile(r"([A-Za-z])(?:_(\d+))?")


def number(x: SupportsFloat, digits: int = 5) -> str:
    r"""Return a number as LaTeX.

    Parameters
    ----------
    x : int or float
        An integer, or a float with a whole value below 1e7, is written exactly.
    digits : int, default=5
        Significant digits of any other. Its whole part is never rounded away: 452634.37 has
        six digits at least. Zeros that say nothing are left out. Below 1e-4 and from 1e7 on it
        is written with a power of ten.

    Returns
    -------
    str
        LaTeX, with commas at the thousands.

    Raises
    ------
    TypeError
        If `x` isn't a real number.
    ValueError
        If `digits` is less than 1.

    Examples
    --------
    >>> print(number(20640), number(-0.1 - 0.2), number(452634.37), number(1.5e-7))
    20{,}640 -0.3 452{,}634 1.5 \times 10^{-7}
    """
    if digits < 1:
        raise ValueError(f"digits is {digits}; a number needs at least 1 significant digit")
    if not isinstance(x, (Real, Decimal, np.ndarray)):
        raise TypeError(f"{x!r} is of type {type(x).__name__}; number() writes a real number")
    if isinstance(x, Integral):
        return _thousands(f"{int(x):,}")
    x = float(x)
    if math.isnan(x):
        return r"\mathrm{NaN}"
    if math.isinf(x):
        return r"\infty" if x > 0 else r"-\infty"
    if x == 0:
        return "0"
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    if not 1e-4 <= abs(x) < 1e7:
        return rf"{_trimmed(mantissa)} \times 10^{{{int(exponent)}}}"
    decimals = max(digits - 1 - int(exponent), 0)
    return _thousands(_trimmed(f"{x:,.{decimals}f}"))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _thousands(text: str) -> str:
    return text.replace(",", "{,}")  # a bare comma would be spaced as in a list


def name(feature: object) -> str:
    r"""Return the name of a feature, a column or a class as LaTeX.

    A letter, or a letter and a number as in x_1, is a symbol; anything else is upright text.

    Parameters
    ----------
    feature : object
        Usually a str; of anything else, its `str`.

    Returns
    -------
    str
        LaTeX in which every character of the name is itself.

    Examples
    --------
    >>> print(name("x_1"), name("median_income"), name("R&D < 5%"), name(""))
    x_{1} \mathrm{median\_income} \text{R\&D \textless{} 5\%} \text{(unnamed)}
    """
    text = str(feature)
    symbol = _SYMBOL.fullmatch(text)
    if symbol:
        letter, index = symbol.groups()
        return f"{letter}_{{{index}}}" if index else letter
    if re.fullmatch(r"\w+", text, re.ASCII):
        return rf"\mathrm{{{escape(text)}}}"
    return rf"\text{{{escape(text) if text.strip() else '(unnamed)'}}}"


def factor(x: SupportsFloat, digits: int = 5) -> str:
    r"""Return a number as it stands in a product or under an exponent.

    In parentheses, that is, when it is negative or has a power of ten.

    Examples
    --------
    >>> print(factor(2), factor(-3), factor(1.5e-7))
    2 (-3) (1.5 \times 10^{-7})
    """
    text = number(x, digits)
    return f"({text})" if text.startswith("-") or r"\times" in text else text


def vector(values: Iterable[Entry], digits: int = 5, most: int = 8) -> str:
    r"""Return a column vector; of a long one, the beginning and the last entry.

    Parameters
    ----------
    values : sequence of shape (n,)
        Numbers, or str that are LaTeX already.
    digits : int, default=5
        Significant digits of a number.
    most : int, default=8
        Rows shown, counting the dots; at least 3.

    Returns
    -------
    str
        LaTeX.

    Examples
    --------
    >>> print(vector(range(100), most=4))
    \begin{bmatrix} 0 \\ 1 \\ \vdots \\ 99 \end{bmatrix}
    """
    return matrix([[value] for value in _listed(values)], digits, most)


def matrix(rows: Iterable[Iterable[Entry]], digits: int = 5, most: int = 8) -> str:
    r"""Return a matrix; of a large one, the corners that matter, and dots.

    Parameters
    ----------
    rows : array-like of shape (n, p)
        Numbers, or str that are LaTeX already.
    digits : int, default=5
        Significant digits of a number.
    most : int, default=8
        Rows and columns shown, counting the dots; at least 3.

    Returns
    -------
    str
        LaTeX.

    Raises
    ------
    ValueError
        If the rows differ in length.

    Examples
    --------
    >>> print(matrix([[2, 1], [1, 3]]))
    \begin{bmatrix} 2 & 1 \\ 1 & 3 \end{bmatrix}
    """
    table = [_listed(row) for row in _listed(rows)]
    lengths = {len(row) for row in table}
    if len(lengths) > 1:
        raise ValueError(f"a matrix has rows of one length; these have {sorted(lengths)}")
    rows_shown = _shown(len(table), most)
    columns_shown = _shown(max(lengths, default=0), most)

    def cell(i: int | None, j: int | None) -> str:
        if i is None:
            return r"\vdots" if j is not None else r"\ddots"
        return r"\cdots" if j is None else _entry(table[i][j], digits)

    cells = [[cell(i, j) for j in columns_shown] for i in rows_shown]
    body = r" \\ ".join(" & ".join(row) for row in cells)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def signed_sum(
    terms: Sequence[Entry],
    values: Sequence[SupportsFloat] | None = None,
    *,
    digits: int = 5,
    most: int = 10,
) -> str:
    r"""Return a sum in which a negative term is taken away; of a long one, the rest as one number.

    Parameters
    ----------
    terms : sequence of number or str
        The summands; a str is LaTeX already, and is taken away where it begins with a minus.
    values : sequence of float, optional
        What the terms are worth, where they are LaTeX. Without it a long sum has dots, and not
        the number, in the place of the rest.
    digits : int, default=5
        Significant digits of a number.
    most : int, default=10
        Terms written out.

    Returns
    -------
    str
        LaTeX; ``"0"`` if there are no terms.

    Examples
    --------
    >>> print(signed_sum(["b", "w_1 x_1", -4.5]))
    b + w_1 x_1 - 4.5
    >>> print(signed_sum([1, -2, 3, 4, 5], most=2))
    1 - 2 + \underbrace{12}_{\text{sum of 3 more terms}}
    """
    if values is None and not any(isinstance(term, str) for term in terms):
        values = cast("Sequence[SupportsFloat]", terms)
    if values is not None and len(values) != len(terms):
        raise ValueError(f"{len(terms)} terms have {len(values)} values; give one value a term")
    # To fold a single term away would only hide it.
    shown = len(terms) if len(terms) <= most + 1 else most
    texts = [_entry(term, digits) for term in terms[:shown]]
    hidden = len(terms) - shown
    if hidden and values is None:
        texts += [r"\cdots", _entry(terms[-1], digits)]
    elif hidden and values is not None:
        rest = number(_total(values[shown:]), digits)
        sign = "-" if rest.startswith("-") else ""
        brace = rf"\underbrace{{{rest.removeprefix('-')}}}_{{\text{{sum of {hidden} more terms}}}}"
        texts.append(sign + brace)
    return _joined(texts)


def product_sum(
    constant: SupportsFloat | None,
    weights: Sequence[SupportsFloat] | NDArray[Any],
    values: Sequence[SupportsFloat] | NDArray[Any],
    *,
    digits: int = 5,
    most: int = 10,
) -> str:
    r"""Return :math:`b + \sum_j w_j x_j` with its numbers; of a long sum, the rest as one number.

    Parameters
    ----------
    constant : float or None
        :math:`b`; None for a sum without.
    weights, values : sequence of float of shape (p,)
        :math:`w` and :math:`x`.
    digits : int, default=5
        Significant digits of a number.
    most : int, default=10
        Products written out.

    Returns
    -------
    str
        LaTeX.

    Raises
    ------
    ValueError
        If `weights` and `values` differ in length.

    Examples
    --------
    >>> print(product_sum(36.5, [0.5, -3.2], [3, -1.5]))
    36.5 + 0.5 \cdot 3 - 3.2 \cdot (-1.5)
    >>> print(product_sum(None, [1, 2, 3, 4], [1, 1, 1, 1], most=2))
    1 \cdot 1 + 2 \cdot 1 + \underbrace{7}_{\text{sum of 2 more terms}}
    """
    if len(weights) != len(values):
        raise ValueError(f"{len(weights)} weights meet {len(values)} values; give as many of each")
    products = [
        rf"{number(w, digits)} \cdot {factor(x, digits)}"
        for w, x in zip(weights, values, strict=True)
    ]
    with np.errstate(invalid="ignore", over="ignore"):
        worth = [float(np.float64(w) * np.float64(x)) for w, x in zip(weights, values, strict=True)]
    if not products:
        return "0" if constant is None else number(constant, digits)
    total = signed_sum(products, worth, digits=digits, most=most)
    return total if constant is None else _joined([number(constant, digits), total])


def _joined(terms: Sequence[str]) -> str:
    first, *others = terms or ["0"]
    return first + "".join(
        f" - {term[1:].lstrip()}" if term.startswith("-") else f" + {term}" for term in others
    )


def _total(values: Sequence[SupportsFloat]) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.sum(np.asarray(values, dtype=float)))


def _entry(value: Entry, digits: int) -> str:
    return value if isinstance(value, str) else number(value, digits)


def _listed(values: Iterable[Any]) -> list[Any]:
    """Return a sequence as a list, an array's numbers as Python's own."""
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _shown(length: int, most: int) -> list[int | None]:
    """Return the positions to show, None for the dots."""
    if length <= most:
        return list(range(length))
    return [*range(most - 2), None, length - 1]
