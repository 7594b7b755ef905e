import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_friedman1
from sklearn.ensemble import RandomForestClassifier as TheirClassifier
from sklearn.ensemble import RandomForestRegressor as TheirRegressor
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import parametrize_with_checks

import baremath
from baremath.ensemble import RandomForestClassifier, RandomForestRegressor
from baremath.ensemble._draws import Drawing
from baremath.ensemble._forest import counts_of_draws
from baremath.ensemble._standard_error import infinitesimal_jackknife
from baremath.tree import DecisionTreeRegressor

FORESTS = [
    RandomForestClassifier(n_estimators=5, random_state=0),
    RandomForestRegressor(n_estimators=5, random_state=0),
]


def expected_failures(estimator):
    if isinstance(estimator, RandomForestClassifier):
        draws = "the rows are drawn by their places: in another order others are drawn"
        return {"check_sample_weight_equivalence_on_dense_data": draws}
    return {}


@parametrize_with_checks(FORESTS, expected_failed_checks=expected_failures)
def test_the_estimator_checks(estimator, check):
    check(estimator)


def data(forest):
    if isinstance(forest, RandomForestClassifier):
        return load_iris(return_X_y=True)
    return load_diabetes(return_X_y=True)


def answers(forest, X):
    if isinstance(forest, RandomForestClassifier):
        return forest.predict_proba(X)
    return forest.predict(X)


@pytest.mark.parametrize("forest", FORESTS)
@pytest.mark.parametrize("n_jobs", [2, 3])
def test_the_number_of_threads_changes_nothing(forest, n_jobs):
    X, y = data(forest)
    one = clone(forest).fit(X, y)
    several = clone(forest).set_params(n_jobs=n_jobs).fit(X, y)
    np.testing.assert_array_equal(answers(one, X), answers(several, X))


@pytest.mark.parametrize("forest", FORESTS)
def test_a_warm_start_adds_the_trees_that_a_cold_one_has(forest):
    X, y = data(forest)
    warm = clone(forest).set_params(warm_start=True, n_estimators=3).fit(X, y)
    warm.set_params(n_estimators=8).fit(X, y)
    cold = clone(forest).set_params(n_estimators=8).fit(X, y)
    np.testing.assert_array_equal(answers(warm, X), answers(cold, X))
    with pytest.raises(ValueError, match="fewer than the 8 trees"):
        warm.set_params(n_estimators=2).fit(X, y)
    assert len(warm.trees_) == 8
    with pytest.raises(ValueError, match="the same rows"):
        warm.set_params(n_estimators=9).fit(X[:-1], y[:-1])


@pytest.mark.parametrize("forest", FORESTS)
@pytest.mark.parametrize("bootstrap", [True, False])
def test_a_weight_is_a_repetition(forest, bootstrap):
    X, y = data(forest)
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    model = clone(forest).set_params(bootstrap=bootstrap)
    weighted = clone(model).fit(X, y, weight)
    repeated = clone(model).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(answers(weighted, X), answers(repeated, X), rtol=1e-9)


@pytest.mark.parametrize("weight", [np.ones(50), np.arange(50.0)])
def test_counts_are_those_of_the_drawn_rows(weight):
    drawing = Drawing(max_samples=0.7)
    counts = counts_of_draws(drawing, np.random.default_rng(1), weight)
    rows = drawing.rows(np.random.default_rng(1), weight)
    np.testing.assert_array_equal(counts, np.bincount(rows, minlength=50))


def test_the_prediction_is_the_mean_of_the_trees_and_out_of_bag_of_those_that_lack_the_row():
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(40, oob_score=True, random_state=0).fit(X, y)
    each = np.array([tree.predict(X) for tree in model.estimators_])
    np.testing.assert_allclose(model.predict(X), each.mean(axis=0), rtol=1e-12)
    lacks = np.array([~np.isin(np.arange(len(y)), rows) for rows in model.estimators_samples_])
    expected = (each * lacks).sum(axis=0) / lacks.sum(axis=0)
    np.testing.assert_allclose(model.oob_prediction_, expected, rtol=1e-12)
    assert model.oob_score_ == pytest.approx(r2_score(y, expected))


