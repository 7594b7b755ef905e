"""Least absolute errors, exactly, by linear programming."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from baremath.linear_model._blocks import Floats


def least_absolute_error(
    X: Floats, y: Floats, sample_weight: Floats | None, *, l1: float, fit_intercept: bool
) -> tuple[Floats, float]:
    r"""Minimise ``1/(2W) Σ s_i |y_i - b - x_i w| + l1 |w|₁``; return (coef, intercept).

    The dual problem has a variable for each row and a constraint for each column, so that its
    matrix is Xᵀ itself and never n × n:

    .. math::
        \max_a \; y^T a \quad \text{with} \quad |X^T a|_j \le \lambda_1, \quad 1^T a = 0, \quad
        |a_i| \le \frac{s_i}{2 W}

    and the coefficients are its Lagrange multipliers.

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46(1). Solved by HiGHS.
    """
    n_samples, n_features = X.shape
    weight = np.ones(n_samples) if sample_weight is None else sample_weight
    share = weight / weight.sum() * n_samples  # numbers near one suit the solver's tolerances
    x_mean, y_mean = np.zeros(n_features), 0.0
    if fit_intercept:
        x_mean, y_mean = X.mean(axis=0, dtype=np.float64), float(y.mean())
    table, y = X - x_mean, y - y_mean  # a large common offset would hide what differs
    x_scale = np.maximum(np.max(np.abs(table), axis=0, initial=0.0), 1e-300)
    y_scale = max(float(np.max(np.abs(y))), 1e-300)
    columns = [table / x_scale, np.ones((n_samples, 1))] if fit_intercept else [table / x_scale]
    table = np.hstack(columns).T
    equal = np.ones(len(table), dtype=bool)
    equal[:n_features] = l1 == 0
    limits = n_samples * l1 / x_scale
    result = optimize.linprog(
        -y / y_scale,
        A_eq=table[equal],
        b_eq=np.zeros(equal.sum()),
        A_ub=np.vstack([table[~equal], -table[~equal]]) if l1 else None,
        b_ub=np.concatenate([limits, limits]) if l1 else None,
        bounds=np.column_stack([-share / 2, share / 2]),
        method="highs",
    )
    if result.status != 0:
        raise ArithmeticError(f"the linear program was not solved: {result.message}")
    multipliers = np.zeros(len(table))
    multipliers[equal] = -result.eqlin.marginals
    if l1:
        upper, lower = np.split(result.ineqlin.marginals, 2)
        multipliers[~equal] = lower - upper
    coef = multipliers[:n_features] * y_scale / x_scale
    if not fit_intercept:
        return coef, 0.0
    return coef, float(multipliers[-1] * y_scale + y_mean - x_mean @ coef)
