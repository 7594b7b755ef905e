"""Adagrad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.optimizer import Optimizer, State, zeros
from baremath.optim.root import root


@dataclass
class Adagrad(Optimizer):
    r"""A learning rate for each parameter, which falls as its gradients add up.

    .. math:: s \leftarrow s + g^2, \qquad w \leftarrow w - \frac{\alpha}{\sqrt{s} + \varepsilon} g

    A parameter that rarely gets a gradient takes long steps when it does. As :math:`s` only grows,
    the steps only shorten.

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, the length of the first step, whatever the gradient.
    epsilon : float, default=1e-10
        :math:`\varepsilon`, so that nothing is divided by zero.

    Notes
    -----
    This is the paper's formula. Lectures that simplify it divide by :math:`s` without the root.

    References
    ----------
    Duchi, Hazan and Singer (2011), Adaptive subgradient methods for online learning and stochastic
    optimization.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import Adagrad
    >>> optimizer, gradient = Adagrad(learning_rate=0.1), np.array([3.0, 400.0])
    >>> w = np.zeros(2)
    >>> state = optimizer.init(w)
    >>> for _ in range(2):
    ...     w, state = optimizer.update(w, gradient, state)
    ...     print(w.round(4))
    [-0.1 -0.1]
    [-0.1707 -0.1707]
    """

    name: ClassVar[str] = "adagrad"

    learning_rate: float = 0.01
    epsilon: float = 1e-10

    def init(self, params: Any) -> State:
        """Return the state before the first step: a sum of zero."""
        return {"square_sum": zeros(params)}

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        square_sum = state["square_sum"] + gradient * gradient
        step = self.learning_rate * gradient / (root(square_sum) + self.epsilon)
        return params - step, {"square_sum": square_sum}
