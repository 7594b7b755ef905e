"""What all linear classifiers share: classes as numbers, scores, and the class that they say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from baremath.estimator import Floats, check_several, chosen, encode, find_classes


class LinearClassifier(ClassifierMixin, BaseEstimator):
    """A classifier whose scores are weighted sums of the features.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        The weights; one row for two classes, whose score is that of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        What is added to each score.
    """

    classes_: NDArray[Any]
    coef_: Floats
    intercept_: Floats

    def _learn_classes(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        """Find `classes_` and return the place of each row's class among them."""
        self.classes_ = find_classes(labels)
        check_several(self, self.classes_)
        return encode(labels, self.classes_)

    def decision_function(self, X: ArrayLike) -> Floats:
        """Return the scores b + wᵀx.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes above zero where the second is predicted.
        """
        check_is_fitted(self)
        table = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        z: Floats = table @ self.coef_.T + self.intercept_
        return z[:, 0] if z.shape[1] == 1 else z

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class of each row: the one with the largest score.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        scores = self.decision_function(X)
        labels: NDArray[Any] = self.classes_[chosen(scores)]
        return labels
