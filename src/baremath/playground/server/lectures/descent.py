"""Descent: rules of optimization going down a loss, step by step, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from baremath.autodiff import sum as total
from baremath.autodiff import value_and_grad
from baremath.optim import OPTIMIZERS, Optimizer
from baremath.playground.server.config import Frozen, Positive

Floats: TypeAlias = NDArray[np.float64]

#: Returns the loss at each of some points, an array of shape (n,) for one of shape (n, d).
Losses: TypeAlias = Callable[[Any], Any]

MOST_STEPS = 500
FAR = 1e6  # who gets as far as this has diverged

RuleName = Literal["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw"]
Rate = Annotated[float, Meta(gt=0, le=1e3)]
Kept = Annotated[float, Meta(ge=0, lt=1)]


class Rule(Frozen, frozen=True):
    """A rule of optimization; what isn't given is as usual."""

    name: RuleName = "sgd"
    learning_rate: Rate | None = None
    momentum: Kept | None = None
    rho: Kept | None = None
    beta_1: Kept | None = None
    beta_2: Kept | None = None
    epsilon: Annotated[float, Meta(gt=0, le=1)] | None = None
    weight_decay: Positive | None = None

    def optimizer(self, usual: Optimizer | None = None) -> Optimizer:
        """Return the optimizer; what isn't given is as `usual` has it, one of the same rule."""
        rule: Any = OPTIMIZERS[self.name]
        numbers = (usual or rule()).hyperparameters()
        given = {name: getattr(self, name) for name in numbers}
        numbers |= {name: value for name, value in given.items() if value is not None}
        made: Optimizer = rule(**numbers)
        return made


class Moment(NamedTuple):
    """Where all are before a step, and what they know there.

    Parameters
    ----------
    points : ndarray of shape (n_rules, d)
        NaN for those that have diverged.
    losses : ndarray of shape (n_rules,)
        How high that is.
    gradients : ndarray of shape (n_rules, d)
        How it rises.
    states : list of dict
        What each rule remembers.
    """

    points: Floats
    losses: Floats
    gradients: Floats
    states: list[dict[str, Any]]


def moments(losses: Losses, rules: Sequence[Optimizer], start: Sequence[float]) -> Iterator[Moment]:
    """Yield the moment before each step, without end.

    Parameters
    ----------
    losses : callable
        The losses at some points, of which the gradient is taken by the chain rule.
    rules : sequence of Optimizer
        Who goes down.
    start : sequence of float, of length d
        Where all begin.
    """

    def both(points: Any) -> Any:
        each = losses(points)
        return total(each), each

    slopes = value_and_grad(both, has_aux=True)
    points = np.tile(np.asarray(start, np.float64), (len(rules), 1))
    states = [rule.init(points[0]) for rule in rules]
    while True:
        with np.errstate(all="ignore"):  # where it is too steep to follow
            (_, each), gradients = slopes(points)
            heights = np.array(each)
            lost = ~(np.isfinite(heights) & np.isfinite(gradients).all(1))
            points[lost], heights[lost] = np.nan, np.nan
            yield Moment(points, heights, gradients, states)
            after = [
                rule.update(point, gradient, state)
                for rule, point, gradient, state in zip(
                    rules, points, gradients, states, strict=True
                )
            ]
        states = [state for _, state in after]
        points = np.array([point for point, _ in after])
        points[np.abs(points).max(axis=1) > FAR] = np.nan


def paths(
    losses: Losses, rules: Sequence[Optimizer], start: Sequence[float], n_steps: int
) -> tuple[Floats, Floats]:
    """Return where each rule was before the first step and after each, and how high.

    Returns
    -------
    paths : ndarray of shape (n_rules, n_steps + 1, d)
        NaN from where it diverged.
    heights : ndarray of shape (n_rules, n_steps + 1)
        The losses.
    """
    seen = list(islice(moments(losses, rules, start), n_steps + 1))
    return (
        np.stack([moment.points for moment in seen], axis=1),
        np.stack([moment.losses for moment in seen], axis=1),
    )