def test_out_of_bag_probabilities():
    X, y = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(60, oob_score=True, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.oob_decision_function_.sum(axis=1), 1)
    said = model.oob_decision_function_.argmax(axis=1)
    assert model.oob_score_ == pytest.approx((said == y).mean())
    theirs = TheirClassifier(60, oob_score=True, random_state=0).fit(X, y)
    assert model.oob_score_ == pytest.approx(theirs.oob_score_, abs=0.02)


def test_a_tree_is_one_of_its_bootstrap_sample():
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(3, max_bins=65535, random_state=0).fit(X, y)
    for member, rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        counts = np.bincount(rows, minlength=len(y))
        alone = DecisionTreeRegressor().fit(X, y, counts)
        np.testing.assert_array_equal(member.tree_.feature, alone.tree_.feature)
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-12)


@pytest.mark.parametrize("max_bins", [255, 65535])
def test_as_good_as_scikit_learns(max_bins):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 10))
    y = (X[:, 0] * X[:, 1] + X[:, 2] + rng.normal(size=3000) > 0).astype(int)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    ours = RandomForestClassifier(200, max_bins=max_bins, random_state=0).fit(X, y)
    theirs = TheirClassifier(200, random_state=0).fit(X, y)
    auc = [roc_auc_score(y_test, m.predict_proba(X_test)[:, 1]) for m in (ours, theirs)]
    assert auc[0] == pytest.approx(auc[1], abs=0.01)
    X, y = make_friedman1(1500, random_state=0)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    ours = RandomForestRegressor(200, max_bins=max_bins, random_state=0).fit(X, y)
    theirs = TheirRegressor(200, random_state=0).fit(X, y)
    r2 = [r2_score(y_test, model.predict(X_test)) for model in (ours, theirs)]
    assert r2[0] == pytest.approx(r2[1], abs=0.02)


def test_columns_that_say_the_same_share_the_importance():
    X, y = make_friedman1(600, n_features=5, noise=0.5, random_state=0)
    model = RandomForestRegressor(100, max_features=2, random_state=0)
    alone = model.fit(X, y).feature_importances_
    np.testing.assert_allclose(alone.sum(), 1)
    twice = model.fit(np.column_stack([X, X[:, 3]]), y).feature_importances_
    assert twice[3] == pytest.approx(twice[5], rel=0.15)
    assert twice[3] + twice[5] > alone[3]


def jackknife_by_loops(answers, draws, weight):
    n_members = len(draws)
    counts = np.array([np.bincount(rows, minlength=len(weight)) for rows in draws])
    error = np.zeros(answers.shape[1:])
    for place in np.ndindex(error.shape):
        said = answers[(slice(None), *place)]
        total = 0.0
        for row in np.flatnonzero(weight):
            covariance = np.mean((counts[:, row] - counts[:, row].mean()) * (said - said.mean()))
            bias = counts[:, row].var() * said.var() / n_members
            total += (covariance**2 - bias) / weight[row]
        error[place] = np.sqrt(max(total, 0.0))
    return error


def test_the_infinitesimal_jackknife_is_its_formula():
    rng = np.random.default_rng(0)
    weight = np.array([1.0, 0, 2, 1, 1, 3])
    draws = [rng.choice(6, 8, p=weight / 8) for _ in range(30)]
    values = [rng.normal(size=(4, 2)) + np.sum(rows == 2) for rows in draws]
    leaves = rng.integers(0, 4, (5, 30))
    answers = np.stack([value[leaf] for value, leaf in zip(values, leaves.T, strict=True)])
    found = infinitesimal_jackknife(values, leaves, draws, weight)
    np.testing.assert_allclose(found, jackknife_by_loops(answers, draws, weight))
    assert (found > 0).any()


def test_the_standard_error_of_bagged_means_is_that_of_the_mean():
    # Trees that are leaves answer the mean of their sample: the error is s / √n.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 1)), rng.normal(size=100)
    model = RandomForestRegressor(4000, min_samples_split=1.0, random_state=0)
    model.set_params(min_samples_leaf=100).fit(X, y)
    assert model.standard_error(X[:1])[0] == pytest.approx(y.std() / 10, rel=0.1)


def test_the_standard_error_needs_bootstrap_samples():
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(3, bootstrap=False).fit(X, y)
    with pytest.raises(ValueError, match="bootstrap=True"):
        model.standard_error(X)
    assert RandomForestClassifier(30).fit(X, y).standard_error(X[::9]).shape == (17, 3)


