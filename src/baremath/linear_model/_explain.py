"""The steps that the derivations of all linear models share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from baremath.estimator import check_row
from baremath.linear_model._basis import column_names, expand
from baremath.linear_model._blocks import Floats
from baremath.maths import (
    Step,
    Terms,
    factor,
    matrix,
    name,
    number,
    plain,
    product_sum,
    signed_sum,
    vector,
)

ROWS_SHOWN = 3
COLUMNS_SHOWN = 100
LARGEST_MATRIX = 20


@dataclass(frozen=True)
class Asked:
    """The table that `explain` was given: its columns after the basis, outputs, names, the row."""

    columns: Floats
    y: NDArray[Any] | None
    names: list[str]
    row: int

    @property
    def x(self) -> Floats:
        """The row itself."""
        values: Floats = self.columns[self.row]
        return values


def asked(model: Any, X: ArrayLike, y: ArrayLike | None, row: int) -> Asked:
    """Check what `explain` was given.

    Raises
    ------
    IndexError
        When X has no such row.
    TypeError
        When `row` isn't a whole number.
    ValueError
        When X or y don't fit the model or each other.
    """
    check_is_fitted(model)
    basis = getattr(model, "basis_", None)
    table = validate_data(model, X, dtype=np.float64, reset=False)
    place = check_row(row, len(table))
    outputs = None if y is None else np.asarray(y)
    if outputs is not None and outputs.ndim == 2 and outputs.shape[1] == 1:
        outputs = outputs[:, 0]
    if outputs is not None and len(outputs) != len(table):
        raise ValueError(f"y has {len(outputs)} rows and X has {len(table)}; they must be as many.")
    plain_names = [f"x_{place}" for place in range(1, table.shape[1] + 1)]
    names = [str(text) for text in getattr(model, "feature_names_in_", plain_names)]
    columns = expand(basis, table)
    return Asked(columns, outputs, column_names(basis, names, columns.shape[1]), place)


def score_step(
    title: str, symbol: str, intercept: float, coef: Floats, question: Asked, note: str = ""
) -> Step:
    """Show b + Σ w_j x_j, term by term; of very many terms the largest."""
    x, names = question.x, question.names
    value = float(intercept + coef @ x)
    expression, inputs = "b + sum(w * x)", {}
    shown = largest(coef * x)
    if len(shown) < len(x):
        coef, x, names = coef[shown], x[shown], [names[place] for place in shown]
        rest = value - float(intercept + coef @ x)
        expression, inputs = "b + sum(w * x) + rest", {"rest": rest}
        note = f"{note} The other {len(question.x) - len(x):,} terms add up to {rest:.5g}.".strip()
    products = coef * x
    return Step(
        title=title,
        symbol=symbol,
        formula=r"b + \sum_j w_j x_j",
        substituted=product_sum(intercept, coef, x),
        value=value,
        expression=expression,
        inputs={"b": intercept, "w": coef, "x": x, **inputs},
        terms=Terms(
            columns=(r"\text{feature}", "w_j", "x_j", "w_j x_j"),
            rows=(
                ("(intercept)", intercept, 1.0, intercept),
                *zip(map(shown_name, names), coef, x, products, strict=True),
            ),
        ),
        note=note,
    )


def largest(values: Floats) -> NDArray[np.intp]:
    """Return the places of the largest values by size, as many as are shown, in their order."""
    return np.sort(np.argsort(-np.abs(values), kind="stable")[:COLUMNS_SHOWN])


def outcome_step(model: Any, n_steps: int, unit: str) -> Step:
    """Show what the objective came to, where the steps themselves can't be shown."""
    loss = model.history_["loss"]
    return Step(
        title="How the weights were found",
        symbol="J",
        formula=r"\min_{w, b} J(w, b)",
        substituted="",
        value=float(loss[-1]),
        expression="J",
        inputs={"J": float(loss[-1])},
        note=f"By {model.solver_.replace('_', ' ')} in {n_steps:,} {unit}: the objective fell from "
        f"{plain(number(loss[0]))} to {plain(number(loss[-1]))}.",
    )


def shown_name(feature: str) -> str:
    """Return x₁ for x_1, and any other name as it is."""
    return plain(name(feature)) if re.fullmatch(r"x_\d+", feature) else feature


def first_rows_and_rest(values: Floats) -> tuple[Floats, float]:
    """Return the first few numbers, and the sum of all others."""
    return values[:ROWS_SHOWN], float(values[ROWS_SHOWN:].sum())


