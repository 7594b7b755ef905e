"""One base model: fitted to its rows, and its outputs with a column for every class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier

from baremath.ensemble._rows import Rows
from baremath.estimator import Floats


def fit_member(
    model: Any, X: Any, y: NDArray[Any], n_classes: int, params: dict[str, Any]
) -> tuple[Any, Rows]:
    """Fit a model; return it, and which of the classes its own are.

    A base model learns the numbers 0, 1, 2, … of those classes that its rows hold, without gaps:
    some libraries take nothing else. Where the rows hold one class only, the member is the model
    that always says it.

    Parameters
    ----------
    model : estimator
        A clone of its own; not fitted.
    X : table of shape (n_samples, n_features)
        Its rows.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The places of their classes, or amounts.
    n_classes : int
        How many classes there are; 0 for amounts.
    params : dict
        Further arguments of `fit`.

    Returns
    -------
    model : estimator
        Fitted.
    places : ndarray
        The place of each of its classes among all; empty for amounts.
    """
    if not n_classes:
        return model.fit(X, y, **params), np.empty(0, np.intp)
    places, local = np.unique(y, return_inverse=True)
    if len(places) == 1:
        return DummyClassifier(strategy="most_frequent").fit(X, local), places
    return model.fit(X, local, **params), places


def member_output(model: Any, method: str, X: Any, places: Rows, n_classes: int) -> Floats:
    """Return what a fitted member says of each row.

    Parameters
    ----------
    model : estimator
        As `fit_member` returned it, with its `places`.
    method : {"predict_proba", "decision_function", "predict"}
        What it is asked. The class that it predicts counts as the probability one.
    X : table of shape (n_samples, n_features)
        The rows.
    places : ndarray
        Its classes.
    n_classes : int
        How many classes there are; 0 for amounts.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs) or (n_samples, n_classes)
        The scores of a decision function have one column where there are two classes.

    Raises
    ------
    ValueError
        When a class is missing among the member's and it gives scores: no number says "never".
    """
    if n_classes and method == "decision_function":
        if len(places) < n_classes:
            raise ValueError(
                f"{type(model).__name__} saw {len(places)} of {n_classes} classes in its rows and "
                "has no score for the others; use splits that keep every class (stratified ones), "
                "or stack_method='predict_proba' or 'predict'."
            )
        return _columns(model.decision_function(X))
    output = getattr(model, method)(X)
    if not n_classes:
        return _columns(output)
    shares = np.zeros((len(output), n_classes))
    if method == "predict_proba":
        shares[:, places] = output
    else:
        said = np.asarray(output).reshape(len(output)).astype(np.intp)
        shares[np.arange(len(said)), places[said]] = 1.0
    return shares


def _columns(output: Any) -> Floats:
    table = np.asarray(output, dtype=np.float64)
    return table.reshape(len(table), -1)
