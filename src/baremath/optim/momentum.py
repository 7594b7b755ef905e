"""Momentum and Nesterov: descent with a velocity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.optimizer import Optimizer, State, zeros


@dataclass
class Momentum(Optimizer):
    r"""Gradient descent that remembers where it was going.

    .. math:: v \leftarrow \rho v + g, \qquad w \leftarrow w - \alpha v

    Steps that agree add up, to at most :math:`1 / (1 - \rho)` times their length; steps that turn
    back and forth cancel out.

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, the step length.
    momentum : float in [0, 1), default=0.9
        :math:`\rho`, the share of the velocity kept at each step.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import Momentum
    >>> optimizer, gradient = Momentum(learning_rate=0.1, momentum=0.5), np.array([1.0])
    >>> w = np.array([0.0])
    >>> state = optimizer.init(w)
    >>> for _ in range(3):
    ...     w, state = optimizer.update(w, gradient, state)
    ...     print(state["velocity"], w)
    [1.] [-0.1]
    [1.5] [-0.25]
    [1.75] [-0.425]
    """

    name: ClassVar[str] = "momentum"

    learning_rate: float = 0.01
    momentum: float = 0.9

    def init(self, params: Any) -> State:
        """Return the state before the first step: a velocity of zero."""
        return {"velocity": zeros(params)}

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        velocity = self.momentum * state["velocity"] + gradient
        return params - self.learning_rate * velocity, {"velocity": velocity}


@dataclass
class Nesterov(Momentum):
    r"""Momentum that looks ahead: it goes where the velocity of the next step would take it.

    .. math:: v \leftarrow \rho v + g, \qquad w \leftarrow w - \alpha (g + \rho v)

    Nesterov takes the gradient not at the point reached but a stretch of velocity further on. This
    is the same method with :math:`w` standing for that point ahead, so that the gradient is taken
    at :math:`w`, as every other rule has it (Sutskever et al., and PyTorch).

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, the step length.
    momentum : float in [0, 1), default=0.9
        :math:`\rho`, the share of the velocity kept at each step.

    References
    ----------
    Nesterov (1983), A method of solving a convex programming problem with convergence rate
    :math:`O(1/k^2)`.

    Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum in
    deep learning.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import Nesterov
    >>> optimizer = Nesterov(learning_rate=0.1, momentum=0.5)
    >>> w = np.array([0.0])
    >>> optimizer.update(w, np.array([1.0]), optimizer.init(w))
    (array([-0.15]), {'velocity': array([1.])})
    """

    name: ClassVar[str] = "nesterov"

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        velocity = self.momentum * state["velocity"] + gradient
        ahead = gradient + self.momentum * velocity
        return params - self.learning_rate * ahead, {"velocity": velocity}
