"""Gradient descent: full batch and mini-batch, with its path kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import sqrt
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from baremath.estimator import warn_user
from baremath.linear_model._blocks import Floats
from baremath.linear_model._neurons import Neurons, Update
from baremath.training import DivergenceError

MOST_PARAMETERS_KEPT = 20
ROUNDING = 4 * float(np.finfo(np.float64).eps)  # the last digits of a loss are chance
HOPELESS = 1e8  # times the loss at the start
TOO_LARGE = "the numbers in X or y are too large: their squares are not finite. Scale them."


class Pass(NamedTuple):
    """Where the descent is before a pass: the loss, the update that led there, and the next."""

    loss: float
    last: Update | None
    ahead: Update


@dataclass(frozen=True)
class Descent:
    """Where the descent ended, and the way there.

    All parameters are one flat array: for each output its intercept, then its weights.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        The last ones; for a loss with corners or mini-batches the best ones.
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
    neurons: Neurons,
    *,
    learning_rate: float | str,
    batch_size: int | None,
    max_iter: int,
    tol: float,
    random_state: np.random.RandomState,
) -> Descent:
    r"""Follow the negative gradient, :math:`w \leftarrow w - \alpha \, \partial J / \partial w`.

    All parameters begin at zero. An absolute-value penalty is met by a soft threshold after each
    update, see `ProximalGradientDescent`. A loss with corners (absolute error) takes steps of
    :math:`\alpha / \sqrt{t}` and keeps the best parameters seen. Mini-batches are drawn anew, in a
    new order, each pass; their step is :math:`\alpha / (1 + t / 10)` in pass t, so that the noise
    of the batches dies away.

    Parameters
    ----------
    neurons : Neurons
        What to minimise, by which steps.
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
    ValueError
        When the squares of the numbers are not finite.
    DivergenceError
        When the loss grows beyond all bounds, or ends above where it began; names the pass and a
        rate that converges.

    References
    ----------
    Robbins and Monro (1951), A stochastic approximation method.
    """
    automatic = learning_rate == "auto"
    rate = safe_learning_rate(neurons, batch_size) if automatic else float(learning_rate)
    full_batch = batch_size is None or batch_size >= len(neurons.data)
    settles = full_batch and not neurons.has_corners
    if full_batch:
        passes = _full_passes(neurons, rate, may_halve=automatic and settles)
    else:
        passes = _mini_batch_passes(neurons, rate, batch_size or 1, random_state)
    best = neurons.zero
    losses: list[float] = []
    slopes: list[float] = []
    path: list[Floats] = []
    with np.errstate(all="ignore"):  # what overflows has diverged
        for here in passes:
            w = here.ahead.before
            if settles or here.loss < min(losses, default=np.inf):
                best = w
            losses.append(here.loss)
            slopes.append(here.ahead.slope)
            if len(w) <= MOST_PARAMETERS_KEPT:
                path.append(w[neurons.order])
            settled = slopes[-1] <= tol * slopes[0] if settles else _stalled(losses, tol)
            hopeless = not losses[-1] < HOPELESS * max(losses[0], 1e-300)
            if settled or hopeless or len(losses) > max_iter:
                break
    if not np.isfinite(losses[0]):
        raise ValueError(TOO_LARGE)
    if not (settled or losses[-1] <= losses[0]):
        safe = safe_learning_rate(neurons, batch_size)
        raise _diverged(neurons, losses, rate, safe, automatic=automatic)
    if not settled:
        warn_user(
            f"gradient descent took max_iter={max_iter} passes and has not settled: the largest "
            f"component of the gradient is {slopes[-1]:.3g}, to stop it must be "
            f"{tol * slopes[0]:.3g}. Scale the columns to unit variance, raise max_iter, or use a "
            "closed-form solver.",
            ConvergenceWarning,
        )
    history = {"loss": np.array(losses)} | ({"parameters": np.array(path)} if path else {})
    last_step = {} if here.last is None else here.last.in_order(neurons.order)
    return Descent(best[neurons.order], len(losses) - 1, history, last_step)


