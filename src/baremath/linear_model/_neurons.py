"""A linear model as a layer of neurons: what it learns from, and its training step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath.linear_model._blocks import Floats
from baremath.linear_model._proximal import ProximalGradientDescent
from baremath.nn import L2Penalty, Linear
from baremath.training import Layout, TrainingStep
from baremath.training.data import Data


class Update(NamedTuple):
    """One step: the parameters before it, the gradient there, the rate, the parameters after it."""

    before: Floats
    gradient: Floats
    learning_rate: float
    after: Floats

    @property
    def slope(self) -> float:
        """The largest component of the gradient; with an L1 penalty, of what replaces it."""
        moved = np.abs(self.before - self.after)
        return float(moved.max(initial=0.0)) / self.learning_rate

    def in_order(self, order: NDArray[np.intp]) -> dict[str, Floats]:
        """Return it by the names of its parts, with the parameters in another order."""
        return {
            "before": self.before[order],
            "gradient": self.gradient[order],
            "learning_rate": np.array(self.learning_rate),
            "after": self.after[order],
        }


@dataclass
class Neurons:
    r"""A layer of neurons, one for each output, and what they are to make small.

    .. math:: J(w, b) = L(X w^T + b, y) + \lambda_1 \sum |w| + \frac{\lambda_2}{2} \sum w^2

    The activation, the identity or a sigmoid or softmax, is in the loss L.

    Parameters
    ----------
    data : Data
        The rows: X, y and what each counts.
    loss : callable
        L: ``loss(output, y)``, and ``loss(output, y, sample_weight)`` for rows with weights.
    n_outputs : int
        The number of neurons.
    fit_intercept : bool
        Whether there is a b. It is not penalised.
    l1, l2 : float
        The penalties.
    curvatures : callable
        ``curvatures()`` returns the largest curvature of J, and that of one row's part of it,
        where all parameters are zero: every rate below 2 over it goes downhill.
    has_corners : bool, default=False
        Whether the loss lacks a derivative somewhere.
    evenly_curved : bool, default=True
        Whether these bounds hold for all parameters.

    Attributes
    ----------
    zero : ndarray of shape (n_parameters,)
        The parameters to begin with, in the order of the training step.
    order : ndarray of shape (n_parameters,)
        Where in them each output's intercept lies, then its weights.
    """

    data: Data
    loss: Callable[..., Any]
    n_outputs: int
    fit_intercept: bool
    l1: float
    l2: float
    curvatures: Callable[[], tuple[float, float]]
    has_corners: bool = False
    evenly_curved: bool = True

    def __post_init__(self) -> None:
        layer = Linear(self.data.X.shape[1], self.n_outputs, self.fit_intercept, weight_init=0.0)
        layout = Layout(layer.astype(np.float64).named_parameters())
        places, l1 = layout.pieces(np.arange(layout.size)), np.zeros(layout.size)
        l1[places["weight"]] = self.l1
        intercepts_first = [places[name] for name in ("bias", "weight") if name in places]
        self.order = np.column_stack(intercepts_first).ravel()
        self._l1 = l1 if self.l1 else None
        optimizer = ProximalGradientDescent(l1=self._l1)
        penalty = L2Penalty(self.l2) if self.l2 else None
        self._step = TrainingStep(layer, self.loss, optimizer, penalty)
        self.zero, buffers = self._step.weights.read()
        self._state = self._step.init(self.zero, buffers)
        self._hyper = {name: getattr(*place) for name, place in self._step.knobs.items()}
        self._all = self.data.as_batch(0, 0)

    def step(self, w: Floats, rate: float, rows: Data | None = None) -> tuple[float, Update]:
        """Return J at these parameters, of all rows or some, and the update that goes on there."""
        batch = self._all if rows is None else rows.as_batch(0, 0)
        hyper = self._hyper | {"optimizer.learning_rate": rate}
        after, state, loss = self._step(w, self._state, hyper, batch)
        corners = 0.0 if self._l1 is None else float(self._l1 @ np.abs(w))
        update = Update(w, state["optimizer"]["gradient"], rate, after)
        return float(loss) + corners, update