def shown_sum(texts: list[str], rest: float, n_rest: int) -> str:
    """Write the terms of the first rows, and the rest as one number."""
    if n_rest <= 0:
        return signed_sum(texts, most=len(texts))
    size = rf"\underbrace{{{number(abs(rest))}}}_{{\text{{sum of {n_rest:,} more rows}}}}"
    return signed_sum([*texts, f"-{size}" if rest < 0 else size], most=len(texts) + 1)


def gradient_step(
    question: Asked,
    slope: Floats,
    coef: Floats,
    l2: float,
    *,
    fit_intercept: bool,
    slope_latex: str,
    symbol: str = "J",
    note: str = "",
) -> Step:
    """Show the derivative by every parameter as the sum over rows that it is.

    Parameters
    ----------
    question : Asked
        The table.
    slope : ndarray of shape (n_samples,)
        The derivative of each row's loss by its score.
    coef : ndarray of shape (n_columns,)
        The weights, for the penalty.
    l2 : float
        The penalty's strength.
    fit_intercept : bool
        Whether the intercept has a derivative.
    slope_latex : str
        The slope's formula.
    symbol : str, default="J"
        What is differentiated.
    note : str, default=""
        What the numbers mean.
    """
    names, sums, weights = list(question.names), slope @ question.columns, coef
    if fit_intercept:
        names = ["(intercept)", *names]
        sums = np.concatenate([[slope.sum()], sums])
        weights = np.concatenate([[0.0], coef])
    n = len(slope)
    gradient = sums / n + l2 * weights
    shown = largest(gradient)
    if len(shown) < len(gradient):
        note = f"{note} Shown are the {len(shown)} largest of {len(gradient):,}.".strip()
        names = [names[place] for place in shown]
        sums, weights, gradient = sums[shown], weights[shown], gradient[shown]
    penalty = r" + \lambda w_j" if l2 else ""
    put_in = rf"\frac{{1}}{{{number(n)}}} {vector(sums)}"
    if l2:
        put_in += rf" + {number(l2)} {vector(weights)}"
    return Step(
        title="The gradient: how the loss changes with each parameter",
        symbol=rf"\frac{{\partial {symbol}}}{{\partial w_j}}",
        formula=rf"\frac{{1}}{{N}} \sum_i {slope_latex} \, x_{{ij}}{penalty}",
        substituted=put_in,
        value=gradient,
        expression="sums / N + l2 * w" if l2 else "sums / N",
        inputs={"sums": sums, "N": n, **({"l2": l2, "w": weights} if l2 else {})},
        terms=Terms(
            columns=(
                r"\text{parameter}",
                rf"\sum_i {slope_latex} \, x_{{ij}}",
                rf"\frac{{\partial {symbol}}}{{\partial w_j}}",
            ),
            rows=tuple(zip(map(shown_name, names), sums, gradient, strict=True)),
        ),
        note=note,
    )


def descent_step(last: dict[str, Floats], names: list[str], title: str) -> Step:
    """Show the last update w ← w - α g with its numbers."""
    before, gradient, after = last["before"], last["gradient"], last["after"]
    rate = float(last["learning_rate"])
    return Step(
        title=title,
        symbol="w",
        formula=r"w - \alpha \frac{\partial J}{\partial w}",
        substituted=f"{vector(before)} - {factor(rate)} {vector(gradient)}",
        value=after,
        expression="before - rate * gradient",
        inputs={"before": before, "rate": rate, "gradient": gradient},
        terms=Terms(
            columns=(
                r"\text{parameter}",
                r"w_j \text{ before}",
                r"\frac{\partial J}{\partial w_j}",
                r"w_j \text{ after}",
            ),
            rows=tuple(zip(names, before, gradient, after, strict=True)),
        ),
        relation=r"\leftarrow",
    )


def parameter_names(question: Asked, labels: list[str], *, fit_intercept: bool) -> list[str]:
    """Return names for a flat array of parameters: of each score its intercept, then its weights.

    Parameters
    ----------
    question : Asked
        The table.
    labels : list of str
        A name for each score; one empty name where there is one score.
    fit_intercept : bool
        Whether there are intercepts.
    """
    own = [*(["(intercept)"] if fit_intercept else []), *question.names]
    shown = [shown_name(text) for text in own]
    return [f"{label}: {text}" if label else text for label in labels for text in shown]


def shown_matrix(table: Floats) -> str:
    """Write a matrix with no more of it than fits a page."""
    return matrix(table, digits=4, most=6)
