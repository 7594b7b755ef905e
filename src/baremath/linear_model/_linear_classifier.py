"""What all linear classifiers share: classes as numbers, scores, and the class that they say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from baremath.linear_model._blocks import Floats


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
        self.classes_ = np.unique(labels)
        if self.classes_.dtype.kind not in "biuU":  # text and whole numbers are classes
            check_classification_targets(self.classes_)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes; "
                f"y holds one class only: {self.classes_[0]!r}."
            )
        return np.searchsorted(self.classes_, labels)

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
        z = self.decision_function(X)
        chosen = (z > 0).astype(np.intp) if z.ndim == 1 else z.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[chosen]
        return labels
