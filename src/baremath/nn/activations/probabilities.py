"""Activations of a whole row: softmax and its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath.autodiff import log_softmax, softmax
from baremath.nn.activations.activation import Activation


class _OfARow(Activation):
    """An activation in which each output depends on every number of the row."""

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def curve(self, x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return function and derivative of the first of two numbers, the other being 0."""
        x = self._floats(x)
        rows = np.stack([x, np.zeros_like(x)], self.axis)
        y, slope = (np.take(v, 0, self.axis) for v in (self(rows), self.derivative(rows)))
        return y, slope


class Softmax(_OfARow):
    r"""Shares that add up to one: the sigmoid, for many classes.

    .. math:: f(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}, \qquad
              \frac{\partial f_i}{\partial x_j} = f_i \, ([i = j] - f_j)

    To train with it, leave it away and use `CrossEntropyLoss`, which takes the numbers before it.

    Parameters
    ----------
    axis : int, default=-1
        Along which the shares add up to one.

    References
    ----------
    Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> scores = np.array([[5.0, 4.0, 2.0], [4.0, 2.0, 8.0], [4.0, 4.0, 1.0]])
    >>> nn.Softmax()(scores).round(2).tolist()
    [[0.71, 0.26, 0.04], [0.02, 0.0, 0.98], [0.49, 0.49, 0.02]]
    """

    formula = r"\frac{e^{x_i}}{\sum_j e^{x_j}}"
    derivative_formula = r"f_i \cdot ([i = j] - f_j)"
    largest_slope = 0.25

    def derivative(self, x: ArrayLike) -> NDArray[Any]:
        """Return the derivative of each output by its own input, f (1 - f)."""
        y = self(self._floats(x))
        return np.asarray(y * (1 - y))

    def forward(self, x: Any) -> Any:
        """Return the shares of each row."""
        return softmax(x, self.axis)


class LogSoftmax(_OfARow):
    r"""The logarithm of softmax, computed so that a share of nearly 0 isn't lost.

    .. math:: f(x)_i = x_i - \ln \sum_j e^{x_j}, \qquad
              \frac{\partial f_i}{\partial x_j} = [i = j] - e^{f_j}

    Its loss is `NLLLoss`.

    Parameters
    ----------
    axis : int, default=-1
        Along which the shares add up to one.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.LogSoftmax()(np.array([1000.0, 0.0])).tolist()
    [0.0, -1000.0]
    """

    formula = r"x_i - \ln \sum_j e^{x_j}"
    derivative_formula = r"[i = j] - e^{f_j}"

    def derivative(self, x: ArrayLike) -> NDArray[Any]:
        """Return the derivative of each output by its own input, 1 - eᶠ."""
        return np.asarray(-np.expm1(self(self._floats(x))))

    def forward(self, x: Any) -> Any:
        """Return the logarithms of the shares of each row."""
        return log_softmax(x, self.axis)
