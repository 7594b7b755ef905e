"""Data and models that the tests of several ensembles share."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin


class Remembering(BaseEstimator):
    """Remembers what it was fitted with; its answers are of no use."""

    def fit(self, X, y, sample_weight=None, groups=None, note=None, X_val=None, y_val=None):
        self.X_, self.y_, self.sample_weight_, self.groups_ = X, y, sample_weight, groups
        self.note_, self.X_val_, self.y_val_ = note, X_val, y_val
        return self


class RememberingRegressor(RegressorMixin, Remembering):
    def predict(self, X):
        return np.asarray(X)[:, 0].astype(float)


class RememberingClassifier(ClassifierMixin, Remembering):
    def predict(self, X):
        return np.zeros(len(X), int)


class Interrupted(RegressorMixin, BaseEstimator):
    """Stands for a user who presses Ctrl-C during the fit."""

    def fit(self, X, y):
        raise KeyboardInterrupt

    def predict(self, X):
        return np.zeros(len(X))


@pytest.fixture
def remembering_regressor():
    return RememberingRegressor()


@pytest.fixture
def remembering_classifier():
    return RememberingClassifier()


@pytest.fixture
def interrupted():
    return Interrupted()


@pytest.fixture
def amounts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 5))
    return X, X @ [1, 2, 0, -1, 0.5] + np.sin(3 * X[:, 0]) + 0.5 * rng.normal(size=120)


@pytest.fixture
def labels():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(150, 4))
    score = X @ [1, -1, 0.5, 0] + 0.5 * rng.normal(size=150)
    return X, np.array(["high", "low", "mid"])[
        np.where(score > 0.8, 0, np.where(score < -0.8, 1, 2))
    ]
