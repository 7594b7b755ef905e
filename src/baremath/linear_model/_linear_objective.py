"""The objective of a linear regression as a function of its parameters, for gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baremath.linear_model._blocks import Floats, blocks, map_chunks
from baremath.linear_model._gradient_descent import Rows
from baremath.linear_model._gram import shifted_gram
from baremath.linear_model._losses import AbsoluteError, Huber, Loss


@dataclass(frozen=True)
class LinearObjective:
    r"""The mean loss of ŷ = b + X w and its gradient :math:`\frac{1}{W} \sum_i \ell'(r_i) x_i`.

    The parameters are one flat array: for each output its intercept, then its weights.
    """

    X: Floats
    Y: Floats
    weight: Floats
    loss: Loss
    l1: Floats
    l2: Floats
    fit_intercept: bool

    @classmethod
    def of(
        cls,
        X: Floats,
        Y: Floats,
        weight: Floats,
        *,
        loss: Loss,
        l1: float,
        l2: float,
        fit_intercept: bool,
    ) -> LinearObjective:
        """Build the objective; the intercept is not penalised."""
        penalised = np.ones(X.shape[1] + fit_intercept)
        penalised[: int(fit_intercept)] = 0
        every_output = np.tile(penalised, Y.shape[1])
        return cls(X, Y, weight, loss, l1 * every_output, l2 * every_output, fit_intercept)

    @property
    def n_samples(self) -> int:
        """Rows of the table."""
        return len(self.X)

    @property
    def smooth(self) -> bool:
        """Whether the loss has no corners."""
        return not isinstance(self.loss, AbsoluteError)

    @property
    def evenly_curved(self) -> bool:
        """Whether one bound on the curvature holds everywhere; Huber's is larger near the fit."""
        return not isinstance(self.loss, Huber)

    def split(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return the weights, of shape (n_features, n_outputs), and the intercepts."""
        table = parameters.reshape(self.Y.shape[1], -1)
        if self.fit_intercept:
            return table[:, 1:].T, table[:, 0]
        return table.T, np.zeros(len(table))

    def value_and_gradient(
        self, parameters: Floats, rows: Rows | None = None
    ) -> tuple[float, Floats]:
        """Return the smooth part over these rows (None: all) and its gradient."""
        X, Y, weight = self.X, self.Y, self.weight
        if rows is not None:
            X, Y, weight = X[rows], Y[rows], weight[rows]
        coef, intercept = self.split(parameters)
        residual = _predicted(X, coef) + intercept - Y
        value = float(self.l2 @ parameters**2) / 2
        slopes = np.zeros_like(residual)
        if weight.any():
            for output, r in enumerate(residual.T):
                loss, slopes[:, output] = self.loss.value_and_slope(r, weight)
                value += loss
        gradient = _products(slopes, X)
        if self.fit_intercept:
            gradient = np.column_stack([slopes.sum(axis=0), gradient])
        return value, gradient.ravel() / (weight.sum() or 1.0) + self.l2 * parameters

    def curvature(self, parameters: Floats) -> float:
        r"""Return the largest eigenvalue of :math:`\frac{1}{W} X^T S X` plus l2.

        Huber's loss is curved by 1/σ of that. An absolute error has no curvature: steps of one over
        what is returned for it move ŷ by about the spread of y.
        """
        p = self.X.shape[1]
        gram = shifted_gram(
            self.X, self.Y, np.zeros(p), np.zeros(self.Y.shape[1]), np.sqrt(self.weight)
        )
        gram /= gram[-1, -1]  # the columns of X, those of Y, and a one
        used = [*range(p), *([-1] * self.fit_intercept)]
        largest = float(np.linalg.eigvalsh(gram[np.ix_(used, used)])[-1])
        return self._own_curvature(parameters, largest, float(np.diag(gram)[p:-1].max()))

    def row_curvature(self, parameters: Floats) -> float:
        """Return the same for the row with the largest :math:`x^T x`."""
        counted = self.weight > 0
        squares = np.einsum("ij,ij->i", self.X, self.X, dtype=np.float64)
        largest = float(squares[counted].max()) + self.fit_intercept
        return self._own_curvature(parameters, largest, float((self.Y[counted] ** 2).max()))

    def _own_curvature(self, parameters: Floats, largest: float, y_square: float) -> float:
        if isinstance(self.loss, AbsoluteError):
            return largest / max(float(np.sqrt(y_square)), 1e-300)
        if isinstance(self.loss, Huber):
            coef, intercept = self.split(parameters)
            residual = self.X @ coef + intercept - self.Y
            largest /= min(self.loss.scale(r, self.weight) for r in residual.T)
        return largest + float(self.l2.max())


def _predicted(X: Floats, coef: Floats) -> Floats:
    """Return X w, a block of rows at a time."""

    def chunk(start: int, stop: int) -> Floats:
        return np.concatenate([np.dot(X[rows], coef) for rows in blocks(start, stop)])

    return np.concatenate(list(map_chunks(chunk, len(X), coef.size)))


def _products(slopes: Floats, X: Floats) -> Floats:
    """Return slopesᵀ X, a block of rows at a time."""

    def chunk(start: int, stop: int) -> Floats:
        total = np.zeros((slopes.shape[1], X.shape[1]))
        for rows in blocks(start, stop):
            total += np.dot(slopes[rows].T, X[rows])
        return total

    total = np.zeros((slopes.shape[1], X.shape[1]))
    for part in map_chunks(chunk, len(X), total.size):
        total += part
    return total
