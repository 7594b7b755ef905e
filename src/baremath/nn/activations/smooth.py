"""Smooth kin of ReLU: softplus, ELU, GELU, SiLU."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from baremath import scalar
from baremath.autodiff import elementwise, erf, exp, expm1, minimum, sigmoid, softplus, tanh
from baremath.maths import number
from baremath.nn.activations.activation import Activation
from baremath.nn.checks import real

_ROOT_OF_HALF = math.sqrt(0.5)
_NORMAL = 1 / math.sqrt(2 * math.pi)
_TANH, _CUBE = math.sqrt(2 / math.pi), 0.044715

_elu = elementwise(
    "elu",
    lambda x, alpha: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0)),
    (
        lambda g, y, _x, alpha: g * (y > 0) + g * (y + alpha) * (y <= 0),
        lambda g, _y, x, _alpha: g * expm1(minimum(x, 0)),
    ),
    scalar=lambda x, alpha: scalar.maximum(x, 0.0) + alpha * scalar.expm1(scalar.minimum(x, 0.0)),
    latex=r"\max(0, {0}) + {1} \cdot (e^{{\min(0, {0})}} - 1)",
    derivative_latex=(
        r"[{0} > 0] + {1} \cdot e^{{{0}}} \cdot [{0} \leq 0]",
        r"e^{{\min(0, {0})}} - 1",
    ),
    domain=[(-3, 3), (0.2, 2)],
)

_gelu = elementwise(
    "gelu",
    lambda x: x * special.ndtr(x),
    lambda g, _y, x: g * (0.5 + 0.5 * erf(x * _ROOT_OF_HALF) + x * (_NORMAL * exp(-0.5 * x * x))),
    scalar=lambda x: x * (0.5 + 0.5 * scalar.erf(x * _ROOT_OF_HALF)),
    latex=r"{0} \cdot \Phi({0})",
    derivative_latex=r"\Phi({0}) + {0} \cdot \varphi({0})",
    domain=(-4, 4),
)


def _tanh_slope(g: Any, _y: Any, x: Any) -> Any:
    t = tanh(_TANH * (x + _CUBE * x * x * x))
    inner = _TANH * (1 + 3 * _CUBE * x * x)
    return g * (0.5 + 0.5 * t + 0.5 * x * (1 - t * t) * inner)


_gelu_tanh = elementwise(
    "gelu_tanh",
    lambda x: 0.5 * x * (1 + np.tanh(_TANH * (x + _CUBE * x * x * x))),
    _tanh_slope,
    scalar=lambda x: 0.5 * x * (1 + scalar.tanh(_TANH * (x + _CUBE * x * x * x))),
    latex=r"\frac{{{0}}}{{2}} \cdot (1 + \tanh(\sqrt{{2/\pi}} \cdot ({0} + 0.044715 \, {0}^3)))",
    derivative_latex=r"\frac{{1 + t}}{{2}} + \frac{{{0}}}{{2}} \cdot (1 - t^2) \cdot "
    r"\sqrt{{2/\pi}} \cdot (1 + 0.134145 \, {0}^2)",
    domain=(-4, 4),
)


def _silu_slope(g: Any, _y: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * s * (1 + x * (1 - s))


silu = elementwise(
    "silu",
    lambda x: x * special.expit(x),
    _silu_slope,
    scalar=lambda x: x / (1 + scalar.exp(-x)),
    latex=r"{0} \cdot \sigma({0})",
    derivative_latex=r"\sigma({0}) \cdot (1 + {0} \cdot (1 - \sigma({0})))",
    domain=(-5, 5),
)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Return each element, where it is not above 0 bent towards -α; see `ELU`."""
    return _elu(x, alpha)


def gelu(x: Any, approximate: str = "none") -> Any:
    r"""Return :math:`x \, \Phi(x)` of each element; see `GELU`."""
    return _gelu_tanh(x) if approximate == "tanh" else _gelu(x)


