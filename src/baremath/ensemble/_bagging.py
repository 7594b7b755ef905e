"""BaggingClassifier and BaggingRegressor: the mean of models of bootstrap samples."""

from __future__ import annotations

from typing import Any

from baremath.ensemble._arguments import check_flag
from baremath.ensemble._averaged import Averaged
from baremath.ensemble._averaged_classifier import AveragedClassifier
from baremath.ensemble._averaged_regressor import AveragedRegressor
from baremath.ensemble._draws import Drawing


class _Bagging(Averaged):
    """Members that see rows drawn with replacement."""

    max_samples: float
    max_features: float
    bootstrap: bool
    bootstrap_features: bool
    oob_score: bool

    def _drawing(self) -> Drawing:
        return Drawing(self.max_samples, self.max_features, self.bootstrap, self.bootstrap_features)

    def _check_arguments(self) -> None:
        super()._check_arguments()
        check_flag("oob_score", self.oob_score)


class BaggingClassifier(_Bagging, AveragedClassifier):
    r"""The mean of classifiers, each fitted to a bootstrap sample of the rows.

    .. math:: P(k \mid x) = \frac{1}{B} \sum_{b=1}^{B} P_b(k \mid x)

    A bootstrap sample is N rows drawn from the N rows with replacement: 63 % of the rows, some of
    them several times. The mean of B models varies less from sample to sample than one of them, and
    is off by as much on average: bagging lowers the variance and leaves the bias.

    Parameters
    ----------
    estimator : estimator
        The base model, a classifier. It is cloned for each member; all its `random_state` are set.
    n_estimators : int, default=10
        B, the number of members.
    max_samples : int or float in (0, 1], default=1.0
        Rows drawn for each; a float is a share of the rows (of the sum of their weights).
    max_features : int or float in (0, 1], default=1.0
        Columns drawn for each.
    bootstrap : bool, default=True
        Whether a row may be drawn several times. A base model that takes `sample_weight` gets the
        row once, and how often it was drawn as its weight; one that doesn't, or that is made of
        other models (a pipeline), gets it as often. Without, the base model is given the weights.
    bootstrap_features : bool, default=False
        Whether a column may be drawn several times.
    oob_score : bool, default=False
        Whether every row is also predicted by the members that didn't see it.
    warm_start : bool, default=False
        Whether `fit` keeps the members that there are, and adds what is missing to `n_estimators`.
    class_weight : dict, "balanced" or None, default=None
        How often the rows of each class count; ``"balanced"`` gives every class the same sum.
    n_jobs : int or None, default=None
        Processes of the fit, by joblib; -1 is one for each core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        From which each member's own stream is derived.
    verbose : bool, default=False
        Whether a bar shows the progress.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    estimators_ : list of estimator
        The members. Each learned the numbers 0, 1, … of the classes in `member_classes_`.
    estimators_features_ : list of ndarray
        The columns that each sees.
    estimators_samples_ : list of ndarray
        The rows that each was fitted to, drawn again from `seed_`; one drawn twice is there twice.
    member_classes_ : list of ndarray
        Which of `classes_` each knows, by place: a rare class can be missing in a sample. A member
        whose sample has one class only always says it.
    seed_ : int
        The seed of all streams.
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        The out-of-bag probabilities; NaN for rows that every member saw.
    oob_score_ : float
        The share of rows that they say right; a row counts with its weight.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Breiman (1996), Bagging predictors. Machine Learning 24, 123-140.

    Examples
    --------
    >>> from baremath.ensemble import BaggingClassifier
    >>> from baremath.linear_model import LogisticRegression
    >>> hours = [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]
    >>> passed = ["no", "no", "no", "yes", "yes", "yes"]
    >>> model = BaggingClassifier(LogisticRegression(), n_estimators=25, random_state=0)
    >>> model.fit(hours, passed).predict([[2.5], [5.5]])
    array(['no', 'yes'], dtype='<U3')
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        *,
        max_samples: float = 1.0,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        class_weight: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose


class BaggingRegressor(_Bagging, AveragedRegressor):
    r"""The mean of regressors, each fitted to a bootstrap sample of the rows.

    .. math:: \hat{y}(x) = \frac{1}{B} \sum_{b=1}^{B} \hat{y}_b(x)

    A bootstrap sample is N rows drawn from the N rows with replacement: 63 % of the rows, some of
    them several times. The mean of B models varies less from sample to sample than one of them, and
    is off by as much on average: bagging lowers the variance and leaves the bias.

    Parameters
    ----------
    estimator : estimator
        The base model, a regressor. It is cloned for each member; all its `random_state` are set.
    n_estimators : int, default=10
        B, the number of members.
    max_samples : int or float in (0, 1], default=1.0
        Rows drawn for each; a float is a share of the rows (of the sum of their weights).
    max_features : int or float in (0, 1], default=1.0
        Columns drawn for each.
    bootstrap : bool, default=True
        Whether a row may be drawn several times. A base model that takes `sample_weight` gets the
        row once, and how often it was drawn as its weight; one that doesn't, or that is made of
        other models (a pipeline), gets it as often. Without, the base model is given the weights.
    bootstrap_features : bool, default=False
        Whether a column may be drawn several times.
    oob_score : bool, default=False
        Whether every row is also predicted by the members that didn't see it.
    warm_start : bool, default=False
        Whether `fit` keeps the members that there are, and adds what is missing to `n_estimators`.
    n_jobs : int or None, default=None
        Processes of the fit, by joblib; -1 is one for each core. The model is the same for any.
    random_state : int, RandomState, Generator or None, default=None
        From which each member's own stream is derived.
    verbose : bool, default=False
        Whether a bar shows the progress.

    Attributes
    ----------
    estimators_ : list of estimator
        The members.
    estimators_features_ : list of ndarray
        The columns that each sees.
    estimators_samples_ : list of ndarray
        The rows that each was fitted to, drawn again from `seed_`; one drawn twice is there twice.
    seed_ : int
        The seed of all streams.
    oob_prediction_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The out-of-bag predictions; NaN for rows that every member saw.
    oob_score_ : float
        Their R²; a row counts with its weight.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Breiman (1996), Bagging predictors. Machine Learning 24, 123-140.

    Examples
    --------
    >>> from baremath.ensemble import BaggingRegressor
    >>> from baremath.linear_model import LinearRegression
    >>> X = [[float(i)] for i in range(8)]
    >>> y = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0]
    >>> model = BaggingRegressor(LinearRegression(), n_estimators=20, random_state=0).fit(X, y)
    >>> model.predict([[2.5]]).round(1)
    array([6.])
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        *,
        max_samples: float = 1.0,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.bootstrap_features = bootstrap_features
        self.oob_score = oob_score
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
