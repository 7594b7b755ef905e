"""What the networks that predict amounts share: targets centred and scaled, and back again."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.metaestimators import available_if

from baremath import nn
from baremath.estimator import Floats, all_or_nothing
from baremath.neural_network._network import Network, learns_in_parts


class RegressorNetwork(RegressorMixin, Network):
    r"""A network with an output for each amount.

    With `scale_target` it learns :math:`t = (y - \bar y) / s`, which is of the size of its first
    outputs whatever the unit of y, and predicts :math:`\hat y = \bar y + s f(x)`.

    Attributes
    ----------
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        :math:`\bar y` and s, those of the rows of the first fit; 0 and 1 without `scale_target`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {"scale_target": ["boolean"]}
    target_mean_: NDArray[np.float64]
    target_scale_: NDArray[np.float64]

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from all rows, in epochs, until nothing improves.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features; a network learns best from columns of mean 0 and standard deviation 1.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The amounts.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts; 0 is the same as leaving it out.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        ValueError
            When an argument is out of range, or a number is not finite.
        DivergenceError
            When the loss stops being finite; the message says where, and what to do. The estimator
            is as it was before.
        """
        return self._fit(X, y, sample_weight)

    @available_if(learns_in_parts)  # type: ignore[untyped-decorator]
    @all_or_nothing
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Go through some rows once, from the weights as they are.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The amounts.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts.

        Returns
        -------
        estimator
            Itself.
        """
        return self._fit(X, y, sample_weight, partly=True)

    def predict(self, X: ArrayLike) -> Floats:
        """Return the amounts.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        z = self._outputs(X)
        amounts: Floats = self.target_mean_ + self.target_scale_ * z
        return amounts[:, 0] if self._one_column_ else amounts

    # What `Network` asks

    def _n_scores(self) -> int:
        """Return how many numbers the network gives for a row."""
        return len(self.target_mean_)

    def _check_outputs(self, n_outputs: int) -> None:
        if n_outputs != self._n_scores():
            raise ValueError(
                f"the module gives {n_outputs} numbers for a row; y has {self._n_scores()} "
                "columns, and it must give one for each."
            )

    def _make_loss(self, n_outputs: int) -> Any:
        return nn.MSELoss(half=True)

    def _read_targets(self, y: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[Any]:
        """Return the targets as a table, centred and scaled."""
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        amounts = _numbers(y).reshape(len(y), -1)
        if not hasattr(self, "target_mean_"):
            self._one_column_ = y.ndim == 1
            self.target_mean_, self.target_scale_ = _moments(amounts, weights, self.scale_target)
        if amounts.shape[1] != len(self.target_mean_):
            raise ValueError(
                f"y has {amounts.shape[1]} columns; before it had {len(self.target_mean_)}."
            )
        return (amounts - self.target_mean_) / self.target_scale_

    def _score_outputs(self, z: Floats, targets: NDArray[Any], weights: Floats) -> float:
        """Return R², which is the same whatever the unit."""
        return float(r2_score(targets, z, sample_weight=weights))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags


def _numbers(y: NDArray[Any]) -> NDArray[np.float64]:
    try:
        amounts = y.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"y must hold numbers ({error}); for classes there are the classifiers."
        ) from error
    if not np.isfinite(amounts).all():
        raise ValueError("y contains NaN or infinity; drop such rows, or fill them in.")
    return amounts


def _moments(
    amounts: NDArray[np.float64], weights: NDArray[np.float64], wanted: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean and the standard deviation of each column; 0 and 1 where not wanted."""
    n_outputs = amounts.shape[1]
    if not wanted:
        return np.zeros(n_outputs), np.ones(n_outputs)
    shares = weights / weights.sum()
    largest = np.abs(amounts).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)  # so that no square overflows
    mean = shares @ (amounts / unit)
    spread = np.sqrt(shares @ (amounts / unit - mean) ** 2)
    constant = spread <= 1e-12
    return mean * unit, np.where(constant, 1.0, spread * unit)
