"""A moment: all that training can go on from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import numpy as np

from baremath.playground.server.config import Config, Variant
from baremath.playground.server.plan import Plan
from baremath.training.data import Data
from baremath.training.progress import Progress


@dataclass(frozen=True, eq=False)
class Moment:
    """All runs at one step.

    Parameters
    ----------
    runs : tuple of (Plan, Progress)
        Of each run; in step.
    variants : tuple of Variant
        What is different of the runs after the first.
    edited : bool
        Whether the configuration and the number of steps don't tell it all.
    kept : bool
        Whether something was changed there, so that steps alone don't lead to it.
    forgotten_from : int or None
        A step before it, from which on it can't be gone to: something was changed there, and that
        moment has been dropped.
    """

    runs: tuple[tuple[Plan, Progress], ...]
    variants: tuple[Variant, ...] = ()
    edited: bool = False
    kept: bool = False
    forgotten_from: int | None = None

    @property
    def step(self) -> int:
        """How many steps had been taken."""
        return self.runs[0][1].steps

    @property
    def differs_from(self) -> int | None:
        """The step at which training without changes leaves the way here; None if it doesn't."""
        if self.forgotten_from is not None:
            return self.forgotten_from
        return self.step if self.kept else None

    @property
    def bytes(self) -> int:
        """What its weights take, about."""
        return sum(now.params.nbytes * (1 + len(now.state["optimizer"])) for _, now in self.runs)

    @property
    def table(self) -> Data:
        """The rows of the first run; moments share them where nothing of the data has changed."""
        return self.runs[0][0].train

    @property
    def table_bytes(self) -> int:
        """What its tables take, about."""
        return self.runs[0][0].table_bytes

    def is_like(self, other: Moment) -> bool:
        """Whether training goes on from both in the same way."""
        return len(self.runs) == len(other.runs) and all(
            _are_alike(one, its) for one, its in zip(self.runs, other.runs, strict=True)
        )

    def of_run(self, run: int) -> Moment:
        """Return the moment of one run alone."""
        return replace(self, runs=(self.runs[run],), variants=())


def _are_alike(one: tuple[Plan, Progress], other: tuple[Plan, Progress]) -> bool:
    (plan, now), (plan_2, now_2) = one, other
    return (
        now.steps == now_2.steps
        and trains_alike(plan.config, plan_2.config)
        and np.array_equal(now.params, now_2.params)
        and _is_held_alike(plan, plan_2)
    )


def _is_held_alike(plan: Plan, other: Plan) -> bool:
    if plan.held is None or other.held is None:
        return plan.held is other.held
    return np.array_equal(plan.held, other.held)


def trains_alike(one: Config, other: Config) -> bool:
    """Whether two configurations differ at most in when they stop."""
    return msgspec.structs.replace(one, stop=other.stop) == other
