"""Blends against loops written by hand and brute force."""

import pickle

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.linear_model import Perceptron as NoProbabilities
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from baremath import load, save
from baremath.ensemble import BlendingClassifier, BlendingRegressor
from baremath.linear_model import LinearRegression, LogisticRegression

REGRESSORS = [
    ("line", LinearRegression()),
    ("tree", DecisionTreeRegressor(max_depth=4, random_state=0)),
    ("neighbours", KNeighborsRegressor()),
]
CLASSIFIERS = [
    ("logistic", LogisticRegression()),
    ("bayes", GaussianNB()),
    ("neighbours", KNeighborsClassifier(20)),
]


@pytest.mark.parametrize("n_blends", [1, 3])
def test_a_loop_by_hand(amounts, n_blends):
    X, y = amounts
    model = BlendingRegressor(REGRESSORS, n_blends=n_blends, random_state=0).fit(X, y)
    expected = np.zeros(len(X))
    for blend, (train, test) in enumerate(model.fold_indices_):
        assert len(test) == 24
        assert not set(train) & set(test)
        members = [clone(base).fit(X[train], y[train]) for _, base in REGRESSORS]
        F = np.column_stack([member.predict(X[test]) for member in members])
        losses = [mean_squared_error(y[test], column) for column in F.T]
        np.testing.assert_allclose(model.member_losses_[blend], losses)
        steps = np.linspace(0, 1, 101)
        tried = [(a, b, 1 - a - b) for a in steps for b in steps if a + b <= 1]
        best = min(tried, key=lambda rho: mean_squared_error(y[test], F @ rho))
        rho = model.blend_weights_[blend]
        np.testing.assert_allclose(rho, best, atol=0.02)
        assert model.blend_losses_[blend] <= mean_squared_error(y[test], F @ best) + 1e-12
        expected += sum(r * m.predict(X) for r, m in zip(rho, members, strict=True)) / n_blends
    np.testing.assert_allclose(model.predict(X), expected)
    np.testing.assert_allclose(model.weights_, model.blend_weights_.mean(axis=0))


def test_classes_by_hand(labels):
    X, y = labels
    model = BlendingClassifier(CLASSIFIERS, random_state=0).fit(X, y)
    ((train, test),) = model.fold_indices_
    members = [clone(base).fit(X[train], y[train]) for _, base in CLASSIFIERS]
    P = np.array([member.predict_proba(X[test]) for member in members])
    losses = [log_loss(y[test], shares) for shares in P]
    np.testing.assert_allclose(model.member_losses_[0], losses, rtol=1e-6)
    found = log_loss(y[test], np.tensordot(model.weights_, P, 1))
    assert model.blend_losses_[0] == pytest.approx(found)
    steps = np.linspace(0, 1, 51)
    tried = [(a, b, 1 - a - b) for a in steps for b in steps if a + b <= 1 + 1e-9]
    assert found <= min(log_loss(y[test], np.tensordot(rho, P, 1)) for rho in tried) + 1e-9
    np.testing.assert_allclose(
        model.predict_proba(X),
        sum(r * m.predict_proba(X) for r, m in zip(model.weights_, members, strict=True)),
    )
    assert (model.predict(X) == model.classes_[model.predict_proba(X).argmax(axis=1)]).all()


def test_the_slopes_say_that_it_is_the_minimum(labels, amounts):
    X, y = labels
    blend = BlendingClassifier(CLASSIFIERS, n_blends=4, random_state=1).fit(X, y)
    assert (blend.slopes_ >= -1 - 1e-9).all()
    np.testing.assert_allclose(blend.slopes_[blend.blend_weights_ > 1e-9], -1, atol=1e-9)
    X, y = amounts
    blend = BlendingRegressor(REGRESSORS, n_blends=4, random_state=1).fit(X, y)
    for rho, slopes in zip(blend.blend_weights_, blend.slopes_, strict=True):
        level = slopes[rho > 0].max()
        np.testing.assert_allclose(slopes[rho > 0], level)
        assert (slopes >= level - 1e-9).all()


def test_refitted_models_count_with_the_mean_weights(amounts):
    X, y = amounts
    model = BlendingRegressor(REGRESSORS, n_blends=2, predict_with="refit", random_state=0)
    model.fit(X, y)
    members = [clone(base).fit(X, y) for _, base in REGRESSORS]
    F = np.column_stack([member.predict(X) for member in members])
    np.testing.assert_allclose(model.predict(X), F @ model.weights_)


