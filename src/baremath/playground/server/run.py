"""A run: one network in training, and what its page isn't told yet."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from baremath.playground.server import network
from baremath.playground.server.config import Config, Variant
from baremath.playground.server.measured import Measured
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import Points
from baremath.training.progress import Progress


class Run:
    """One network in training.

    Parameters
    ----------
    label : str
        What is different of it, where there are several.
    plan : Plan
    now : Progress

    Attributes
    ----------
    failed : str
        Why it trains no more, or "".
    seconds : float
        That it has trained.
    """

    def __init__(self, label: str, plan: Plan, now: Progress) -> None:
        self.label, self.plan, self.now = label, plan, now
        self.failed = ""
        self.seconds = 0.0
        self._measured: tuple[Progress, Measured] | None = None

    @property
    def epochs(self) -> int:
        """How many epochs are complete."""
        return self.now.epochs + (self.now.row == self.now.n_rows)

    @property
    def is_between_epochs(self) -> bool:
        """Whether no epoch is under way."""
        return self.now.row in (0, self.now.n_rows)

    def measured(self) -> Measured:
        """Measure the network as it is now, once."""
        if self._measured is None or self._measured[0] is not self.now:
            self._measured = (self.now, self.plan.measured(self.now))
        return self._measured[1]

    @property
    def has_losses(self) -> bool:
        """Whether its losses are numbers."""
        found = self.measured()
        return not self.failed and math.isfinite(found.train_loss + found.test_loss)

    @property
    def losses(self) -> tuple[float, float, float]:
        """The step, and the losses of the training and the test points: a point of their curve."""
        found = self.measured()
        return float(self.now.steps), found.train_loss, found.test_loss

    def stand_at(self, plan: Plan, now: Progress) -> None:
        """Go to a moment."""
        self.plan, self.now, self.failed = plan, now, ""

    def reach(self, step: int) -> Iterator[None]:
        """Train up to a step, and yield after each portion.

        Raises
        ------
        DivergedError
            If a loss, or a weight, is not finite.
        """
        while self.now.steps < step:
            began = time.perf_counter()
            self.now = self.plan.portion(self.now, step - self.now.steps)
            self.seconds += time.perf_counter() - began
            yield

    def described(self) -> dict[str, Any]:
        """Return its numbers as a page shows them; None for what is not finite."""
        found = self.measured()
        values = {
            "label": self.label,
            "step": self.now.steps,
            "epoch": self.epochs,
            "train_loss": found.train_loss,
            "test_loss": found.test_loss,
            "train_accuracy": found.train_accuracy,
            "test_accuracy": found.test_accuracy,
            "r2": found.r2,
            "learning_rate": self.plan.learning_rate(self.now),
            "failed": self.failed,
        }
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in values.items()
        }


def varied(config: Config, variant: Variant) -> Config:
    """Return the configuration of a run that differs in what its variant names."""
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(variant).items()
        if value is not None and name not in ("label", "activation")
    }
    changed = msgspec.structs.replace(config, **changes)
    if variant.activation is None:
        return changed
    layers = tuple(
        msgspec.structs.replace(layer, activation=variant.activation) for layer in changed.layers
    )
    return msgspec.structs.replace(changed, layers=layers)


def run_of(
    label: str, config: Config, points: Points, before: Run | None, like: Plan | None = None
) -> Run:
    """Return a run under a configuration; it goes on from what was before, if there was any.

    It shares the tables of a plan that is `like` its own.
    """
    if before is None:
        plan = Plan(config, points, like=like)
        return Run(label, plan, plan.first())
    old = before.plan
    if old.config == config and old.points is points:
        return before
    plan = Plan(config, points, like=like)
    if old.held is not None:
        nothing = np.zeros(plan.n_weights, np.float32)
        held = network.transplanted(
            old.held.astype(np.float32), old.architecture, nothing, plan.architecture
        )
        plan = Plan(config, points, held > 0, plan)
    return Run(label, plan, plan.taken_over(old, before.now))
