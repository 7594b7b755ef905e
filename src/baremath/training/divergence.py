"""When the loss is no longer a number: where it began, and what would help."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import AnomalyError, detect_anomaly
from baremath.training.progress import Progress

#: Takes the step after some progress, with the learning rate multiplied: the progress, the loss.
Take = Callable[[Progress, float], tuple[Progress, float]]

#: A progress, and how many steps after it something happened.
Place = tuple[Progress, int]

#: Takes those steps.
Replay = Callable[[Place], Progress]

_STEPS_TRIED = 30
_RATES_TRIED = 64
_FAR_OFF = 100  # times the lowest loss


class DivergenceError(ArithmeticError):
    """The loss grew beyond all bounds, or stopped being finite.

    Parameters
    ----------
    message : str
        What happened, where, and what to do.
    step : int, optional
        The step whose loss is not finite, from 1; None where the loss only grew.
    layer : str, default=""
        The path of the layer where a number was first not finite.
    operation : str, default=""
        The operation there.
    learning_rate : float, optional
        One that goes downhill.
    """

    def __init__(
        self,
        message: str,
        step: int | None = None,
        layer: str = "",
        operation: str = "",
        learning_rate: float | None = None,
    ) -> None:
        super().__init__(message)
        self.step = step
        self.layer = layer
        self.operation = operation
        self.learning_rate = learning_rate


class Guard:
    """Remembers the last steps, to go back to them when the loss is no longer finite.

    Parameters
    ----------
    now : Progress
        Where training begins, or goes on with something else.

    Attributes
    ----------
    before : (Progress, int) or None
        A progress, and how many steps after it the last step begins; None if there was none. Its
        loss was finite.
    lowest : (Progress, int)
        Likewise of the step with the lowest loss.
    """

    def __init__(self, now: Progress) -> None:
        self.before: Place | None = None
        self.lowest: Place = (now, 0)
        self._lowest_loss = math.inf

    def note(self, now: Progress, losses: Sequence[float] | NDArray[Any]) -> None:
        """Remember steps that are taken from here, by their losses."""
        if not len(losses):
            return
        self.before = (now, len(losses) - 1)
        least = int(np.argmin(losses))
        if losses[least] < self._lowest_loss:
            self.lowest, self._lowest_loss = (now, least), float(losses[least])

    def go_on_with(self, n_rows: int) -> None:
        """Go on with another table, of so many rows."""
        if self.before:
            self.before = (self.before[0].with_rows(n_rows), 0)
        self.lowest = (self.lowest[0].with_rows(n_rows), 0)

    def explain(
        self, take: Take, replay: Replay, now: Progress, learning_rate: float, loss: float | None
    ) -> tuple[DivergenceError, Progress | None]:
        """Find what happened by taking the last steps again.

        Parameters
        ----------
        take : callable
            The step, as a pure function.
        replay : callable
            Takes steps as they were taken.
        now : Progress
            Before the step whose loss is not finite.
        learning_rate : float
            The optimizer's.
        loss : float or None
            That isn't finite; None if it is the weights after the last step that aren't.

        Returns
        -------
        error : DivergenceError
        before : Progress or None
            Before the last step whose loss was finite; None if there was none.
        """
        before = replay(self.before) if self.before else None
        happened = (
            f"the weights after step {now.steps} are not finite."
            if loss is None
            else f"the loss of step {now.steps + 1}, in epoch {now.epochs + 1}, is {loss}."
        )
        anomaly = _first_anomaly(take, before) if before else None
        if anomaly is None and np.isfinite(now.params).all():
            anomaly = _first_anomaly(take, now)
        if anomaly:
            happened += f" First not finite: {anomaly}."
            layer, operation = anomaly.module, anomaly.operation
        else:
            happened += f" First not finite: the update of step {now.steps}."
            layer, operation = "", "update"
        if before is None:
            return DivergenceError(
                f"{happened} No step had been taken from these weights, so the learning rate isn't "
                "to blame: the weights or the data are too large for this operation, or it isn't "
                "defined for them. The weights are unchanged.",
                now.steps + 1,
                layer,
                operation,
            ), None
        lowest = replay(self.lowest)
        rate = _rate_that_descends(take, lowest, learning_rate)
        advice = self._advice(take(before, 1.0)[1], before, lowest, rate, learning_rate)
        return DivergenceError(
            f"training diverged: {happened} {advice}", now.steps + 1, layer, operation, rate
        ), before

    def _advice(
        self,
        kept: float,
        before: Progress,
        lowest: Progress,
        rate: float | None,
        learning_rate: float,
    ) -> str:
        """Say which rate would go down, and which weights the module has now."""
        low = self._lowest_loss
        what = (
            f"Set optimizer.learning_rate to {rate:.3g}: with that the loss goes down"
            if rate is not None
            else f"No learning rate from {learning_rate:.3g} down makes the loss go down"
        )
        anew = "; begin anew, by module.initialise(seed)" if kept > _FAR_OFF * abs(low) else ""
        return (
            f"{what} from where it was lowest, {low:.4g} in step {lowest.steps + 1}. The "
            f"module has the last weights with a finite loss, {kept:.4g}, those before step "
            f"{before.steps + 1}{anew}."
        )


def _first_anomaly(take: Take, progress: Progress) -> AnomalyError | None:
    """Take a step again and return what first isn't finite in it."""
    try:
        with detect_anomaly():
            take(progress, 1.0)
    except AnomalyError as anomaly:
        return anomaly
    return None


def _rate_that_descends(take: Take, start: Progress, learning_rate: float) -> float | None:
    """Quarter the learning rate until some steps from `start` go down, and as long as it helps."""
    rate, lowest = None, math.inf
    for k in range(1, _RATES_TRIED + 1):
        factor = 0.25**k
        loss = _loss_after_steps(take, start, factor)
        if rate is not None and not loss < lowest:
            break
        if loss < lowest:
            rate, lowest = learning_rate * factor, loss
    return rate


def _loss_after_steps(take: Take, start: Progress, factor: float) -> float:
    """Return the mean loss of the later half of some steps; infinity if it didn't go down."""
    losses: list[float] = []
    progress = start
    for _ in range(_STEPS_TRIED):
        progress, loss = take(progress, factor)
        if not math.isfinite(loss) or loss > _FAR_OFF * abs(losses[0] if losses else math.inf):
            return math.inf
        losses.append(loss)
    half = _STEPS_TRIED // 2
    before, after = np.mean(losses[:half]), np.mean(losses[half:])
    return float(after) if after < before else math.inf
