"""Metrics: how good a module is, in other numbers than the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def accuracy(output: NDArray[Any], y: NDArray[Any]) -> float:
    r"""Return the share of rows whose class is right.

    Parameters
    ----------
    output : ndarray of shape (n_rows, n_classes), (n_rows, 1) or (n_rows,)
        Logits or probabilities of the classes, of which the largest wins; or, where there is one
        number a row, the logit of class 1, which wins if it is positive.
    y : ndarray of shape (n_rows,) or (n_rows, 1)
        The true classes.

    Examples
    --------
    >>> accuracy(np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]]), np.array([0, 1, 1]))
    0.6666666666666666
    """
    one_number = output.ndim == 1 or output.shape[-1] == 1
    found = (output > 0).reshape(len(output)) if one_number else output.argmax(-1)
    return float(np.mean(found == y.reshape(found.shape)))
