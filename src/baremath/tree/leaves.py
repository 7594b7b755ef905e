"""Where rows end in one tree, and which nodes they pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from baremath.tree.structure import LEAF, Tree
from baremath.tree.threads import kernel


def apply(tree: Tree, X: NDArray[Any]) -> NDArray[np.int64]:
    """Return the leaf of each row of a table of floats."""
    leaf = np.empty(len(X), np.int64)
    _walk(
        X, tree.feature, tree.threshold, tree.missing_left, tree.left, tree.right, tree.categories,
        leaf,
    )  # fmt: skip
    return leaf


def decision_path(tree: Tree, X: NDArray[Any]) -> Any:
    """Return a sparse matrix with a one for each node that a row passes, its leaf included."""
    parent = np.full(len(tree), LEAF)
    inner = np.flatnonzero(tree.feature != LEAF)
    parent[tree.left[inner]] = parent[tree.right[inner]] = inner
    nodes, rows = apply(tree, X), np.arange(len(X))
    passed = []
    while len(nodes):
        passed.append((rows, nodes))
        nodes = parent[nodes]
        rows, nodes = rows[nodes >= 0], nodes[nodes >= 0]
    row, node = (np.concatenate(part) for part in zip(*passed, strict=True))
    matrix = sparse.csr_matrix((np.ones(len(row), np.int64), (row, node)), (len(X), len(tree)))
    matrix.sort_indices()
    return matrix


@kernel
def _walk(
    X: Any, feature: Any, threshold: Any, missing_left: Any, left: Any, right: Any,
    categories: Any, leaf: Any,
) -> None:  # fmt: skip
    for row in range(len(X)):
        node = 0
        while feature[node] >= 0:
            x = np.float64(X[row, feature[node]])
            if x != x:
                goes_left = missing_left[node]
            elif threshold[node] == threshold[node]:
                goes_left = x <= threshold[node]
            elif 0 <= x < 256:
                code = np.int64(x)
                bits = categories[node, code >> 6] >> np.uint64(code & 63)
                goes_left = bits & np.uint64(1) != 0
            else:
                goes_left = missing_left[node]
            node = left[node] if goes_left else right[node]
        leaf[row] = node
