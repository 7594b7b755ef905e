"""How much each column has lowered the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.structure import LEAF, Tree


def importances(tree: Tree, n_features: int) -> NDArray[np.float64]:
    """Return each column's share of what the splits of a tree have gained; zeros without splits.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees, section 5.3.
    """
    inner = tree.feature != LEAF
    gain: NDArray[Any] = tree.gain[inner]
    largest = gain.max(initial=0.0)
    if largest <= 0.0:
        return np.zeros(n_features)
    share = np.bincount(tree.feature[inner], gain / largest, minlength=n_features)
    return np.asarray(share / share.sum(), np.float64)
