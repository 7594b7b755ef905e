"""Whole fits against other libraries, on columns with no more values than bins."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

TREE = {"learning_rate": 0.1, "max_leaf_nodes": 6, "min_samples_leaf": 20}
N_STAGES = 15


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 200, size=(800, 5)).astype(float)
    X[rng.random(X.shape) < 0.03] = np.nan
    known = np.nan_to_num(X)
    signal = known[:, 0] / 60 + np.sin(known[:, 1] / 20) + known[:, 2] * known[:, 3] / 20_000
    noise = rng.normal(size=800)
    return {
        "X": X,
        "squared_error": signal + 0.3 * noise,
        "poisson": rng.poisson(np.exp(signal / 3)).astype(float),
        2: (signal + 0.3 * noise > np.quantile(signal, 0.37)).astype(int),
        3: np.digitize(signal + 0.3 * noise, np.quantile(signal, [0.3, 0.7])),
    }


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("more", [{}, {"l2_regularization": 5.0, "max_depth": 3}])
def test_amounts_as_by_scikit_learn(data, loss, more):
    X, y = data["X"], data[loss]
    ours = GradientBoostingRegressor(loss, n_estimators=N_STAGES, **TREE, **more)
    theirs = HistGradientBoostingRegressor(
        loss=loss, max_iter=N_STAGES, early_stopping=False, **TREE, **more
    )
    expected = theirs.fit(X, y).predict(X)
    np.testing.assert_allclose(ours.fit(X, y).predict(X), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_as_by_scikit_learn(data, n_classes):
    X, y = data["X"], data[n_classes]
    ours = GradientBoostingClassifier(n_estimators=N_STAGES, **TREE)
    theirs = HistGradientBoostingClassifier(max_iter=N_STAGES, early_stopping=False, **TREE)
    expected = theirs.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(ours.fit(X, y).predict_proba(X), expected, atol=1e-6)


def test_amounts_as_by_lightgbm(data):
    lightgbm = pytest.importorskip("lightgbm")
    X, y = np.nan_to_num(data["X"]), data["squared_error"]
    theirs = lightgbm.LGBMRegressor(
        n_estimators=N_STAGES,
        learning_rate=0.1,
        num_leaves=6,
        min_child_samples=20,
        min_data_in_bin=1,
        max_bin=255,
        reg_alpha=2.0,
        reg_lambda=1.0,
        n_jobs=1,
        verbose=-1,
    )
    ours = GradientBoostingRegressor(
        n_estimators=N_STAGES, l1_regularization=2.0, l2_regularization=1.0, **TREE
    )
    expected = theirs.fit(X, y).booster_.predict(X)
    np.testing.assert_allclose(ours.fit(X, y).predict(X), expected, rtol=1e-6, atol=1e-6)
