"""What boosting may ask of the columns: which way answers go with them, and which share a path.

And afterwards what each has gained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.structure import LEAF, Tree

MOST_GROUPS = 64


def monotonic_signs(
    monotonic_cst: Any, is_categorical: NDArray[np.bool_], names: Any
) -> NDArray[np.int64]:
    """Return for each column whether answers may only fall (-1) or rise (1) with it; 0 for free.

    Raises
    ------
    ValueError
        If there isn't one of -1, 0 and 1 for each column, a name is unknown, or a column has
        categories, which have no order.
    """
    n_features = len(is_categorical)
    if monotonic_cst is None:
        return np.zeros(n_features, np.int64)
    if isinstance(monotonic_cst, Mapping):
        signs = np.zeros(n_features, np.int64)
        for name, sign in monotonic_cst.items():
            signs[place_of(name, n_features, names, "monotonic_cst")] = sign
    else:
        signs = np.asarray(monotonic_cst)
    if signs.shape != (n_features,) or not np.isin(signs, (-1, 0, 1)).all():
        raise ValueError(
            f"monotonic_cst={monotonic_cst!r} must give -1, 0 or 1 for each of the {n_features} "
            "columns, or for some of them by name."
        )
    if (bad := np.flatnonzero((signs != 0) & is_categorical)).size:
        column = int(bad[0]) if names is None else names[bad[0]]
        raise ValueError(
            f"monotonic_cst asks for an order of the column {column!r}, which holds categories."
        )
    return signs.astype(np.int64)


def interaction_groups(interaction_cst: Any, n_features: int, names: Any) -> NDArray[np.uint64]:
    """Return for each column the groups it belongs to, as bits.

    Columns that no group names are a group of their own, as in scikit-learn.

    Raises
    ------
    ValueError
        If a group names an unknown column, or there are more than 64 groups.
    """
    if interaction_cst is None:
        return np.ones(n_features, np.uint64)
    if isinstance(interaction_cst, str):
        columns = range(n_features)
        groups = [{a} for a in columns]
        if interaction_cst == "pairwise":
            groups = [{a, b} for a in columns for b in range(a)] or groups
    else:
        groups = [_group(each, n_features, names) for each in interaction_cst]
        rest = set(range(n_features)) - set().union(*groups)
        groups += [rest] if rest else []
    if len(groups) > MOST_GROUPS:
        raise ValueError(
            f"interaction_cst makes {len(groups)} groups of columns; there may be {MOST_GROUPS}."
        )
    bits = np.zeros(n_features, np.uint64)
    for k, group in enumerate(groups):
        bits[sorted(group)] |= np.uint64(1) << np.uint64(k)
    return bits


def shares_of_gain(trees: list[Tree], n_features: int) -> NDArray[np.float64]:
    """Return what the splits by each column have gained, as shares of all that was gained."""
    gains = np.zeros(n_features)
    for tree in trees:
        inner = tree.feature != LEAF
        np.add.at(gains, tree.feature[inner], tree.gain[inner])
    total = gains.sum()
    return gains / total if total > 0 else gains


def place_of(column: Any, n_features: int, names: Any, argument: str) -> int:
    """Return the place of a column that is given by place or by name."""
    if isinstance(column, str) and names is not None and column in list(names):
        return list(names).index(column)
    if isinstance(column, int | np.integer) and 0 <= column < n_features:
        return int(column)
    raise ValueError(f"{argument} names the column {column!r}, which X doesn't have.")


def _group(columns: Any, n_features: int, names: Any) -> set[int]:
    if not isinstance(columns, Iterable) or isinstance(columns, str):
        raise ValueError(
            f"interaction_cst must be a list of groups of columns, not of {columns!r}."
        )
    return {place_of(column, n_features, names, "interaction_cst") for column in columns}
