"""Schedule: what every plan for the learning rate is; and the plans that depend on time alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.hyperparameters import Hyperparameters


@dataclass
class Schedule(Hyperparameters):
    """A plan for the learning rate: a factor on it, as a function of time.

    A schedule is called with the epochs passed, which may be a fraction. Most depend on nothing
    else; one that watches the loss (`ReduceOnPlateau`) has a state too.
    """

    def __call__(self, epoch: float) -> float:
        """Return the factor on the learning rate.

        Parameters
        ----------
        epoch : float
            The epochs passed since the start, 0 or more.

        Returns
        -------
        float
        """
        raise NotImplementedError(f"{type(self).__name__} has no __call__(epoch)")

    def observe(self, loss: float) -> None:
        """Take note of the loss after an epoch; most schedules don't care."""

    def state_dict(self) -> dict[str, Any]:
        """Return what it has learned from the losses: numbers by name, fit for JSON."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`.

        Raises
        ------
        ValueError
            If it is another schedule's; nothing is changed then.
        """
        if state.keys() != self.state_dict().keys():
            raise ValueError(
                f"the state of a {type(self).__name__} has the keys "
                f"{sorted(self.state_dict())}, not {sorted(state)}."
            )


@dataclass
class Constant(Schedule):
    r"""The learning rate as it is: a factor of 1.

    Examples
    --------
    >>> from baremath.optim import Constant
    >>> Constant()(12.5)
    1.0
    """

    name: ClassVar[str] = "constant"

    def __call__(self, epoch: float) -> float:
        """Return 1."""
        return 1.0


@dataclass
class StepDecay(Schedule):
    r"""Down a step every so many epochs.

    .. math:: \gamma^{\lfloor t / k \rfloor}

    Parameters
    ----------
    every : float, default=30
        :math:`k`, the epochs from one step to the next.
    factor : float in (0, 1], default=0.1
        :math:`\gamma`, what each step multiplies by.

    Examples
    --------
    >>> from baremath.optim import StepDecay
    >>> schedule = StepDecay(every=10, factor=0.5)
    >>> [schedule(epoch) for epoch in (0, 9.9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """

    name: ClassVar[str] = "step_decay"

    every: float = 30
    factor: float = 0.1

    def __call__(self, epoch: float) -> float:
        """Return the factor after so many epochs."""
        return float(self.factor ** math.floor(epoch / self.every))


@dataclass
class ExponentialDecay(Schedule):
    r"""Down by the same share in each epoch.

    .. math:: \gamma^t

    Parameters
    ----------
    factor : float in (0, 1], default=0.95
        :math:`\gamma`, what each epoch multiplies by.

    Examples
    --------
    >>> from baremath.optim import ExponentialDecay
    >>> schedule = ExponentialDecay(factor=0.25)
    >>> [schedule(epoch) for epoch in (0, 0.5, 1, 2)]
    [1.0, 0.5, 0.25, 0.0625]
    """

    name: ClassVar[str] = "exponential_decay"

    factor: float = 0.95

    def __call__(self, epoch: float) -> float:
        """Return the factor after so many epochs."""
        return float(self.factor**epoch)


@dataclass
class InverseTimeDecay(Schedule):
    r"""Down as one over time.

    .. math:: \frac{1}{1 + k t}

    Its sum over all epochs is infinite and the sum of its squares finite: what stochastic gradient
    descent needs to get anywhere and to settle there.

    Parameters
    ----------
    rate : float, default=0.1
        :math:`k`: after :math:`1/k` epochs the factor is one half.

    References
    ----------
    Robbins and Monro (1951), A stochastic approximation method.

    Examples
    --------
    >>> from baremath.optim import InverseTimeDecay
    >>> schedule = InverseTimeDecay(rate=0.1)
    >>> [schedule(epoch) for epoch in (0, 10, 30)]
    [1.0, 0.5, 0.25]
    """

    name: ClassVar[str] = "inverse_time_decay"

    rate: float = 0.1

    def __call__(self, epoch: float) -> float:
        """Return the factor after so many epochs."""
        return 1 / (1 + self.rate * epoch)


@dataclass
class CosineDecay(Schedule):
    r"""Down along half a cosine wave: slowly, fast, slowly.

    .. math:: m + (1 - m) \frac{1 + \cos(\pi t / T)}{2}

    Parameters
    ----------
    epochs : float
        :math:`T`, how long it takes; after that the factor stays at its minimum.
    minimum : float in [0, 1), default=0
        :math:`m`, where it ends.

    References
    ----------
    Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts.

    Examples
    --------
    >>> from baremath.optim import CosineDecay
    >>> schedule = CosineDecay(epochs=100)
    >>> [round(schedule(epoch), 3) for epoch in (0, 10, 50, 90, 100, 200)]
    [1.0, 0.976, 0.5, 0.024, 0.0, 0.0]
    """

    name: ClassVar[str] = "cosine_decay"

    epochs: float
    minimum: float = 0.0

    def __call__(self, epoch: float) -> float:
        """Return the factor after so many epochs."""
        passed = min(epoch / self.epochs, 1.0)
        return self.minimum + (1 - self.minimum) * (1 + math.cos(math.pi * passed)) / 2
