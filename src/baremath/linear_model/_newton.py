"""Newton's method for logistic regression, on a sample of the rows first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from baremath.estimator import warn_user
from baremath.linear_model._blocks import Floats
from baremath.linear_model._coordinate_descent import coordinate_descent
from baremath.linear_model._logistic_objective import LogisticObjective

SAMPLE_ROWS = 20_000
DAMPING = 1e-10  # of the unit diagonal: keeps columns that depend on each other from running away
ENOUGH = 0.1  # a Hessian from elsewhere serves while each step brings the decrement to this share
SHORTEST = 1e-10  # step length at which the line search gives up
ROUNDING = float(np.finfo(np.float64).eps)
STILL_MOVING = 1e-2  # in standard deviations of z


@dataclass(frozen=True)
class Newton:
    """Where Newton's method ended, the way there, and the last step.

    `unbounded` says that the last step was long, as they are when the minimum is at infinity.
    """

    parameters: Floats
    losses: list[float]
    path: list[Floats]
    last_step: dict[str, Floats]
    unbounded: bool

    @property
    def n_iter(self) -> int:
        """Steps taken."""
        return len(self.losses) - 1


@dataclass(frozen=True)
class _Point:
    """Parameters, the objective there with its absolute values, and the smooth part's gradient."""

    parameters: Floats
    value: float
    gradient: Floats
    slope: float


def newton(objective: LogisticObjective, start: Floats, *, tol: float, max_iter: int) -> Newton:
    r"""Step by :math:`-H^{-1} g`, halved until the objective falls enough (Armijo).

    A Hessian serves for further steps as long as they shrink fast, so that most steps read the
    table for a gradient only. A large table is solved on a sample of its rows first: that minimum
    is where all rows start, with its Hessian, if it is better than the start given. An
    absolute-value penalty is kept whole beside the quadratic model (proximal Newton).

    Parameters
    ----------
    objective : LogisticObjective
        What to minimise.
    start : ndarray of shape (n_parameters,)
        Where to begin: where all scores are equal.
    tol : float
        Stop when the largest component of the gradient is at most `tol` times that at the start.
    max_iter : int
        Steps at most.

    References
    ----------
    Roosta-Khorasani and Mahoney (2019), Sub-sampled Newton methods, Mathematical Programming 174.
    Lee, Sun and Saunders (2014), Proximal Newton-type methods, SIAM J. Optimization 24(3).
    """
    step = objective.n_samples // max(SAMPLE_ROWS, 20 * len(start))
    if step > 1:
        sample = objective.sample(step)
        if sample.total_weight > 0:
            first = _evaluate(sample, start)
            near = _iterate(sample, first, None, 10 * tol * first.slope, max_iter).parameters
            point = _evaluate(objective, near)
            if point.value < first.value:  # where all scores are zero, any rows have this value
                model = _Quadratic.at(sample, near)
                return _iterate(objective, point, model, tol * first.slope, max_iter)
    first = _evaluate(objective, start)
    return _iterate(objective, first, None, tol * first.slope, max_iter)


def _evaluate(objective: LogisticObjective, w: Floats) -> _Point:
    """Evaluate the objective; the slope is the largest component of the smallest subgradient."""
    value, gradient = objective.value_and_gradient(w)
    l1 = objective.l1
    if not objective.has_corners:
        return _Point(w, value, gradient, float(np.abs(gradient).max(initial=0.0)))
    at_zero = np.maximum(np.abs(gradient) - l1, 0.0)
    slope = np.where(w == 0, at_zero, np.abs(gradient + l1 * np.sign(w))).max(initial=0.0)
    return _Point(w, value + float(l1 @ np.abs(w)), gradient, float(slope))