def test_splits_of_ones_own(amounts):
    X, y = amounts
    splits = list(KFold(3).split(X))
    for cv in (splits, KFold(3), 3):
        model = BlendingRegressor(REGRESSORS, cv=cv).fit(X, y)
        for found, given in zip(model.fold_indices_, splits, strict=True):
            np.testing.assert_array_equal(found[0], given[0])
            np.testing.assert_array_equal(found[1], given[1])


def test_groups_stay_whole(amounts):
    X, y = amounts
    groups = np.arange(len(y)) // 4
    model = BlendingRegressor(REGRESSORS, n_blends=5, random_state=0).fit(X, y, groups=groups)
    for train, test in model.fold_indices_:
        assert not set(groups[train]) & set(groups[test])


def test_a_model_that_is_best_everywhere_gets_all_the_weight(amounts):
    X, _ = amounts
    y = X @ [1, 2, 3, 4, 5]
    model = BlendingRegressor(REGRESSORS, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.weights_, [1, 0, 0], atol=1e-9)


def test_several_outputs(amounts):
    X, y = amounts
    Y = np.column_stack([y, 2 * y + 1])
    model = BlendingRegressor(REGRESSORS, random_state=0).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    ((train, test),) = model.fold_indices_
    F = np.stack([clone(base).fit(X[train], Y[train]).predict(X[test]) for _, base in REGRESSORS])
    found = mean_squared_error(Y[test], np.tensordot(model.weights_, F, 1))
    assert model.blend_losses_[0] == pytest.approx(found)


def test_weights_of_zero_are_rows_left_out(amounts):
    X, y = amounts
    bases = [("line", LinearRegression()), ("ridge", Ridge(5.0))]
    weight = np.ones(len(y))
    weight[::3] = 0
    model = BlendingRegressor(bases, random_state=0).fit(X, y, weight)
    kept = weight > 0
    expected = BlendingRegressor(bases, random_state=0).fit(X[kept], y[kept])
    np.testing.assert_allclose(model.predict(X), expected.predict(X))


def test_a_class_that_a_training_part_lacks():
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = np.array(["a", "b"] * 14 + ["c", "c"])
    splits = [(np.arange(0, 20), np.arange(20, 30))]
    model = BlendingClassifier(CLASSIFIERS[:2], cv=splits).fit(X, y)
    assert model.predict_proba(X).shape == (30, 3)
    assert (model.predict_proba(X)[:, 2] == 0).all()


def test_any_number_of_jobs_and_any_way_back(labels, tmp_path):
    X, y = labels
    model = BlendingClassifier(CLASSIFIERS[:2], n_blends=2, random_state=0).fit(X, y)
    several = clone(model).set_params(n_jobs=2).fit(X, y)
    save(model, tmp_path / "model.skops")
    for copy in (several, load(tmp_path / "model.skops"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))


def test_tables(labels):
    X, y = labels
    table = pl.DataFrame(X, schema=["a", "b", "c", "d"])
    model = BlendingClassifier(CLASSIFIERS, random_state=0).fit(table, y)
    expected = BlendingClassifier(CLASSIFIERS, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(table), expected.predict_proba(X))
    assert model.named_estimators_["bayes"][0].feature_names_in_.tolist() == table.columns


def test_ctrl_c_leaves_the_fitted_model(amounts, interrupted):
    X, y = amounts
    model = BlendingRegressor(REGRESSORS, random_state=0).fit(X, y)
    before = model.predict(X)
    with pytest.raises(KeyboardInterrupt):
        model.set_params(estimators=[("stop", interrupted)]).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_blends": 0}, "n_blends=0 must be a whole number"),
        ({"test_size": 1.0}, "test_size=1.0 must be a number in"),
        ({"estimators": []}, "at least one"),
        ({"estimators": [("a", "drop")]}, "all estimators are"),
        ({"estimators": [("line", LinearRegression())] * 2}, "not unique"),
        ({"estimators": [("cv", LinearRegression())]}, "conflict"),
        ({"predict_with": "all"}, "predict_with='all' is not known"),
        ({"eval_fraction": {"nobody": 0.1}}, "none of the models"),
        ({"cv": []}, "no split"),
        ({"cv": [([0, 1, 2], [2, 3])]}, "leaks: row 2"),
        ({"cv": [([0, 1], [])]}, "no row that counts"),
        ({"cv": [([0, 1], [500])]}, "not places of rows"),
    ],
)
def test_arguments_out_of_range(amounts, options, message):
    with pytest.raises(ValueError, match=message):
        BlendingRegressor(REGRESSORS).set_params(**options).fit(*amounts)


def test_the_log_loss_needs_probabilities(labels):
    with pytest.raises(TypeError, match="no predict_proba"):
        BlendingClassifier([("votes", NoProbabilities())]).fit(*labels)
