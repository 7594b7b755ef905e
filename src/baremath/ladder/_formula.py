"""A fitted model as one line of text, in the units of the table it was fitted on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.preprocessing import PolynomialFeatures

from baremath.ladder._preparation import Indicator, Number
from baremath.ladder._survey import counted
from baremath.maths import name, number, plain

FEWEST_DIGITS = 4
ROUNDING = 1e-12  # of the largest weight; a fit leaves about this much of a weight that is zero

# A product of columns in the table's own units; () is 1, (x, x) is x².
Product: TypeAlias = "tuple[Number | Indicator, ...]"
Polynomial: TypeAlias = Mapping[Product, float]


def formula_of(
    estimator: Any, columns: Sequence[Number | Indicator], target: str, most: int | None
) -> str:
    """Return the formula of a fitted estimator as one line of text.

    Parameters
    ----------
    estimator : estimator
        One with `coef_` is written out, term by term; a network, with `coefs_`, layer by layer.
    columns : sequence of Number or Indicator
        What each prepared column that it was fitted on means.
    target : str
        The name of what it predicts.
    most : int or None
        The largest number of terms shown; None shows all.
    """
    if isinstance(estimator, DummyRegressor):
        return f"{target} = {_amount(np.ravel(estimator.constant_)[0], FEWEST_DIGITS)}"
    if isinstance(estimator, DummyClassifier):
        return f"{target} = {commonest(estimator)!r}"
    if hasattr(estimator, "coefs_"):
        return _network(estimator, target)
    products = _products(estimator, columns)
    if products is None:
        return f"{target} = {type(estimator).__name__} of {len(columns)} prepared columns"
    weights: Counter[Product] = Counter()
    for product, weight in zip(products, np.atleast_2d(estimator.coef_)[0].tolist(), strict=True):
        weights[product] += weight
    written = write(weights, float(np.ravel(estimator.intercept_)[0]), most)
    if not hasattr(estimator, "classes_"):
        return f"{target} = {written}"
    first, *others = map(str, estimator.classes_)
    likelihood = hasattr(estimator, "predict_proba")
    if len(others) == 1:
        if likelihood:
            return f"P({target} = {others[0]}) = σ({written})"
        return f"{target} = {others[0]} if {written} > 0, else {first}"
    rest = ", ".join(others)
    if likelihood:
        return f"P({target} = {first}) = softmax({written}), and likewise for {rest}"
    return f"{target} = {first} if {written} is the largest such sum, and likewise for {rest}"


def _network(estimator: Any, target: str) -> str:
    """Return the formula of a network: what each layer does, and how large it is."""
    written, sizes = "x", [len(weights) for weights in estimator.coefs_]
    for layer in range(1, len(sizes) + 1):
        inner = written if layer == 1 else f"f({written})"
        written = rf"b_{{{layer}}} + W_{{{layer}}} {inner}"
    neurons = " and ".join(map(str, sizes[1:])) or "no"
    size = (
        f"; x: {counted(sizes[0], 'prepared column')}, f: {estimator.activation}, {neurons} hidden "
        f"neurons, {counted(estimator.n_parameters_, 'parameter')}"
    )
    inside = plain(written)
    if hasattr(estimator, "target_mean_"):
        mean, scale = estimator.target_mean_[0], estimator.target_scale_[0]
        numbers = f"{_amount(mean, FEWEST_DIGITS)} + {_amount(scale, FEWEST_DIGITS)}"
        return f"{target} = {numbers} ({inside}){size}"
    first, *others = map(str, estimator.classes_)
    if len(others) == 1:
        return f"P({target} = {others[0]}) = σ({inside}){size}"
    return f"P({target} = {first}, {', '.join(others)}) = softmax({inside}){size}"


def commonest(estimator: Any) -> Any:
    """Return the class that a classification baseline always predicts."""
    return estimator.classes_.tolist()[int(np.argmax(estimator.class_prior_))]


def write(weights: Polynomial, intercept: float, most: int | None = None) -> str:
    r"""Return a weighted sum of products of prepared columns as text, in the table's own units.

    .. math:: b + \sum_k w_k \prod_{j \in k} z_j, \qquad z_j = (x_j - \bar x_j) / s_j

    is multiplied out; a :math:`w_k` no larger than the rounding of the others is left out. Of more
    terms than `most`, those with the largest :math:`|w_k|` are shown, in the order of the table.
    Every number has the digits that it takes for the sum to be right to about a thousandth of the
    largest :math:`|w_k|`.
    """
    least = ROUNDING * max(map(abs, weights.values()), default=0.0)
    weights = {product: weight for product, weight in weights.items() if abs(weight) > least}
    terms = in_own_units(weights, intercept)
    constant = terms.pop((), 0.0)
    size = {term: abs(weights.get(term, 0.0)) for term in terms}
    shown = set(sorted(terms, key=lambda term: -size[term])[:most])
    tolerance = max(size.values(), default=1.0) / 1000
    parts = []
    for term in ((), *(term for term in terms if term in shown)):
        coefficient = terms.get(term, constant)
        digits = _digits(coefficient, tolerance / math.prod(map(_magnitude, term)))
        product = f" {_product(term)}" if term else ""
        parts.append(
            f"{'-' if coefficient < 0 else '+'} {_amount(abs(coefficient), digits)}{product}"
        )
    if smaller := len(terms) - len(shown):
        parts.append(f"+ … ({counted(smaller, 'smaller term')})")
    text = " ".join(parts)
    return text.removeprefix("+ ") if text.startswith("+") else text.replace("- ", "-", 1)


def in_own_units(weights: Polynomial, intercept: float) -> dict[Product, float]:
    """Return a polynomial in prepared columns, multiplied out as one in the table's columns."""
    total: dict[Product, float] = {(): intercept}
    for product, weight in weights.items():
        expanded: Polynomial = {(): weight}
        for column in product:
            expanded = _times(expanded, column)
        for term, coefficient in expanded.items():
            total[term] = total.get(term, 0.0) + coefficient
    return {term: coefficient for term, coefficient in total.items() if coefficient or not term}


