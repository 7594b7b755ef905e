"""What boosting makes small: a loss, its gradient by the score, and the best constant."""

from __future__ import annotations

from types import ModuleType
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, xlogy

from baremath.estimator import Floats

Vector = NDArray[np.float64]
#: Gradients take little room, and need no more digits
Single = NDArray[np.float32]

_ROWS_AT_ONCE = 512
_FARTHEST = 30.0  # score of a class that has no rows, or all of them


class Growth(NamedTuple):
    """As which power of the targets' unit the answers, gradients and hessians grow."""

    answer: int
    gradient: int
    hessian: int


class Loss:
    """A loss of the scores that a model gives a row: one number, or one for each class.

    Targets y have shape (n,), and weights too, or (0,) where all rows count alike.

    Attributes
    ----------
    n_scores : int
        Scores of a row.
    growth : Growth
        What becomes of all numbers when targets are told in another unit.
    answers_itself : bool
        Whether leaves answer as `answer` says, in place of a step of Newton's.
    """

    n_scores = 1
    answers_itself = False
    growth: ClassVar[Growth] = Growth(0, 0, 0)

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the constant scores of the least loss, of shape (n_scores,)."""
        raise NotImplementedError

    def prepare(self, y: Floats, score: Vector, weight: Vector) -> None:
        """Look at all rows before the gradients of a stage; most losses needn't."""

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write gradient and hessian of some rows; score and both have shape (n_scores, n)."""
        raise NotImplementedError

    def value(self, y: Floats, score: Vector, weight: Vector) -> float:
        """Return the mean loss."""
        return _mean(self.of_rows(y, score), weight)

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return the loss of each row."""
        raise NotImplementedError

    def answer(self, residual: Vector, weight: Vector) -> float:
        """Return what a leaf with these residuals y - s answers."""
        raise NotImplementedError