def _iterate(
    objective: LogisticObjective,
    point: _Point,
    model: _Quadratic | None,
    stop_below: float,
    max_iter: int,
) -> Newton:
    losses, path, last_step = [point.value], [point.parameters], {}
    decrement, unbounded, fresh = np.inf, False, False
    l1 = objective.l1 if objective.has_corners else None
    while point.slope > stop_below and len(losses) <= max_iter:
        if model is None:
            model, fresh, decrement = _Quadratic.at(objective, point.parameters), True, np.inf
        move = model.step(point.parameters, point.gradient, l1)
        fall = float(point.gradient @ move)
        if l1 is not None:
            fall += float(l1 @ (np.abs(point.parameters + move) - np.abs(point.parameters)))
        exhausted = -fall <= ROUNDING**1.25 * abs(point.value)  # rounding hides any further fall
        slow = not fresh and -fall > ENOUGH * decrement
        length, after = 0.0, None
        if not (slow or exhausted):
            length, after = _line_search(objective, point, move, fall)
        if after is None:
            if fresh:
                break
            model = None
            continue
        last_step = {
            "before": point.parameters,
            "gradient": point.gradient,
            "hessian": model.hessian,
            "learning_rate": np.array(length),
            "after": after.parameters,
        }
        unbounded = length == 1 and float(np.abs(move).max()) > STILL_MOVING
        point, decrement, fresh = after, -fall, False
        losses.append(point.value)
        path.append(point.parameters)
    settled = point.slope <= stop_below
    if not settled and len(losses) > max_iter:
        warn_user(
            f"Newton's method took max_iter={max_iter} steps and has not settled: the largest "
            f"component of the gradient is {point.slope:.3g}, to stop it must be "
            f"{stop_below:.3g}. Raise max_iter or tol, or lower C.",
            ConvergenceWarning,
        )
    return Newton(point.parameters, losses, path, last_step, unbounded and settled)


def _line_search(
    objective: LogisticObjective, point: _Point, move: Floats, fall: float
) -> tuple[float, _Point | None]:
    """Return the longest step 1, 1/2, 1/4, … with a fall in proportion, and where it leads."""
    length = 1.0
    while length > SHORTEST:
        after = _evaluate(objective, point.parameters + length * move)
        slack = 4 * ROUNDING * abs(point.value)
        if after.value <= point.value + 1e-4 * length * fall + slack:
            return length, after
        length /= 2
    return length, None


@dataclass(frozen=True)
class _Quadratic:
    """A quadratic model: its second derivatives, and the same scaled to a unit diagonal."""

    hessian: Floats
    scaled: Floats
    width: Floats
    inverse: Floats  # of the scaled ones; many steps are taken with it

    @classmethod
    def at(cls, objective: LogisticObjective, w: Floats) -> _Quadratic:
        """Return the model of the objective at these parameters."""
        hessian = objective.hessian(w)
        curved = hessian
        if objective.n_scores > 1:
            curved = hessian + _common_shift(objective, hessian)
        width = np.sqrt(np.maximum(np.diag(curved), 1e-300))
        scaled = curved / np.outer(width, width) + DAMPING * np.eye(len(w))
        try:
            inverse = np.linalg.inv(scaled)
        except np.linalg.LinAlgError:
            inverse = np.linalg.pinv(scaled)
        return cls(hessian, scaled, width, np.asarray(inverse))

    def step(self, w: Floats, gradient: Floats, l1: Floats | None) -> Floats:
        """Return the way from w to the minimum of the model, plus the absolute values."""
        slope = gradient / self.width
        if l1 is None:
            move: Floats = -(self.inverse @ slope) / self.width
            return move
        linear = self.scaled @ (w * self.width) - slope
        start, penalty = w * self.width, l1 / self.width
        return coordinate_descent(self.scaled, linear, penalty, start, tol=1e-10) / self.width - w


def _common_shift(objective: LogisticObjective, hessian: Floats) -> Floats:
    """Return curvature along what softmax can't see: the same change in every class's score.

    The gradient has no part there, so the step is the same, and the Hessian is no longer singular.
    """
    size = len(hessian) // objective.n_scores
    share = np.where(objective.l1[:size] == 0, np.diag(hessian)[:size], 0.0)
    ones = np.ones((objective.n_scores, objective.n_scores))
    return np.kron(ones, np.diag(share))
