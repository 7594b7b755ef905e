"""StackingRegressor: a model of models' predictions."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from baremath.ensemble._stacking import Stacking
from baremath.estimator import Floats


class StackingRegressor(RegressorMixin, Stacking):
    r"""A model on top of other models, that learns from their out-of-fold predictions.

    .. math:: \hat{y}(x) = g\bigl(f_1(x), \dots, f_m(x)\bigr)

    g is fitted to what each :math:`f_i` says of rows that it hasn't seen: of every split, a model
    of the training rows predicts the test rows. So g learns how far each can be trusted.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Names and models, also other stacks; ``"drop"`` in place of a model leaves it out.
    final_estimator : estimator, default=None
        g; `LinearRegression` of baremath unless given.
    cv : int, splitter or iterable, default=None
        The splits, the same for all models: 5 folds unless given; a number of folds (that keep
        groups whole), a splitter of scikit-learn's, or pairs of training and test rows. Rows that
        no split predicts, the first of a `TimeSeriesSplit`, g does not learn from.
    passthrough : bool, default=False
        Whether g gets the features too.
    predict_with : {"refit", "folds"}, default="refit"
        Whether each model is fitted again to all rows to predict, or those of the splits predict
        and their mean counts.
    eval_fraction : float in (0, 1), dict of str to float or None, default=None
        The share of the training rows that a model whose fit takes `eval_set`, `eval_X` or `X_val`
        gets there for early stopping, and doesn't learn from; with a `TimeSeriesSplit` the last
        ones. A dict names the models. Out-of-fold rows are never among them.
    n_jobs : int or None, default=None
        Processes of the fit, by joblib, each with one model and split at a time; -1 is one for each
        core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        Gives a seed to each model that has none.
    verbose : bool, default=False
        Whether a bar shows the progress.

    Attributes
    ----------
    estimators_ : list of estimator
        The models, fitted to all rows; with ``predict_with="folds"`` for each a list with one for
        every split.
    named_estimators_ : Bunch
        The same by name.
    final_estimator_ : estimator
        g, fitted.
    oof_predictions_ : ndarray of shape (n_samples, n_meta_features)
        The out-of-fold predictions; the mean, where a row was predicted several times, and NaN
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
    Breiman (1996), Stacked regressions. Machine Learning 24, 49-64.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from baremath.ensemble import StackingRegressor
    >>> from baremath.linear_model import LinearRegression
    >>> X, y = load_diabetes(return_X_y=True)
    >>> models = [("line", LinearRegression()), ("neighbours", KNeighborsRegressor(9))]
    >>> stack = StackingRegressor(models).fit(X, y)
    >>> stack.final_estimator_.coef_.round(2)
    array([0.72, 0.33])
    """

    _classify = False

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        final_estimator: Any = None,
        *,
        cv: Any = None,
        passthrough: bool = False,
        predict_with: str = "refit",
        eval_fraction: float | dict[str, float] | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimators = estimators
        self.final_estimator = final_estimator
        self.cv = cv
        self.passthrough = passthrough
        self.predict_with = predict_with
        self.eval_fraction = eval_fraction
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: ArrayLike) -> Floats:
        """Predict what the final model makes of the models' predictions.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            The features.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            ŷ.
        """
        predicted: Floats = self._final_output(X, "predict")
        return predicted

    def _default_final(self) -> Any:
        from baremath.linear_model import LinearRegression

        return LinearRegression()
