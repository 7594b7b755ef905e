r"""Scores of classes: which class they say, and how likely each is.

Two classes share one score, above zero where the second is said; more have one each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from baremath.estimator.validation import Floats


def chosen(scores: Floats) -> NDArray[np.intp]:
    """Return the place of the class that each row's scores, or probabilities, say.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,), (n_samples, 1) or (n_samples, n_classes)
        Of two equal ones the first counts.

    Examples
    --------
    >>> chosen(np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]))
    array([1, 0])
    >>> chosen(np.array([-1.5, 2.0]))
    array([0, 1])
    """
    if _shared(scores):
        return (scores.reshape(len(scores)) > 0).astype(np.intp)
    largest: NDArray[np.intp] = scores.argmax(axis=1)
    return largest


def probabilities(scores: Floats) -> Floats:
    r"""Return the probability of each class: :math:`\sigma(\pm z)`, or the softmax.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,), (n_samples, 1) or (n_samples, n_classes)

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows that sum to one.

    Examples
    --------
    >>> probabilities(np.array([0.0, np.log(3)]))
    array([[0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    if _shared(scores):
        z = scores.reshape(len(scores))
        small = np.exp(-np.abs(z))
        likely, unlikely, second = 1.0 / (1.0 + small), small / (1.0 + small), z >= 0
        both = np.empty((len(z), 2))
        both[:, 0] = np.where(second, unlikely, likely)
        both[:, 1] = np.where(second, likely, unlikely)
        return both
    return softmax(scores)


def log_probabilities(scores: Floats) -> Floats:
    r"""Return the logarithm of each class's probability; finite for any finite score.

    Parameters
    ----------
    scores : ndarray of shape (n_samples,), (n_samples, 1) or (n_samples, n_classes)

    Returns
    -------
    ndarray of shape (n_samples, n_classes)

    Examples
    --------
    >>> log_probabilities(np.array([np.log(3)])).round(2)
    array([[-1.39, -0.29]])
    """
    if _shared(scores):
        z = scores.reshape(len(scores))
        return np.column_stack([-np.logaddexp(0, z), -np.logaddexp(0, -z)])
    shifted = scores - scores.max(axis=1, keepdims=True)
    logarithm: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithm


def sigmoid(z: Floats) -> Floats:
    r"""Return :math:`\sigma(z) = 1 / (1 + e^{-z})`; exact at both ends."""
    small = np.exp(-np.abs(z))
    probability: Floats = np.where(z >= 0, 1.0, small) / (1.0 + small)
    return probability


def softmax(z: Floats) -> Floats:
    r"""Return :math:`e^{z_k} / \sum_l e^{z_l}` along the last axis; safe for any z."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    share: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return share


def _shared(scores: Floats) -> bool:
    """Whether two classes share one score."""
    return scores.ndim == 1 or scores.shape[1] == 1
