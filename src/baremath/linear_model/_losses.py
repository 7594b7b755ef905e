"""The losses of a regression line, as functions of the residuals r = ŷ - y."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from baremath.linear_model._blocks import Floats

TINY = float(np.finfo(np.float64).tiny)
EPSILON = float(np.finfo(np.float64).eps)


class Loss(Protocol):
    """A convex function of the residuals, averaged over the weighted rows."""

    def value_and_slope(self, residual: Floats, weight: Floats) -> tuple[float, Floats]:
        """Return the mean loss, and its derivative by each residual times the sum of weights."""


@dataclass(frozen=True)
class SquaredError:
    r"""Half the mean squared error: :math:`\frac{1}{2W} \sum_i s_i r_i^2`."""

    def value_and_slope(self, residual: Floats, weight: Floats) -> tuple[float, Floats]:
        """Return the loss and s·r."""
        slope = weight * residual
        return float(slope @ residual / (2 * weight.sum())), slope


@dataclass(frozen=True)
class AbsoluteError:
    r"""Half the mean absolute error: :math:`\frac{1}{2W} \sum_i s_i |r_i|`."""

    def value_and_slope(self, residual: Floats, weight: Floats) -> tuple[float, Floats]:
        """Return the loss and s·sign(r)/2, a subgradient."""
        return float(weight @ np.abs(residual) / (2 * weight.sum())), weight * np.sign(residual) / 2


@dataclass(frozen=True)
class Huber:
    r"""Squares for small residuals, absolute values for large ones, the scale found with the fit.

    .. math::
        \frac{1}{2W} \min_\sigma \sum_i s_i \left(\sigma + \sigma H(r_i / \sigma)\right), \qquad
        H(z) = \begin{cases} z^2 & |z| \le \epsilon \\
        2 \epsilon |z| - \epsilon^2 & \text{otherwise} \end{cases}

    Parameters
    ----------
    epsilon : float
        Where squares end, in units of the scale σ.

    References
    ----------
    Huber and Ronchetti (2009), Robust Statistics, 2nd ed., section 7.7 (joint estimates of
    location and scale).
    """

    epsilon: float

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

    def value_and_slope(self, residual: Floats, weight: Floats) -> tuple[float, Floats]:
        """Return the loss at the best σ and s·H'(r/σ)/2; σ being best, its change adds nothing."""
        sigma = self.scale(residual, weight)
        z = residual / sigma
        clipped = np.clip(z, -self.epsilon, self.epsilon)
        h = np.where(
            np.abs(z) <= self.epsilon, z**2, 2 * self.epsilon * np.abs(z) - self.epsilon**2
        )
        return float(sigma * (weight @ (1 + h)) / (2 * weight.sum())), weight * clipped


def regression_loss(name: str, epsilon: float) -> Loss:
    """Return the loss of this name."""
    losses: dict[str, Loss] = {
        "squared_error": SquaredError(),
        "absolute_error": AbsoluteError(),
        "huber": Huber(epsilon),
    }
    return losses[name]