class SquaredError(Loss):
    r""":math:`\tfrac12 (y - s)^2`."""

    growth = Growth(1, 1, 0)

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the mean."""
        return np.array([_mean(y, weight)])

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write s - y and 1."""
        rows = slice(first, last)
        _kernels().squared_error(y[rows], score[0, rows], gradient[0, rows], hessian[0, rows])

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return half the squared errors."""
        losses: Vector = 0.5 * (y - score[0]) ** 2
        return losses


class Quantile(Loss):
    r""":math:`q (y - s)^+ + (1 - q) (s - y)^+`, least where a share q of the rows lies below s.

    With q = 1/2 it is half the absolute error. It has no curvature: a tree is grown on the signs
    of the errors, and a leaf answers with the quantile of its residuals (Friedman, 2001, "Greedy
    function approximation: a gradient boosting machine", algorithm 3).

    Parameters
    ----------
    quantile : float
        The share q.
    """

    growth = Growth(1, 0, 0)
    answers_itself = True

    def __init__(self, quantile: float) -> None:
        self.quantile = quantile

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the quantile."""
        return np.array([weighted_quantile(y, weight, self.quantile)])

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write -q below the row, 1 - q above it, and 1."""
        rows = slice(first, last)
        _kernels().pinball(
            y[rows], score[0, rows], self.quantile, gradient[0, rows], hessian[0, rows]
        )

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return the pinball loss of each row."""
        error = y - score[0]
        losses: Vector = np.maximum(self.quantile * error, (self.quantile - 1) * error)
        return losses

    def answer(self, residual: Vector, weight: Vector) -> float:
        """Return the quantile of the residuals."""
        return weighted_quantile(residual, weight, self.quantile)


class AbsoluteError(Quantile):
    r""":math:`|y - s|`."""

    def __init__(self) -> None:
        super().__init__(0.5)

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return the absolute errors."""
        losses: Vector = np.abs(y - score[0])
        return losses


class Huber(Loss):
    r""":math:`\tfrac12 r^2` for residuals within δ, :math:`\delta (|r| - \tfrac12 \delta)` beyond.

    δ is, at each stage, the quantile α of the absolute residuals; a leaf answers with their median
    and the mean of what is left of them, cut off at δ (Friedman, 2001, algorithm 4).

    Parameters
    ----------
    alpha : float
        The share of the rows whose errors count squared.
    """

    growth = Growth(1, 1, 0)
    answers_itself = True

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self.delta = 0.0
        self._first_delta: float | None = None

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the median."""
        return np.array([weighted_quantile(y, weight, 0.5)])

    def prepare(self, y: Floats, score: Vector, weight: Vector) -> None:
        """Find δ."""
        self.delta = weighted_quantile(np.abs(y - score[0]), weight, self.alpha)
        if self._first_delta is None:
            self._first_delta = self.delta

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write the errors, cut off at δ, and 1."""
        rows = slice(first, last)
        _kernels().huber(y[rows], score[0, rows], self.delta, gradient[0, rows], hessian[0, rows])

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return Huber's loss of each row, at the first δ: so stages can be compared."""
        error, delta = np.abs(y - score[0]), self._first_delta or 0.0
        beyond = delta * (error - 0.5 * delta)
        losses: Vector = np.where(error <= delta, 0.5 * error**2, beyond)
        return losses

    def answer(self, residual: Vector, weight: Vector) -> float:
        """Return the median and the mean of what is left, cut off at δ."""
        median = weighted_quantile(residual, weight, 0.5)
        rest = np.clip(residual - median, -self.delta, self.delta)
        return median + _mean(rest, weight)


class Poisson(Loss):
    r"""Half the Poisson deviance of the mean :math:`e^s`."""

    growth = Growth(0, 1, 1)

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the logarithm of the mean."""
        return np.array([np.log(_mean(y, weight))])

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write exp(s) - y and exp(s)."""
        rows = slice(first, last)
        _kernels().poisson(y[rows], score[0, rows], gradient[0, rows], hessian[0, rows])

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return half the deviance of each row."""
        losses: Vector = xlogy(y, y) - y * score[0] - y + np.exp(score[0])
        return losses


class BinaryLogLoss(Loss):
    r""":math:`\log(1 + e^s) - y s` of the log-odds s."""

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the log-odds of the share of ones."""
        share = _mean(y, weight)
        with np.errstate(divide="ignore"):
            odds = np.log(share) - np.log1p(-share)
        return np.array([np.clip(odds, -_FARTHEST, _FARTHEST)])

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write p - y and p (1 - p)."""
        rows = slice(first, last)
        _kernels().binary(y[rows], score[0, rows], gradient[0, rows], hessian[0, rows])

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return the cross-entropy of each row."""
        losses: Vector = np.logaddexp(0.0, score[0]) - y * score[0]
        return losses


class MultinomialLogLoss(Loss):
    r""":math:`\log \sum_k e^{s_k} - s_y` of one score a class.

    Parameters
    ----------
    n_classes : int
        How many classes there are.
    """

    def __init__(self, n_classes: int) -> None:
        self.n_scores = n_classes

    def start(self, y: Floats, weight: Vector) -> Vector:
        """Return the logarithms of the shares of the classes, of mean 0."""
        weights = weight if len(weight) else None
        counts = np.bincount(y.astype(np.intp), weights, minlength=self.n_scores)
        scores = np.log(np.maximum(counts / counts.sum(), np.exp(-_FARTHEST)))
        return np.asarray(scores - scores.mean(), np.float64)

    def differentiate(
        self, first: int, last: int, y: Floats, score: Vector, gradient: Single, hessian: Single
    ) -> None:
        """Write p - [y = k] and p (1 - p)."""
        most, total = np.empty((2, _ROWS_AT_ONCE))
        _kernels().multinomial(first, last, y, score, most, total, gradient, hessian)

    def of_rows(self, y: Floats, score: Vector) -> Vector:
        """Return the cross-entropy of each row."""
        own = np.take_along_axis(score, y.astype(np.intp)[None], axis=0)[0]
        return np.asarray(logsumexp(score, axis=0) - own, np.float64)


def _kernels() -> ModuleType:
    """Return the compiled functions, which numba is needed for: on first use only."""
    from baremath.ensemble import _boosting_kernels

    return _boosting_kernels


def _mean(values: Floats, weight: Vector) -> float:
    """Return the mean, of float64 whatever the numbers are."""
    return float(np.average(values, weights=weight) if len(weight) else values.mean(dtype=float))


def weighted_quantile(values: Floats, weight: Vector, share: float) -> float:
    """Return the number that a share of the weight lies below; halfway where two numbers do.

    A row of weight 2 counts as two rows. Without weights all rows count alike.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, 10.0]), np.ones(0), 0.5)
    2.0
    >>> weighted_quantile(np.array([1.0, 2.0, 10.0]), np.array([2.0, 1.0, 1.0]), 0.5)
    1.5
    """
    n = len(values)
    if len(weight) == 0:
        place = share * n
        low = min(max(int(np.ceil(place)) - 1, 0), n - 1)
        high = min(int(np.floor(place)), n - 1)
        found = np.partition(values, (low, high))
        return float(found[low] + 0.5 * (found[high] - found[low]))
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weight[order])
    goal = share * passed[-1]
    margin = 1e-12 * passed[-1]
    low = min(int(np.searchsorted(passed, goal - margin)), n - 1)
    high = min(int(np.searchsorted(passed, goal + margin)), n - 1)
    below, above = values[order[low]], values[order[high]]
    return float(below + 0.5 * (above - below))
