"""The splits of the rows: resolved once for all models, and checked to hold no leak."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, check_cv

from baremath.ensemble._rows import Rows, n_rows, pick

Folds = list[tuple[Rows, Rows]]


def resolve_folds(
    cv: Any, X: Any, y: NDArray[Any], groups: Any, counted: NDArray[np.bool_], *, classify: bool
) -> Folds:
    """Return the rows to learn from and the rows to predict, for each split.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
        A number of folds keeps the shares of the classes, and groups whole where there are groups.
    X : table of shape (n_samples, n_features)
        The features.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The places of the classes, or amounts.
    groups : ndarray of shape (n_samples,) or None
        Rows of one group belong together.
    counted : ndarray of shape (n_samples,)
        Which rows count; the others are in no fold.
    classify : bool
        Whether y holds classes.

    Raises
    ------
    ValueError
        When there is no split, a part of one is empty or has rows that are not in X, a row or a
        group is on both sides, or the splitter needs groups and there are none.
    """
    if isinstance(cv, Integral) and not isinstance(cv, bool) and groups is not None:
        cv = StratifiedGroupKFold(int(cv)) if classify else GroupKFold(int(cv))
    if groups is None and _splits_by_groups(cv):
        raise ValueError(f"cv={cv!r} splits by groups, and fit has none: pass groups= to fit.")
    splitter = check_cv(cv, y[counted], classifier=classify)
    if hasattr(cv, "split") or isinstance(cv, Integral):
        rows = np.flatnonzero(counted)
        own_groups = None if groups is None else groups[rows]
        splits = splitter.split(pick(X, rows), y[rows], own_groups)
        folds = [(rows[train], rows[test]) for train, test in splits]
    else:  # the splits themselves: they speak of all rows
        given = [
            (_places(train, len(y)), _places(test, len(y))) for train, test in splitter.split()
        ]
        folds = [(train[counted[train]], test[counted[test]]) for train, test in given]
    check_folds(folds, n_rows(X), groups)
    return folds


def check_folds(folds: Folds, total: int, groups: Any) -> None:
    """Raise ValueError unless every split is two parts of the rows with nothing in common."""
    if not folds:
        raise ValueError(
            "cv gives no split; an iterator that was used before is empty: pass a list."
        )
    for number, (train, test) in enumerate(folds):
        if not len(train) or not len(test):
            part = "test" if len(train) else "training"
            raise ValueError(f"the {part} part of split {number} has no row that counts.")
        both = np.intersect1d(train, test)
        if len(both):
            raise ValueError(
                f"split {number} leaks: row {_first(both)} is in its training and in its test "
                "part; a model would predict what it has learned."
            )
        if groups is not None:
            shared = np.intersect1d(groups[train], groups[test])
            if len(shared):
                raise ValueError(
                    f"split {number} leaks: group {_first(shared)} is in its training and in its "
                    "test part; use a splitter that keeps groups whole, GroupKFold for one, or a "
                    "number of folds."
                )


def _splits_by_groups(cv: Any) -> bool:
    """Whether a splitter asks for groups, as scikit-learn's say of themselves."""
    if not (hasattr(cv, "split") and hasattr(cv, "get_metadata_routing")):
        return False
    return cv.get_metadata_routing().split.requests.get("groups") is True


def _first(several: NDArray[Any]) -> str:
    first, *others = several.tolist()
    return f"{first!r} (and {len(others)} more)" if others else repr(first)


def _places(part: Any, total: int) -> Rows:
    rows = np.asarray(part)
    if rows.dtype == bool and rows.shape == (total,):
        return np.flatnonzero(rows)
    if rows.size == 0:
        return np.empty(0, np.intp)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or rows.min() < -total or rows.max() >= total:
        raise ValueError(
            f"cv holds {part!r}, which are not places of rows: they are whole numbers from 0 to "
            f"{total - 1}, or True and False for each row."
        )
    places: Rows = np.where(rows < 0, rows + total, rows).astype(np.intp)
    return places
