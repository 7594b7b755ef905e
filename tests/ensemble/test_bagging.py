"""Bagging and random subspaces against loops written by hand and scikit-learn's members."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor as PeerRegressor
from sklearn.linear_model import Perceptron as Votes
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from baremath import load, save
from baremath.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    RandomSubspaceClassifier,
    RandomSubspaceRegressor,
    StackingRegressor,
)
from baremath.linear_model import LinearRegression, LogisticRegression
from baremath.neural_network import MLPRegressor
from baremath.tree import DecisionTreeClassifier as OwnClassifier
from baremath.tree import DecisionTreeRegressor as OwnTree

TREE, LINE = DecisionTreeRegressor(), LinearRegression()


def members_by_hand(model, X, y):
    """Fit each member again to the rows and columns that the ensemble says it saw."""
    for member, rows, columns in zip(
        model.estimators_, model.estimators_samples_, model.estimators_features_, strict=True
    ):
        seen, times = np.unique(rows, return_counts=True)
        yield clone(member).fit(X[seen][:, columns], y[seen], sample_weight=times), rows, columns


@pytest.mark.parametrize(
    "base", [LINE, Ridge(), KNeighborsRegressor(3), make_pipeline(StandardScaler(), Ridge())]
)
def test_a_row_drawn_twice_counts_twice(base, amounts):
    X, y = amounts
    model = BaggingRegressor(base, 3, random_state=0).fit(X, y)
    for member, rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        again = clone(member).fit(X[rows], y[rows])
        np.testing.assert_allclose(member.predict(X), again.predict(X))


def test_a_row_drawn_twice_is_one_row_of_a_leaf(amounts):
    X, y = amounts
    tree = DecisionTreeRegressor(min_samples_leaf=10)
    model = BaggingRegressor(tree, 5, random_state=0).fit(X, y)
    for member, rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        leaves = np.bincount(member.apply(X[np.unique(rows)]))
        assert leaves[leaves > 0].min() >= 10


def test_models_within_a_model_get_every_draw(amounts):
    X, y = amounts
    voting = StackingRegressor([("near", KNeighborsRegressor())], cv=3)  # takes weights in vain
    assert BaggingRegressor(voting, 2, random_state=0).fit(X, y).score(X, y) > 0.5


@pytest.mark.parametrize(
    "model",
    [
        BaggingRegressor(TREE, 7, random_state=0, oob_score=True),
        BaggingRegressor(TREE, 7, max_samples=0.5, max_features=3, random_state=1, oob_score=True),
        BaggingRegressor(TREE, 7, max_samples=40, bootstrap=False, random_state=2, oob_score=True),
        BaggingRegressor(LINE, 5, bootstrap_features=True, random_state=3, oob_score=True),
        RandomSubspaceRegressor(LINE, 6, random_state=4),
    ],
    ids=range(5),
)
@pytest.mark.filterwarnings("ignore:.*out-of-bag")
def test_a_loop_by_hand(model, amounts):
    X, y = amounts
    model = clone(model).fit(X, y)
    said, out = [], np.full((len(model.estimators_), len(X)), np.nan)
    for place, (member, rows, columns) in enumerate(members_by_hand(model, X, y)):
        said.append(member.predict(X[:, columns]))
        unseen = ~np.isin(np.arange(len(X)), rows)
        out[place, unseen] = said[-1][unseen]
    np.testing.assert_allclose(model.predict(X), np.mean(said, axis=0))
    if getattr(model, "oob_score", False):
        known = ~np.isnan(out).all(axis=0)
        expected = np.nanmean(out[:, known], axis=0)
        np.testing.assert_allclose(model.oob_prediction_[known], expected)
        assert model.oob_score_ == pytest.approx(r2_score(y[known], expected))


@pytest.mark.filterwarnings("ignore:.*out-of-bag")
def test_classifiers_by_hand(labels):
    X, y = labels
    model = BaggingClassifier(
        DecisionTreeClassifier(max_depth=3), 8, oob_score=True, random_state=0
    )
    model.fit(X, y)
    codes = np.searchsorted(model.classes_, y)
    shares, out, seen = np.zeros((len(X), 3)), np.zeros((len(X), 3)), np.zeros(len(X))
    for member, rows, _ in members_by_hand(model, X, codes):
        said = member.predict_proba(X)
        shares += said / 8
        unseen = ~np.isin(np.arange(len(X)), rows)
        out[unseen] += said[unseen]
        seen += unseen
    np.testing.assert_allclose(model.predict_proba(X), shares)
    assert (model.predict(X) == model.classes_[shares.argmax(axis=1)]).all()
    expected = out[seen > 0] / seen[seen > 0, None]
    np.testing.assert_allclose(model.oob_decision_function_[seen > 0], expected)
    right = accuracy_score(codes[seen > 0], expected.argmax(axis=1))
    assert model.oob_score_ == pytest.approx(right)


def test_without_draws_it_is_scikit_learns(amounts):
    X, y = amounts
    ours = BaggingRegressor(LINE, 3, bootstrap=False).fit(X, y)
    theirs = PeerRegressor(LINE, 3, bootstrap=False).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict(X), LinearRegression().fit(X, y).predict(X))


def test_the_out_of_bag_score_is_near_scikit_learns(amounts):
    X, y = amounts
    ours = BaggingRegressor(TREE, 100, oob_score=True, random_state=0).fit(X, y)
    theirs = PeerRegressor(TREE, 100, oob_score=True, random_state=0).fit(X, y)
    assert ours.oob_score_ == pytest.approx(theirs.oob_score_, abs=0.05)


def test_votes_where_there_are_no_probabilities(labels):
    X, y = labels
    model = BaggingClassifier(Votes(), 9, random_state=0).fit(X, y)
    codes = np.searchsorted(model.classes_, y)
    said = [member.predict(X) for member, _, _ in members_by_hand(model, X, codes)]
    votes = np.array([(np.array(said) == k).mean(axis=0) for k in range(3)]).T
    np.testing.assert_allclose(model.predict_proba(X), votes)


def test_a_bootstrap_sample_holds_about_63_percent_of_the_rows():
    X = np.arange(2000.0)[:, None]
    model = BaggingRegressor(LINE, 20, random_state=0).fit(X, X[:, 0])
    shares = [len(np.unique(rows)) / len(X) for rows in model.estimators_samples_]
    assert np.mean(shares) == pytest.approx(1 - np.exp(-1), abs=0.005)
    assert {len(rows) for rows in model.estimators_samples_} == {len(X)}


@pytest.mark.parametrize(("base", "bootstrap"), [(LINE, True), (LINE, False), (OwnTree(), True)])
def test_a_weight_is_a_repetition(amounts, base, bootstrap):
    X, y = amounts
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    many = np.repeat(np.arange(len(y)), weight)
    model = BaggingRegressor(base, 5, bootstrap=bootstrap, random_state=0)
    weighted = clone(model).fit(X, y, weight).predict(X)
    np.testing.assert_allclose(weighted, clone(model).fit(X[many], y[many]).predict(X))


def test_class_weights_are_sample_weights(labels):
    X, y = labels
    weights = {"high": 3, "low": 0.5, "mid": 1}
    model = BaggingClassifier(LogisticRegression(), 5, random_state=0)
    expected = clone(model).fit(X, y, [weights[label] for label in y]).predict_proba(X)
    weighted = clone(model).set_params(class_weight=weights).fit(X, y)
    np.testing.assert_allclose(weighted.predict_proba(X), expected)
    model = RandomSubspaceClassifier(LogisticRegression(), 3, class_weight="balanced")
    expected = RandomSubspaceClassifier(LogisticRegression(class_weight="balanced"), 3)
    np.testing.assert_allclose(
        model.set_params(random_state=0).fit(X, y).predict_proba(X),
        expected.set_params(random_state=0).fit(X, y).predict_proba(X),
    )


def test_a_class_that_a_sample_lacks():
    X = np.arange(40.0)[:, None]
    y = np.array(["a"] * 30 + ["b"] * 9 + ["c"])
    model = BaggingClassifier(DecisionTreeClassifier(), 20, random_state=0).fit(X, y)
    lacking = [classes for classes in model.member_classes_ if len(classes) < 3]
    assert lacking
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    share = np.mean([39 in rows for rows in model.estimators_samples_])
    assert model.predict_proba(X[-1:])[0, 2] == pytest.approx(share)


def test_a_sample_of_one_class():
    X = np.arange(30.0)[:, None]
    y = np.array([0] * 29 + [1])
    model = BaggingClassifier(LogisticRegression(), 20, random_state=0).fit(X, y)
    assert {len(classes) for classes in model.member_classes_} == {1, 2}
    assert model.predict_proba(X).shape == (30, 2)


@pytest.mark.parametrize("kind", [BaggingRegressor, RandomSubspaceRegressor])
def test_a_warm_start_is_the_same_model(amounts, kind):
    X, y = amounts
    warm = kind(TREE, 3, warm_start=True, random_state=5).fit(X, y)
    first = warm.estimators_[0]
    warm.set_params(n_estimators=8).fit(X, y)
    assert warm.estimators_[0] is first
    cold = kind(TREE, 8, random_state=5).fit(X, y)
    np.testing.assert_array_equal(warm.predict(X), cold.predict(X))


def test_what_a_warm_start_refuses(amounts):
    X, y = amounts
    model = BaggingRegressor(LINE, 3, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="same rows"):
        model.fit(X[:50], y[:50])
    assert len(model.predict(X)) == len(X)
    with pytest.raises(ValueError, match="drawn in the same way"):
        clone(model).fit(X, y).set_params(max_samples=0.5).fit(X, y)
    with pytest.raises(ValueError, match="fewer than the 3 members"):
        model.set_params(n_estimators=2).fit(X, y)


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_any_number_of_jobs(amounts, n_jobs):
    X, y = amounts
    model = BaggingRegressor(TREE, 5, max_features=0.6, oob_score=True, random_state=0)
    with pytest.warns(UserWarning, match="out-of-bag"):
        one = clone(model).fit(X, y)
    with pytest.warns(UserWarning, match="out-of-bag"):
        several = clone(model).set_params(n_jobs=n_jobs).fit(X, y)
    np.testing.assert_array_equal(one.predict(X), several.predict(X))
    assert one.oob_score_ == several.oob_score_


def test_a_generator_and_a_random_state_go_on(amounts):
    X, y = amounts
    for source in (np.random.RandomState(0), np.random.default_rng(0)):
        first = BaggingRegressor(LINE, 3, random_state=source).fit(X, y)
        second = BaggingRegressor(LINE, 3, random_state=source).fit(X, y)
        assert first.seed_ != second.seed_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_all_seeds_of_a_pipeline_are_set(amounts):
    X, y = amounts
    network = make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", max_iter=5)
    )
    model = BaggingRegressor(network, 3, random_state=0).fit(X, y)
    seeds = {member.steps[-1][1].random_state for member in model.estimators_}
    assert len(seeds) == 3


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_tables(amounts, frame):
    X, y = amounts
    columns = list("abcde")
    table = frame({name: X[:, i] for i, name in enumerate(columns)})
    for kind in (BaggingRegressor, RandomSubspaceRegressor):
        model = kind(LINE, 4, random_state=0).fit(table, y)
        assert model.feature_names_in_.tolist() == columns
        expected = kind(LINE, 4, random_state=0).fit(X, y).predict(X)
        np.testing.assert_allclose(model.predict(table), expected)
        seen = [np.array(columns)[chosen].tolist() for chosen in model.estimators_features_]
        assert seen == [member.feature_names_in_.tolist() for member in model.estimators_]


def test_sparse_rows(labels):
    X, y = labels
    model = BaggingClassifier(KNeighborsClassifier(), 4, random_state=0)
    expected = clone(model).fit(X, y).predict_proba(X)
    found = clone(model).fit(sparse.csr_matrix(X), y).predict_proba(sparse.csr_matrix(X))
    np.testing.assert_allclose(found, expected)


def test_several_outputs(amounts):
    X, y = amounts
    Y = np.column_stack([y, -y])
    model = BaggingRegressor(LINE, 20, oob_score=True, random_state=0).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    np.testing.assert_allclose(model.predict(X)[:, 0], -model.predict(X)[:, 1])
    assert model.oob_prediction_.shape == Y.shape


@pytest.mark.parametrize(
    "model",
    [
        BaggingClassifier(LogisticRegression(), 3, random_state=0),
        RandomSubspaceClassifier(LogisticRegression(), 3, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_it_comes_back_from_disk(labels, model, tmp_path):
    X, y = labels
    model = clone(model).fit(X, y)
    save(model, tmp_path / "model.skops")
    for copy in (load(tmp_path / "model.skops"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
        assert str(copy.explain(X, y)) == str(model.explain(X, y))


def test_ctrl_c_leaves_the_fitted_model(amounts, interrupted):
    X, y = amounts
    model = BaggingRegressor(LINE, 3, random_state=0).fit(X, y)
    before = model.predict(X)
    with pytest.raises(KeyboardInterrupt):
        model.set_params(estimator=interrupted).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)
    unfitted = BaggingRegressor(interrupted)
    with pytest.raises(KeyboardInterrupt):
        unfitted.fit(X, y)
    assert not [name for name in vars(unfitted) if name.endswith("_")]


def test_what_the_progress_bar_shows(amounts, capsys):
    X, y = amounts
    plain = BaggingRegressor(TREE, 4, random_state=0).fit(X, y)
    shown = BaggingRegressor(TREE, 4, random_state=0, verbose=True).fit(X, y)
    assert "4/4" in capsys.readouterr().out
    np.testing.assert_array_equal(plain.predict(X), shown.predict(X))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_estimators": 0}, "n_estimators=0 must be a whole number"),
        ({"max_samples": 1.5}, "max_samples=1.5 must be"),
        ({"max_features": 9}, "more than the 5 features"),
        ({"max_samples": 999, "bootstrap": False}, "more than the 120 rows"),
        ({"bootstrap": "yes"}, "bootstrap='yes' must be True or False"),
        ({"estimator": LogisticRegression()}, "predicts classes"),
        ({"random_state": "one"}, "cannot be used to seed"),
    ],
)
def test_arguments_out_of_range(amounts, options, message):
    with pytest.raises(ValueError, match=message):
        BaggingRegressor(LINE).set_params(**options).fit(*amounts)


@pytest.mark.parametrize("wrong", [LinearRegression, "line", None])
def test_what_is_no_estimator(amounts, wrong):
    with pytest.raises(TypeError, match="estimator"):
        BaggingRegressor(wrong).fit(*amounts)


def test_weights_that_the_base_model_does_not_take(amounts):
    X, y = amounts
    with pytest.raises(TypeError, match="takes no sample_weight"):
        RandomSubspaceRegressor(KNeighborsRegressor()).fit(X, y, np.ones(len(y)))
    BaggingRegressor(KNeighborsRegressor(), 2).fit(X, y, np.ones(len(y)))


def test_a_pipeline_takes_the_weights(amounts, remembering_regressor):
    X, y = amounts
    weight = np.random.default_rng(0).uniform(size=len(y))
    pipeline = make_pipeline(StandardScaler(), remembering_regressor)
    model = RandomSubspaceRegressor(pipeline, 1).fit(X, y, weight)
    np.testing.assert_array_equal(model.estimators_[0].steps[-1][1].sample_weight_, weight)


def test_too_few_draws(amounts):
    X, y = amounts
    with pytest.warns(UserWarning, match="1 draws for each member"):
        BaggingRegressor(LINE, 2).fit(X, y, np.full(len(y), 1 / len(y)))


def test_nothing_out_of_bag(amounts):
    with pytest.raises(ValueError, match="every row was drawn"):
        BaggingRegressor(LINE, 2, bootstrap=False, oob_score=True).fit(*amounts)


def test_the_draws_of_a_fit_stay_those_of_the_fit(amounts):
    X, y = amounts
    model = BaggingRegressor(LINE, 5, max_samples=0.5, random_state=0).fit(X, y)
    draws = model.estimators_samples_
    model.set_params(max_samples=1.0, bootstrap=False)
    for drawn, before in zip(model.estimators_samples_, draws, strict=True):
        np.testing.assert_array_equal(drawn, before)


@pytest.mark.parametrize(("cell", "kind"), [({}, "dict"), ([1, 2], "list"), ((1,), "tuple")])
def test_a_cell_is_text_or_a_number(cell, kind):
    X = np.array([["1", 1.0], ["2", None], ["3", np.nan]] * 10, dtype=object)
    model = BaggingClassifier(OwnClassifier(), 2, max_samples=5, random_state=0)
    y = [0, 1, 1] * 10
    assert model.fit(X, y).predict(X).shape == (30,)
    X[7, 1] = cell
    with pytest.raises(TypeError, match=rf"cells of type {kind}; each .* must be a string or a"):
        model.fit(X, y)
