"""Activations of straight pieces: identity, Heaviside step, ReLU and its leaky kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath import scalar
from baremath.autodiff import elementwise, minimum, relu, reshape, zeros_like
from baremath.maths import number
from baremath.nn.activations.activation import Activation
from baremath.nn.checks import length, real
from baremath.nn.module import parameter, refill

heaviside = elementwise(
    "heaviside",
    lambda x: np.heaviside(x, 0),
    lambda g, _y, _x: zeros_like(g),
    scalar=lambda x: scalar.where(x != x, x, scalar.where(x > 0, 1.0, 0.0)),
    latex="[{0} > 0]",
    derivative_latex="0",
    domain=(-3, 3),
)

_leaky_relu = elementwise(
    "leaky_relu",
    lambda x, slope: np.maximum(x, 0) + slope * np.minimum(x, 0),
    (
        lambda g, _y, x, slope: g * (x > 0) + g * slope * (x <= 0),  # NumPy's where is slower
        lambda g, _y, x, _slope: g * minimum(x, 0),
    ),
    scalar=lambda x, slope: scalar.maximum(x, 0.0) + slope * scalar.minimum(x, 0.0),
    latex=r"\max(0, {0}) + {1} \cdot \min(0, {0})",
    derivative_latex=(r"[{0} > 0] + {1} \cdot [{0} \leq 0]", r"\min(0, {0})"),
    domain=[(-3, 3), (-0.5, 0.5)],
)


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """Return each element, where it is not above 0 times the slope: a number or a tensor."""
    return _leaky_relu(x, negative_slope)


class Identity(Activation):
    r"""No activation at all: the neuron is linear regression.

    .. math:: f(x) = x, \qquad f'(x) = 1

    Layers of such neurons, however many, are no more than one.

    Examples
    --------
    >>> from baremath import nn
    >>> nn.Identity().derivative([-2.0, 3.0]).tolist()
    [1.0, 1.0]
    """

    formula = "x"
    derivative_formula = "1"

    def forward(self, x: Any) -> Any:
        """Return x."""
        return x


class Heaviside(Activation):
    r"""The step of the first neuron: it fires, or it doesn't.

    .. math:: f(x) = [x > 0], \qquad f'(x) = 0

    Its derivative is zero (at 0 it has none; we say zero), so that no gradient passes through it:
    layers before a step learn nothing by gradient descent.

    References
    ----------
    McCulloch and Pitts (1943), A logical calculus of the ideas immanent in nervous activity.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.Heaviside()(np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 1.0]
    """

    formula = "[x > 0]"
    derivative_formula = "0"

    def forward(self, x: Any) -> Any:
        """Return 1 where x is above 0, and 0 elsewhere."""
        return heaviside(x)


class ReLU(Activation):
    r"""Rectified linear unit: what is negative is cut off.

    .. math:: f(x) = \max(0, x), \qquad f'(x) = [x > 0]

    It doesn't saturate above 0 and costs nothing to compute. A neuron that is below 0 for every row
    is dead: it has no gradient, and never comes back. The derivative at 0 is 0.

    References
    ----------
    Nair and Hinton (2010), Rectified linear units improve restricted Boltzmann machines.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.ReLU()(np.array([-1.0, 0.0, 2.0])).tolist(), nn.ReLU().derivative([-1, 0, 2]).tolist()
    ([0.0, 0.0, 2.0], [0.0, 0.0, 1.0])
    """

    formula = r"\max(0, x)"
    derivative_formula = "[x > 0]"

    def forward(self, x: Any) -> Any:
        """Return x where it is above 0, and 0 elsewhere."""
        return relu(x)


class LeakyReLU(Activation):
    r"""A ReLU that lets a little through below 0, so that no neuron dies.

    .. math:: f(x) = \max(0, x) + a \min(0, x), \qquad f'(x) = [x > 0] + a \, [x \leq 0]

    Parameters
    ----------
    negative_slope : float, default=0.01
        a, the slope below 0, and at it.

    References
    ----------
    Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic models.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.LeakyReLU(0.1)(np.array([-10.0, 2.0])).tolist()
    [-1.0, 2.0]
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = real("negative_slope", negative_slope, low=-np.inf)

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The function of x, in LaTeX, the slope put in."""
        return _leaky_relu.latex.format("x", number(self.negative_slope))

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]
        """Its derivative."""
        return _leaky_relu.derivative_latex[0].format("x", number(self.negative_slope))

    def forward(self, x: Any) -> Any:
        """Return x, where it is below 0 times the slope."""
        return leaky_relu(x, self.negative_slope)


class PReLU(Activation):
    r"""A leaky ReLU that learns its slope.

    .. math:: f(x) = \max(0, x) + a \min(0, x), \qquad
              f'(x) = [x > 0] + a \, [x \leq 0], \qquad
              \frac{\partial f}{\partial a} = \min(0, x)

    Parameters
    ----------
    num_parameters : int, default=1
        One slope for all, or one for each feature: the second dimension of x.
    init : float, default=0.25
        The first slope.

    Attributes
    ----------
    weight : Tensor of shape (num_parameters,)
        a.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.PReLU()(np.array([[-2.0, 2.0]])).tolist()
    [[-0.5, 2.0]]
    """

    formula = r"\max(0, x) + a \cdot \min(0, x)"
    derivative_formula = r"[x > 0] + a \cdot [x \leq 0]"

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        self.num_parameters = length("num_parameters", num_parameters)
        self.init = real("init", init, low=-np.inf)
        self.weight = parameter(np.full(num_parameters, self.init), "slope")

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Set the slope to where it begins; nothing is drawn."""
        refill(self.weight, self.init)

    def forward(self, x: Any) -> Any:
        """Return x, where it is below 0 times the slope.

        Raises
        ------
        ValueError
            If there is a slope for each feature, and x has another number of features.
        """
        if self.num_parameters == 1:
            return leaky_relu(x, self.weight)
        if x.ndim < 2 or x.shape[1] != self.num_parameters:
            raise ValueError(
                f"{self.called} has {self.num_parameters} slopes and expects x of shape "
                f"(n, {self.num_parameters}, …), got {x.shape}"
            )
        return leaky_relu(x, reshape(self.weight, (-1,) + (1,) * (x.ndim - 2)))
