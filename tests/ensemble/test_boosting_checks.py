"""scikit-learn's own checks of boosting."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

SMALL = {"n_estimators": 5, "learning_rate": 0.5, "max_leaf_nodes": 5, "min_samples_leaf": 1}


@parametrize_with_checks(
    [
        GradientBoostingClassifier(**SMALL),
        GradientBoostingClassifier(**SMALL, l1_regularization=0.1),
        GradientBoostingRegressor(**SMALL),
        GradientBoostingRegressor("absolute_error", **SMALL),
        GradientBoostingRegressor("huber", **SMALL),
        GradientBoostingRegressor("quantile", **SMALL, quantile=0.3),
    ]
)
def test_scikit_learn_check(estimator, check):
    check(estimator)
