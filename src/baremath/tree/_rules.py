"""What estimators of deep trees ask of their parameters."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from baremath.tree.deep_room import ABSOLUTE, Rules
from baremath.tree.deep_target import Target
from baremath.tree.ranks import MOST_RANKS

_NO_LIMIT = 2**40


def rules_of(estimator: Any, target: Target, n_rows: int, n_features: int, weight: float) -> Rules:
    """Return the parameters as numbers.

    Parameters
    ----------
    estimator : estimator
        With the parameters of `DecisionTreeRegressor`.
    target : Target
        What is learned.
    n_rows, n_features : int
        The size of the table, rows of weight 0 left out.
    weight : float
        The weight of all rows.

    Raises
    ------
    ValueError
        If one is out of range; it says which.
    """
    model = estimator
    least_leaf = _count_or_share("min_samples_leaf", model.min_samples_leaf, 1, n_rows)
    least_split = _count_or_share("min_samples_split", model.min_samples_split, 2, n_rows)
    share = _number("min_weight_fraction_leaf", model.min_weight_fraction_leaf, 0.0, 0.5)
    decrease = _number("min_impurity_decrease", model.min_impurity_decrease, 0.0, math.inf)
    _number("ccp_alpha", model.ccp_alpha, 0.0, math.inf)
    if not _is_count(model.max_bins, 2) or model.max_bins > MOST_RANKS:
        raise ValueError(
            f"max_bins={model.max_bins!r} must be a whole number from 2 to {MOST_RANKS}."
        )
    least_gain = decrease * weight
    for unit in target.gain_unit:
        least_gain /= unit
    return Rules(
        criterion=target.criterion,
        n_targets=target.n_targets,
        max_features=n_drawn(model.max_features, n_features),
        max_depth=_limit("max_depth", model.max_depth, 1),
        max_leaves=_limit("max_leaf_nodes", model.max_leaf_nodes, 2),
        min_rows_split=max(least_split, 2 * least_leaf),
        min_rows_leaf=least_leaf,
        min_weight_leaf=share * weight * (1 - 1e-12),
        min_gain=least_gain,
    )


def n_drawn(max_features: Any, n_features: int) -> int:
    """Return how many columns a node looks at."""
    if max_features is None:
        return n_features
    if isinstance(max_features, str) and max_features in ("sqrt", "log2"):
        size = math.sqrt(n_features) if max_features == "sqrt" else math.log2(n_features)
        return max(int(size), 1)
    if _is_count(max_features, 1):
        return min(int(max_features), n_features)
    if _is_share(max_features):
        return max(int(max_features * n_features), 1)
    raise ValueError(
        f"max_features={max_features!r} must be a whole number of at least 1, a share in (0, 1], "
        "'sqrt', 'log2' or None."
    )


def seed_of(random_state: Any, *, needed: bool) -> int:
    """Return what the columns are drawn by; 0 where none are, without a generator's start.

    Raises
    ------
    ValueError
        If it is no seed.
    """
    is_seed = random_state is None or (_is_count(random_state, 0) and random_state < 2**32)
    if needed or not is_seed:
        generator = check_random_state(random_state)
        return int(generator.randint(2**31)) if needed else 0
    return 0


def signs_of(estimator: Any, target: Target, is_categorical: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return for each column whether the prediction may only rise (1) or fall (-1) with it.

    Raises
    ------
    ValueError
        If a sign is none, or there is no one number that could rise or fall.
    """
    given, n_features = estimator.monotonic_cst, len(is_categorical)
    if given is None:
        return np.zeros(n_features, np.int8)
    if isinstance(given, dict):
        names = list(getattr(estimator, "feature_names_in_", []))
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ValueError(
                f"monotonic_cst holds {unknown[0]!r}, which is no column of X: {names[:10]}."
            )
        given = [given.get(name, 0) for name in names]
    signs = np.asarray(given)
    if signs.shape != (n_features,) or not np.isin(signs, (-1, 0, 1)).all():
        raise ValueError(
            f"monotonic_cst={estimator.monotonic_cst!r} must hold -1, 0 or 1 for each of the "
            f"{n_features} features, or be a dict of them by name."
        )
    if signs.any() and (target.n_targets > 1 or target.criterion == ABSOLUTE):
        raise ValueError(
            "monotonic_cst needs two classes, or one output whose mean is learned: leave it out "
            "for several classes or outputs, and for criterion='absolute_error'."
        )
    if signs[is_categorical].any():
        raise ValueError(
            "monotonic_cst gives a direction to a column of categories, which have no order; "
            "set it to 0 there."
        )
    return signs.astype(np.int8)


def _limit(name: str, value: Any, least: int) -> int:
    if value is None:
        return _NO_LIMIT
    if not _is_count(value, least):
        raise ValueError(f"{name}={value!r} must be a whole number of at least {least}, or None.")
    return int(value)


def _count_or_share(name: str, value: Any, least: int, n_rows: int) -> int:
    if _is_count(value, least):
        return int(value)
    if _is_share(value):
        return max(math.ceil(float(value) * n_rows), least)
    raise ValueError(
        f"{name}={value!r} must be a whole number of at least {least}, or a share of the rows in "
        "(0, 1]."
    )


def _number(name: str, value: Any, least: float, most: float) -> float:
    if not _is_number(value) or not least <= value <= most or not math.isfinite(value):
        bound = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"
        raise ValueError(f"{name}={value!r} must be a number {bound}.")
    return float(value)


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _is_share(value: Any) -> bool:
    return _is_number(value) and not isinstance(value, Integral) and 0 < float(value) <= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
