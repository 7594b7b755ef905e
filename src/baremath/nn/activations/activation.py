"""Activation: what makes a neuron more than a weighted sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath import autodiff
from baremath.autodiff import Tensor, grad
from baremath.nn.module import Module

#: A neuron is saturated where its slope is at most this share of the activation's largest.
FLAT = 0.05


class Activation(Module):
    """What neurons make of their sums.

    Attributes
    ----------
    formula : str
        The function of x, in LaTeX.
    derivative_formula : str
        Its derivative.
    largest_slope : float
        The largest absolute value of its derivative.
    """

    formula: str
    derivative_formula: str
    largest_slope: float = 1.0

    def derivative(self, x: ArrayLike) -> NDArray[Any]:
        """Return the derivative of each output by its own input, by the chain rule.

        Parameters
        ----------
        x : array_like
            Where.

        Returns
        -------
        ndarray of the shape of x
        """
        return _values(grad(lambda t: autodiff.sum(self(t)))(self._floats(x)))

    def saturated(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Say at which x the slope is so small, a twentieth of the largest, that little is learned.

        Parameters
        ----------
        x : array_like
            The sums of some neurons.

        Returns
        -------
        ndarray of bool, of the shape of x
        """
        return np.asarray(np.abs(self.derivative(x)) <= FLAT * self.largest_slope)

    def curve(self, x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the function and its derivative at the points of a line, to be drawn.

        Parameters
        ----------
        x : array_like of shape (n,)
            Where.

        Returns
        -------
        y, slope : ndarray of shape (n,)
        """
        x = self._floats(x)
        return _values(self(x)), self.derivative(x)

    def _floats(self, x: ArrayLike) -> NDArray[Any]:
        """Return x in the type of what is learned, or as floats."""
        for p in self.parameters():
            return np.asarray(x, p.dtype)
        x = np.asarray(x)
        return x if x.dtype.kind == "f" else x.astype(np.float64)


def _values(x: Any) -> NDArray[Any]:
    return np.asarray(x.detach() if isinstance(x, Tensor) else x)
