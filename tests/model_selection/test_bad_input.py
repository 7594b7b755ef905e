"""Bad input is refused, or said, with one message at its cause."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier

from baremath.datasets import make_circle, make_line
from baremath.model_selection import bias_variance_decomposition

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = X @ [1.0, 2.0, -1.0] + RNG.normal(size=60)
LABELS = np.where(Y > 0, "high", "low")

decompose = functools.partial(bias_variance_decomposition, n_rounds=8, random_state=0)
classify = functools.partial(decompose, loss="zero_one")


def draw(rng):
    X = rng.uniform(-1, 1, size=(30, 1))
    return X, np.sin(3 * X[:, 0]) + 0.1 * rng.normal(size=30)


class NoPredict(BaseEstimator):
    def fit(self, X, y):
        return self


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "NoPredict lacks predict", lambda: decompose(NoPredict(), X, Y)),
        (TypeError, "is the class Ridge; pass an instance", lambda: decompose(Ridge, X, Y)),
        (ValueError, "loss='l1' is not known", lambda: decompose(Ridge(), X, Y, loss="l1")),
        (
            ValueError,
            "n_rounds=1 must be .* at least 2: one model has no variance",
            lambda: decompose(Ridge(), X, Y, n_rounds=1),
        ),
        (ValueError, "Ridge is a regressor", lambda: classify(Ridge(), X, LABELS)),
        (
            ValueError,
            "LogisticRegression is a classifier; pass loss='zero_one'",
            lambda: decompose(LogisticRegression(), X, LABELS),
        ),
        (
            ValueError,
            "needs samples of at least 2 classes; y holds one class only: 'low'",
            lambda: classify(DummyClassifier(), X, ["low"] * 60),
        ),
        (ValueError, "needs numbers, and y.* holds", lambda: decompose(Ridge(), X, LABELS)),
        (ValueError, "y .*holds NaN", lambda: decompose(Ridge(), X, np.where(Y > 1, np.nan, Y))),
        (ValueError, "y is missing", lambda: decompose(Ridge(), X)),
        (ValueError, "leave y out", lambda: decompose(Ridge(), draw, Y)),
        (ValueError, "one column", lambda: decompose(Ridge(), X, X)),
        (ValueError, "inconsistent numbers", lambda: decompose(Ridge(), X, Y[:5])),
        (
            ValueError,
            "sample='fresh' needs a generator",
            lambda: decompose(Ridge(), X, Y, sample="fresh"),
        ),
        (ValueError, "sample='all' is not", lambda: decompose(Ridge(), X, Y, sample="all")),
        (ValueError, "go together", lambda: decompose(Ridge(), X, Y, X_test=X)),
        (
            ValueError,
            "test_size is for",
            lambda: decompose(Ridge(), X, Y, X_test=X + 1, y_test=Y, test_size=3),
        ),
        (ValueError, "test_size=60 must", lambda: decompose(Ridge(), X, Y, test_size=60)),
        (ValueError, "test_size=1.5 must", lambda: decompose(Ridge(), X, Y, test_size=1.5)),
        (ValueError, "test_size=0.5 must", lambda: decompose(Ridge(), draw, test_size=0.5)),
        (
            ValueError,
            "leaves no rows to train on: the table has 60 rows, 1 of them different",
            lambda: decompose(Ridge(), np.ones((60, 1)), Y),
        ),
        (
            ValueError,
            "all 60 rows of the test sample are in the training sample",
            lambda: decompose(Ridge(), X, Y, X_test=X, y_test=Y),
        ),
        (ValueError, "noise=-1 must be", lambda: decompose(Ridge(), X, Y, noise=-1)),
        (ValueError, "noise='none' must", lambda: decompose(Ridge(), X, Y, noise="none")),
        (
            ValueError,
            "noise='replicates' needs rows with identical features.*all 15 differ",
            lambda: decompose(Ridge(), X, Y, noise="replicates"),
        ),
        (
            ValueError,
            "noise must return the variance of y at each row.*15 rows.*shape \\(15, 3\\)",
            lambda: decompose(Ridge(), X, Y, noise=lambda X: X),
        ),
        (
            ValueError,
            "noise must return the variance.*least is -1",
            lambda: decompose(Ridge(), X, Y, noise=lambda X: -np.ones(len(X))),
        ),
        (
            ValueError,
            "probability of each class.*columns high, low",
            lambda: classify(LogisticRegression(), X, LABELS, noise=lambda X: np.ones(len(X))),
        ),
        (
            ValueError,
            "noise=0.5 must be the rate.*less than 0.5",
            lambda: classify(LogisticRegression(), X, LABELS, noise=0.5),
        ),
        (
            TypeError,
            r"must return a tuple \(X, y\)",
            lambda: decompose(Ridge(), lambda rng: rng.normal(size=(3, 3))),
        ),
        (ValueError, "'alpha' parameter of Ridge must", lambda: decompose(Ridge(alpha=-1), X, Y)),
        (ValueError, "random_state=-1 must", lambda: decompose(Ridge(), X, Y, random_state=-1)),
    ],
)
def test_bad_input_is_named(error, message, call):
    with pytest.raises(error, match=message):
        call()


class Bad(RegressorMixin, BaseEstimator):
    def __init__(self, prediction):
        self.prediction = prediction

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.prediction


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (
            np.full(15, np.nan),
            "of round 0 predicts a value that is not finite, as do 7 others of 8",
        ),
        (np.zeros((15, 2)), r"Bad.predict must return one value for each of 15 rows.*\(15, 2\)"),
        (np.array(["high"] * 15), "needs an estimator that predicts numbers; this Bad predicts"),
    ],
)
def test_a_bad_prediction_is_named(prediction, message):
    with pytest.raises(ValueError, match=message):
        decompose(Bad(prediction), X, Y)


def test_an_error_of_the_estimator_says_in_which_round():
    one_high = np.array(["low"] * 59 + ["high"])  # absent from about a third of the samples
    test = {"X_test": X + 1, "y_test": one_high}
    with pytest.raises(ValueError, match="class") as caught:
        classify(LogisticRegression(), X, one_high, n_rounds=50, **test)
    assert any("in round" in note for note in caught.value.__notes__)


def test_a_part_of_the_test_sample_in_the_training_sample_is_said():
    X_test, y_test = np.vstack([X[:3], X + 1]), np.concatenate([Y[:3], Y])
    with pytest.warns(UserWarning, match="3 of 63 rows of the test sample are in the training"):
        decompose(Ridge(), X, Y, X_test=X_test, y_test=y_test)


def test_more_noise_than_loss_is_said():
    with pytest.warns(UserWarning, match="noise, 100, is larger than the whole loss.*deviation"):
        decompose(Ridge(), X, Y, noise=100)
    with pytest.warns(UserWarning, match="larger than the whole loss.*rate of wrong labels"):
        classify(DecisionTreeClassifier(), make_circle, noise=0.3)


def test_a_right_noise_that_is_larger_by_chance_is_let_be():
    results = [
        decompose(LinearRegression(), make_line, noise=1.0, random_state=seed) for seed in range(6)
    ]
    assert min(each.bias2 for each in results) < 0
