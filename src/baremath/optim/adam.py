"""Adam and AdamW."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.optim.optimizer import Optimizer, State, zero, zeros
from baremath.optim.root import root


@dataclass
class Adam(Optimizer):
    r"""Momentum and RMSProp in one: the mean gradient over the root of the mean square.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
              v \leftarrow \beta_2 v + (1 - \beta_2) g^2

    .. math:: \hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
              w \leftarrow w - \alpha \frac{\hat m}{\sqrt{\hat v} + \varepsilon}

    in the step number :math:`t = 1, 2, \ldots` The means begin at zero, and in their first steps
    are too small; :math:`\hat m` and :math:`\hat v` are corrected for it.

    Parameters
    ----------
    learning_rate : float, default=0.001
        :math:`\alpha`, about the length of a step, whatever the gradient.
    beta_1 : float in [0, 1), default=0.9
        :math:`\beta_1`, the share of the mean gradient kept at each step.
    beta_2 : float in [0, 1), default=0.999
        :math:`\beta_2`, the share of the mean square kept at each step.
    epsilon : float, default=1e-8
        :math:`\varepsilon`, so that nothing is divided by zero.

    Notes
    -----
    Lectures that simplify it leave the correction out. The divisors are the weights that a mean has
    gathered: the same mean of ones, :math:`c \leftarrow \beta c + (1 - \beta)`, which is
    :math:`1 - \beta^t`. They are kept so in the state, as ``"m_weight"`` and ``"v_weight"``, which
    is exact in float32 and stays right when a :math:`\beta` is changed on the way.

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import Adam
    >>> optimizer = Adam(learning_rate=0.1)
    >>> w = np.zeros(2)
    >>> w, state = optimizer.update(w, np.array([3.0, -400.0]), optimizer.init(w))
    >>> w.round(4)
    array([-0.1,  0.1])
    """

    name: ClassVar[str] = "adam"

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def init(self, params: Any) -> State:
        """Return the state before the first step: means of zero, of no weight."""
        return {
            "m": zeros(params),
            "v": zeros(params),
            "m_weight": zero(params),
            "v_weight": zero(params),
        }

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        new_1, new_2 = 1 - self.beta_1, 1 - self.beta_2
        m = self.beta_1 * state["m"] + new_1 * gradient
        v = self.beta_2 * state["v"] + new_2 * gradient * gradient
        m_weight = self.beta_1 * state["m_weight"] + new_1
        v_weight = self.beta_2 * state["v_weight"] + new_2
        step = self.learning_rate * (m / m_weight) / (root(v / v_weight) + self.epsilon)
        return params - step, {"m": m, "v": v, "m_weight": m_weight, "v_weight": v_weight}


@dataclass
class AdamW(Adam):
    r"""Adam with weights that decay.

    Before each step of `Adam`,

    .. math:: w \leftarrow (1 - \alpha \lambda) w.

    An L2 penalty in the loss would be divided by :math:`\sqrt{\hat v}` with the rest of the
    gradient, and hold back least the weights whose gradients are large; this shrinks all alike.

    Parameters
    ----------
    learning_rate : float, default=0.001
        :math:`\alpha`, about the length of a step, whatever the gradient.
    beta_1 : float in [0, 1), default=0.9
        :math:`\beta_1`, the share of the mean gradient kept at each step.
    beta_2 : float in [0, 1), default=0.999
        :math:`\beta_2`, the share of the mean square kept at each step.
    epsilon : float, default=1e-8
        :math:`\varepsilon`, so that nothing is divided by zero.
    weight_decay : float, default=0.01
        :math:`\lambda`; :math:`\alpha \lambda` is the share of each weight, biases among them, that
        is lost at each step.

    References
    ----------
    Loshchilov and Hutter (2019), Decoupled weight decay regularization.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import AdamW
    >>> optimizer = AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> w = np.array([1.0])
    >>> w, state = optimizer.update(w, np.array([0.0]), optimizer.init(w))
    >>> w
    array([0.95])
    """

    name: ClassVar[str] = "adamw"

    weight_decay: float = 0.01

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        kept = 1 - self.learning_rate * self.weight_decay
        return super().update(kept * params, gradient, state)
