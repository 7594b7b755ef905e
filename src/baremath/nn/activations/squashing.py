"""Activations that squash every number into a narrow band: sigmoid, tanh, softsign."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath import autodiff, scalar
from baremath.autodiff import elementwise, tanh
from baremath.maths import number
from baremath.nn.activations.activation import Activation
from baremath.nn.checks import real

softsign = elementwise(
    "softsign",
    lambda x: x / (1 + np.abs(x)),
    lambda g, y, _x: g * autodiff.square(1 - autodiff.abs(y)),
    scalar=lambda x: x / (1 + scalar.absolute(x)),
    latex=r"\frac{{{0}}}{{1 + |{0}|}}",
    derivative_latex=r"\frac{{1}}{{(1 + |{0}|)^2}}",
    domain=(-5, 5),
)


def sigmoid(x: Any, beta: Any = 1.0) -> Any:
    r"""Return :math:`\frac{1}{1 + e^{-\beta x}}` of each element."""
    unscaled = isinstance(beta, int | float) and beta == 1
    return autodiff.sigmoid(x if unscaled else beta * x)


class Sigmoid(Activation):
    r"""The logistic function: a neuron with it is logistic regression.

    .. math:: f(x) = \sigma(\beta x) = \frac{1}{1 + e^{-\beta x}}, \qquad
              f'(x) = \beta \, \sigma(\beta x) \, (1 - \sigma(\beta x))

    It saturates at both ends: there a neuron passes no gradient on. Its outputs are all positive,
    so that the gradients by the weights of a neuron after it all have one sign. The steeper the
    slope, the closer it comes to the Heaviside step.

    Parameters
    ----------
    beta : float, default=1
        β, the slope.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.Sigmoid(beta=2)(np.array([0.0, 1.0])).round(3).tolist()
    [0.5, 0.881]
    """

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = real("beta", beta, low=0, open_="l")

    @property
    def largest_slope(self) -> float:  # type: ignore[override]
        """β/4, at 0."""
        return self.beta / 4

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The function of x, in LaTeX, the slope put in."""
        return rf"\frac{{1}}{{1 + e^{{-{self._beta_x}}}}}"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]
        """Its derivative."""
        inner = rf"\sigma({self._beta_x})"
        factor = "" if self.beta == 1 else rf"{number(self.beta)} \cdot "
        return rf"{factor}{inner} \cdot (1 - {inner})"

    @property
    def _beta_x(self) -> str:
        return "x" if self.beta == 1 else f"{number(self.beta)} x"

    def forward(self, x: Any) -> Any:
        """Return the sigmoid of each element."""
        return sigmoid(x, self.beta)


class Tanh(Activation):
    r"""The hyperbolic tangent: a sigmoid from -1 to 1, so that its outputs can be centred on 0.

    .. math:: f(x) = \tanh(x) = 2 \sigma(2x) - 1, \qquad f'(x) = 1 - \tanh^2(x)

    It saturates at both ends.

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.Tanh()(np.array([0.0, 1.0])).round(3).tolist()
    [0.0, 0.762]
    """

    formula = r"\tanh(x)"
    derivative_formula = r"1 - \tanh^2(x)"

    def forward(self, x: Any) -> Any:
        """Return the hyperbolic tangent of each element."""
        return tanh(x)


class Softsign(Activation):
    r"""A tanh with long tails: it saturates more slowly, and needs no exponential.

    .. math:: f(x) = \frac{x}{1 + |x|}, \qquad f'(x) = \frac{1}{(1 + |x|)^2}

    References
    ----------
    Bergstra, Desjardins, Lamblin and Bengio (2009), Quadratic polynomials learn better image
    features.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.Softsign()(np.array([-3.0, 0.0, 1.0])).tolist()
    [-0.75, 0.0, 0.5]
    """

    formula = r"\frac{x}{1 + |x|}"
    derivative_formula = r"\frac{1}{(1 + |x|)^2}"

    def forward(self, x: Any) -> Any:
        """Return x / (1 + |x|) of each element."""
        return softsign(x)
