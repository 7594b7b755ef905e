"""What growing reads and writes, and the memory that it works in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

#: A split of a node: what it gains, its column (-1 for none) and bin, whether missing values go
#: left, the sums of what goes left, and as bits which categories do.
SPLIT = np.dtype(
    [
        ("gain", np.float64),
        ("feature", np.int64),
        ("bin", np.int64),
        ("missing_left", np.int64),
        ("gradient", np.int64),
        ("hessian", np.int64),
        ("count", np.int64),
        ("categories", np.uint64, 4),
    ],
    align=True,
)

#: A leaf while its tree grows: its node; where its histogram lies; where its rows begin and end,
#: and in which half; its depth; groups of columns that its path leaves open, as bits; its sums;
#: bounds of its answer; the gain of its best split, and which thread has found that.
LEAF = np.dtype(
    [
        ("node", np.int64),
        ("slot", np.int64),
        ("begin", np.int64),
        ("end", np.int64),
        ("half", np.int64),
        ("depth", np.int64),
        ("groups", np.uint64),
        ("gradient", np.int64),
        ("hessian", np.int64),
        ("low", np.float64),
        ("high", np.float64),
        ("gain", np.float64),
        ("finder", np.int64),
    ],
    align=True,
)


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
    gradient, hessian : ndarray of float32 of shape (n,)
        Of the loss by the answer, for each row.
    weight : ndarray of float64 of shape (n,) or (0,)
        What each row counts; empty if all count alike.
    rows : ndarray of uint32 of shape (n_drawn,) or (0,)
        The rows, in increasing order; empty for all.
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
    """Memory, made once for many trees; the first axis of most is the thread's number.

    Rows, and the words of their numbers, lie node by node: a node's in one of two halves, its
    children's at the same place in the other.

    Parameters
    ----------
    meeting : ndarray of int64
        The words of the threads' barrier.
    rows, packed : ndarray of uint32 and int64 of shape (2, n)
        Rows, and the words of their numbers.
    words, parts : ndarray of int64
        Histograms as words, and those of a thread's share of the rows.
    histograms : ndarray of int64 of shape (most_leaves, n_features, 3, 256)
        Of the leaves.
    leaves : ndarray of LEAF of shape (n_threads, most_leaves)
        Each thread's view of the tree.
    splits : ndarray of SPLIT of shape (n_threads, most_leaves)
        The best that each thread has found.
    scan : ndarray of int64 of shape (n_threads, 3, 256)
        Sums of all bins up to each.
    gains : ndarray of float64 of shape (n_threads, 256)
        Of a split at each bin.
    order : ndarray of int64 of shape (n_threads, 256)
        Categories in order, and which bins go left.
    counts, extremes, most, scales, root, leaf_sums : ndarray
        What threads tell each other of their rows.
    """

    meeting: Any
    rows: Any
    packed: Any
    words: Any
    parts: Any
    histograms: Any
    leaves: Any
    splits: Any
    scan: Any
    gains: Any
    order: Any
    counts: Any
    extremes: Any
    most: Any
    scales: Any
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
