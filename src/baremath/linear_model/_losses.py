"""The losses of a regression line, each the sum over the outputs of a weighted mean over rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff import Tensor
from baremath.linear_model._blocks import Floats
from baremath.nn import HuberLoss, L1Loss, Module, MSELoss

TINY = float(np.finfo(np.float64).tiny)
EPSILON = float(np.finfo(np.float64).eps)


class SquaredError(MSELoss):
    r"""Half the mean squared error: :math:`\frac{1}{2W} \sum_i s_i r_i^2`."""

    def forward(self, output: Any, target: Any, sample_weight: Any = None) -> Any:
        """Return the loss of outputs of shape (n_rows, n_outputs)."""
        return 0.5 * output.shape[1] * super().forward(output, target, sample_weight)


class AbsoluteError(L1Loss):
    r"""Half the mean absolute error: :math:`\frac{1}{2W} \sum_i s_i |r_i|`."""

    def forward(self, output: Any, target: Any, sample_weight: Any = None) -> Any:
        """Return the loss of outputs of shape (n_rows, n_outputs)."""
        return 0.5 * output.shape[1] * super().forward(output, target, sample_weight)


class Huber(Module):
    r"""Squares for small residuals, absolute values for large ones, the scale found with the fit.

    .. math::
        \frac{1}{2W} \min_\sigma \sum_i s_i \left(\sigma + \sigma H(r_i / \sigma)\right), \qquad
        H(z) = \begin{cases} z^2 & |z| \le \epsilon \\
        2 \epsilon |z| - \epsilon^2 & \text{otherwise} \end{cases}

    Each output has its own σ.

    Parameters
    ----------
    epsilon : float
        Where squares end, in units of the scale σ.

    References
    ----------
    Huber and Ronchetti (2009), Robust Statistics, 2nd ed., section 7.7 (joint estimates of
    location and scale).
    """

    def __init__(self, epsilon: float) -> None:
        self.epsilon = epsilon
        self.of_scaled = HuberLoss(delta=epsilon)

    def forward(self, output: Any, target: Any, sample_weight: Any = None) -> Any:
        r"""Return the loss of outputs of shape (n_rows, n_outputs).

        :math:`H(z) / 2` is what `HuberLoss` with :math:`\delta = \epsilon` makes of z. σ is held
        constant: being the best, its change adds nothing to the derivative.
        """
        residual = output - target
        total, nothing = 0.0, np.zeros(len(residual))
        for k, sigma in enumerate(self.scales(_values(residual), _values(sample_weight))):
            loss = self.of_scaled(residual[:, k] / sigma, nothing, sample_weight)
            total = total + sigma * loss + sigma / 2
        return total

    def scales(self, residual: Floats, weight: Floats | None) -> list[float]:
        """Return the best σ for each column of residuals."""
        weight = np.ones(len(residual)) if weight is None else weight
        return [self.scale(column, weight) for column in residual.T]

    def scale(self, residual: Floats, weight: Floats) -> float:
        r"""Return the σ that minimises the loss for these residuals.

        With the residuals sorted, it is the one σ for which the k rows beyond εσ are the k largest:
        :math:`\sigma^2 = \sum_{in} s_i r_i^2 / (W - \epsilon^2 W_{out})`.
        """
        order = np.argsort(-np.abs(residual), kind="stable")
        size, share = np.abs(residual)[order], weight[order]
        outside = np.concatenate([[0.0], np.cumsum(share)[:-1]])
        inside = np.cumsum((share * size**2)[::-1])[::-1]
        room = weight.sum() - self.epsilon**2 * outside
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = np.sqrt(np.where(room > 0, inside / room, np.inf))
        fits = size <= self.epsilon * sigma * (1 + 1e-12)
        best = float(sigma[np.argmax(fits)]) if fits.any() else 0.0
        return max(best, EPSILON * float(size[0]), TINY)  # an exact fit has no scale

    def row_weights(self, residual: Floats, sigma: float) -> Floats:
        """Return min(1, εσ/|r|): the weights with which least squares has the same gradient."""
        size = np.abs(residual)
        limit = self.epsilon * sigma
        return np.where(size <= limit, 1.0, limit / np.maximum(size, TINY))


def regression_loss(name: str, epsilon: float) -> Module:
    """Return the loss of this name, of outputs, targets and the weights of rows."""
    losses: dict[str, Module] = {
        "squared_error": SquaredError(),
        "absolute_error": AbsoluteError(),
        "huber": Huber(epsilon),
    }
    return losses[name]


def _values(x: Any) -> Any:
    return x.data if isinstance(x, Tensor) else x
