"""The points at which the models are asked: the rows of the test sample, identical ones as one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse
from sklearn.utils import _safe_indexing

from baremath.model_selection._result import Floats


@dataclass(frozen=True)
class Points:
    """Where the models are asked, and what was observed there.

    Parameters
    ----------
    X : array-like or table of shape (n_points, n_features)
        The points.
    y : ndarray of shape (n_test,)
        The target of each row of the test sample.
    point : ndarray of int, shape (n_test,)
        The point of each row.
    """

    X: Any
    y: NDArray[Any]
    point: NDArray[np.intp]

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many rows each point has."""
        return np.bincount(self.point)

    @property
    def weights(self) -> Floats:
        """The share of the rows that each point has."""
        return self.counts / len(self.point)

    def rows_and_twins(self) -> tuple[int, int]:
        """Return how many rows there are, and how many of them have another with the same X."""
        counts = self.counts
        return len(self.point), int(counts[counts > 1].sum())


def points_of(X: Any, y: NDArray[Any], *, together: bool) -> Points:
    """Return the points of a test sample; rows with the same features `together` or each alone.

    Examples
    --------
    >>> X, y = np.array([[1.0], [2.0], [1.0]]), np.array([5.0, 6.0, 7.0])
    >>> points_of(X, y, together=True).point
    array([0, 1, 0])
    """
    if not together:
        return Points(X, y, np.arange(len(y)))
    point, first = same_rows(X)
    return Points(rows_of(X, first), y, point)


def rows_of(X: Any, rows: NDArray[np.intp]) -> Any:
    """Return some rows of a table of any kind; of an array at once, as each round needs it."""
    return X[rows] if isinstance(X, np.ndarray) else _safe_indexing(X, rows)


def same_rows(X: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the group of each row, rows with the same features in one, and each group's first row.

    Groups are numbered as they appear.
    """
    places: dict[Hashable, int] = {}
    group = np.array([places.setdefault(key, len(places)) for key in row_keys(X)], dtype=np.intp)
    return group, np.unique(group, return_index=True)[1]


def row_keys(X: Any) -> Iterator[Hashable]:
    """Yield for each row what only a row with the same features has too."""
    if issparse(X):
        rows = csr_array(X, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        for start, end in zip(rows.indptr, rows.indptr[1:], strict=False):
            yield rows.indices[start:end].tobytes(), rows.data[start:end].tobytes()
        return
    table = np.asarray(X)
    if table.dtype.kind == "O":
        yield from map(tuple, table.reshape(len(table), -1).tolist())
        return
    if table.dtype.kind == "f":
        table = table + 0.0  # -0.0 becomes 0.0, which it equals
    for row in np.ascontiguousarray(table):
        yield row.tobytes()
