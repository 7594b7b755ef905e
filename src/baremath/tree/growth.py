"""What growing reads and writes, and the memory that it works in."""

from __future__ import annotations

from typing import Any, NamedTuple


class Binned(NamedTuple):
    """A table of bins, and what is known of its columns.

    Parameters
    ----------
    table : ndarray of uint64 of shape (n, n_words)
        By row, eight columns a word.
    columns : ndarray of uint8 of shape (n_features, n)
        By column.
    n_bins : ndarray of int64 of shape (n_features,)
        Bins that have values.
    is_categorical : ndarray of bool of shape (n_features,)
        Whether bins are categories.
    signs : ndarray of int64 of shape (n_features,)
        Whether answers may only fall (-1) or rise (1) with the column.
    groups : ndarray of uint64 of shape (n_features,)
        The groups of columns that it may share a path with, as bits.
    """

    table: Any
    columns: Any
    n_bins: Any
    is_categorical: Any
    signs: Any
    groups: Any


class Lesson(NamedTuple):
    """What a tree learns from.

    Parameters
    ----------
    gradient, hessian : ndarray of float64 of shape (n,)
        Of the loss by the answer, for each row.
    weight : ndarray of float64 of shape (n,) or (0,)
        What each row counts; empty if all count alike.
    rows : ndarray of uint32 of shape (n_drawn,)
        The rows, in increasing order.
    chosen : ndarray of bool of shape (n_features,)
        The columns that may be asked for.
    turn : int
        Decides, with the node, which column is taken of those whose splits gain the same.
    settings : ndarray of float64 of shape (8,)
        See `baremath.tree.splitting`.
    """

    gradient: Any
    hessian: Any
    weight: Any
    rows: Any
    chosen: Any
    turn: Any
    settings: Any


class Workspace(NamedTuple):
    """Memory, made once for many trees.

    Rows, and the words of their numbers, lie node by node: a node's in one of two halves, its
    children's at the same place in the other.
    """

    meeting: Any
    rows: Any
    packed: Any
    words: Any
    parts: Any
    histograms: Any
    found: Any
    found_categories: Any
    counts: Any
    extremes: Any
    root: Any
    leaf_sums: Any


class Grown(NamedTuple):
    """A tree as it was grown, of bins; node 0 is the root.

    Parameters
    ----------
    links : ndarray of int64 of shape (n_nodes, 8)
        Column or -1, bin, whether missing values go left, left and right child; where the node's
        rows begin and end, and in which half of the workspace's rows.
    numbers : ndarray of float64 of shape (n_nodes, 4)
        Gain, gradient, hessian, answer.
    categories : ndarray of uint64 of shape (n_nodes, 4)
        Bit by bit those that go left.
    """

    links: Any
    numbers: Any
    categories: Any
