"""Optimizer: what every update rule is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.optim.hyperparameters import Hyperparameters

State = dict[str, Any]


@dataclass
class Optimizer(Hyperparameters):
    r"""A rule that turns a gradient into a step.

    The rules are pure: `update` returns the new parameters and the new state and changes nothing.
    They are written in operations and work elementwise, so that parameters, gradient and state may
    be arrays or tensors of any shape, alike: one parameter, or all of a network's in one vector.

    In their formulas :math:`w` are the parameters, :math:`g` is the gradient of the loss by them,
    and all powers, roots and quotients are taken element by element.

    Parameters
    ----------
    learning_rate : float
        :math:`\alpha`. Like every hyperparameter it is a plain attribute, read at each update; it
        may be changed at any time.

    Examples
    --------
    A rule of one's own:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from baremath.autodiff import sign
    >>> from baremath.optim import Optimizer
    >>> @dataclass
    ... class SignDescent(Optimizer):
    ...     def update(self, params, gradient, state):
    ...         return params - self.learning_rate * sign(gradient), state
    >>> optimizer = SignDescent(learning_rate=0.1)
    >>> params = np.array([1.0, 2.0])
    >>> optimizer.update(params, np.array([5.0, -3.0]), optimizer.init(params))
    (array([0.9, 2.1]), {})
    """

    learning_rate: float

    def __setattr__(self, name: str, value: Any) -> None:
        ours = type(self).__module__.startswith("baremath.")  # a class of one's own may keep more
        names = [field.name for field in fields(self)]
        if ours and name not in names and not hasattr(type(self), name):
            raise AttributeError(
                f"{type(self).__name__} has no {name!r} to set; it has {', '.join(names)}."
            )
        super().__setattr__(name, value)

    def init(self, params: Any) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        params : array or tensor of any shape

        Returns
        -------
        dict of str to ndarray
            Each of the shape of `params`, or one number; in their dtype.
        """
        return {}

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Take one step.

        Parameters
        ----------
        params : array or tensor of any shape
            The parameters.
        gradient : array or tensor of the same shape
            The gradient of the loss by them.
        state : dict
            From `init`, or from the step before.

        Returns
        -------
        params, state
            The parameters after the step, and the state for the next.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(params, gradient, state)")


def zeros(params: Any) -> NDArray[Any]:
    """Return a zero for every parameter."""
    return np.zeros(params.shape, params.dtype)


def zero(params: Any) -> NDArray[Any]:
    """Return one zero of the parameters' dtype."""
    return np.zeros((), params.dtype)
