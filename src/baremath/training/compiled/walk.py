"""The rows that a number of steps take, through as many epochs as it needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.training.eager import Setting, Taken
from baremath.training.progress import Progress


class Walk:
    """Steps through the rows of one epoch after another.

    Parameters
    ----------
    setting : Setting
        What they are taken with.
    now : Progress
        Where they begin.
    n_steps : int
        How many.

    Attributes
    ----------
    order : ndarray of uint32
        Numbers of rows, epoch after epoch.
    starts, counts : ndarray of int64 of shape (n_steps,)
        Where each step begins in the order, and how many rows it takes.
    """

    def __init__(self, setting: Setting, now: Progress, n_steps: int) -> None:
        self.setting = setting
        if now.row == now.n_rows:
            now = now.next_epoch()
        self.now = now
        n, batch = now.n_rows, setting.batch_size or now.n_rows
        if now.row and batch >= n:  # the rest of an epoch that was begun in smaller batches
            n_steps = 1
        of_an_epoch, left = -(-n // batch), -(-(n - now.row) // batch)
        step = np.arange(n_steps)
        later = step - left  # than the first epoch's, of which some rows may be taken already
        #: For each step, how many epochs end before it, and the row where it begins.
        self.epochs = np.where(later < 0, 0, later // of_an_epoch + 1)
        self.rows = np.where(later < 0, now.row + step * batch, later % of_an_epoch * batch)
        self.counts: NDArray[np.int64] = np.minimum(n - self.rows, batch).astype(np.int64)
        shuffled = setting.shuffle and (batch < n or now.row > 0)
        if shuffled:
            last = now.epochs + int(self.epochs[-1]) + 1
            self.order = setting.data.orders(now.epochs, last, setting.seed)
        else:
            self.order = np.arange(n, dtype=np.uint32)
        self.starts = (self.rows + (self.epochs * n if shuffled else 0)).astype(np.int64)

    def hyper(self, names: list[str]) -> NDArray[np.float64]:
        """Return the numbers of each step, of shape (n_steps, n_names); or of all, in one row."""
        if not self.setting.scheduled:
            values = self.setting.hyper(self.now)
            return np.array([[values[name] for name in names]], np.float64)
        found = np.empty((len(self.rows), len(names)))
        for k, (epochs, row) in enumerate(zip(self.epochs, self.rows, strict=True)):
            place = self.now._replace(epochs=self.now.epochs + int(epochs), row=int(row))
            values = self.setting.hyper(place)
            found[k] = [values[name] for name in names]
        return found

    def taken(self, params: Any, state: Any, losses: NDArray[Any]) -> Taken:
        """Return what has been taken: as many steps as there are losses."""
        steps, now = len(losses), self.now
        weights = self._weights(steps)
        sums = losses.astype(np.float64) * weights
        last = int(self.epochs[steps - 1])
        firsts = np.searchsorted(self.epochs[:steps], np.arange(last + 1))
        loss_sums, weight_sums = np.add.reduceat(sums, firsts), np.add.reduceat(weights, firsts)
        loss_sums[0] += now.loss_sum
        weight_sums[0] += now.weight_sum
        means = (loss_sums[:-1] / weight_sums[:-1]).tolist()
        after = Progress(
            params,
            state,
            now.steps + steps,
            now.epochs + last,
            now.n_rows,
            int(self.rows[steps - 1] + self.counts[steps - 1]),
            float(loss_sums[-1]),
            float(weight_sums[-1]),
        )
        return Taken(after, losses, means)

    def _weights(self, steps: int) -> NDArray[np.float64]:
        """Return what the rows of each step count together."""
        weights = self.setting.data.sample_weight
        if weights is None:
            return self.counts[:steps].astype(np.float64)
        found = [
            weights[self.order[start : start + count]].sum()
            for start, count in zip(self.starts[:steps], self.counts, strict=False)
        ]
        return np.array(found, np.float64)
