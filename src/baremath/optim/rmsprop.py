"""RMSProp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.optimizer import Optimizer, State, zeros
from baremath.optim.root import root


@dataclass
class RMSProp(Optimizer):
    r"""Adagrad that forgets: the gradient over the root mean square of the recent ones.

    .. math:: s \leftarrow \rho s + (1 - \rho) g^2, \qquad
              w \leftarrow w - \frac{\alpha}{\sqrt{s} + \varepsilon} g

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, about the length of a step, whatever the gradient.
    rho : float in [0, 1), default=0.99
        :math:`\rho`, the share of the mean square kept at each step (PyTorch's ``alpha``).
    epsilon : float, default=1e-8
        :math:`\varepsilon`, so that nothing is divided by zero.

    Notes
    -----
    This is Hinton's rule. Lectures that simplify it divide by :math:`s` without the root. The mean
    begins at zero and isn't corrected for it as in `Adam`: the first step is
    :math:`1 / \sqrt{1 - \rho}` times as long as the later ones.

    References
    ----------
    Tieleman and Hinton (2012), Neural networks for machine learning, lecture 6.5.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import RMSProp
    >>> optimizer = RMSProp(learning_rate=0.1, rho=0.75)
    >>> w = np.zeros(2)
    >>> w, state = optimizer.update(w, np.array([3.0, 400.0]), optimizer.init(w))
    >>> w.round(4)
    array([-0.2, -0.2])
    """

    name: ClassVar[str] = "rmsprop"

    learning_rate: float = 0.01
    rho: float = 0.99
    epsilon: float = 1e-8

    def init(self, params: Any) -> State:
        """Return the state before the first step: a mean of zero."""
        return {"square_mean": zeros(params)}

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        square_mean = self.rho * state["square_mean"] + (1 - self.rho) * gradient * gradient
        step = self.learning_rate * gradient / (root(square_mean) + self.epsilon)
        return params - step, {"square_mean": square_mean}
