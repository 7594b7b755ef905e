"""The objective of a linear regression as a function of its parameters, for gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baremath.linear_model._blocks import Floats
from baremath.linear_model._gradient_descent import Rows
from baremath.linear_model._gram import moments
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
        taken = slice(None) if rows is None else rows
        X, weight = self.X[taken], self.weight[taken]
        coef, intercept = self.split(parameters)
        residual = X @ coef + intercept - self.Y[taken]
        value = float(self.l2 @ parameters**2) / 2
        gradient = np.empty((len(intercept), len(parameters) // len(intercept)))
        total = weight.sum() or 1.0
        for output, r in enumerate(residual.T):
            loss, slope = self.loss.value_and_slope(r, weight) if weight.any() else (0.0, 0 * r)
            value += loss
            gradient[output, int(self.fit_intercept) :] = slope @ X / total
            if self.fit_intercept:
                gradient[output, 0] = slope.sum() / total
        return value, gradient.ravel() + self.l2 * parameters

    def safe_learning_rate(self, parameters: Floats) -> float:
        r"""Return 1/L: L is the largest eigenvalue of :math:`\frac{1}{W} X^T S X` plus l2.

        Huber's loss is curved by 1/σ of that. An absolute error has no curvature: the rate then
        moves ŷ by about the spread of y.
        """
        about = moments(self.X, self.Y, self.weight, centred=False)
        table = about.xx
        if self.fit_intercept:
            mean = np.average(self.X, axis=0, weights=self.weight)
            table = np.block([[np.ones((1, 1)), mean[np.newaxis]], [mean[:, np.newaxis], table]])
        largest = float(np.linalg.eigvalsh(table)[-1])
        if isinstance(self.loss, AbsoluteError):
            return float(np.sqrt(about.yy.max())) / max(largest, 1e-300)
        if isinstance(self.loss, Huber):
            coef, intercept = self.split(parameters)
            residual = self.X @ coef + intercept - self.Y
            largest /= min(self.loss.scale(r, self.weight) for r in residual.T)
        return 1 / max(largest + float(self.l2.max()), 1e-300)
