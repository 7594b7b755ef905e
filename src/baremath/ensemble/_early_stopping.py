"""A part of the training rows for early stopping; never the rows that are to be predicted."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit

from baremath.ensemble._arguments import name_in_fit
from baremath.ensemble._rows import Rows

# What fit calls the features, the targets and the weights of the part; `eval_set` holds a list of
# pairs. These are scikit-learn's names, LightGBM's, and those of XGBoost and CatBoost.
NAMES = (("X_val", "y_val", "sample_weight_val"), ("eval_X", "eval_y", "eval_sample_weight"))
PAIRS, PAIRS_WEIGHT = "eval_set", "sample_weight_eval_set"


def check_takes_eval(name: str, model: Any) -> None:
    """Raise TypeError unless `fit` takes rows to stop by."""
    if not any(name_in_fit(model, each) == each for each in ("X_val", "eval_X", PAIRS)):
        raise TypeError(
            f"eval_fraction names {name}, but the fit of {type(model).__name__} takes no eval_set, "
            "eval_X or X_val; let it split off rows by itself, or leave it out of eval_fraction."
        )


def split_off(
    train: Rows,
    y: NDArray[Any],
    groups: Any,
    fraction: float,
    generator: np.random.Generator,
    *,
    classify: bool,
    ordered: bool,
) -> tuple[Rows, Rows]:
    """Return the rows to fit and the rows to stop by.

    Parameters
    ----------
    train : ndarray
        The training rows of a split.
    y : ndarray
        The places of the classes, or the amounts, of all rows.
    groups : ndarray or None
        The groups of all rows; they stay whole.
    fraction : float in (0, 1)
        The share of the training rows (or groups) to stop by.
    generator : Generator
        Draws them; where there are classes, with the shares of the classes.
    classify : bool
        Whether y holds classes.
    ordered : bool
        Whether the rows are in order of time: then the last ones are taken.
    """
    count = min(max(round(fraction * len(train)), 1), len(train) - 1)
    seed = int(generator.integers(2**31 - 1))
    if count == 0:
        raise ValueError(f"eval_fraction={fraction} of {len(train)} training row leaves none.")
    if ordered:
        return train[:-count], train[-count:]
    if groups is not None:
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
        fit, held = next(splitter.split(train, groups=groups[train]))
    elif classify and _can_be_stratified(y[train], count):
        stratified = StratifiedShuffleSplit(1, test_size=count, random_state=seed)
        fit, held = next(stratified.split(train, y[train]))
    else:
        shuffled = generator.permutation(len(train))
        fit, held = shuffled[count:], shuffled[:count]
    rest, part = train[np.sort(fit)], train[np.sort(held)]
    if classify:  # a class that the model doesn't learn can't be evaluated
        part = part[np.isin(y[part], y[rest])]
    return rest, part


def eval_params(
    model: Any, X: Any, y: NDArray[Any], weight: NDArray[np.float64] | None
) -> dict[str, Any]:
    """Return the rows to stop by, under the names that `fit` has for them."""
    for features, target, weights in NAMES:
        if name_in_fit(model, features) == features:
            params = {features: X, target: y}
            if weight is not None and name_in_fit(model, weights) == weights:
                params[weights] = [weight] if features == "eval_X" else weight
            return params
    params = {PAIRS: [(X, y)]}
    if weight is not None and name_in_fit(model, PAIRS_WEIGHT) == PAIRS_WEIGHT:
        params[PAIRS_WEIGHT] = [weight]
    return params


def quiet_params(model: Any) -> dict[str, Any]:
    """Return what keeps `fit` from printing the loss of every round, where it would by itself."""
    verbose = signature(model.fit).parameters.get("verbose")
    return {"verbose": False} if verbose is not None and verbose.default is True else {}


def _can_be_stratified(y: NDArray[Any], count: int) -> bool:
    classes, sizes = np.unique(y, return_counts=True)
    return bool(sizes.min() > 1 and len(classes) <= min(count, len(y) - count))
