"""scikit-learn's own checks of an estimator."""

import pytest
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from baremath.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    BlendingClassifier,
    BlendingRegressor,
    RandomSubspaceClassifier,
    RandomSubspaceRegressor,
    StackingClassifier,
    StackingRegressor,
)
from baremath.linear_model import LinearRegression, LogisticRegression

CLASSIFIERS = [("logistic", LogisticRegression()), ("bayes", GaussianNB())]
REGRESSORS = [("line", LinearRegression()), ("ridge", Ridge())]

WEIGHTS = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)
DRAWS = "the rows are drawn by their places: in another order others are drawn"


def expected_failures(estimator):
    if isinstance(estimator, BaggingClassifier | BaggingRegressor):
        return dict.fromkeys(WEIGHTS, DRAWS)
    return {}


@pytest.mark.filterwarnings("ignore:.*out-of-bag:UserWarning")
@pytest.mark.filterwarnings("ignore:.*draws for each member:UserWarning")
@parametrize_with_checks(
    [
        BaggingClassifier(LogisticRegression(), 3, random_state=0),
        BaggingClassifier(
            DecisionTreeClassifier(), 5, max_features=0.7, oob_score=True, random_state=0
        ),
        BaggingRegressor(LinearRegression(), 3, random_state=0),
        BaggingRegressor(
            DecisionTreeRegressor(), 5, bootstrap=False, max_samples=0.7, random_state=0
        ),
        RandomSubspaceClassifier(LogisticRegression(), max_features=0.8, random_state=0),
        RandomSubspaceRegressor(LinearRegression(), random_state=0),
        BlendingClassifier(CLASSIFIERS),
        BlendingClassifier(CLASSIFIERS, cv=3, predict_with="refit"),
        BlendingRegressor(REGRESSORS, n_blends=2),
        StackingClassifier(CLASSIFIERS, cv=3),
        StackingClassifier(CLASSIFIERS, GaussianNB(), cv=3, predict_with="folds"),
        StackingRegressor(REGRESSORS, cv=3),
        StackingRegressor(REGRESSORS, cv=3, passthrough=True, predict_with="folds"),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_check(estimator, check):
    check(estimator)
