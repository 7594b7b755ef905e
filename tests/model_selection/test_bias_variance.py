"""What the function takes, what it refuses, and that a result is a function of its seed."""

from __future__ import annotations

import dataclasses
import functools

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import check_random_state

from baremath.datasets import DATASETS, make_line, make_logic, make_polynomial
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


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
@pytest.mark.parametrize(
    ("estimator", "data", "loss"),
    [
        (DecisionTreeRegressor(max_features=1), (X, Y), "squared_error"),
        (DecisionTreeRegressor(max_features=1), (draw,), "squared_error"),
        (
            DecisionTreeRegressor(max_features=1, random_state=np.random.RandomState(3)),
            (X, Y),
            "squared_error",
        ),
        (DecisionTreeClassifier(max_features=1), (X, LABELS), "zero_one"),
    ],
)
def test_the_same_seed_gives_the_same_result_for_any_n_jobs(estimator, data, loss, n_jobs):
    alone = decompose(estimator, *data, loss=loss)
    together = decompose(estimator, *data, loss=loss, n_jobs=n_jobs)
    np.testing.assert_array_equal(together.predictions, alone.predictions)
    assert dataclasses.astuple(together.mean) == dataclasses.astuple(alone.mean)


def test_processes_give_the_same_result_as_threads():
    alone = decompose(DecisionTreeRegressor(), draw)
    with joblib.parallel_config(backend="loky"):
        other = decompose(DecisionTreeRegressor(), draw, n_jobs=2)
    np.testing.assert_array_equal(other.predictions, alone.predictions)


def test_small_chunks_change_nothing(monkeypatch):
    whole = decompose(DecisionTreeRegressor(), X, Y)
    monkeypatch.setattr("baremath.model_selection._rounds.CHUNK", 1)
    np.testing.assert_array_equal(
        decompose(DecisionTreeRegressor(), X, Y).predictions, whole.predictions
    )


def test_more_rounds_begin_with_the_same():
    few, many = (decompose(DecisionTreeRegressor(), X, Y, n_rounds=n) for n in (3, 9))
    np.testing.assert_array_equal(many.predictions[:3], few.predictions)


@pytest.mark.parametrize("seed", [np.random.RandomState, np.random.default_rng])
def test_other_seeds_are_taken(seed):
    results = [decompose(Ridge(), X, Y, random_state=seed(7)).loss for _ in range(2)]
    assert results[0] == results[1]
    assert decompose(Ridge(), X, Y, random_state=seed(8)).loss != results[0]
    assert decompose(Ridge(), X, Y, random_state=None).loss > 0


def test_the_estimator_is_not_fitted_nor_changed():
    estimator = DecisionTreeRegressor()
    decompose(estimator, X, Y)
    assert vars(estimator) == vars(DecisionTreeRegressor())


class Counter(RegressorMixin, BaseEstimator):
    """Predicts how often it was fitted, and forgets only if it isn't told to go on."""

    def __init__(self, warm_start=False):
        self.warm_start = warm_start

    def fit(self, X, y):
        self.fits_ = getattr(self, "fits_", 0) + 1 if self.warm_start else 1
        return self

    def predict(self, X):
        return np.full(len(X), float(self.fits_))


@pytest.mark.parametrize("warm_start", [False, True])
def test_no_round_starts_where_another_ended(warm_start):
    result = decompose(Counter(warm_start), X, Y)
    assert (result.predictions == 1).all()
    nested = make_pipeline(StandardScaler(), Counter(warm_start))
    assert (decompose(nested, X, Y).predictions == 1).all()


def test_a_fixed_seed_of_the_estimator_is_kept_and_an_open_one_is_drawn():
    train = X[:1].repeat(20, axis=0), np.arange(20.0)

    class Seed(RegressorMixin, BaseEstimator):
        def __init__(self, random_state=None):
            self.random_state = random_state

        def fit(self, X, y):
            self.seed_ = self.random_state
            return self

        def predict(self, X):
            return np.full(len(X), float(self.seed_))

    test = {"X_test": X[1:5], "y_test": Y[1:5]}
    assert decompose(Seed(5), *train, **test).variance < 1e-20
    assert len(np.unique(decompose(make_pipeline(Seed()), *train, **test).predictions)) == 8


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(X, columns=["a", "b", "c"]),
        pl.DataFrame(X, schema=["a", "b", "c"]),
        X.tolist(),
        sparse.csr_array(X),
        sparse.csr_matrix(X),
    ],
    ids=["pandas", "polars", "list", "sparse array", "sparse matrix"],
)
def test_tables_of_any_kind_give_the_same(table):
    expected = decompose(Ridge(solver="lsqr", tol=1e-12), X, Y)
    result = decompose(Ridge(solver="lsqr", tol=1e-12), table, pl.Series(Y))
    np.testing.assert_allclose(result.predictions, expected.predictions, rtol=1e-6)


@pytest.mark.parametrize(
    "source",
    [draw, make_line, functools.partial(make_polynomial, 40, noise=0.3)],
    ids=["function of an rng", "random_state", "partial"],
)
def test_generators_are_drawn_from_anew_in_each_round(source):
    result = decompose(LinearRegression(), source)
    assert result.predictions.shape == (8, 1000)
    assert len(np.unique(result.predictions[:, 0])) == 8
    assert decompose(LinearRegression(), source, test_size=70).predictions.shape == (8, 70)


