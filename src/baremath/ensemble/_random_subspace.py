"""RandomSubspaceClassifier and RandomSubspaceRegressor: models of some columns each, averaged."""

from __future__ import annotations

from typing import Any

from baremath.ensemble._averaged import Averaged
from baremath.ensemble._averaged_classifier import AveragedClassifier
from baremath.ensemble._averaged_regressor import AveragedRegressor
from baremath.ensemble._draws import Drawing


class _RandomSubspace(Averaged):
    """Members that see all rows, and columns drawn without replacement."""

    max_features: float

    def _drawing(self) -> Drawing:
        return Drawing(max_features=self.max_features, bootstrap=False)


class RandomSubspaceClassifier(_RandomSubspace, AveragedClassifier):
    r"""The mean of classifiers, each fitted to all rows of some of the columns.

    .. math:: P(k \mid x) = \frac{1}{B} \sum_{b=1}^{B} P_b(k \mid x_{S_b})

    with :math:`S_b` drawn from the columns without replacement. Members that see different columns
    make different mistakes, and their mean fewer.

    Parameters
    ----------
    estimator : estimator
        The base model, a classifier. It is cloned for each member; all its `random_state` are set.
    n_estimators : int, default=10
        B, the number of members.
    max_features : int or float in (0, 1], default=0.5
        Columns drawn for each; a float is a share of them.
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
        The members. Each learned the numbers 0, 1, … of the classes.
    estimators_features_ : list of ndarray
        The columns that each sees.
    seed_ : int
        The seed of all streams.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Ho (1998), The random subspace method for constructing decision forests. IEEE Transactions on
    Pattern Analysis and Machine Intelligence 20, 832-844.

    Examples
    --------
    >>> from baremath.ensemble import RandomSubspaceClassifier
    >>> from baremath.linear_model import LogisticRegression
    >>> X = [[0.0, 1.0], [1.0, 1.5], [3.0, 4.0], [4.0, 5.0]]
    >>> model = RandomSubspaceClassifier(LogisticRegression(), random_state=0)
    >>> model.fit(X, ["low", "low", "high", "high"]).predict([[0.5, 1.0]])
    array(['low'], dtype='<U4')
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        *,
        max_features: float = 0.5,
        warm_start: bool = False,
        class_weight: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_features = max_features
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose


class RandomSubspaceRegressor(_RandomSubspace, AveragedRegressor):
    r"""The mean of regressors, each fitted to all rows of some of the columns.

    .. math:: \hat{y}(x) = \frac{1}{B} \sum_{b=1}^{B} \hat{y}_b(x_{S_b})

    with :math:`S_b` drawn from the columns without replacement. Members that see different columns
    make different mistakes, and their mean smaller ones.

    Parameters
    ----------
    estimator : estimator
        The base model, a regressor. It is cloned for each member; all its `random_state` are set.
    n_estimators : int, default=10
        B, the number of members.
    max_features : int or float in (0, 1], default=0.5
        Columns drawn for each; a float is a share of them.
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
    seed_ : int
        The seed of all streams.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    References
    ----------
    Ho (1998), The random subspace method for constructing decision forests. IEEE Transactions on
    Pattern Analysis and Machine Intelligence 20, 832-844.

    Examples
    --------
    >>> from baremath.ensemble import RandomSubspaceRegressor
    >>> from baremath.linear_model import LinearRegression
    >>> X, y = [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], [2.0, 4.0, 6.0]
    >>> model = RandomSubspaceRegressor(LinearRegression(), random_state=0).fit(X, y)
    >>> model.predict([[4.0, 8.0]]).round(6)
    array([8.])
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        *,
        max_features: float = 0.5,
        warm_start: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_features = max_features
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
