"""scikit-learn's own checks of an estimator."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron

ORDER = "the rule learns from one row after another: a row twice is not a step twice as long"


def expected_failures(estimator):
    if isinstance(estimator, Perceptron):
        return {"check_sample_weight_equivalence_on_dense_data": ORDER}
    return {}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [
        LinearRegression(),
        LinearRegression(solver="gradient_descent", max_iter=300),
        LinearRegression(alpha=0.1, l1_ratio=0.5),
        LinearRegression("absolute_error", l1_ratio=1.0),
        LinearRegression("huber", alpha=0.01),
        LogisticRegression(),
        LogisticRegression(solver="lbfgs", tol=1e-10),
        LogisticRegression(solver="gradient_descent", max_iter=300),
        LogisticRegression(l1_ratio=0.5, tol=1e-10),
        Perceptron(),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_check(estimator, check):
    check(estimator)
