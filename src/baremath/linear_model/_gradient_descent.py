"""Gradient descent: full batch and mini-batch, with its path kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from baremath.linear_model._blocks import Floats
from baremath.linear_model._coordinate_descent import soft_threshold
from baremath.linear_model._warn import warn_user

Rows = NDArray[np.intp]

MOST_PARAMETERS_KEPT = 20
ROUNDING = 4 * float(np.finfo(np.float64).eps)  # the last digits of a loss are chance
HOPELESS = 1e8  # times the loss at the start


class DivergenceError(ArithmeticError):
    """Gradient descent moved away from the minimum: the learning rate is too large."""


class Objective(Protocol):
    """A mean loss over rows with a smooth penalty, and an absolute-value penalty beside it."""

    @property
    def n_samples(self) -> int:
        """Rows of the table."""

    @property
    def l1(self) -> Floats:
        """The weight of each parameter's absolute value, of shape (n_parameters,)."""

    @property
    def smooth(self) -> bool:
        """Whether the loss has a derivative everywhere."""

    @property
    def evenly_curved(self) -> bool:
        """Whether one bound on the curvature holds for all parameters."""

    def value_and_gradient(
        self, parameters: Floats, rows: Rows | None = None
    ) -> tuple[float, Floats]:
        """Return the smooth part over these rows (None: all) and its gradient."""

    def curvature(self, parameters: Floats) -> float:
        """Return L, the largest curvature here: every rate below 2/L goes downhill."""

    def row_curvature(self, parameters: Floats) -> float:
        """Return the largest curvature of one row's loss."""


@dataclass(frozen=True)
class Descent:
    """Where the descent ended, and the way there.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        The last ones; for a loss with corners the best ones.
    n_iter : int
        Passes over the data.
    history : dict of str to ndarray
        ``"loss"``: the objective before each pass and after the last; ``"parameters"`` likewise,
        when there are at most 20.
    last_step : dict of str to ndarray
        ``"before"``, ``"gradient"``, ``"learning_rate"`` and ``"after"`` of the last update.
    """

    parameters: Floats
    n_iter: int
    history: dict[str, Floats]
    last_step: dict[str, Floats]


def gradient_descent(
    objective: Objective,
    start: Floats,
    *,
    learning_rate: float | str,
    batch_size: int | None,
    max_iter: int,
    tol: float,
    random_state: np.random.RandomState,
) -> Descent:
    r"""Follow the negative gradient, :math:`w \leftarrow w - \alpha \, \partial J / \partial w`.

    An absolute-value penalty is met by the proximal step (ISTA): a soft threshold after each
    update. A loss with corners (absolute error) takes steps of :math:`\alpha / \sqrt{t}` and keeps
    the best parameters seen. Mini-batches are drawn anew, in a new order, each pass; their step is
    :math:`\alpha / (1 + t / 10)` in pass t, so that the noise of the batches dies away.

    Parameters
    ----------
    objective : Objective
        What to minimise.
    start : ndarray of shape (n_parameters,)
        Where to begin.
    learning_rate : float or "auto"
        α; ``"auto"`` is one over the largest curvature of the loss, see `safe_learning_rate`.
    batch_size : int or None
        Rows for each update; None uses all of them.
    max_iter : int
        Passes over the data, at most.
    tol : float
        Stop when the largest component of the gradient is at most `tol` times what it was at the
        start (corners, mini-batches: when 100 passes improve the loss by less than that share).
    random_state : numpy.random.RandomState
        Draws the batches.

    Raises
    ------
    DivergenceError
        When the loss grows beyond all bounds, or ends above where it began; names the pass and a
        rate that converges.

    References
    ----------
    Robbins and Monro (1951), A stochastic approximation method. Beck and Teboulle (2009), A fast
    iterative shrinkage-thresholding algorithm, SIAM J. Imaging Sciences 2(1).
    """
    automatic = learning_rate == "auto"
    rate = safe_learning_rate(objective, start, batch_size) if automatic else float(learning_rate)
    full_batch = batch_size is None or batch_size >= objective.n_samples
    settles = full_batch and objective.smooth
    w = start.astype(np.float64, copy=True)
    loss, gradient = _evaluate(objective, w)
    losses, path, step = [loss], [w], {}
    best, best_w, n_iter, stop_below = loss, w, 0, tol * _slope(objective, w, gradient, rate)
    with np.errstate(over="ignore", invalid="ignore"):
        while True:
            slope = _slope(objective, w, gradient, rate)
            settled = slope <= stop_below if settles else _stalled(losses, tol)
            if settled or n_iter == max_iter:
                break
            n_iter += 1
            pace = rate if objective.smooth else rate / np.sqrt(n_iter)
            if full_batch:
                step = _step(objective, w, gradient, pace)
                loss, gradient_after = _evaluate(objective, step["after"])
                while automatic and settles and loss > losses[-1] + ROUNDING * abs(losses[-1]):
                    rate = pace = pace / 2
                    step = _step(objective, w, gradient, pace)
                    loss, gradient_after = _evaluate(objective, step["after"])
                w, gradient = step["after"], gradient_after
            else:
                pace = pace / (1 + n_iter / 10)
                for batch in _batches(objective.n_samples, batch_size or 1, random_state):
                    gradient = objective.value_and_gradient(w, batch)[1]
                    step = _step(objective, w, gradient, pace)
                    w = step["after"]
                loss, gradient = _evaluate(objective, w)
            losses.append(loss)
            if len(w) <= MOST_PARAMETERS_KEPT:
                path.append(w)
            if not loss <= HOPELESS * max(losses[0], 1e-300):
                break
            if loss < best:
                best, best_w = loss, w
    if not (settled or losses[-1] <= losses[0]):
        safe = safe_learning_rate(objective, start, batch_size)
        raise DivergenceError(_diverged(losses, rate, objective, safe, automatic))
    if not settled:
        warn_user(
            f"gradient descent took max_iter={max_iter} passes and has not settled: the largest "
            f"component of the gradient is {slope:.3g}, to stop it must be {stop_below:.3g}. "
            "Scale the columns to unit variance, raise max_iter, or use a closed-form solver.",
            ConvergenceWarning,
        )
    history = {"loss": np.array(losses)}
    if len(w) <= MOST_PARAMETERS_KEPT:
        history["parameters"] = np.array(path)
    return Descent(w if settles else best_w, n_iter, history, step)


