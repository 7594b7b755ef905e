"""Classes as numbers: which there are, the place of each row's, and what its rows count."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

Codes = NDArray[np.intp]


def find_classes(y: NDArray[Any]) -> NDArray[Any]:
    """Return the classes that there are, sorted.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        The class of each row: text, whole numbers, or anything that has an order.

    Raises
    ------
    ValueError
        If y holds amounts and no classes, or labels of types that have no common order.

    Examples
    --------
    >>> find_classes(np.array(["no", "yes", "no"]))
    array(['no', 'yes'], dtype='<U3')
    """
    try:
        classes = np.unique(y)
        # Text and whole numbers are classes, unless there are so many that a warning is due.
        if classes.dtype.kind not in "biuU" or 2 * len(classes) > len(y):
            check_classification_targets(y)
    except TypeError as error:
        kinds = ", ".join(sorted({type(label).__name__ for label in y.tolist()}))
        raise ValueError(
            f"y holds labels of several types ({kinds}), which have no order; make all of them "
            "text or all numbers, and drop rows without a class."
        ) from error
    return classes


def check_several(estimator: Any, classes: NDArray[Any]) -> None:
    """Raise ValueError unless there are two classes at least."""
    if len(classes) < 2:
        raise ValueError(
            f"{type(estimator).__name__} needs samples of at least 2 classes; "
            f"y holds one class only: {_listed(classes)}."
        )


def encode(y: NDArray[Any], classes: NDArray[Any]) -> Codes:
    """Return the place of each row's class.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        The class of each row.
    classes : ndarray of shape (n_classes,)
        The classes that are known, sorted.

    Raises
    ------
    ValueError
        If a row's class is not known.

    Examples
    --------
    >>> encode(np.array([7, 3, 7]), np.array([3, 5, 7]))
    array([2, 0, 2])
    """
    codes: Codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    strange = y[classes[codes] != y]
    if len(strange):
        raise ValueError(
            f"y holds classes that the model doesn't know: {_listed(np.unique(strange))}; it knows "
            f"{_listed(classes)}."
        )
    return codes


def class_weight_of_rows(
    class_weight: Any, classes: NDArray[Any], codes: Codes, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Return by what the weight of each row is to be multiplied for its class.

    ``"balanced"`` gives every class the same sum: :math:`\sum_i s_i / (K \sum_{y_i = k} s_i)` for
    the rows of class k of K, with the weights s.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        What the rows of each class count; 1 for classes that a dict leaves out.
    classes : ndarray of shape (n_classes,)
        The classes, sorted.
    codes : ndarray of shape (n_samples,)
        The place of each row's class.
    weights : ndarray of shape (n_samples,)
        What the rows count already.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If it is none of the three, a number is negative or not finite, or no row would count.

    References
    ----------
    King and Zeng (2001), Logistic regression in rare events data.

    Examples
    --------
    >>> class_weight_of_rows("balanced", np.arange(2), np.array([0, 0, 0, 1]), np.ones(4)).round(2)
    array([0.67, 0.67, 0.67, 2.  ])
    """
    if class_weight is None:
        return np.ones(len(codes))
    if isinstance(class_weight, str) and class_weight == "balanced":
        sums = np.bincount(codes, weights, minlength=len(classes))
        each = weights.sum() / (len(sums) * np.where(sums > 0, sums, np.inf))
        return np.asarray(each[codes], np.float64)
    try:
        each = compute_class_weight(class_weight, classes=classes, y=classes)
    except (TypeError, ValueError):  # no dict, or an entry is no number
        each = np.full(len(classes), np.nan)
    if not (np.isfinite(each).all() and each.min() >= 0 and each[codes] @ weights > 0):
        raise ValueError(
            f"class_weight={class_weight!r} must hold finite numbers of at least 0 for the "
            "classes, and leave a row that counts; or be 'balanced' or None."
        )
    return np.asarray(each[codes], np.float64)


def _listed(labels: NDArray[Any]) -> str:
    shown = ", ".join(map(repr, labels[:10].tolist()))
    return f"{shown}, …" if len(labels) > 10 else shown
