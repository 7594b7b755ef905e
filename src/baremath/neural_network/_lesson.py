"""What a module learns from, and what is known of how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import Tensor, no_grad
from baremath.estimator import Floats
from baremath.neural_network._lbfgs import minimise
from baremath.neural_network._watch import Watch
from baremath.nn import Module
from baremath.training import Trainer

CLEARLY = 0.1  # a rise by this share of the loss is more than what drops out makes it
MOST_AT_ONCE = 10_000  # rows whose hidden layers are in memory together


@dataclass(frozen=True)
class Rows:
    """Features, targets, and what each row counts."""

    X: Floats
    targets: NDArray[Any]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, chosen: NDArray[Any]) -> Rows:
        return Rows(self.X[chosen], self.targets[chosen], self.weights[chosen])

    @property
    def sample_weight(self) -> NDArray[np.float64] | None:
        """The weights, of mean 1; None where all rows count alike."""
        alike = bool((self.weights == self.weights[0]).all())
        return None if alike else self.weights / self.weights.mean()


@dataclass(frozen=True)
class Record:
    """How learning went.

    Parameters
    ----------
    losses : list of float
        Over all rows before the first epoch, then of each epoch: after its step where it is one of
        all rows, else the mean over its batches.
    scores : list of float
        Of the rows held out, after each epoch.
    at_rest : bool
        Whether it ended because nothing improved.
    memory : dict
        What the trainer goes on from in another fit.
    """

    losses: list[float]
    at_rest: bool
    scores: list[float] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def loss_kept(self) -> float:
        """The loss of the epoch whose weights are kept: the last, or the one of the best score."""
        last_best = len(self.scores) - int(np.argmax(self.scores[::-1])) if self.scores else -1
        return self.losses[last_best]

    @property
    def went_up(self) -> bool:
        """Whether the loss is clearly worse than it was before the first epoch."""
        return self.loss_kept - self.losses[0] > CLEARLY * abs(self.losses[0])


@dataclass(frozen=True)
class Lesson:
    """A module, the rows to learn from (targets as the loss takes them), the loss, the penalty."""

    module: Module
    rows: Rows
    loss: Any
    penalty: Any

    def by_batches(
        self, epochs: int, watch: Watch, memory: dict[str, Any], **settings: Any
    ) -> Record:
        """Learn in epochs.

        Parameters
        ----------
        epochs : int
            At most.
        watch : Watch
            Says when to stop.
        memory : dict
            Of an earlier record; or empty, to begin anew.
        **settings
            Further arguments of the trainer.
        """
        rows = self.rows
        trainer = Trainer(self.module, self.loss, penalty=self.penalty, **settings)
        _recall(trainer, memory)
        done = trainer.epochs
        before = self._loss_now()
        trainer.fit(
            rows.X,
            rows.targets,
            epochs,
            sample_weight=rows.sample_weight,
            stop=watch,
        )
        after = self._loss_now()
        if watch.best_state:
            self.module.load_state_dict(watch.best_state)
        losses = [before, *trainer.history["loss"][done:]]
        if settings["batch_size"] >= len(rows):  # each loss is that before its epoch's one step
            losses = [*losses[1:], after]
        return Record(losses, bool(watch.reason), watch.scores, _memory(trainer))

    def by_lbfgs(self, max_iter: int, max_fun: int, tol: float) -> Record:
        """Learn from all rows at once, by L-BFGS."""
        losses, at_rest = minimise(
            self.module, self._objective, max_iter=max_iter, max_fun=max_fun, tol=tol
        )
        return Record(losses, at_rest)

    def _objective(self) -> Any:
        """Return the loss over all rows, with the penalty."""
        rows = self.rows
        weights = () if rows.sample_weight is None else (rows.sample_weight,)
        loss = self.loss(self.module(Tensor(rows.X)), rows.targets, *weights)
        return loss if self.penalty is None else loss + self.penalty(self.module.named_parameters())

    def _loss_now(self) -> float:
        self.module.eval()
        with no_grad(), np.errstate(all="ignore"):
            return float(self._objective())


def outputs(module: Module, X: Floats) -> NDArray[Any]:
    """Return what a module in eval mode gives for each row, as a table."""
    with no_grad(), np.errstate(all="ignore"):
        parts = [
            module(Tensor(X[first : first + MOST_AT_ONCE])).data
            for first in range(0, len(X), MOST_AT_ONCE)
        ]
    return np.concatenate(parts).reshape(len(X), -1)


def _memory(trainer: Trainer) -> dict[str, Any]:
    now = trainer._now
    return {
        "steps": now.steps,
        "epochs": now.epochs,
        "optimizer": now.state["optimizer"],
        "learning_rate": trainer.optimizer.learning_rate,
    }


def _recall(trainer: Trainer, memory: dict[str, Any]) -> None:
    """Let a trainer go on from where another ended, if it has the same kind of optimizer."""
    now = trainer._now
    if memory and memory["optimizer"].keys() == now.state["optimizer"].keys():
        trainer._now = now._replace(
            steps=memory["steps"],
            epochs=memory["epochs"],
            state={**now.state, "optimizer": memory["optimizer"]},
        )
