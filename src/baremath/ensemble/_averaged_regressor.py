"""The mean of members that predict amounts."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from baremath.ensemble._averaged import Averaged
from baremath.estimator import Floats


class AveragedRegressor(RegressorMixin, Averaged):
    """Members that predict amounts."""

    _classify = False
    oob_prediction_: Floats
    oob_score_: float

    def predict(self, X: ArrayLike) -> Floats:
        """Predict the mean of the members' predictions.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            ŷ.
        """
        mean = self._mean(X)
        return mean[:, 0] if self._flat_ else mean

    def _learn_target(self, target: NDArray[Any]) -> NDArray[Any]:
        self._flat_ = target.ndim == 1
        return target

    def _keep_out_of_bag(self, mean: Floats, codes: NDArray[Any], scored: NDArray[Any]) -> None:
        self.oob_prediction_ = mean[:, 0] if self._flat_ else mean
        self.oob_score_ = float(
            r2_score(
                codes[scored],
                self.oob_prediction_[scored],
                sample_weight=self.sampling_weight_[scored],
            )
        )
