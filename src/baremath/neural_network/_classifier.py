"""What the networks that predict classes share: classes as numbers, outputs as probabilities."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags, column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target

from baremath import nn
from baremath.estimator import (
    Floats,
    all_or_nothing,
    check_several,
    chosen,
    class_weight_of_rows,
    encode,
    find_classes,
    log_probabilities,
    probabilities,
    sigmoid,
)
from baremath.neural_network._network import Network, learns_in_parts

# The losses whose outputs are scores, above zero for yes, and no logits.
SIGN_DECIDES = (nn.HingeLoss, nn.MSELoss, nn.L1Loss, nn.HuberLoss)


def _gives_probabilities(estimator: Any) -> bool:
    return not isinstance(getattr(estimator, "loss", None), SIGN_DECIDES)


class ClassifierNetwork(ClassifierMixin, Network):
    """A network with an output for each class, or one output for two classes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted; of several labels a row their places 0, 1, 2, …
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "class_weight": [StrOptions({"balanced"}), dict, None],
    }
    classes_: NDArray[Any]

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from all rows, in epochs, until nothing improves.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features; a network learns best from columns of mean 0 and standard deviation 1.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The class of each row; or 0 and 1 for labels of which a row may have several.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts; 0 is the same as leaving it out.

        Returns
        -------
        estimator
            Itself, fitted.

        Raises
        ------
        ValueError
            When an argument is out of range, there is one class only, or a number is not finite.
        DivergenceError
            When the loss stops being finite; the message says where, and what to do. The estimator
            is as it was before.
        """
        return self._fit(X, y, sample_weight)

    @available_if(learns_in_parts)  # type: ignore[untyped-decorator]
    @all_or_nothing
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Go through some rows once, from the weights as they are.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The classes.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts.
        classes : array-like of shape (n_classes,), optional
            All the classes that will come; needed in the first call.

        Returns
        -------
        estimator
            Itself.
        """
        _check_partial_fit_first_call(self, classes)
        return self._fit(X, y, sample_weight, partly=True)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likeliest class of each row, or the labels that are more likely than not.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            Values of `classes_`; or 0 and 1.
        """
        return self._decide(self._outputs(X))

    @available_if(_gives_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to one, in the order of `classes_`; of several labels each one's own.
        """
        z = self._outputs(X)
        return sigmoid(z) if self._several_labels_ else probabilities(z)

    @available_if(_gives_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Return the logarithm of each class's probability; finite however sure the network is.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        z = self._outputs(X)
        if not self._several_labels_:
            return log_probabilities(z)
        logarithm: Floats = -np.logaddexp(0, -z)
        return logarithm

    def _decide(self, z: Floats) -> NDArray[Any]:
        if self._several_labels_:
            return (z > 0).astype(np.intp)
        labels: NDArray[Any] = self.classes_[chosen(z)]
        return labels

    # What `Network` asks

    def _n_scores(self) -> int:
        """Return how many numbers the network gives for a row."""
        return 1 if len(self.classes_) == 2 and not self._several_labels_ else len(self.classes_)

    def _check_outputs(self, n_outputs: int) -> None:
        allowed = {self._n_scores(), len(self.classes_)}
        if n_outputs not in allowed:
            needed = " or ".join(map(str, sorted(allowed)))
            raise ValueError(
                f"the module gives {n_outputs} numbers for a row; for {len(self.classes_)} "
                f"{'labels' if self._several_labels_ else 'classes'} it must give {needed}."
            )

    def _make_loss(self, n_outputs: int) -> Any:
        alone = self._several_labels_ or n_outputs == 1
        return nn.BCEWithLogitsLoss() if alone else nn.CrossEntropyLoss()

    def _as_the_loss_wants(self, loss: Any, targets: NDArray[Any], shape: Any) -> NDArray[Any]:
        """Return the places of the classes, or for a loss of single outputs a target for each.

        That is 0 and 1 where the output becomes a probability, and -1 and 1 where its sign decides.
        """
        of_single_outputs = isinstance(loss, (nn.BCEWithLogitsLoss, *SIGN_DECIDES))
        if self._several_labels_ or math.prod(shape[1:]) == 1:
            zero_one = targets.reshape(shape).astype(np.float64)
        elif of_single_outputs:
            zero_one = (targets[:, np.newaxis] == np.arange(len(self.classes_))).astype(np.float64)
        else:
            return targets
        return 2 * zero_one - 1 if isinstance(loss, SIGN_DECIDES) else zero_one

    def _read_targets(self, y: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[Any]:
        """Return the place of each row's class among `classes_`, or its labels as 0 and 1."""
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        found = find_classes(y) if y.ndim == 1 else np.arange(y.shape[1])
        if not hasattr(self, "_several_labels_"):
            self._several_labels_ = y.ndim == 2
            if not hasattr(self, "classes_"):
                self.classes_ = found
        if self._several_labels_:
            return self._read_labels(y)
        if y.ndim != 1:
            raise ValueError(f"y has shape {y.shape}; before, there was one class for each row.")
        check_several(self, self.classes_)
        return encode(y, self.classes_)

    def _read_labels(self, y: NDArray[Any]) -> NDArray[Any]:
        if type_of_target(y) != "multilabel-indicator" or y.shape[1] != len(self.classes_):
            raise ValueError(
                f"y must be 0 or 1 for each of {len(self.classes_)} labels; it has shape {y.shape} "
                f"and is {type_of_target(y)}."
            )
        if self.class_weight is not None:
            raise ValueError("class_weight is for rows of one class; give sample_weight instead.")
        return np.asarray(y)

    def _class_weights(self, codes: NDArray[Any], weights: NDArray[np.float64]) -> Any:
        """Return what the rows of each class count, for each row."""
        return class_weight_of_rows(self.class_weight, self.classes_, codes, weights)

    def _score_outputs(self, z: Floats, targets: NDArray[Any], weights: Floats) -> float:
        """Return the share of rows that are predicted right."""
        actual = targets if self._several_labels_ else self.classes_[targets]
        return float(accuracy_score(actual, self._decide(z), sample_weight=weights))

    def _strata(self, targets: NDArray[Any]) -> NDArray[Any] | None:
        return None if self._several_labels_ else targets

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
