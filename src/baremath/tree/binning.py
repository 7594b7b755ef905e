r"""Binner: numbers as the numbers of small bins, so that a split is sought among 255 edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.edges import find_edges
from baremath.tree.threads import kernel

Floats = NDArray[np.floating[Any]]
Bins = NDArray[np.unsignedinteger[Any]]

#: Rows of bins are padded with zeros to a multiple of so many columns.
STRIDE = 8

_ROWS_OF_A_BLOCK = 256
_ROWS_OF_A_COPY = 4096
_ROWS_OF_A_TASK = 1 << 16
_BYTES_OF_A_TASK = 32  # of a row, at most


class Binner:
    r"""Numbers as bins: :math:`b(x) = \#\{k : t_k < x\}`, so :math:`x \le t_k \iff b(x) \le k`.

    The edges t of a column lie halfway between two neighbours of its sorted values; where that
    isn't between them in floating point, or isn't finite, the lower one is the edge. A column of at
    most ``max_bins`` different values has an edge between any two. Another one's edges are
    quantiles: values that outweigh an even share get a bin each, and each bin of the rest ends
    where it is nearest to an even share of what is left. Equal values stay together, and all rows
    count: none are sampled.

    Parameters
    ----------
    max_bins : int, default=255
        The most bins of a column, 2 to the largest number of ``dtype``. The bin of missing values
        (NaN) comes on top: its number is that largest one, whatever ``max_bins`` is.
    dtype : type, default=numpy.uint8
        The type of the bins: ``numpy.uint8`` or ``numpy.uint16``.
    n_threads : int, default=1
        How many threads share the work; the result is the same for any number.

    Attributes
    ----------
    thresholds : list of ndarray of float64
        The edges of each column, rising. A column of categories has one above each number but the
        last, so the bin of a category is its number.
    n_features : int
        The number of columns.

    Raises
    ------
    ValueError
        If ``max_bins`` doesn't fit the type.

    References
    ----------
    Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree, section 2.1.

    Examples
    --------
    >>> table = np.array([[1.0], [2.0], [np.nan], [2.0], [7.0]])
    >>> binner = Binner().fit(table)
    >>> binner.thresholds
    [array([1.5, 4.5])]
    >>> binner.transform(table)[:, 0]
    array([  0,   1, 255,   1,   2], dtype=uint8)
    """

    thresholds: list[NDArray[np.float64]]

    def __init__(self, max_bins: int = 255, dtype: Any = np.uint8, *, n_threads: int = 1) -> None:
        most = int(np.iinfo(dtype).max)
        if not 2 <= max_bins <= most:
            raise ValueError(
                f"max_bins={max_bins} must be from 2 to {most}: the numbers of {np.dtype(dtype)} "
                "that the bin of missing values leaves."
            )
        self.max_bins = max_bins
        self.dtype = np.dtype(dtype)
        self.n_threads = n_threads

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return len(self.thresholds)

    @property
    def n_bins(self) -> NDArray[np.int64]:
        """The number of bins of each column, without the one of missing values."""
        return np.array([len(edges) + 1 for edges in self.thresholds], np.int64)

    def fit(
        self,
        table: Floats,
        is_categorical: NDArray[np.bool_] | None = None,
        sample_weight: NDArray[np.float64] | None = None,
    ) -> Binner:
        """Find the edges.

        Parameters
        ----------
        table : ndarray of float32 or float64 of shape (n_rows, n_features)
            NaN is a missing value; infinities are values like others.
        is_categorical : ndarray of bool of shape (n_features,), optional
            The columns that hold the numbers of categories, 0 to ``max_bins`` - 1.
        sample_weight : ndarray of shape (n_rows,), optional
            What each row counts. A row of weight 2 counts as two rows, one of weight 0 as none.

        Returns
        -------
        Binner
            Itself.

        Raises
        ------
        ValueError
            If a column of categories holds anything but their numbers.
        """
        n_rows, n_features = table.shape
        if sample_weight is not None:
            # A power of two changes no comparison, and keeps the sum finite.
            weights = np.ldexp(sample_weight, -int(np.frexp(sample_weight.max())[1]))
            weights[sample_weight == 0] = -1.0
            counts = np.empty(0)
        else:
            weights = np.empty(0)
            counts = np.arange(1.0, n_rows + 1)
        categorical = np.zeros(n_features, bool) if is_categorical is None else is_categorical
        edges: list[Any] = [None] * n_features
        n_threads = self.n_threads
        n_columns = n_threads * _BYTES_OF_A_TASK // table.itemsize
        n_tasks = n_threads * -(-n_features // n_columns)
        width = -(-n_features // n_tasks)
        # What threads allocate themselves may stay with the process: all they need is made here
        room = np.empty((n_threads, width + 1, n_rows), table.dtype)
        room_of_weights = np.empty((n_threads, 2, len(weights)))

        def find(thread: int) -> None:
            spare, spare_weights = room[thread, width], room_of_weights[thread]
            for first in range(thread * width, n_features, n_threads * width):
                part = table[:, first : first + width]
                values = room[thread, : part.shape[1]]
                _transpose(part, values)
                for feature, column in enumerate(values, first):
                    if categorical[feature]:
                        known = column[weights >= 0] if len(weights) else column
                        edges[feature] = _between_categories(known, feature, self.max_bins)
                    else:
                        edges[feature] = find_edges(
                            column, weights, counts, self.max_bins, spare, spare_weights
                        )

        _share(find, range(n_threads), n_threads)
        self.thresholds = edges
        return self

    def transform(self, table: Floats) -> Bins:
        """Return the bin of each number.

        Parameters
        ----------
        table : ndarray of float32 or float64 of shape (n_rows, n_features)

        Returns
        -------
        ndarray of uint8 or uint16 of shape (n_rows, stride)
            Columns of zeros fill the rows up to a multiple of 8 columns.

        Raises
        ------
        ValueError
            If the table has another number of columns.
        """
        n_rows, n_features = table.shape
        if n_features != self.n_features:
            raise ValueError(
                f"The table has {n_features} columns; it was {self.n_features} in fit."
            )
        table = np.ascontiguousarray(table).view()
        table.flags.writeable = False  # one machine code for what may be written to and what not
        edges, levels = self._search_trees(table.dtype)
        # Memory from np.empty comes in large pages, that from np.zeros doesn't
        bins = np.empty((n_rows, -(-n_features // STRIDE) * STRIDE), self.dtype)
        bins[:, n_features:] = 0
        missing = self.dtype.type(np.iinfo(self.dtype).max)

        def write(first: int) -> None:
            part = slice(first, first + _ROWS_OF_A_TASK)
            _find_bins(table[part], edges, levels, missing, bins[part])

        _share(write, range(0, n_rows, _ROWS_OF_A_TASK), self.n_threads)
        return bins

    def columns(self, bins: Bins) -> Bins:
        """Return the bins column by column, without the padding.

        Parameters
        ----------
        bins : ndarray of shape (n_rows, stride)
            What ``transform`` has returned.

        Returns
        -------
        ndarray of shape (n_features, n_rows)
        """
        return transposed(bins[:, : self.n_features], self.n_threads)

    def _search_trees(self, dtype: Any) -> tuple[Floats, NDArray[np.int64]]:
        """Return the edges of each column as a search tree, and how many levels it has.

        Node 1 is the root, the children of node k are 2k and 2k + 1, and infinities fill the tree:
        so each search takes as many steps, without a branch. An edge is rounded down to the type of
        the table: x ≤ t just if x ≤ the rounded t.
        """
        levels = np.array([len(edges).bit_length() for edges in self.thresholds], np.int64)
        trees = np.full((self.n_features, 1 << int(levels.max(initial=0))), np.inf, dtype)
        for tree, edges, n_levels in zip(trees, self.thresholds, levels.tolist(), strict=True):
            ordered = np.full((1 << n_levels) - 1, np.inf, dtype)
            ordered[: len(edges)] = _rounded_down(edges, dtype)
            for level in range(n_levels):
                step = 1 << (n_levels - level)
                tree[1 << level : 2 << level] = ordered[step // 2 - 1 :: step]
        return trees, levels


def transposed(table: NDArray[Any], n_threads: int = 1) -> NDArray[Any]:
    """Return a copy with the columns as rows, made block by block so that caches hold them.

    Parameters
    ----------
    table : ndarray of shape (n_rows, n_columns)
    n_threads : int, default=1
        How many threads share the work.

    Returns
    -------
    ndarray of shape (n_columns, n_rows)
    """
    result = np.empty(table.shape[::-1], table.dtype)

    def write(first: int) -> None:
        rows = slice(first, first + _ROWS_OF_A_TASK)
        _transpose(table[rows], result[:, rows])

    _share(write, range(0, len(table), _ROWS_OF_A_TASK), n_threads)
    return result


def _transpose(table: NDArray[Any], result: NDArray[Any]) -> None:
    """Write the columns as rows, block by block."""
    for first in range(0, len(table), _ROWS_OF_A_COPY):
        rows = slice(first, first + _ROWS_OF_A_COPY)
        result[:, rows] = table[rows].T


def _share(task: Callable[[int], None], parts: Sequence[int], n_threads: int) -> None:
    if n_threads == 1 or len(parts) == 1:
        for part in parts:
            task(part)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(task, parts))


def _between_categories(column: Floats, feature: int, max_bins: int) -> NDArray[np.float64]:
    known = column[~np.isnan(column)]
    last = known.max(initial=0)
    if known.min(initial=0) < 0 or last >= max_bins or (known != np.floor(known)).any():
        raise ValueError(
            f"Column {feature} is of categories and holds a number that is none of theirs; they "
            f"are the whole numbers from 0 to {max_bins - 1}, the largest that max_bins allows."
        )
    return np.arange(last, dtype=np.float64) + 0.5


def _rounded_down(edges: NDArray[np.float64], dtype: Any) -> Floats:
    with np.errstate(over="ignore"):
        nearest = edges.astype(dtype)
    return np.where(nearest > edges, np.nextafter(nearest, dtype.type(-np.inf)), nearest)


@kernel
def _find_bins(table: Any, edges: Any, levels: Any, missing: Any, bins: Any) -> None:
    """Write how many edges lie below each number; rows are taken in blocks that caches hold."""
    n_rows, n_features = table.shape
    for first in range(0, n_rows, _ROWS_OF_A_BLOCK):
        for feature in range(n_features):
            of_column, n_levels = edges[feature], levels[feature]
            for row in range(first, min(first + _ROWS_OF_A_BLOCK, n_rows)):
                x = table[row, feature]
                node = 1
                for _ in range(n_levels):
                    node = 2 * node + (of_column[node] < x)
                bins[row, feature] = node - (1 << n_levels) if x == x else missing