class Softplus(Activation):
    r"""A ReLU without the kink, everywhere above it.

    .. math:: f(x) = \ln(1 + e^x), \qquad f'(x) = \sigma(x)

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia (2000), Incorporating second-order functional
    knowledge for better option pricing.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.Softplus()(np.array([-1000.0, 0.0, 1000.0])).round(3).tolist()
    [0.0, 0.693, 1000.0]
    """

    formula = r"\ln(1 + e^x)"
    derivative_formula = r"\sigma(x)"

    def forward(self, x: Any) -> Any:
        """Return ln(1 + eˣ) of each element, computed so that nothing overflows."""
        return softplus(x)


class ELU(Activation):
    r"""Exponential linear unit: below 0 it bends to -α, which centres the outputs.

    .. math:: f(x) = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \leq 0 \end{cases}, \qquad
              f'(x) = \begin{cases} 1 & x > 0 \\ \alpha e^x & x \leq 0 \end{cases}

    Parameters
    ----------
    alpha : float, default=1
        α, at least 0: how far it goes below 0.

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by
    exponential linear units.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.ELU()(np.array([-1.0, 2.0])).round(3).tolist()
    [-0.632, 2.0]
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = real("alpha", alpha, low=0)

    @property
    def largest_slope(self) -> float:  # type: ignore[override]
        """1 above 0, or α just below it."""
        return max(1.0, self.alpha)

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The function of x, in LaTeX, α put in."""
        return rf"\max(0, x) + {self._factor}(e^{{\min(0, x)}} - 1)"

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]
        """Its derivative."""
        return rf"[x > 0] + {self._factor}e^x \cdot [x \leq 0]"

    @property
    def _factor(self) -> str:
        return "" if self.alpha == 1 else rf"{number(self.alpha)} \cdot "

    def forward(self, x: Any) -> Any:
        """Return x, where it is below 0 bent by the exponential function."""
        return elu(x, self.alpha)


class GELU(Activation):
    r"""Gaussian error linear unit: x, weighed by the share of a normal distribution below it.

    .. math:: f(x) = x \, \Phi(x) = \frac{x}{2} \left(1 + \operatorname{erf}
              \frac{x}{\sqrt{2}}\right), \qquad
              f'(x) = \Phi(x) + \frac{x}{\sqrt{2 \pi}} e^{-x^2/2}

    Parameters
    ----------
    approximate : {"none", "tanh"}, default="none"
        "tanh" computes :math:`\frac{x}{2} (1 + \tanh(\sqrt{2/\pi} \, (x + 0.044715 x^3)))`.

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.GELU()(np.array([-1.0, 1.0])).round(3).tolist()
    [-0.159, 0.841]
    """

    largest_slope = 1.129  # at √2

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate must be 'none' or 'tanh', not {approximate!r}")
        self.approximate = approximate

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The function of x, in LaTeX."""
        return str(self._operation.latex.format("x"))

    @property
    def derivative_formula(self) -> str:  # type: ignore[override]
        """Its derivative; in the approximate form t is the hyperbolic tangent."""
        return str(self._operation.derivative_latex[0].format("x"))

    @property
    def _operation(self) -> Any:
        return _gelu_tanh if self.approximate == "tanh" else _gelu

    def forward(self, x: Any) -> Any:
        """Return x Φ(x) of each element."""
        return self._operation(x)


class SiLU(Activation):
    r"""Sigmoid linear unit, also called swish: x, weighed by its sigmoid.

    .. math:: f(x) = x \, \sigma(x), \qquad f'(x) = \sigma(x) \, (1 + x \, (1 - \sigma(x)))

    References
    ----------
    Elfwing, Uchibe and Doya (2018), Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn
    >>> nn.SiLU()(np.array([-1.0, 1.0])).round(3).tolist()
    [-0.269, 0.731]
    """

    largest_slope = 1.1  # at 2.4
    formula = r"x \cdot \sigma(x)"
    derivative_formula = r"\sigma(x) \cdot (1 + x \cdot (1 - \sigma(x)))"

    def forward(self, x: Any) -> Any:
        """Return x σ(x) of each element."""
        return silu(x)
