"""Adadelta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from baremath.autodiff import sqrt
from baremath.optim.optimizer import Optimizer, State, zeros


@dataclass
class Adadelta(Optimizer):
    r"""Steps as long as the recent ones were: RMSProp that finds its own learning rate.

    .. math:: s \leftarrow \rho s + (1 - \rho) g^2, \qquad
              d = \frac{\sqrt{u + \varepsilon}}{\sqrt{s + \varepsilon}} g, \qquad
              u \leftarrow \rho u + (1 - \rho) d^2, \qquad
              w \leftarrow w - \alpha d

    The root mean square of its own steps :math:`d` takes the place of a learning rate, so that a
    step has the unit of the parameter. The first ones are as short as :math:`\varepsilon` lets
    them be, and it takes many until they have grown.

    Parameters
    ----------
    learning_rate : float, default=1
        :math:`\alpha`; 1 in the paper, which has none.
    rho : float in [0, 1), default=0.9
        :math:`\rho`, the share of the means kept at each step.
    epsilon : float, default=1e-6
        :math:`\varepsilon`: its root, times the share of new, is where the step length begins.

    References
    ----------
    Zeiler (2012), ADADELTA: an adaptive learning rate method.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.optim import Adadelta
    >>> optimizer = Adadelta(rho=0.75, epsilon=1e-4)
    >>> w = np.zeros(2)
    >>> w, state = optimizer.update(w, np.array([3.0, 400.0]), optimizer.init(w))
    >>> w.round(4)
    array([-0.02, -0.02])
    """

    name: ClassVar[str] = "adadelta"

    learning_rate: float = 1.0
    rho: float = 0.9
    epsilon: float = 1e-6

    def init(self, params: Any) -> State:
        """Return the state before the first step: means of zero."""
        return {"square_mean": zeros(params), "step_square_mean": zeros(params)}

    def update(self, params: Any, gradient: Any, state: State) -> tuple[Any, State]:
        """Return the parameters after one step, and the state for the next."""
        s, u = state["square_mean"], state["step_square_mean"]
        s = self.rho * s + (1 - self.rho) * gradient * gradient
        step = sqrt(u + self.epsilon) / sqrt(s + self.epsilon) * gradient
        u = self.rho * u + (1 - self.rho) * step * step
        return params - self.learning_rate * step, {"square_mean": s, "step_square_mean": u}
