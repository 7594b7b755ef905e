"""What boosting learns from: rows, the share of them that a stage sees, and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from baremath.ensemble._boosting_losses import Vector
from baremath.ensemble._seeds import stream
from baremath.estimator import Floats


@dataclass(frozen=True)
class Rows:
    """Features, targets as the loss takes them, and what each row counts (empty: all alike)."""

    table: Floats
    y: Floats
    weight: Vector

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, chosen: NDArray[Any]) -> Rows:
        weight = self.weight[chosen] if len(self.weight) else self.weight
        return Rows(self.table[chosen], self.y[chosen], weight)

    def divided_by(self, unit: float) -> Rows:
        """Return the same rows with targets in another unit."""
        return self if unit == 1.0 else Rows(self.table, self.y / unit, self.weight)


@dataclass(frozen=True)
class Draws:
    """What a stage sees: a share of the rows, and a share of the columns.

    Parameters
    ----------
    subsample, max_features : float
        The shares.
    seed : int
        Of all draws.

    Examples
    --------
    >>> Draws(subsample=0.5, max_features=1.0, seed=0).rows(stage=3, n=8).shape
    (4,)
    """

    subsample: float
    max_features: float
    seed: int

    def rows(self, stage: int, n: int) -> NDArray[np.uint32]:
        """Return the rows of a stage, in increasing order; none where it sees them all."""
        if self.subsample == 1.0:
            return np.zeros(0, np.uint32)
        n_drawn = max(1, round(self.subsample * n))
        drawn = stream(self.seed, stage, 0).choice(n, n_drawn, replace=False, shuffle=False)
        return np.sort(drawn).astype(np.uint32)

    def columns(self, stage: int, n: int) -> NDArray[np.bool_]:
        """Return which columns the trees of a stage may ask for."""
        chosen = np.ones(n, bool)
        if self.max_features < 1.0:
            n_drawn = max(1, round(self.max_features * n))
            drawn = stream(self.seed, stage, 1).choice(n, n_drawn, replace=False)
            chosen[:] = False
            chosen[drawn] = True
        return chosen


@dataclass(frozen=True)
class Questions:
    """What is known of the columns before anything is learned.

    Parameters
    ----------
    is_categorical : ndarray of bool of shape (n_features,)
        Which hold categories.
    signs : ndarray of int64 of shape (n_features,)
        Whether answers may only fall (-1) or rise (1) with the column.
    groups : ndarray of uint64 of shape (n_features,)
        The groups of columns that each may share a path with, as bits.
    max_bins : int
        Bins of a column.
    """

    is_categorical: NDArray[np.bool_]
    signs: NDArray[np.int64]
    groups: NDArray[np.uint64]
    max_bins: int


def hold_out(rows: Rows, size: float, strata: NDArray[Any] | None, seed: int) -> tuple[Rows, Rows]:
    """Return most of the rows, and a part to stop by; with each class's share if it has enough.

    Raises
    ------
    ValueError
        If nothing is left to learn from.
    """
    n_held_out = int(np.ceil(size * len(rows))) if size < 1 else int(size)
    if strata is not None:
        counts = np.unique(strata, return_counts=True)[1]
        if counts.min() < 2 or len(counts) > min(n_held_out, len(rows) - n_held_out):
            strata = None
    try:
        learned, held_out = train_test_split(
            np.arange(len(rows)), test_size=size, random_state=seed, stratify=strata
        )
    except ValueError as error:
        raise ValueError(
            f"early_stopping=True holds out validation_fraction={size} of the {len(rows)} rows, "
            f"but: {error}"
        ) from error
    return rows[np.sort(learned)], rows[np.sort(held_out)]