def test_a_generated_data_set_is_a_generator():
    result = classify(KNeighborsClassifier(), DATASETS["xor"], test_size=50)
    assert result.labels.classes.tolist() == ["false", "true"]
    assert result.loss < 0.2


def test_a_data_set_has_a_name():
    by_name = classify(KNeighborsClassifier(), "xor", test_size=50)
    itself = classify(KNeighborsClassifier(), DATASETS["xor"], test_size=50)
    np.testing.assert_array_equal(by_name.predictions, itself.predictions)
    with pytest.raises(ValueError, match=r"X='polynomial' is the name of no data set.*make_poly"):
        decompose(LinearRegression(), "polynomial")
    with pytest.raises(ValueError, match="diabetes draws the same sample each time"):
        decompose(LinearRegression(), "diabetes")


def test_a_table_is_no_generator():
    with pytest.raises(ValueError, match="diabetes draws the same sample each time"):
        decompose(LinearRegression(), DATASETS["diabetes"])
    with pytest.raises(ValueError, match="X draws the same sample each time"):
        decompose(LinearRegression(), lambda rng: (X, Y))


def test_one_draw_of_a_generator_can_be_bootstrapped():
    result = decompose(DecisionTreeRegressor(), draw, sample="bootstrap")
    trained_on = np.unique(result.predictions.round(9))
    assert len(trained_on) <= 30  # a full tree predicts the targets it has seen
    assert len(np.unique(decompose(DecisionTreeRegressor(), draw).predictions)) > 30


def test_a_class_that_only_some_samples_hold_is_counted():
    def rare(rng):
        y = rng.integers(0, 2, size=20)
        y[0] = 9 if rng.random() < 0.5 else 0
        return y[:, None] + 0.01 * rng.normal(size=(20, 1)), y

    X_test, y_test = np.array([[0.0], [1.0], [9.0]]), np.array([0, 1, 1])
    result = classify(KNeighborsClassifier(1), rare, X_test=X_test, y_test=y_test)
    assert result.labels.classes.tolist() == [0, 1, 9]
    assert 0 < result.labels.votes[2, 2] < 1
    assert result.loss == pytest.approx(
        np.mean(result.labels.classes[result.predictions] != y_test)
    )


def test_the_split_keeps_rows_with_the_same_features_together():
    table = np.repeat(np.arange(12.0), 5)[:, None]
    y = table[:, 0] + np.random.default_rng(0).normal(size=60)
    result = decompose(DecisionTreeRegressor(), table, y, noise="replicates", test_size=15)
    assert result.predictions.shape == (8, 3)
    assert np.bincount(result.point).tolist() == [5, 5, 5]
    trained_on = set(np.unique(result.y_test))
    assert trained_on.isdisjoint(np.unique(result.predictions))


def test_noise_from_replicates_is_that_of_the_data():
    def steps(rng):
        X = rng.integers(0, 5, size=(40, 1)).astype(float)
        return X, X[:, 0] ** 2 + 0.5 * rng.normal(size=40)

    result = decompose(DecisionTreeRegressor(), steps, noise="replicates", n_rounds=200)
    assert result.predictions.shape == (200, 5)
    assert result.noise == pytest.approx(0.25, abs=0.05)
    assert abs(result.bias2) < 4 * result.standard_error.bias2
    assert result.variance == pytest.approx(0.25 / 8, rel=0.4)  # a mean of about 8 rows


def test_noise_of_labels_from_replicates():
    source = functools.partial(make_logic, "XOR", 400, noise=0.0)

    def flipped(rng):
        X, y = source(random_state=int(rng.integers(2**31)))
        return X, np.where(rng.random(400) < 0.2, 1 - y, y)

    result = classify(DecisionTreeClassifier(), flipped, noise="replicates")
    assert result.noise == pytest.approx(0.2, abs=0.05)
    assert result.bias2 == 0
    assert result.kohavi_wolpert.noise == pytest.approx(0.5 * (1 - 0.8**2 - 0.2**2), abs=0.03)


def test_half_the_table_and_given_test_rows():
    assert decompose(Ridge(), X, Y).predictions.shape == (8, 15)
    assert decompose(Ridge(), X, Y, test_size=0.5).predictions.shape == (8, 30)
    assert decompose(Ridge(), X, Y, test_size=7).predictions.shape == (8, 7)
    given = decompose(Ridge(), X[:50], Y[:50], X_test=X[50:], y_test=Y[50:, None])
    np.testing.assert_array_equal(given.y_test, Y[50:])


def test_it_reads_well():
    text = repr(decompose(Ridge(), X, Y))
    assert text.startswith("Bias–variance decomposition: squared error, 8 rounds, 15 points\n")
    assert "bias², with the noise, which is not known" in text
    result = classify(LogisticRegression(), X, LABELS, noise=0.1)
    assert "less that where it is wrong" in repr(result)
    assert "Kohavi–Wolpert" in repr(result.kohavi_wolpert)
    assert f"{result.loss:.3f}"[:4] in repr(result)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.name = "other"


def test_no_global_state_is_touched():
    before = check_random_state(None).get_state()[1].copy()
    decompose(DecisionTreeRegressor(), X, Y)
    np.testing.assert_array_equal(check_random_state(None).get_state()[1], before)
