"""Kernels of TreeSHAP; Lundberg, Erion and Lee (2018), algorithm 2.

A path is the list of different features that were asked for on the way to a node. An entry has the
feature, the share of the training rows that its questions let through (`ZERO`), whether they let
the row itself through (`ONE`), and `WEIGHT`: entry i's is the weighted sum, over all sets of i
features of the path whose numbers are known, of the share of rows that come to the node.
"""

from __future__ import annotations

from typing import Any

from baremath.tree.structure import LEAF
from baremath.tree.threads import kernel
from baremath.tree.walking import goes_right

#: Places of an entry of a path.
FEATURE, ZERO, ONE, WEIGHT = range(4)
PLACES = 4

#: Places of a node that waits for its turn; FEATURE, ZERO and ONE of its question come first.
NODE, DEPTH = 3, 4
TURN = 5


@kernel
def extend(path: Any, n: int, feature: float, zero: float, one: float) -> None:
    """Add a feature at the end of a path of n."""
    path[n, FEATURE], path[n, ZERO], path[n, ONE] = feature, zero, one
    path[n, WEIGHT] = 1.0 if n == 0 else 0.0
    for i in range(n - 1, -1, -1):
        path[i + 1, WEIGHT] += one * path[i, WEIGHT] * (i + 1) / (n + 1)
        path[i, WEIGHT] = zero * path[i, WEIGHT] * (n - i) / (n + 1)


@kernel
def unwind(path: Any, n: int, k: int, remove: bool) -> float:
    """Return the sum of the weights that a path of n has without entry k; or remove it, too."""
    zero, one = path[k, ZERO], path[k, ONE]
    carried, total = path[n - 1, WEIGHT], 0.0
    for i in range(n - 2, -1, -1):
        weight = path[i, WEIGHT]
        if one != 0:
            without = carried * n / ((i + 1) * one)
            carried = weight - without * zero * (n - 1 - i) / n
        else:
            without = weight * n / (zero * (n - 1 - i))
        total += without
        if remove:
            path[i, WEIGHT] = without
    if remove:
        for i in range(k, n - 1):
            for place in range(WEIGHT):
                path[i, place] = path[i + 1, place]
    return total


@kernel
def share_tree(
    X: Any,
    start: int,
    stop: int,
    feature: Any,
    threshold: Any,
    missing_right: Any,
    left: Any,
    right: Any,
    categories: Any,
    value: Any,
    weight: Any,
    column: int,
    paths: Any,
    lengths: Any,
    waiting: Any,
    shares: Any,
) -> None:
    """Add to the shares of rows from start to stop what one tree gives each feature.

    `paths` and `lengths` have a path for each depth: that of the node above stays as it is until
    both of its children have had their turn.
    """
    for r in range(start, stop):
        waiting[0, FEATURE], waiting[0, ZERO], waiting[0, ONE] = -1, 1, 1
        waiting[0, NODE], waiting[0, DEPTH] = 0, 0
        n_waiting = 1
        while n_waiting:
            n_waiting -= 1
            turn = waiting[n_waiting]
            node, depth = int(turn[NODE]), int(turn[DEPTH])
            path, n = paths[depth], 0
            if depth > 0:
                n = lengths[depth - 1]
                for k in range(n):
                    for place in range(PLACES):
                        path[k, place] = paths[depth - 1, k, place]
            extend(path, n, turn[FEATURE], turn[ZERO], turn[ONE])
            n += 1
            asked = feature[node]
            if asked == LEAF:
                for k in range(1, n):
                    share = unwind(path, n, k, False) * (path[k, ONE] - path[k, ZERO])
                    for output in range(value.shape[1]):
                        j = int(path[k, FEATURE])
                        shares[r, j, column + output] += share * value[node, output]
                continue
            zero = one = 1.0
            for k in range(1, n):
                if path[k, FEATURE] == asked:
                    zero, one = path[k, ZERO], path[k, ONE]
                    unwind(path, n, k, True)
                    n -= 1
                    break
            lengths[depth] = n
            goes = goes_right(X[r, asked], threshold[node], missing_right[node], node, categories)
            for side in range(2):
                child = right[node] if side else left[node]
                passed = zero * (weight[child] / weight[node] if weight[node] > 0 else 0.5)
                own = one if goes == side else 0.0
                if passed > 0 or own > 0:
                    waiting[n_waiting, FEATURE] = asked
                    waiting[n_waiting, ZERO], waiting[n_waiting, ONE] = passed, own
                    waiting[n_waiting, NODE], waiting[n_waiting, DEPTH] = child, depth + 1
                    n_waiting += 1