def _products(estimator: Any, columns: Sequence[Number | Indicator]) -> list[Product] | None:
    """Return what each coefficient multiplies; None if that can't be told."""
    basis = getattr(estimator, "basis_", None)
    if not hasattr(estimator, "coef_"):
        return None
    if basis is None:
        return [(column,) for column in columns]
    if not isinstance(basis, PolynomialFeatures):
        return None
    return [_to_powers(columns, powers) for powers in basis.powers_.tolist()]


def _to_powers(columns: Sequence[Number | Indicator], powers: Sequence[int]) -> Product:
    product: list[Number | Indicator] = []
    for column, power in zip(columns, powers, strict=True):  # an indicator's square is itself
        product += [column] * (power if isinstance(column, Number) else min(power, 1))
    return tuple(product)


def _times(polynomial: Polynomial, column: Number | Indicator) -> Polynomial:
    """Return a polynomial in the table's columns times one prepared column."""
    result: dict[Product, float] = {}

    def add(term: Product, coefficient: float) -> None:
        result[term] = result.get(term, 0.0) + coefficient

    for term, coefficient in polynomial.items():
        if isinstance(column, Number):
            add((*term, column), coefficient / column.scale)
            add(term, -coefficient * column.mean / column.scale)
        elif not any(isinstance(c, Indicator) and c.column == column.column for c in term):
            add((*term, column), coefficient)  # a row is never of two categories of one column
    return result


def _magnitude(column: Number | Indicator) -> float:
    return abs(column.mean) + column.scale if isinstance(column, Number) else 1.0


def _digits(coefficient: float, tolerance: float) -> int:
    """Return how many significant digits show a number to within `tolerance`."""
    if coefficient == 0 or tolerance == 0:
        return FEWEST_DIGITS
    digits = math.ceil(math.log10(abs(coefficient) / tolerance))
    return min(max(digits, FEWEST_DIGITS), 15)


def _product(term: Product) -> str:
    return " · ".join(
        column.name if power == 1 else plain(rf"{name(column.name)}^{{{power}}}")
        for column, power in Counter(term).items()
    )


def _amount(x: float, digits: int) -> str:
    return plain(number(float(x), digits)).replace("−", "-")
