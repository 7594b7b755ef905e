"""Gradient descent with a penalty on absolute values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.autodiff import maximum, sign
from baremath.optim import GradientDescent
from baremath.optim.optimizer import State, zeros


def soft_threshold(z: Any, threshold: Any) -> Any:
    r"""Return ``sign(z) max(|z| - threshold, 0)``: the minimiser of ½(w - z)² + threshold·|w|."""
    return sign(z) * maximum(abs(z) - threshold, 0.0)


@dataclass
class ProximalGradientDescent(GradientDescent):
    r"""Gradient descent, and after each step a soft threshold (ISTA).

    .. math:: w \leftarrow S_{\alpha \lambda_1}(w - \alpha g), \qquad
              S_t(z) = \operatorname{sign}(z) \max(|z| - t, 0)

    So a penalty :math:`\lambda_1 |w|` is met without its derivative, which jumps at 0: weights that
    aren't needed become exactly 0.

    Parameters
    ----------
    learning_rate : float, default=0.01
        :math:`\alpha`, the length of a step where the gradient is of length 1.
    l1 : float, or array of the parameters' shape, optional
        :math:`\lambda_1`; None is `GradientDescent` itself.

    References
    ----------
    Beck and Teboulle (2009), A fast iterative shrinkage-thresholding algorithm, SIAM J. Imaging
    Sciences 2(1).

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.linear_model._proximal import ProximalGradientDescent
    >>> optimizer = ProximalGradientDescent(learning_rate=0.1, l1=1.0)
    >>> w = np.array([1.0, 0.25])
    >>> optimizer.update(w, np.array([2.0, 2.0]), optimizer.init(w))[0]
    array([0.7, 0. ])
    """

    name: ClassVar[str] = ""

    l1: Any = None

    def init(self, params: Any) -> State:
        """Return room for the last gradient, which the threshold would hide."""
        return {"gradient": zeros(params)}

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the gradient it was taken with."""
        params, _ = super().update(params, gradient, state)
        if self.l1 is not None:
            params = soft_threshold(params, self.learning_rate * self.l1)
        return params, {"gradient": gradient}
