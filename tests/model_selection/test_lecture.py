"""What the lecture concludes from the decomposition, seen on data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import BaggingRegressor, GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from baremath.datasets import make_polynomial
from baremath.model_selection import bias_variance_decomposition

SIGMA = 0.5
GRID = np.linspace(-3, 3, 200)[:, None]
WITHOUT_NOISE = {"X_test": GRID, "y_test": np.sin(2 * GRID[:, 0]), "noise": 0.0}


def wave(rng):
    X = rng.uniform(-3, 3, size=(80, 1))
    return X, np.sin(2 * X[:, 0]) + SIGMA * rng.normal(size=80)


def decompose(estimator, source=wave, n_rounds=60, **test):
    return bias_variance_decomposition(
        estimator, source, n_rounds=n_rounds, random_state=0, **(test or WITHOUT_NOISE)
    )


def test_bagging_lowers_the_variance_and_leaves_the_bias():
    tree = DecisionTreeRegressor(max_depth=4)
    one, many = decompose(tree), decompose(BaggingRegressor(tree, n_estimators=20))
    assert many.variance < 0.6 * one.variance
    assert many.bias2 == pytest.approx(one.bias2, abs=0.02)
    assert one.variance > 0.1


def test_boosting_lowers_the_bias():
    few, many = (
        decompose(GradientBoostingRegressor(n_estimators=n, max_depth=1)) for n in (2, 100)
    )
    assert few.bias2 > 0.3
    assert many.bias2 < 0.2 * few.bias2
    assert many.variance > few.variance


def test_deeper_trees_trade_bias_for_variance():
    results = [decompose(DecisionTreeRegressor(max_depth=depth)) for depth in (1, 4, 8)]
    bias2 = [each.bias2 for each in results]
    variance = [each.variance for each in results]
    assert bias2 == sorted(bias2, reverse=True)
    assert variance == sorted(variance)
    assert np.argmin([each.loss for each in results]) == 1


def test_more_neighbours_trade_variance_for_bias():
    few, many = (decompose(KNeighborsRegressor(k)) for k in (1, 40))
    # one neighbour repeats the noise of one row: its variance is σ² and more, its bias almost none
    assert few.variance > SIGMA**2
    assert few.bias2 < 0.1 * many.bias2
    assert many.variance < 0.1 * few.variance


def test_the_variance_of_least_squares_is_that_of_its_parameters():
    # a polynomial of degree d on n rows: about σ² (d + 1) / n, and no bias from degree 3 on
    def cubic(rng):
        return make_polynomial(200, noise=SIGMA, random_state=int(rng.integers(2**31)))

    for degree in (3, 5):
        model = make_pipeline(PolynomialFeatures(degree), LinearRegression())
        result = decompose(model, cubic, n_rounds=200, noise=SIGMA**2)
        assert result.variance == pytest.approx(SIGMA**2 * (degree + 1) / 200, rel=0.2)
        assert abs(result.bias2) < 4 * result.standard_error.bias2


def test_a_forest_lowers_the_variance_of_a_tree_in_classification():
    def blobs(rng):
        y = rng.integers(0, 2, size=100)
        return rng.normal(size=(100, 4)) + y[:, None], y

    one = decompose(DecisionTreeClassifier(), blobs, loss="zero_one")
    many = decompose(RandomForestClassifier(n_estimators=20), blobs, loss="zero_one")
    assert many.mean.unbiased_variance < 0.7 * one.mean.unbiased_variance
    assert many.kohavi_wolpert.variance < 0.7 * one.kohavi_wolpert.variance
    assert many.bias2 == pytest.approx(one.bias2, abs=0.03)
