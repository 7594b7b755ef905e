"""StackingClassifier: a model of models' probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from baremath.ensemble._arguments import check_choice
from baremath.ensemble._stacking import METHODS, Stacking
from baremath.estimator import Floats


def _final_has(method: str) -> Any:
    def has(stack: Any) -> bool:
        if stack.final_estimator is None:
            return hasattr(stack._default_final(), method)
        return hasattr(getattr(stack, "final_estimator_", stack.final_estimator), method)

    return available_if(has)


class StackingClassifier(ClassifierMixin, Stacking):
    r"""A model on top of other models, that learns from their out-of-fold probabilities.

    .. math:: P(k \mid x) = g_k\bigl(f_1(x), \dots, f_m(x)\bigr)

    g is fitted to what each :math:`f_i` says of rows that it hasn't seen: of every split, a model
    of the training rows predicts the test rows. So g learns how far each can be trusted. Of two
    classes it gets the probability of the second, of more those of all.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Names and models, also other stacks; ``"drop"`` in place of a model leaves it out.
    final_estimator : estimator, default=None
        g; `LogisticRegression` of baremath unless given.
    cv : int, splitter or iterable, default=None
        The splits, the same for all models: 5 folds with the shares of the classes unless given; a
        number of folds (that keep groups whole), a splitter of scikit-learn's, or pairs of training
        and test rows. Rows that no split predicts, the first of a `TimeSeriesSplit`, g does not
        learn from.
    stack_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        What the models are asked; ``"auto"`` is the first of the three that a model has. A class
        that is predicted counts as the probability one.
    passthrough : bool, default=False
        Whether g gets the features too.
    predict_with : {"refit", "folds"}, default="refit"
        Whether each model is fitted again to all rows to predict, or those of the splits predict
        and their mean counts.
    eval_fraction : float in (0, 1), dict of str to float or None, default=None
        The share of the training rows that a model whose fit takes `eval_set`, `eval_X` or `X_val`
        gets there for early stopping, and doesn't learn from; with a `TimeSeriesSplit` the last
        ones. A dict names the models. Out-of-fold rows are never among them.
    class_weight : dict, "balanced" or None, default=None
        How often the rows of each class count, for all models.
    n_jobs : int or None, default=None
        Processes of the fit, by joblib, each with one model and split at a time; -1 is one for each
        core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        Gives a seed to each model that has none.
    verbose : bool, default=False
        Whether a bar shows the progress.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted. The models learn their places, 0, 1, …
    estimators_ : list of estimator
        The models, fitted to all rows; with ``predict_with="folds"`` for each a list with one for
        every split.
    named_estimators_ : Bunch
        The same by name.
    member_classes_ : list
        Which of `classes_` each model knows, by place; like `estimators_`. What a model doesn't
        know has the probability zero.
    final_estimator_ : estimator
        g, fitted.
    oof_predictions_ : ndarray of shape (n_samples, n_meta_features)
        The out-of-fold probabilities; the mean, where a row was predicted several times, and NaN
        where it never was. `get_feature_names_out` names the columns.
    fold_indices_ : list of (ndarray, ndarray)
        The training and the test rows of each split. They have no row and no group in common.
    stack_method_ : list of str
        What each model was asked.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Wolpert (1992), Stacked generalization. Neural Networks 5, 241-259.
    Ting and Witten (1999), Issues in stacked generalization (probabilities rather than classes).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from baremath.ensemble import StackingClassifier
    >>> from baremath.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> models = [("bayes", GaussianNB()), ("logistic", LogisticRegression())]
    >>> stack = StackingClassifier(models).fit(X, y)
    >>> stack.predict(X[[0, 60, 149]])
    array([0, 1, 2])
    >>> stack.oof_predictions_.shape
    (150, 6)
    """

    _classify = True
    class_weight: Any
    classes_: NDArray[Any]

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        final_estimator: Any = None,
        *,
        cv: Any = None,
        stack_method: str = "auto",
        passthrough: bool = False,
        predict_with: str = "refit",
        eval_fraction: float | dict[str, float] | None = None,
        class_weight: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.stack_method = stack_method
        self.passthrough = passthrough
        self.predict_with = predict_with
        self.eval_fraction = eval_fraction
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class that the final model predicts.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        said = np.asarray(self._final_output(X, "predict")).reshape(-1).astype(np.intp)
        labels: NDArray[Any] = self.classes_[said]
        return labels

    @_final_has("predict_proba")  # type: ignore[untyped-decorator]
    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the final model's probability of each class.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to one, in the order of `classes_`.
        """
        shares: Floats = self._final_output(X, "predict_proba")
        return shares

    @_final_has("decision_function")  # type: ignore[untyped-decorator]
    def decision_function(self, X: ArrayLike) -> Floats:
        """Return the final model's scores.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes above zero where the second is predicted.
        """
        scores: Floats = self._final_output(X, "decision_function")
        return scores

    def _default_final(self) -> Any:
        from baremath.linear_model import LogisticRegression

        return LogisticRegression()

    def _method(self, name: str, model: Any) -> str:
        check_choice("stack_method", self.stack_method, ("auto", *METHODS))
        asked = METHODS if self.stack_method == "auto" else (self.stack_method,)
        for method in asked:
            if hasattr(model, method):
                return method
        raise TypeError(
            f"stack_method={self.stack_method!r}, and {name} ({type(model).__name__}) has no such "
            "method; choose 'auto'."
        )

    def _check_folds(self, target: NDArray[Any]) -> None:
        missing = np.setdiff1d(np.arange(len(self.classes_)), target[self._predicted_rows()])
        if len(missing):
            raise ValueError(
                f"no split predicts a row of class {self.classes_[missing[0]]!r}, so the final "
                "model couldn't learn it; choose a cv whose test parts hold every class."
            )

    def _features(self, output: Floats) -> Floats:
        return output[:, 1:] if output.shape[1] == 2 else output

    def _labels(self, count: int) -> list[str]:
        return [str(label) for label in self.classes_]