@pytest.mark.parametrize("class_weight", ["balanced", "balanced_subsample", {0: 1, 1: 20}])
def test_class_weights_find_more_of_a_rare_class(class_weight):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = (X[:, 0] + rng.normal(size=600) > 2).astype(int)
    model = RandomForestClassifier(50, min_samples_leaf=20, random_state=0)
    plain = model.fit(X, y).predict_proba(X)[:, 1]
    weighted = model.set_params(class_weight=class_weight).fit(X, y).predict_proba(X)[:, 1]
    assert weighted.mean() > 3 * plain.mean()


def test_a_share_of_the_rows():
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(5, max_samples=0.2, random_state=0).fit(X, y)
    assert [len(rows) for rows in model.estimators_samples_] == [30] * 5


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_with_categories_and_missing_values(frame):
    rng = np.random.default_rng(0)
    city = rng.choice(["Oslo", "Rome", "Bern", "Paris"], 300)
    size = rng.normal(size=300)
    y = size + 3 * np.isin(city, ["Rome", "Bern"])
    size[::7] = np.nan
    X = frame({"city": city, "size": size})
    model = RandomForestRegressor(30, oob_score=True, random_state=0).fit(X, y)
    assert model.oob_score_ > 0.6
    unseen = frame({"city": ["Lima"], "size": [0.0]})
    assert np.isfinite(model.predict(unseen)).all()
    assert "city" in list(model.feature_names_in_)


@pytest.mark.parametrize("forest", FORESTS)
def test_save_and_load(forest, tmp_path):
    X, y = data(forest)
    model = clone(forest).fit(X, y)
    baremath.save(model, tmp_path / "forest.skops")
    loaded = baremath.load(tmp_path / "forest.skops")
    np.testing.assert_array_equal(answers(loaded, X), answers(model, X))


def test_an_interrupted_fit_leaves_the_model_as_it_was(monkeypatch):
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0).fit(X, y)
    before = model.predict_proba(X)

    def interrupted(growing, place):
        raise KeyboardInterrupt

    monkeypatch.setattr("baremath.ensemble._forest.grow_drawn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X[:100], y[:100])
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_several_outputs():
    X, y = load_diabetes(return_X_y=True)
    both = np.column_stack([y, -y])
    model = RandomForestRegressor(10, oob_score=True, random_state=0)
    with pytest.warns(UserWarning, match="drawn for every member"):
        model.fit(X, both)
    np.testing.assert_allclose(model.predict(X)[:, 0], -model.predict(X)[:, 1])


@pytest.mark.parametrize("forest", FORESTS)
def test_explain_gives_the_prediction(forest):
    X, y = data(forest)
    model = clone(forest).fit(X, y)
    derivation = model.explain(X, y, row=70)
    assert derivation.steps[0].value == pytest.approx(answers(model, X[70:71]).max())


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_estimators": 0}, "n_estimators=0"),
        ({"max_features": 0}, "max_features=0"),
        ({"max_samples": 1.5}, "max_samples=1.5"),
        ({"bootstrap": False, "oob_score": True}, "oob_score=True needs bootstrap"),
        ({"bootstrap": False, "max_samples": 0.5}, "max_samples=0.5 needs bootstrap"),
        ({"max_bins": 1}, "max_bins=1"),
        ({"criterion": "mse"}, "criterion='mse'"),
        ({"max_depth": 0}, "max_depth=0"),
    ],
)
def test_what_is_wrong_is_said(parameters, message):
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        RandomForestRegressor(**parameters).fit(X, y)


def test_the_draws_of_a_fit_stay_those_of_the_fit():
    X, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(20, max_samples=0.3, warm_start=True, random_state=0).fit(X, y)
    draws, error = forest.estimators_samples_, forest.standard_error(X[:5])
    forest.set_params(max_samples=None)
    for drawn, before in zip(forest.estimators_samples_, draws, strict=True):
        np.testing.assert_array_equal(drawn, before)
    np.testing.assert_array_equal(forest.standard_error(X[:5]), error)
    with pytest.raises(ValueError, match="drawn in the same way"):
        forest.set_params(n_estimators=30).fit(X, y)


def test_a_tree_names_the_criterion_of_the_fit():
    X, y = [[1.0], [2.0], [4.0], [5.0]], [0, 0, 1, 1]
    forest = RandomForestClassifier(1, random_state=0).fit(X, y).set_params(criterion="entropy")
    assert "gini" in forest.estimators_[0].export_text(details=True)
