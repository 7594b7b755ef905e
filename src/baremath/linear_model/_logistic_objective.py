"""The objective of logistic regression: mean log-loss, its gradient and its Hessian."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from baremath.estimator import sigmoid, softmax
from baremath.linear_model._blocks import Floats, blocks, map_chunks
from baremath.linear_model._gram import shifted_gram


def log_loss(z: Floats, codes: NDArray[np.intp]) -> tuple[Floats, Floats]:
    r"""Return the log-loss of each row and its derivative by the scores, p - onehot(y).

    Two classes have one score, :math:`-\log \sigma(\pm z) = \max(\mp z, 0) + \log(1 + e^{-|z|})`;
    more have one each, :math:`\log \sum_l e^{z_l} - z_y`. Neither overflows for any z.

    Parameters
    ----------
    z : ndarray of shape (n_samples, 1) or (n_samples, n_classes)
        The scores.
    codes : ndarray of shape (n_samples,)
        The place of each row's class.
    """
    if z.shape[1] == 1:
        score = z[:, 0]
        small = np.exp(-np.abs(score))
        wrong_side = np.where(codes == 1, -score, score)
        loss = np.maximum(wrong_side, 0.0) + np.log1p(small)
        probability = np.where(score >= 0, 1.0, small) / (1.0 + small)
        return loss, (probability - codes)[:, np.newaxis]
    each = np.arange(len(z))
    shifted = z - z.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1)
    loss = np.log(total) - shifted[each, codes]
    slope = powers / total[:, np.newaxis]
    slope[each, codes] -= 1.0
    return loss, slope


ROWS_AT_ONCE = 8192  # fewer make the threads wait for each other, more fall out of the cache


@dataclass(frozen=True)
class LogisticObjective:
    r"""Mean log-loss of the scores :math:`z_k = b_k + w_k^T (x - c) / s`, with a penalty.

    The parameters are one flat array: for each score its intercept, then its weights. Centre c and
    scale s of the columns make the problem round, and leave its minimum where it was: the penalties
    are those of the weights in the columns' own units.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Never copied.
    codes : ndarray of shape (n_samples,)
        The place of each row's class.
    weight : ndarray of shape (n_samples,)
        How often each row counts.
    n_scores : int
        1 for two classes, else their number.
    l1, l2 : ndarray of shape (n_parameters,)
        Penalties: Σ l1 |θ| + ½ Σ l2 θ².
    fit_intercept : bool
        Whether there are intercepts.
    centre, scale : ndarray of shape (n_features,)
        What is taken from the columns, and divided by.
    """

    X: Floats
    codes: NDArray[np.intp]
    weight: Floats
    n_scores: int
    l1: Floats
    l2: Floats
    fit_intercept: bool
    centre: Floats
    scale: Floats

    @property
    def n_samples(self) -> int:
        """Rows of the table."""
        return len(self.X)

    @cached_property
    def total_weight(self) -> float:
        """The sum of the weights."""
        return float(self.weight.sum())

    @cached_property
    def has_corners(self) -> bool:
        """Whether any parameter's absolute value is penalised."""
        return bool(self.l1.any())

    def sample(self, step: int) -> LogisticObjective:
        """Return the objective of one row drawn from every `step`: no period of the rows shows."""
        n = len(self.X) // step
        taken = np.arange(n) * step + np.random.default_rng(0).integers(step, size=n)
        return replace(
            self,
            X=self.X[taken],
            codes=self.codes[taken],
            weight=self.weight[taken],
        )

    def split(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return weights (n_scores, n_features) and intercepts in the columns' own units."""
        table = parameters.reshape(self.n_scores, -1)
        coef = table[:, int(self.fit_intercept) :] / self.scale
        if not self.fit_intercept:
            return coef, np.zeros(self.n_scores)
        return coef, table[:, 0] - coef @ self.centre

    def in_own_units(self, path: list[Floats]) -> Floats:
        """Return parameters as they are for columns that are neither centred nor scaled.

        Of shape (len(path), n_parameters).
        """
        table = np.array(path).reshape(len(path), self.n_scores, -1)
        table[..., int(self.fit_intercept) :] /= self.scale
        if self.fit_intercept:
            table[..., 0] -= table[..., 1:] @ self.centre
        return table.reshape(len(path), -1)

    def step_in_own_units(self, step: dict[str, Floats]) -> dict[str, Floats]:
        """Return a Newton step as it is for columns that are neither centred nor scaled."""
        first = int(self.fit_intercept)
        inner = np.diag(np.concatenate([np.ones(first), self.scale]))
        if self.fit_intercept:
            inner[0, 1:] = self.centre
        into = np.kron(np.eye(self.n_scores), inner)  # own units → centred and scaled
        before, after = self.in_own_units([step["before"], step["after"]])
        return {
            "before": before,
            "gradient": into.T @ step["gradient"],
            "hessian": into.T @ step["hessian"] @ into,
            "learning_rate": step["learning_rate"],
            "after": after,
        }

    def scores(self, parameters: Floats) -> Floats:
        """Return z of every row, of shape (n_samples, n_scores)."""
        coef, intercept = self.split(parameters)
        z: Floats = self.X @ coef.T + intercept
        return z

    def separates(self, parameters: Floats, slack: float = 0.0) -> bool:
        """Return whether each row that counts has its own class's score above all others.

        Parameters
        ----------
        parameters : ndarray of shape (n_parameters,)
            Where, or in which direction.
        slack : float, default=0.0
            By how much a score may be below, as a share of the furthest that one is above.
        """
        z, codes = self.scores(parameters)[self.weight > 0], self.codes[self.weight > 0]
        if self.n_scores == 1:
            margin = np.where(codes == 1, z[:, 0], -z[:, 0])
        else:
            each = np.arange(len(z))
            own = z[each, codes]
            z[each, codes] = -np.inf
            margin = own - z.max(axis=1)
        return bool(margin.min() > -slack * margin.max())

    def value_and_gradient(self, parameters: Floats) -> tuple[float, Floats]:
        """Return the smooth part and its gradient, for those who go by the second derivative."""
        X, codes, weight, total = self.X, self.codes, self.weight, self.total_weight
        coef, intercept = self.split(parameters)

        def chunk(start: int, stop: int) -> tuple[float, Floats, Floats]:
            value, slope_sum = 0.0, np.zeros(self.n_scores)
            products = np.zeros_like(coef)
            for block in blocks(start, stop, ROWS_AT_ONCE):
                z = np.dot(X[block], coef.T)  # np.dot lets other threads run, and @ does not
                z += intercept
                loss, slope = log_loss(z, codes[block])
                value += float(np.dot(weight[block], loss))
                slope *= weight[block, np.newaxis]
                slope_sum += slope.sum(axis=0)
                products += np.dot(slope.T, X[block])
            return value, slope_sum, products

        parts = map_chunks(chunk, len(X), 4 * coef.size)
        value, slope_sum, products = next(parts)
        for part in parts:
            value += part[0]
            slope_sum += part[1]
            products += part[2]
        gradient = np.empty((self.n_scores, coef.shape[1] + self.fit_intercept))
        if self.fit_intercept:
            products -= slope_sum[:, np.newaxis] * self.centre
            gradient[:, 0] = slope_sum
        gradient[:, int(self.fit_intercept) :] = products / self.scale
        penalty = float(self.l2 @ parameters**2) / 2
        return value / total + penalty, gradient.ravel() / total + self.l2 * parameters

    def hessian(self, parameters: Floats) -> Floats:
        r"""Return the second derivatives, of shape (n_parameters, n_parameters).

        .. math::
            \frac{1}{W} \sum_i s_i \, p_{ik} (\delta_{kl} - p_{il}) \, x_i x_i^T
        """
        z = self.scores(parameters)
        probability = sigmoid(z) if self.n_scores == 1 else softmax(z)
        size = len(parameters) // self.n_scores
        result = np.zeros((self.n_scores, size, self.n_scores, size))
        for k in range(self.n_scores):
            own = probability[:, k] * (1 - probability[:, k])
            result[k, :, k, :] = self._weighted_gram(own)
            for other in range(k):
                both = probability[:, k] * probability[:, other]
                result[k, :, other, :] = -self._weighted_gram(both)
                result[other, :, k, :] = result[k, :, other, :]
        return result.reshape(len(parameters), -1) + np.diag(self.l2)

    def _weighted_gram(self, curvature: Floats) -> Floats:
        nothing = np.zeros((len(self.X), 0))
        root = np.sqrt(self.weight * curvature)
        gram = shifted_gram(self.X, nothing, self.centre, np.zeros(0), root)
        width = np.append(self.scale, 1.0)
        gram /= width[:, np.newaxis] * width * self.total_weight
        if not self.fit_intercept:
            return gram[:-1, :-1]
        order = np.arange(-1, len(gram) - 1)  # the intercept is last there, and first here
        return gram[order[:, np.newaxis], order]

    def curvature(self) -> float:
        """Return a bound: log-loss curves by 1/4 at most for two classes, by 1/2 for more."""
        gram = self._weighted_gram(np.ones(len(self.X)))
        largest = float(np.linalg.eigvalsh(gram)[-1]) if np.isfinite(gram).all() else np.inf
        return largest * (0.25 if self.n_scores == 1 else 0.5) + float(self.l2.max(initial=0.0))
