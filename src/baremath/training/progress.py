"""How far training has come."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray


class Progress(NamedTuple):
    """How far training has come: all that a step reads and replaces.

    It is never changed, only replaced, whole: whatever interrupts training finds the one before a
    step or the one after it.

    Parameters
    ----------
    params : ndarray
        All parameters, a flat vector.
    state : dict
        What the optimizer remembers, and the buffers.
    steps, epochs : int
        Taken; completed.
    n_rows, row : int
        Rows of an epoch, and how many of this one have been learned from.
    loss_sum, weight_sum : float
        Over this epoch's batches: the loss times what the batch counts, and that.
    """

    params: NDArray[Any]
    state: dict[str, Any]
    steps: int = 0
    epochs: int = 0
    n_rows: int = 0
    row: int = 0
    loss_sum: float = 0.0
    weight_sum: float = 0.0

    def after_step(
        self,
        params: NDArray[Any],
        state: dict[str, Any],
        row: int,
        loss: float,
        weight: float,
    ) -> Progress:
        """Return the progress after a step that learned from the rows up to `row`."""
        return Progress(
            params,
            state,
            self.steps + 1,
            self.epochs,
            self.n_rows,
            row,
            self.loss_sum + loss * weight,
            self.weight_sum + weight,
        )

    def next_epoch(self) -> Progress:
        """Return the progress at the beginning of the next epoch."""
        return self._replace(epochs=self.epochs + 1, row=0, loss_sum=0.0, weight_sum=0.0)

    def with_rows(self, n_rows: int) -> Progress:
        """Return the progress at the beginning of this epoch, over so many rows."""
        return self._replace(n_rows=n_rows, row=0, loss_sum=0.0, weight_sum=0.0)
