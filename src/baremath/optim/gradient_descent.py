"""Gradient descent, by the gradient of all the data or of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.optimizer import Optimizer, State


@dataclass
class GradientDescent(Optimizer):
    r"""Gradient descent: a step straight downhill.

    .. math:: w \leftarrow w - \alpha g

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, the length of a step where the gradient is of length 1.

    See Also
    --------
    SGD : The same rule by its other name.

    References
    ----------
    Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import GradientDescent
    >>> optimizer = GradientDescent(learning_rate=0.1)
    >>> w = np.array([1.0, -2.0])
    >>> w, state = optimizer.update(w, np.array([2.0, 5.0]), optimizer.init(w))
    >>> w
    array([ 0.8, -2.5])
    """

    name: ClassVar[str] = "gradient_descent"

    learning_rate: float = 0.01

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state, which is empty."""
        return params - self.learning_rate * gradient, state


@dataclass
class SGD(GradientDescent):
    r"""Stochastic gradient descent: the rule of `GradientDescent`, by the gradient of a batch.

    .. math:: w \leftarrow w - \alpha g

    What is stochastic is the gradient, which the few rows of a batch only estimate; an optimizer
    sees no rows, so the two classes compute the same and differ in what they say.

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, the length of a step where the gradient is of length 1.

    References
    ----------
    Robbins and Monro (1951), A stochastic approximation method.

    Examples
    --------
    >>> from baremath.optim import SGD
    >>> SGD(0.1)
    SGD(learning_rate=0.1)
    """

    name: ClassVar[str] = "sgd"
