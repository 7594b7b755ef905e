"""The mean of members that predict classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from baremath.ensemble._averaged import Averaged
from baremath.ensemble._classes import weighted_classes
from baremath.estimator import Floats


class AveragedClassifier(ClassifierMixin, Averaged):
    """Members that predict classes: their probabilities are averaged, or their votes."""

    _classify = True
    class_weight: Any
    classes_: NDArray[Any]
    oob_decision_function_: Floats
    oob_score_: float

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the mean of the members' probabilities, or the share of votes of each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to one, in the order of `classes_`. They are votes where the base model
            has no `predict_proba`.
        """
        return self._mean(X)

    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Return the logarithm of each class's probability; −∞ where it is zero.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        with np.errstate(divide="ignore"):
            logarithm: Floats = np.log(self._mean(X))
        return logarithm

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class with the largest mean probability; of two equal ones the first.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        mean = self._mean(X)
        labels: NDArray[Any] = self.classes_[mean.argmax(axis=1)]
        return labels

    def _learn_target(self, target: NDArray[Any]) -> NDArray[Any]:
        self.classes_, codes, self.sampling_weight_ = weighted_classes(
            self, target, self.sampling_weight_
        )
        return codes

    def _n_classes(self) -> int:
        return len(self.classes_)

    def _method(self) -> str:
        return "predict_proba" if hasattr(self.estimator, "predict_proba") else "predict"

    def _keep_out_of_bag(self, mean: Floats, codes: NDArray[Any], scored: NDArray[Any]) -> None:
        self.oob_decision_function_ = mean
        said = mean[scored].argmax(axis=1)
        weight = self.sampling_weight_[scored]
        self.oob_score_ = float(accuracy_score(codes[scored], said, sample_weight=weight))