def safe_learning_rate(objective: Objective, parameters: Floats, batch_size: int | None) -> float:
    r"""Return 1/L, for mini-batches of b of the n rows with the L that is expected of them.

    .. math::
        L_b = \frac{n (b - 1)}{b (n - 1)} L + \frac{n - b}{b (n - 1)} \max_i L_i

    Parameters
    ----------
    objective : Objective
        What to minimise.
    parameters : ndarray of shape (n_parameters,)
        Where its curvature is taken.
    batch_size : int or None
        b; None stands for n.

    References
    ----------
    Gower, Loizou, Qian, Sailanbayev, Shulgin and Richtárik (2019), SGD: general analysis and
    improved rates, ICML.
    """
    n, b = objective.n_samples, batch_size
    largest = objective.curvature(parameters)
    if b is not None and b < n:
        all_rows, one_row = n * (b - 1) / (b * (n - 1)), (n - b) / (b * (n - 1))
        largest = all_rows * largest + one_row * objective.row_curvature(parameters)
    return 1 / max(largest, 1e-300)


def _evaluate(objective: Objective, w: Floats) -> tuple[float, Floats]:
    loss, gradient = objective.value_and_gradient(w)
    return loss + float(objective.l1 @ np.abs(w)), gradient


def _step(objective: Objective, w: Floats, gradient: Floats, rate: float) -> dict[str, Floats]:
    after = w - rate * gradient
    if objective.l1.any():
        after = soft_threshold(after, rate * objective.l1)
    return {
        "before": w,
        "gradient": gradient,
        "learning_rate": np.array(rate),
        "after": after,
    }


def _slope(objective: Objective, w: Floats, gradient: Floats, rate: float) -> float:
    """Return the largest component of the gradient; with an L1 penalty, of what replaces it."""
    after = _step(objective, w, gradient, rate)["after"]
    return float(np.max(np.abs(w - after), initial=0.0)) / rate


def _batches(n_samples: int, size: int, random_state: np.random.RandomState) -> Iterator[Rows]:
    order = random_state.permutation(n_samples)
    for first in range(0, n_samples, size):
        yield np.sort(order[first : first + size])


def _stalled(losses: list[float], tol: float, window: int = 100) -> bool:
    if len(losses) <= window:
        return False
    best = min(losses)
    return min(losses[:-window]) - best <= tol * abs(best)


def _diverged(
    losses: list[float], rate: float, objective: Objective, safe: float, automatic: bool
) -> str:
    """Say where it began and which rates converge."""
    finite = [loss if np.isfinite(loss) else np.inf for loss in losses]
    began = int(np.argmin(finite)) + 1
    advice = f"Every rate below {2 * safe:.4g} converges; use learning_rate='auto'."
    if automatic:
        advice = "Scale the columns to unit variance, or use larger batches."
    elif not objective.evenly_curved:
        advice = (
            f"Use learning_rate='auto': it begins with {safe:.4g} and converges, because it "
            "takes shorter steps where the loss curves more."
        )
    return (
        f"gradient descent diverged: with learning_rate={rate:.4g} the loss grew from "
        f"{finite[began - 1]:.4g} in step {began} on, to {losses[-1]:.4g} in step "
        f"{len(losses) - 1}. {advice}"
    )
