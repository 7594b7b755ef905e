"""Linear regression by gradient descent: neurons with the identity."""

from __future__ import annotations

import numpy as np

from baremath.linear_model._blocks import Floats
from baremath.linear_model._gram import shifted_gram
from baremath.linear_model._losses import TINY, AbsoluteError, Huber, regression_loss
from baremath.linear_model._neurons import Neurons
from baremath.nn import Module
from baremath.training.data import Data


def linear_neurons(
    X: Floats,
    Y: Floats,
    weight: Floats | None,
    *,
    loss: str,
    epsilon: float,
    l1: float,
    l2: float,
    fit_intercept: bool,
) -> Neurons:
    r"""Return the neurons :math:`\hat{y} = b + X w` and what a regression makes small.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The columns.
    Y : ndarray of shape (n_samples, n_outputs)
        The outputs.
    weight : ndarray of shape (n_samples,) or None
        How often each row counts.
    loss : {"squared_error", "absolute_error", "huber"}
        What a residual costs.
    epsilon : float
        Where Huber's loss turns from square to absolute.
    l1, l2 : float
        The penalties.
    fit_intercept : bool
        Whether there is a b.
    """
    data = Data(X, Y, weight, dtype=np.float64)
    cost = regression_loss(loss, epsilon)
    return Neurons(
        data,
        cost,
        n_outputs=Y.shape[1],
        fit_intercept=fit_intercept,
        l1=l1,
        l2=l2,
        curvatures=lambda: _curvatures(data, cost, l2, fit_intercept=fit_intercept),
        has_corners=isinstance(cost, AbsoluteError),
        evenly_curved=not isinstance(cost, Huber),
    )


def _curvatures(data: Data, loss: Module, l2: float, *, fit_intercept: bool) -> tuple[float, float]:
    r"""Return the largest eigenvalue of :math:`\frac{1}{W} X^T S X`, and of one row's, plus l2.

    Huber's loss is curved by 1/σ of that. An absolute error has no curvature: steps of one over
    what is returned for it move ŷ by about the spread of y.
    """
    X, Y, weight = data.X, data.y, data.sample_weight
    p, n_outputs = X.shape[1], Y.shape[1]
    root = None if weight is None else np.sqrt(weight)
    gram = shifted_gram(X, Y, np.zeros(p), np.zeros(n_outputs), root)
    if not np.isfinite(gram).all():
        return np.inf, np.inf
    gram /= gram[-1, -1]  # the columns of X, those of Y, and a one
    used = [*range(p), -1] if fit_intercept else [*range(p)]
    of_all = float(np.linalg.eigvalsh(gram[np.ix_(used, used)])[-1])
    of_one_row = float(np.einsum("ij,ij->i", X, X).max()) + fit_intercept
    if isinstance(loss, Huber):
        sigma = min(loss.scales(Y, weight))
        of_all, of_one_row = of_all / sigma, of_one_row / sigma
    elif isinstance(loss, AbsoluteError):
        of_all /= max(float(np.sqrt(np.diag(gram)[p:-1].max())), TINY)
        of_one_row /= max(float(np.abs(Y).max()), TINY)
    return of_all + l2, of_one_row + l2
