"""Residual: what a layer adds to its input."""

from __future__ import annotations

from typing import Any

from baremath.nn.module import Module


class Residual(Module):
    r"""A layer that adds what it computes to what it was given: :math:`y = x + f(x)`.

    The gradient by x is :math:`g + \frac{\partial f}{\partial x}^T g`: whatever f does to it, it
    doesn't vanish, so that networks can be deep.

    Parameters
    ----------
    module : Module
        f; it returns the shape that it is given.

    References
    ----------
    He, Zhang, Ren and Sun (2016), Deep residual learning for image recognition.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.Residual(nn.ReLU())(tensor([-1.0, 2.0])).tolist()
    [-1.0, 4.0]
    """

    def __init__(self, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"Residual is made of one module, not a {type(module).__name__}; several layers "
                "go into an nn.Sequential"
            )
        self.module = module

    def forward(self, x: Any) -> Any:
        """Return x + f(x).

        Raises
        ------
        ValueError
            If f changes the shape.
        """
        y = self.module(x)
        if y.shape != x.shape:
            raise ValueError(
                f"{self.called} adds x of shape {x.shape} to f(x) of shape {y.shape}: they must "
                "be equal"
            )
        return x + y
