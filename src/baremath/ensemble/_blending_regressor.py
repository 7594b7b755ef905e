"""BlendingRegressor: a weighted mean of predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin

from baremath.ensemble._blending import Blending
from baremath.ensemble._simplex import least_squares_weights
from baremath.estimator import Floats


class BlendingRegressor(RegressorMixin, Blending):
    r"""A weighted mean of the predictions of different models.

    .. math:: f(x) = \sum_i \rho_i f_i(x), \qquad \rho_i \ge 0, \quad \sum_i \rho_i = 1

    The models learn from a part of the rows; the weights are those with the least squared error on
    the rest, found exactly by an active-set method. Several blendings, each with its own split, are
    averaged.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Names and models; ``"drop"`` in place of a model leaves it out.
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
    n_jobs : int or None, default=None
        Processes of the fit, by joblib; -1 is one for each core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        Draws the splits, and a seed for each model that has none.
    verbose : bool, default=False
        Whether a bar shows the progress.

    Attributes
    ----------
    weights_ : ndarray of shape (n_estimators,)
        ρ, the mean over the blendings.
    blend_weights_ : ndarray of shape (n_blends, n_estimators)
        ρ of each blending.
    blend_losses_ : ndarray of shape (n_blends,)
        Its mean squared error on the rows held out.
    member_losses_ : ndarray of shape (n_blends, n_estimators)
        The same of each model alone.
    slopes_ : ndarray of shape (n_blends, n_estimators)
        The derivative of the loss by each weight: the same for all models that have one, and higher
        elsewhere.
    estimators_ : list
        For each model the list of those of the splits; the refitted one with
        ``predict_with="refit"``.
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
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from baremath.ensemble import BlendingRegressor
    >>> from baremath.linear_model import LinearRegression
    >>> X, y = load_diabetes(return_X_y=True)
    >>> models = [("line", LinearRegression()), ("neighbours", KNeighborsRegressor(9))]
    >>> blend = BlendingRegressor(models, n_blends=5, random_state=0).fit(X, y)
    >>> blend.weights_.round(2)
    array([0.83, 0.17])
    """

    _classify = False

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        n_blends: int = 1,
        test_size: float = 0.2,
        cv: Any = None,
        predict_with: str = "folds",
        eval_fraction: float | dict[str, float] | None = None,
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
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: ArrayLike) -> Floats:
        """Predict the weighted mean of the models' predictions.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            ŷ.
        """
        blend = self._blend(X)
        return blend[:, 0] if self._flat_ else blend

    def _find_weights(
        self, answers: Floats, target: NDArray[Any], weight: NDArray[np.float64]
    ) -> tuple[Floats, float, Floats, Floats]:
        n_outputs = answers.shape[1]
        F = answers.reshape(-1, answers.shape[2])
        y = target.reshape(-1).astype(np.float64)
        w = np.repeat(weight, n_outputs) / (weight.sum() * n_outputs)
        rho = least_squares_weights(F, y, w)
        residual = F @ rho - y
        alone = w @ (F - y[:, np.newaxis]) ** 2
        return rho, float(w @ residual**2), alone, 2 * (w * residual) @ F
