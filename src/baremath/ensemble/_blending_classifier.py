"""BlendingClassifier: a weighted mean of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin

from baremath.ensemble._blending import Blending
from baremath.ensemble._simplex import SMALLEST, log_loss_weights
from baremath.estimator import Floats


class BlendingClassifier(ClassifierMixin, Blending):
    r"""A weighted mean of the probabilities of different models.

    .. math::
        P(k \mid x) = \sum_i \rho_i P_i(k \mid x), \qquad \rho_i \ge 0, \quad \sum_i \rho_i = 1

    The models learn from a part of the rows; the weights are those with the least log-loss on the
    rest, found by Newton's method on the simplex to a duality gap of 1e-10. Several blendings, each
    with its own split, are averaged.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Names and models, each with `predict_proba`; ``"drop"`` in place of a model leaves it out.
    n_blends : int, default=1
        How many splits are drawn.
    test_size : float in (0, 1), default=0.2
        The share of the rows (of the groups) that the weights are found on.
    cv : int, splitter or iterable, default=None
        The splits, in place of `n_blends` and `test_size`: a number of folds, a splitter of
        scikit-learn's, or pairs of training and test rows.
    predict_with : {"folds", "refit"}, default="folds"
        Whether each blending predicts by the models that its weights were found for, or each model
        is fitted again to all rows and counts with its mean weight.
    eval_fraction : float in (0, 1), dict of str to float or None, default=None
        The share of the training rows that a model whose fit takes `eval_set`, `eval_X` or `X_val`
        gets there for early stopping, and doesn't learn from. A dict names the models. The rows
        that are held out for the weights are never among them.
    class_weight : dict, "balanced" or None, default=None
        How often the rows of each class count, for the models and for the loss.
    n_jobs : int or None, default=None
        Processes of the fit, by joblib; -1 is one for each core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        Draws the splits, and a seed for each model that has none.
    verbose : bool, default=False
        Whether a bar shows the progress.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    weights_ : ndarray of shape (n_estimators,)
        ρ, the mean over the blendings.
    blend_weights_ : ndarray of shape (n_blends, n_estimators)
        ρ of each blending.
    blend_losses_ : ndarray of shape (n_blends,)
        Its log-loss on the rows held out.
    member_losses_ : ndarray of shape (n_blends, n_estimators)
        The same of each model alone.
    slopes_ : ndarray of shape (n_blends, n_estimators)
        The derivative of the loss by each weight: −1 where a model has one, higher elsewhere.
    estimators_ : list
        For each model the list of those of the splits; the refitted one with
        ``predict_with="refit"``. A model learns the numbers 0, 1, … of the classes.
    named_estimators_ : Bunch
        The same by name.
    fold_indices_ : list of (ndarray, ndarray)
        The rows learned from and the rows held out, for each blending.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Breiman (1996), Stacked regressions. Machine Learning 24, 49-64 (weights of at least 0).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from baremath.ensemble import BlendingClassifier
    >>> from baremath.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> models = [("bayes", GaussianNB()), ("logistic", LogisticRegression(C=100))]
    >>> blend = BlendingClassifier(models, n_blends=5, random_state=0).fit(X, y)
    >>> blend.weights_.round(2)
    array([0.61, 0.39])
    """

    _classify = True
    class_weight: Any
    classes_: NDArray[Any]

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        n_blends: int = 1,
        test_size: float = 0.2,
        cv: Any = None,
        predict_with: str = "folds",
        eval_fraction: float | dict[str, float] | None = None,
        class_weight: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimators = estimators
        self.n_blends = n_blends
        self.test_size = test_size
        self.cv = cv
        self.predict_with = predict_with
        self.eval_fraction = eval_fraction
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the weighted mean of the models' probabilities.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows that sum to one, in the order of `classes_`.
        """
        return self._blend(X)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class with the largest probability; of two equal ones the first.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of `classes_`.
        """
        shares = self._blend(X)
        labels: NDArray[Any] = self.classes_[shares.argmax(axis=1)]
        return labels

    def _method(self, name: str, model: Any) -> str:
        if not hasattr(model, "predict_proba"):
            raise TypeError(
                f"{name} ({type(model).__name__}) has no predict_proba, and the log-loss needs "
                "probabilities; wrap it in sklearn.calibration.CalibratedClassifierCV."
            )
        return "predict_proba"

    def _find_weights(
        self, answers: Floats, target: NDArray[Any], weight: NDArray[np.float64]
    ) -> tuple[Floats, float, Floats, Floats]:
        P = np.maximum(answers[np.arange(len(target)), target], SMALLEST)
        w = weight / weight.sum()
        rho = log_loss_weights(P, w)
        mixed = P @ rho
        slopes = -(w @ (P / mixed[:, np.newaxis]))
        return rho, float(-(w @ np.log(mixed))), -(w @ np.log(P)), slopes
