"""Losses of numbers: squared, absolute, and Huber's, which is both."""

from __future__ import annotations

from typing import Any

from baremath import autodiff
from baremath.autodiff import clip, square
from baremath.maths import number
from baremath.nn.checks import real
from baremath.nn.losses.loss import Loss, same_shape


class MSELoss(Loss):
    r"""The mean squared error, that of linear regression.

    .. math:: l = (\hat y - y)^2, \qquad \frac{\partial l}{\partial \hat y} = 2 (\hat y - y)

    Parameters
    ----------
    half : bool, default=False
        Half of it, so that the derivative is :math:`\hat y - y`.
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> loss = nn.MSELoss()
    >>> loss(tensor([1.0, 2.0]), [1.0, 4.0]).item(), nn.MSELoss(half=True)(tensor(3.0), 0.0).item()
    (2.0, 4.5)
    """

    def __init__(self, half: bool = False, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.half = half

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The loss of one output, in LaTeX."""
        return r"\frac{1}{2} (\hat{y} - y)^2" if self.half else r"(\hat{y} - y)^2"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]
        """Its derivative."""
        return r"\hat{y} - y" if self.half else r"2 (\hat{y} - y)"

    def each(self, output: Any, target: Any) -> Any:
        """Return the square of each difference, or half of it."""
        same_shape(output.shape, target)
        squares = square(output - target)
        return 0.5 * squares if self.half else squares


class L1Loss(Loss):
    r"""The mean absolute error, which outliers pull at no more than all others.

    .. math:: l = |\hat y - y|, \qquad
              \frac{\partial l}{\partial \hat y} = \operatorname{sign}(\hat y - y)

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.L1Loss()(tensor([1.0, 2.0]), [1.0, 4.0]).item()
    1.0
    """

    formula = r"|\hat{y} - y|"
    derivative_formula = r"\operatorname{sign}(\hat{y} - y)"

    def each(self, output: Any, target: Any) -> Any:
        """Return the absolute value of each difference."""
        same_shape(output.shape, target)
        return autodiff.abs(output - target)


class HuberLoss(Loss):
    r"""Squared near the target, absolute far from it.

    .. math:: l = \begin{cases} \frac{1}{2} d^2 & |d| \le \delta \\
              \delta (|d| - \frac{1}{2} \delta) & |d| > \delta \end{cases}, \qquad
              \frac{\partial l}{\partial \hat y} = \min(\delta, \max(-\delta, d)), \qquad
              d = \hat y - y

    Parameters
    ----------
    delta : float, default=1
        δ, where the one becomes the other, in units of y.
    reduction : {"mean", "sum", "none"}, default="mean"
        What becomes of the losses.

    References
    ----------
    Huber (1964), Robust estimation of a location parameter.

    Examples
    --------
    >>> from baremath import nn
    >>> from baremath.autodiff import tensor
    >>> nn.HuberLoss(reduction="none")(tensor([1.0, 5.0]), [1.5, 1.0]).tolist()
    [0.125, 3.5]
    """

    def __init__(self, delta: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.delta = real("delta", delta, low=0, open_="l")

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The loss of one output, in LaTeX, by the clipped difference c."""
        return r"c \cdot (\hat{y} - y - \frac{c}{2})"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]
        """Its derivative c."""
        delta = number(self.delta)
        return rf"\min({delta}, \max(-{delta}, \hat{{y}} - y))"

    def each(self, output: Any, target: Any) -> Any:
        """Return c (d - c/2), where c is the difference d, but at most δ from 0."""
        same_shape(output.shape, target)
        difference = output - target
        clipped = clip(difference, -self.delta, self.delta)
        return clipped * (difference - 0.5 * clipped)
