"""Steps taken one by one, operation by operation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from baremath.training.data import Data
from baremath.training.progress import Progress
from baremath.training.step import TrainingStep


class Setting(NamedTuple):
    """What steps are taken with, beside the progress.

    Parameters
    ----------
    step : TrainingStep
        What a step is.
    data : Data
        The rows.
    batch_size : int or None
        Rows of a step; None for all.
    seed : int
        Of the order of the rows, and of what layers draw.
    shuffle : bool
        Whether the rows come in a new order in each epoch.
    hyper : callable
        Returns the numbers of the step after some progress, by name.
    scheduled, clipped : bool
        Whether they change within an epoch, and whether gradients are clipped.
    """

    step: TrainingStep
    data: Data
    batch_size: int | None
    seed: int
    shuffle: bool
    hyper: Callable[[Progress], dict[str, float]]
    scheduled: bool
    clipped: bool

    def last_row(self, now: Progress) -> int:
        """Return where the next step's rows end."""
        return min(now.row + (self.batch_size or now.n_rows), now.n_rows)

    def steps_left(self, now: Progress) -> int:
        """Return how many steps are left of the epoch."""
        return math.ceil((now.n_rows - now.row) / (self.batch_size or now.n_rows))


class Taken(NamedTuple):
    """Steps that were taken.

    Parameters
    ----------
    progress : Progress
        After them; it ends an epoch at most.
    losses : sequence of float
        Of each step. One that isn't finite is the last: its step doesn't count.
    epochs : list of float
        The mean losses of the epochs that ended before the last step.
    """

    progress: Progress
    losses: Sequence[float] | NDArray[Any]
    epochs: list[float]


class Steps(Protocol):
    """What takes steps."""

    def take(self, setting: Setting, now: Progress, n_steps: int) -> Taken:
        """Take some steps, or fewer; the progress that is given stays as it is."""
        ...


class Eager:
    """Takes steps by the eager engine."""

    def take(self, setting: Setting, now: Progress, n_steps: int) -> Taken:
        """Take one step, whatever is asked for: an error in the next one finds it done."""
        after, loss = one_step(setting, now)
        return Taken(after if math.isfinite(loss) else now, [loss], [])


def one_step(setting: Setting, now: Progress, slower: float = 1.0) -> tuple[Progress, float]:
    """Return the progress after one step more, and its loss; nothing changes.

    `slower` is a factor on the learning rate, to see what would have happened.
    """
    if now.row == now.n_rows:
        now = now.next_epoch()
    hyper = setting.hyper(now)
    if slower != 1.0:
        hyper["optimizer.learning_rate"] *= slower
    last = setting.last_row(now)
    rows = setting.data.drawn(now.row, last, now.epochs, setting.seed, setting.shuffle)
    batch = rows.as_batch(setting.seed, now.steps)
    params, state, loss = setting.step(now.params, now.state, hyper, batch)
    return now.after_step(params, state, last, loss.item(), rows.weight), loss.item()
