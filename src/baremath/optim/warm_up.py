"""WarmUp: small steps first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from baremath.optim.reduce_on_plateau import ReduceOnPlateau
from baremath.optim.schedule import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Schedule,
    StepDecay,
)


@dataclass
class WarmUp(Schedule):
    r"""Up a slope to the full learning rate, and then another schedule.

    .. math:: f(t) = \begin{cases}
              \left(m + (1 - m) \frac{t}{T}\right) h(0) & t < T \\ h(t - T) & t \ge T \end{cases}

    The first gradients come from random weights, and say little about where to go: small steps do
    the least harm.

    Parameters
    ----------
    epochs : float
        :math:`T`, how long it takes; it may be a fraction.
    then : Schedule, default=Constant()
        :math:`h`, what follows; or its description, a dict with its name and hyperparameters.
    start : float in [0, 1), default=0.1
        :math:`m`, where it begins.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour.

    Examples
    --------
    >>> from baremath.optim import CosineDecay, WarmUp
    >>> schedule = WarmUp(epochs=2, then=CosineDecay(epochs=10))
    >>> [round(schedule(epoch), 3) for epoch in (0, 1, 2, 7, 12)]
    [0.1, 0.55, 1.0, 0.5, 0.0]
    >>> schedule.hyperparameters()["then"]
    {'name': 'cosine_decay', 'epochs': 10, 'minimum': 0.0}
    """

    name: ClassVar[str] = "warm_up"

    epochs: float
    then: Schedule = field(default_factory=Constant)
    start: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.then, Mapping):
            arguments = dict(self.then)
            name = arguments.pop("name", None)
            if name not in SCHEDULES:
                raise ValueError(f"then: its name={name!r} must be one of {', '.join(SCHEDULES)}.")
            self.then = SCHEDULES[name](**arguments)
        if not isinstance(self.then, Schedule):
            raise TypeError(f"then={self.then!r} must be a Schedule, such as CosineDecay(100).")

    def __call__(self, epoch: float) -> float:
        """Return the factor after so many epochs."""
        if epoch >= self.epochs:
            return self.then(epoch - self.epochs)
        return (self.start + (1 - self.start) * epoch / self.epochs) * self.then(0)

    def hyperparameters(self) -> dict[str, Any]:
        """Return the arguments that make another one like this; the schedule within as a dict."""
        then = {"name": self.then.name, **self.then.hyperparameters()}
        return {**super().hyperparameters(), "then": then}

    def observe(self, loss: float) -> None:
        """Tell the schedule that follows."""
        self.then.observe(loss)

    def state_dict(self) -> dict[str, Any]:
        """Return what the schedule that follows has learned."""
        return self.then.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.then.load_state_dict(state)


#: Every schedule, by its name.
SCHEDULES: dict[str, type[Schedule]] = {
    schedule.name: schedule
    for schedule in (
        Constant,
        StepDecay,
        ExponentialDecay,
        InverseTimeDecay,
        CosineDecay,
        WarmUp,
        ReduceOnPlateau,
    )
}