def safe_learning_rate(neurons: Neurons, batch_size: int | None) -> float:
    r"""Return 1/L, for mini-batches of b of the n rows with the L that is expected of them.

    .. math::
        L_b = \frac{n (b - 1)}{b (n - 1)} L + \frac{n - b}{b (n - 1)} \max_i L_i

    Parameters
    ----------
    neurons : Neurons
        What to minimise; its curvature is taken where all parameters are zero.
    batch_size : int or None
        b; None stands for n.

    References
    ----------
    Gower, Loizou, Qian, Sailanbayev, Shulgin and Richtárik (2019), SGD: general analysis and
    improved rates, ICML.
    """
    n, b = len(neurons.data), batch_size
    largest, of_one_row = neurons.curvatures()
    if b is not None and b < n:
        all_rows, one_row = n * (b - 1) / (b * (n - 1)), (n - b) / (b * (n - 1))
        largest = all_rows * largest + one_row * of_one_row
    if not np.isfinite(largest):
        raise ValueError(TOO_LARGE)
    return 1 / max(largest, 1e-300)


def _full_passes(neurons: Neurons, rate: float, *, may_halve: bool) -> Iterator[Pass]:
    """Yield the start, and where each pass over all rows at once leads.

    With `may_halve` an update that raised the loss is taken again at half the rate.
    """
    loss, ahead = neurons.step(neurons.zero, rate)
    last = None
    for t in count(2):
        yield Pass(loss, last, ahead)
        before, last = loss, ahead
        loss, ahead = neurons.step(last.after, rate / sqrt(t) if neurons.has_corners else rate)
        while may_halve and loss > before + ROUNDING * abs(before):
            rate /= 2
            _, last = neurons.step(last.before, rate)
            loss, ahead = neurons.step(last.after, rate)


def _mini_batch_passes(
    neurons: Neurons, rate: float, batch_size: int, random_state: np.random.RandomState
) -> Iterator[Pass]:
    """Yield the start, and where each pass by small batches leads."""
    n, seed = len(neurons.data), int(random_state.randint(2**31 - 1))
    w, last = neurons.zero, None
    for t in count(1):
        loss, ahead = neurons.step(w, rate)
        yield Pass(loss, last, ahead)
        pace = rate / (1 + t / 10) / (sqrt(t) if neurons.has_corners else 1)
        for first in range(0, n, batch_size):
            rows = neurons.data.drawn(first, min(first + batch_size, n), t, seed, shuffle=True)
            _, last = neurons.step(w, pace, rows)
            w = last.after


def _stalled(losses: list[float], tol: float, window: int = 100) -> bool:
    if len(losses) <= window:
        return False
    best = min(losses)
    return min(losses[:-window]) - best <= tol * abs(best)


def _diverged(
    neurons: Neurons, losses: list[float], rate: float, safe: float, *, automatic: bool
) -> DivergenceError:
    """Say where it began and which rates converge."""
    finite = [loss if np.isfinite(loss) else np.inf for loss in losses]
    began = int(np.argmin(finite)) + 1
    advice = f"Every rate below {2 * safe:.4g} converges; use learning_rate='auto'."
    if automatic:
        advice = "Scale the columns to unit variance, or use larger batches."
    elif not neurons.evenly_curved:
        advice = (
            f"Use learning_rate='auto': it begins with {safe:.4g} and converges, because it "
            "takes shorter steps where the loss curves more."
        )
    message = (
        f"gradient descent diverged: with learning_rate={rate:.4g} the loss grew from "
        f"{finite[began - 1]:.4g} before step {began} to {losses[-1]:.4g} after step "
        f"{len(losses) - 1}. {advice}"
    )
    return DivergenceError(message, learning_rate=None if automatic else safe)
