"""Tables and targets that are hard to learn from, and what is said of those that make no sense."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson"]
SMALL = {"n_estimators": 10, "max_leaf_nodes": 5, "min_samples_leaf": 2}
each_loss = pytest.mark.parametrize("loss", LOSSES)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def make(n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, 2 + X[:, 0].clip(-1.9) + 0.2 * np.abs(rng.normal(size=n))


@each_loss
def test_one_row_and_two(loss):
    X, y = make(2)
    one = GradientBoostingRegressor(loss).fit(X[:1], y[:1])
    np.testing.assert_allclose(one.predict(X), y[0])
    two = GradientBoostingRegressor(loss, min_samples_leaf=1, n_estimators=300).fit(X, y)
    np.testing.assert_allclose(two.predict(X), y, rtol=1e-3)


@each_loss
def test_nothing_to_split_by(loss):
    _, y = make()
    for X in (np.full((200, 2), 3.0), np.full((200, 2), np.nan), np.full((200, 1), -np.inf)):
        model = GradientBoostingRegressor(loss, **SMALL).fit(X, y)
        assert all(len(tree) == 1 for tree in model.trees_)
        assert np.ptp(model.predict(X)) == 0
        np.testing.assert_array_equal(model.feature_importances_, 0.0)


@each_loss
def test_nothing_to_learn(loss):
    X, _ = make()
    model = GradientBoostingRegressor(loss, **SMALL).fit(X, np.full(200, 0.1))
    np.testing.assert_allclose(model.predict(X), 0.1, rtol=1e-12)


def test_all_missing_beside_a_good_column():
    X, y = make()
    plain = GradientBoostingRegressor(**SMALL).fit(X, y)
    beside = GradientBoostingRegressor(**SMALL).fit(np.c_[np.full(200, np.nan), X], y)
    np.testing.assert_array_equal(beside.predict(np.c_[np.full(200, np.nan), X]), plain.predict(X))


def test_infinite_values_are_the_largest_and_the_smallest():
    X, y = make()
    infinite, large = X.copy(), X.copy()
    infinite[::7, 0], large[::7, 0] = np.inf, 1e30
    infinite[::5, 1], large[::5, 1] = -np.inf, -1e30
    one = GradientBoostingRegressor(**SMALL).fit(infinite, y)
    other = GradientBoostingRegressor(**SMALL).fit(large, y)
    np.testing.assert_array_equal(one.predict(infinite), other.predict(large))


@each_loss
@pytest.mark.parametrize("power", [-990, 990])
def test_targets_of_any_size(loss, power):
    X, y = make()
    model = GradientBoostingRegressor(loss, **SMALL, min_hessian=0)
    small = clone(model).fit(X, y).predict(X)
    large = clone(model).fit(X, np.ldexp(y, power)).predict(X)
    np.testing.assert_allclose(np.ldexp(large, -power), small, rtol=1e-10)


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e-310])
def test_targets_of_1e300(scale):
    X, y = make()
    model = GradientBoostingRegressor(**SMALL).fit(X, scale * y)
    np.testing.assert_allclose(
        model.predict(X) / scale, GradientBoostingRegressor(**SMALL).fit(X, y).predict(X), rtol=1e-7
    )


@each_loss
@pytest.mark.parametrize("limit", ["min_gain", "l1_regularization", "l2_regularization"])
def test_limits_are_in_the_units_of_the_targets(loss, limit):
    X, y = make()
    model = GradientBoostingRegressor(loss, n_estimators=1, min_samples_leaf=2)
    gradient, hessian = {"poisson": (1, 1), "absolute_error": (0, 0), "quantile": (0, 0)}.get(
        loss, (1, 0)
    )
    grows = {
        "min_gain": 2 * gradient - hessian,
        "l1_regularization": gradient,
        "l2_regularization": hessian,
    }[limit]
    trees = [
        clone(model).set_params(**{limit: 0.5 * scale**grows}).fit(X, scale * y).trees_[0]
        for scale in (1.0, 1024.0)
    ]
    for field in ("feature", "threshold", "left"):
        np.testing.assert_array_equal(getattr(trees[0], field), getattr(trees[1], field))
    grown = trees[1].gain / 1024.0 ** (2 * gradient - hessian)
    np.testing.assert_allclose(grown, trees[0].gain, rtol=1e-9)
    np.testing.assert_allclose(trees[1].weight, trees[0].weight * 1024.0**hessian, rtol=1e-9)
    if limit == "min_gain":
        assert trees[0].gain[trees[0].feature >= 0].min() > 0.5


def test_seventy_thousand_categories():
    rng = np.random.default_rng(0)
    n = 70_000
    table = pd.DataFrame(
        {"key": [f"k{i}" for i in rng.permutation(n)], "x": rng.normal(size=n).round(2)}
    )
    model = GradientBoostingRegressor(n_estimators=5, learning_rate=0.5).fit(table, table["x"])
    assert model.score(table, table["x"]) > 0.9
    strange = pd.DataFrame({"key": ["new", None], "x": [0.5, 0.5]})
    assert model.predict(strange) == pytest.approx(0.5, abs=0.2)


def test_classes_that_separate_give_finite_scores():
    X = np.linspace(-1, 1, 100)[:, None]
    y = X[:, 0] > 0
    for least in (0.0, 1e-3):
        model = GradientBoostingClassifier(
            n_estimators=300, learning_rate=1, min_samples_leaf=1, min_hessian=least
        ).fit(X, y)
        assert np.isfinite(model.decision_function(X)).all()
        assert np.isfinite(model.feature_importances_).all()
        assert model.score(X, y) == 1.0


def test_a_class_of_one_row():
    X, _ = make(50)
    y = np.zeros(50, int)
    y[3], y[4] = 1, 2
    model = GradientBoostingClassifier(min_samples_leaf=1, n_estimators=30).fit(X, y)
    assert model.score(X, y) == 1.0


X, Y = make(60)
TABLE = pd.DataFrame(X, columns=["a", "b", "c"]).assign(kind=["u", "v"] * 30)


@pytest.mark.parametrize(
    ("make_fit", "message"),
    [
        (lambda: GradientBoostingClassifier().fit(X, np.ones(60)), "at least 2 classes.*only: 1"),
        (
            lambda: GradientBoostingClassifier().fit(X, Y > 2, sample_weight=Y > 2),
            "at least 2 classes",
        ),
        (lambda: GradientBoostingRegressor("poisson").fit(X, -Y), "at least 0 in y"),
        (lambda: GradientBoostingRegressor("poisson").fit(X, 0 * Y), "not all of them 0"),
        (lambda: GradientBoostingRegressor().fit(X, Y, X_val=X), "X_val and y_val come together"),
        (
            lambda: GradientBoostingRegressor().fit(X, Y, sample_weight_val=Y),
            "sample_weight_val.*X_val",
        ),
        (lambda: GradientBoostingRegressor().fit(X, Y, X_val=X[:, :2], y_val=Y), "2 features"),
        (
            lambda: GradientBoostingClassifier().fit(X, Y > 2, X_val=X, y_val=Y.astype(int)),
            "doesn't know",
        ),
        (lambda: GradientBoostingRegressor(early_stopping=True).fit(X[:1], Y[:1]), "1 rows, but"),
        (
            lambda: GradientBoostingRegressor(monotonic_cst=[1, 0]).fit(X, Y),
            "each of the 3 columns",
        ),
        (lambda: GradientBoostingRegressor(monotonic_cst={"z": 1}).fit(TABLE, Y), "'z'"),
        (
            lambda: GradientBoostingRegressor(monotonic_cst={"kind": 1}).fit(TABLE, Y),
            "column 'kind', which holds categories",
        ),
        (
            lambda: GradientBoostingRegressor("quantile", monotonic_cst=[1, 0, 0]).fit(X, Y),
            "doesn't go with loss='quantile'",
        ),
        (
            lambda: GradientBoostingClassifier(monotonic_cst=[1, 0, 0]).fit(X, np.arange(60) % 3),
            "needs two classes",
        ),
        (lambda: GradientBoostingRegressor(interaction_cst=[[0, 9]]).fit(X, Y), "the column 9"),
        (lambda: GradientBoostingRegressor(interaction_cst=[0, 1]).fit(X, Y), "list of groups"),
        (
            lambda: GradientBoostingRegressor(interaction_cst="pairwise").fit(
                np.zeros((60, 12)), Y
            ),
            "makes 66 groups",
        ),
        (lambda: GradientBoostingRegressor(learning_rate=0).fit(X, Y), "learning_rate"),
        (lambda: GradientBoostingRegressor(max_leaf_nodes=1).fit(X, Y), "max_leaf_nodes"),
        (lambda: GradientBoostingRegressor("mse").fit(X, Y), "loss"),
        (lambda: GradientBoostingRegressor(n_jobs=0).fit(X, Y), "n_jobs"),
        (lambda: GradientBoostingClassifier().fit(X, Y), "continuous"),
        (lambda: GradientBoostingRegressor().fit(X, Y, sample_weight=-Y), "Negative"),
        (lambda: GradientBoostingRegressor().fit(X, Y).predict(X[:, :2]), "2 features"),
        (
            lambda: GradientBoostingRegressor(categorical_features=["q"]).fit(TABLE, Y),
            "'q', which is no column",
        ),
    ],
)
def test_what_makes_no_sense_is_said_to_make_none(make_fit, message):
    with pytest.raises(ValueError, match=message):
        make_fit()


@pytest.mark.parametrize("max_bins", [2, 9, 254])
def test_missing_values_with_few_bins_go_where_they_went_in_the_fit(max_bins):
    X, y = make(400)
    X[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    model = GradientBoostingRegressor(n_estimators=3, max_bins=max_bins).fit(X, y)
    for tree, leaves in zip(model.trees_, model.apply(X).T, strict=True):
        is_leaf = tree.feature == -1
        found = np.bincount(leaves, minlength=len(tree))
        np.testing.assert_array_equal(found[is_leaf], tree.n_samples[is_leaf])


def test_missing_values_with_few_bins_are_learned_from():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 1))
    X[rng.random(500) < 0.3] = np.nan
    y = np.where(np.isnan(X[:, 0]), 5.0, X[:, 0])
    model = GradientBoostingRegressor(max_bins=15).fit(X, y)
    np.testing.assert_allclose(model.predict([[np.nan]]), 5.0, atol=0.01)


def test_a_class_of_weight_zero_is_absent_in_a_warm_start_too():
    X, y = make()
    classes = np.where(y > 3, 1, 0)
    classes[:5] = 2
    weight = np.ones(len(X))
    weight[:5] = 0
    warm = GradientBoostingClassifier(**SMALL, warm_start=True).fit(X, classes, weight)
    warm.set_params(n_estimators=15).fit(X, classes, weight)
    cold = clone(warm).fit(X[5:], classes[5:])
    np.testing.assert_allclose(warm.predict_proba(X), cold.predict_proba(X))


def test_a_loss_that_changes_after_the_fit():
    X, y = make()
    model = GradientBoostingRegressor(**SMALL, warm_start=True).fit(X, y)
    before = model.predict(X)
    model.set_params(loss="poisson", n_estimators=15)
    np.testing.assert_array_equal(model.predict(X), before)
    with pytest.raises(ValueError, match="loss='poisson' is not the one of the trees"):
        model.fit(X, y)


def test_a_missing_value_where_the_fit_had_none_follows_the_weight():
    X = np.array([[0.0], [1.0], [2.0]])
    y, weight = np.array([0.0, 5.0, 5.0]), np.array([3.0, 1.0, 1.0])
    stump = {"n_estimators": 1, "learning_rate": 1, "min_samples_leaf": 1, "max_leaf_nodes": 2}
    weighted = GradientBoostingRegressor(**stump).fit(X, y, weight)
    rows = np.repeat(np.arange(3), [3, 1, 1])
    repeated = GradientBoostingRegressor(**stump).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.predict([[np.nan]]), 0.0, atol=1e-12)
    np.testing.assert_allclose(repeated.predict([[np.nan]]), 0.0, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_beside_the_data(dtype):
    n = 200_000
    X = np.random.default_rng(0).random((n, 28), dtype)
    y = (X[:, 0] > 0.5).astype(np.int64)
    model = GradientBoostingClassifier(n_estimators=2, max_leaf_nodes=4, n_jobs=2)
    model.fit(X[:1000], y[:1000])
    tracemalloc.start()
    model.fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 115 * n  # bins by row and by column take 60 bytes of a row
