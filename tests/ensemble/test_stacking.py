"""Stacks against scikit-learn's, loops written by hand, and what peers' users asked for."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.ensemble import StackingClassifier as PeerClassifier
from sklearn.ensemble import StackingRegressor as PeerRegressor
from sklearn.linear_model import LogisticRegression as Logistic
from sklearn.linear_model import Perceptron as NoProbabilities
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor

from baremath import load, save
from baremath.ensemble import (
    BaggingClassifier,
    BlendingRegressor,
    StackingClassifier,
    StackingRegressor,
)
from baremath.linear_model import LinearRegression, LogisticRegression

REGRESSORS = [
    ("line", LinearRegression()),
    ("tree", DecisionTreeRegressor(max_depth=4, random_state=0)),
]
CLASSIFIERS = [("logistic", LogisticRegression()), ("bayes", GaussianNB())]


# The same as scikit-learn's


@pytest.mark.parametrize("passthrough", [False, True])
def test_amounts_are_scikit_learns(amounts, passthrough):
    X, y = amounts
    options = {"cv": KFold(4), "passthrough": passthrough}
    ours = StackingRegressor(REGRESSORS, Ridge(), **options).fit(X, y)
    theirs = PeerRegressor(REGRESSORS, Ridge(), **options).fit(X, y)
    np.testing.assert_allclose(ours.final_estimator_.coef_, theirs.final_estimator_.coef_)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", ["auto", "predict_proba", "decision_function"])
def test_classes_are_scikit_learns(labels, n_classes, method):
    X, y = labels
    y = np.where(y == "mid", "low", y) if n_classes == 2 else y
    second = GaussianNB() if method != "decision_function" else Logistic(C=0.1)
    bases = [("logistic", LogisticRegression()), ("second", second)]
    ours = StackingClassifier(bases, Logistic(), stack_method=method).fit(X, y)
    theirs = PeerClassifier(bases, Logistic(), stack_method=method).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-5)
    assert (ours.predict(X) == theirs.predict(X)).all()
    assert ours.stack_method_ == theirs.stack_method_


def test_sample_weights_are_scikit_learns(amounts):
    X, y = amounts
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    ours = StackingRegressor(REGRESSORS, Ridge()).fit(X, y, weight)
    theirs = PeerRegressor(REGRESSORS, Ridge()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.final_estimator_.intercept_, theirs.final_estimator_.intercept_)


# Out-of-fold predictions


def test_out_of_fold_predictions_are_cross_validated(amounts, labels):
    X, y = amounts
    model = StackingRegressor(REGRESSORS, cv=KFold(5, shuffle=True, random_state=0)).fit(X, y)
    for column, (_, base) in zip(model.oof_predictions_.T, REGRESSORS, strict=True):
        np.testing.assert_allclose(column, cross_val_predict(base, X, y, cv=model.fold_indices_))
    X, y = labels
    model = StackingClassifier(CLASSIFIERS).fit(X, y)
    assert model.get_feature_names_out().tolist() == [
        *("logistic_high", "logistic_low", "logistic_mid"),
        *("bayes_high", "bayes_low", "bayes_mid"),
    ]
    folds = list(StratifiedKFold(5).split(X, y))
    parts = [
        cross_val_predict(base, X, y, cv=folds, method="predict_proba") for _, base in CLASSIFIERS
    ]
    np.testing.assert_allclose(model.oof_predictions_, np.hstack(parts), atol=1e-12)


def test_rows_before_the_first_split_of_a_time_series_are_left_out(amounts):
    X, y = amounts
    model = StackingRegressor(REGRESSORS, cv=TimeSeriesSplit(4)).fit(X, y)
    first = model.fold_indices_[0][1][0]
    assert first == 24
    known = ~np.isnan(model.oof_predictions_).any(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(known), np.arange(first, len(y)))
    for train, test in model.fold_indices_:
        assert train.max() < test.min()
        line = LinearRegression().fit(X[train], y[train])
        np.testing.assert_allclose(model.oof_predictions_[test, 0], line.predict(X[test]))
    final = LinearRegression().fit(model.oof_predictions_[known], y[known])
    np.testing.assert_allclose(model.final_estimator_.coef_, final.coef_)


def test_rows_predicted_several_times_count_with_the_mean(amounts):
    X, y = amounts
    model = StackingRegressor(REGRESSORS, cv=RepeatedKFold(n_splits=3, n_repeats=2, random_state=0))
    model.fit(X, y)
    expected = np.zeros(len(y))
    for train, test in model.fold_indices_:
        expected[test] += LinearRegression().fit(X[train], y[train]).predict(X[test]) / 2
    np.testing.assert_allclose(model.oof_predictions_[:, 0], expected)


def test_rows_that_a_drawn_split_never_predicts(amounts):
    X, y = amounts
    model = StackingRegressor(REGRESSORS, cv=ShuffleSplit(2, random_state=0)).fit(X, y)
    predicted = np.unique(np.concatenate([test for _, test in model.fold_indices_]))
    known = ~np.isnan(model.oof_predictions_).any(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(known), predicted)


# Groups and leaks


@pytest.mark.parametrize("cv", [4, GroupKFold(4), LeaveOneGroupOut()])
def test_groups_are_on_one_side(amounts, cv):
    X, y = amounts
    groups = np.array(list("abcdef"))[np.arange(len(y)) % 6]
    model = StackingRegressor(REGRESSORS, cv=cv).fit(X, y, groups=groups)
    for train, test in model.fold_indices_:
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize("cv", [GroupKFold(4), StratifiedGroupKFold(3), LeaveOneGroupOut()])
def test_a_splitter_by_groups_needs_them(labels, cv):
    with pytest.raises(ValueError, match="pass groups= to fit"):
        StackingClassifier(CLASSIFIERS, cv=cv).fit(*labels)


def test_classes_and_groups(labels):
    X, y = labels
    groups = np.arange(len(y)) // 3
    model = StackingClassifier(CLASSIFIERS, cv=3).fit(X, y, groups=groups)
    for train, test in model.fold_indices_:
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_leaks_are_refused(amounts):
    X, y = amounts
    groups = np.arange(len(y)) // 5
    with pytest.raises(ValueError, match=r"split 0 leaks: group .* use a splitter"):
        StackingRegressor(REGRESSORS, cv=KFold(3, shuffle=True)).fit(X, y, groups=groups)
    rows = np.arange(len(y))
    splits = [(rows[:60], rows[60:]), (rows[50:70], rows[60:])]
    with pytest.raises(ValueError, match="split 1 leaks: row 60"):
        StackingRegressor(REGRESSORS, cv=splits).fit(X, y)
    with pytest.raises(ValueError, match="groups has shape"):
        StackingRegressor(REGRESSORS).fit(X, y, groups=groups[:5])


def test_inner_stacks_get_the_groups(amounts):
    X, y = amounts
    groups = np.arange(len(y)) // 5
    inner = StackingRegressor(REGRESSORS, cv=3)
    model = StackingRegressor([("stack", inner), ("line", LinearRegression())], cv=4)
    model.fit(X, y, groups=groups)
    for train, test in model.named_estimators_["stack"].fold_indices_:
        assert not set(groups[train]) & set(groups[test])


# Stacks of stacks, and what predicts


def test_stacks_of_stacks_of_stacks(labels):
    X, y = labels
    first = StackingClassifier(CLASSIFIERS, cv=3)
    second = StackingClassifier([("first", first), ("bayes", GaussianNB())], cv=3)
    bag = BaggingClassifier(second, 2)
    third = StackingClassifier([("second", second), ("bag", bag)], cv=3, random_state=0)
    third.fit(X, y)
    assert third.score(X, y) > 0.7
    np.testing.assert_allclose(third.predict_proba(X).sum(axis=1), 1)


def test_the_models_of_the_folds_predict_together(amounts):
    X, y = amounts
    model = StackingRegressor(REGRESSORS, cv=3, predict_with="folds").fit(X, y)
    columns = []
    for _, base in REGRESSORS:
        parts = [clone(base).fit(X[train], y[train]) for train, _ in model.fold_indices_]
        columns.append(np.mean([part.predict(X) for part in parts], axis=0))
    np.testing.assert_allclose(model.transform(X), np.column_stack(columns))
    assert [len(models) for models in model.estimators_] == [3, 3]
    refit = StackingRegressor(REGRESSORS, cv=3).fit(X, y)
    np.testing.assert_array_equal(refit.oof_predictions_, model.oof_predictions_)


@pytest.mark.parametrize("kind", [StackingRegressor, BlendingRegressor])
@pytest.mark.parametrize(("before", "after"), [("refit", "folds"), ("folds", "refit")])
def test_who_predicts_is_settled_at_the_fit(amounts, kind, before, after):
    X, y = amounts
    model = kind(REGRESSORS, cv=3, predict_with=before).fit(X, y)
    expected = model.predict(X)
    model.set_params(predict_with=after)
    for ask in (model.predict, model.explain):
        with pytest.raises(ValueError, match=f"predict_with='{after}' was set after the fit"):
            ask(X)
    model.set_params(predict_with=before)
    np.testing.assert_array_equal(model.predict(X), expected)


def test_what_the_final_model_gets_is_settled_at_the_fit(amounts):
    X, y = amounts
    model = StackingRegressor(REGRESSORS, cv=3).fit(X, y).set_params(passthrough=True)
    with pytest.raises(ValueError, match="passthrough=True was set after the fit"):
        model.predict(X)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_model_named_like_a_column(amounts, frame):
    X, y = amounts
    table = frame(dict(zip("abcde", X.T, strict=True)))
    with pytest.raises(ValueError, match=r"'a' is a column of X.*another name"):
        StackingRegressor([("a", Ridge())], passthrough=True).fit(table, y)


def test_nothing_is_fitted_twice(amounts, remembering_regressor):
    X, y = amounts
    calls = []

    class Counted(type(remembering_regressor)):
        def fit(self, X, y):
            calls.append(len(X))
            return super().fit(X, y)

    StackingRegressor([("a", Counted()), ("b", Counted())], cv=4).fit(X, y)
    assert calls == [120] * 2 + [90] * 8  # the largest first
    calls.clear()
    StackingRegressor([("a", Counted())], cv=4, predict_with="folds").fit(X, y)
    assert calls == [90] * 4


def test_dropped_models(amounts):
    X, y = amounts
    model = StackingRegressor([*REGRESSORS, ("gone", Ridge())]).set_params(gone="drop").fit(X, y)
    np.testing.assert_array_equal(
        model.predict(X), StackingRegressor(REGRESSORS).fit(X, y).predict(X)
    )
    assert list(model.named_estimators_) == ["line", "tree"]


# Arguments of fit


def test_arguments_for_one_model(amounts, remembering_regressor):
    X, y = amounts
    note = np.arange(len(y))
    model = StackingRegressor(
        [("a", remembering_regressor), ("b", remembering_regressor)],
        remembering_regressor,
        cv=3,
        predict_with="folds",
    )
    model.fit(X, y, a__note=note, b__note="text", final_estimator__note=note)
    for member, (train, _) in zip(model.named_estimators_["a"], model.fold_indices_, strict=True):
        np.testing.assert_array_equal(member.note_, note[train])
    assert model.named_estimators_["b"][0].note_ == "text"
    np.testing.assert_array_equal(model.final_estimator_.note_, note)
    with pytest.raises(TypeError, match="fit takes no 'c__note'"):
        model.fit(X, y, c__note=1)
    with pytest.raises(TypeError, match="fit takes no 'note'"):
        model.fit(X, y, note=1)


def test_weights_of_zero_are_rows_left_out(amounts):
    X, y = amounts
    weight = np.ones(len(y))
    weight[::4] = 0
    model = StackingRegressor(REGRESSORS).fit(X, y, weight)
    kept = weight > 0
    expected = StackingRegressor(REGRESSORS).fit(X[kept], y[kept])
    np.testing.assert_allclose(model.predict(X), expected.predict(X))
    assert np.isnan(model.oof_predictions_[~kept]).all()


def test_a_weight_is_a_repetition(amounts):
    X, y = amounts
    times = np.random.default_rng(0).integers(1, 4, len(y))
    folds = list(KFold(3).split(X))
    many = np.repeat(np.arange(len(y)), times)
    same = [(np.isin(many, train), np.isin(many, test)) for train, test in folds]
    bases = [("line", LinearRegression()), ("ridge", Ridge(3.0))]
    weighted = StackingRegressor(bases, cv=folds).fit(X, y, times)
    repeated = StackingRegressor(bases, cv=same).fit(X[many], y[many])
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X))


def test_class_weights(labels):
    X, y = labels
    weights = {"high": 4.0, "low": 1.0, "mid": 0.5}
    model = StackingClassifier(CLASSIFIERS, class_weight=weights).fit(X, y)
    expected = StackingClassifier(CLASSIFIERS).fit(X, y, [weights[label] for label in y])
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X))


def test_models_that_take_no_weights(amounts):
    X, y = amounts
    with pytest.raises(TypeError, match=r"neighbours \(KNeighborsRegressor\) takes no"):
        StackingRegressor([("neighbours", KNeighborsRegressor())]).fit(X, y, np.ones(len(y)))


# Classes


def test_a_class_that_a_fold_lacks():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = np.array(["a", "b"] * 18 + ["c"] * 4)
    folds = [(np.arange(32), np.arange(32, 40)), (np.arange(8, 40), np.arange(8))]
    model = StackingClassifier(CLASSIFIERS, cv=folds, predict_with="folds").fit(X, y)
    assert model.member_classes_[0][0].tolist() == [0, 1]
    assert (model.oof_predictions_[32:, 2] == 0).all()
    assert model.predict_proba(X).shape == (40, 3)
    with pytest.raises(ValueError, match="saw 2 of 3 classes"):
        StackingClassifier([("svc", LinearSVC())], cv=folds).fit(X, y)


def test_a_class_that_is_never_predicted():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = np.array(["c"] * 4 + ["a", "b"] * 18)
    with pytest.raises(ValueError, match="no split predicts a row of class"):
        StackingClassifier(CLASSIFIERS, cv=TimeSeriesSplit(3)).fit(X, y)


def test_votes(labels):
    X, y = labels
    bases = [("votes", NoProbabilities()), ("bayes", GaussianNB())]
    model = StackingClassifier(bases, stack_method="predict").fit(X, y)
    assert set(np.unique(model.oof_predictions_)) == {0.0, 1.0}
    assert model.oof_predictions_.shape == (len(y), 6)
    with pytest.raises(TypeError, match="has no such method"):
        StackingClassifier(bases, stack_method="predict_proba").fit(X, y)


def test_numbers_and_yes_or_no_as_classes(labels):
    X, y = labels
    for classes in (np.array([10, -3, 5]), np.array([2.0, 1.0, 3.0])):
        named = classes[np.unique(y, return_inverse=True)[1]]
        model = StackingClassifier(CLASSIFIERS).fit(X, named)
        assert set(model.predict(X)) <= set(classes)
        assert model.score(X, named) > 0.7
    assert StackingClassifier(CLASSIFIERS).fit(X, y == "high").predict(X).dtype == bool


# Tables


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("passthrough", [False, True])
def test_tables_stay_tables(frame, passthrough):
    rng = np.random.default_rng(0)
    size, place = rng.normal(size=80), rng.choice(["hill", "sea", "town"], 80)
    y = size + (place == "sea") + 0.1 * rng.normal(size=80)
    table = frame({"size": size, "place": place})
    prepared = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["place"]), remainder="passthrough"),
        LinearRegression(alpha=0.01),
    )
    final = clone(prepared) if passthrough else None
    model = StackingRegressor([("line", prepared)], final, passthrough=passthrough).fit(table, y)
    assert model.score(table, y) > 0.95
    names = ["line", "size", "place"] if passthrough else ["line"]
    assert model.get_feature_names_out().tolist() == names


def test_sparse_rows(labels):
    X, y = labels
    bases = [("logistic", Logistic()), ("ridge", Logistic(C=0.1))]
    for passthrough in (False, True):
        model = StackingClassifier(bases, Logistic(), passthrough=passthrough)
        expected = clone(model).fit(X, y).predict_proba(X)
        rows = sparse.csr_matrix(X)
        np.testing.assert_allclose(model.fit(rows, y).predict_proba(rows), expected, atol=1e-6)


def test_set_output(amounts):
    X, y = amounts
    model = StackingRegressor(REGRESSORS).set_output(transform="pandas").fit(X, y)
    assert list(model.transform(X).columns) == ["line", "tree"]
    assert model.predict(X).shape == (len(y),)


def test_several_outputs(amounts):
    X, y = amounts
    Y = np.column_stack([y, -y])
    model = StackingRegressor(REGRESSORS).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    assert model.get_feature_names_out().tolist() == ["line_1", "line_2", "tree_1", "tree_2"]
    assert model.score(X, Y) > 0.9


# The same model anywhere


def test_any_number_of_jobs(labels):
    X, y = labels
    forest = RandomForestClassifier(5)
    model = StackingClassifier([*CLASSIFIERS, ("forest", forest)], cv=3, random_state=0)
    one = clone(model).fit(X, y)
    several = clone(model).set_params(n_jobs=2, verbose=True).fit(X, y)
    np.testing.assert_array_equal(one.oof_predictions_, several.oof_predictions_)
    np.testing.assert_array_equal(one.predict_proba(X), several.predict_proba(X))


def test_a_models_own_seed_is_kept(labels):
    X, y = labels
    forests = [
        ("own", RandomForestClassifier(3, random_state=7)),
        ("none", RandomForestClassifier(3)),
    ]
    first, second = (StackingClassifier(forests, random_state=s).fit(X, y) for s in (0, 1))
    np.testing.assert_array_equal(first.oof_predictions_[:, :3], second.oof_predictions_[:, :3])
    assert (first.oof_predictions_[:, 3:] != second.oof_predictions_[:, 3:]).any()


def test_it_comes_back_from_disk(labels, tmp_path):
    X, y = labels
    inner = StackingClassifier(CLASSIFIERS, cv=2)
    scaled = make_pipeline(StandardScaler(), LogisticRegression())
    for mode in ("refit", "folds"):
        model = StackingClassifier([("stack", inner), ("scaled", scaled)], predict_with=mode)
        model.fit(X, y)
        save(model, tmp_path / "model.skops")
        for copy in (load(tmp_path / "model.skops"), pickle.loads(pickle.dumps(model))):
            np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
            assert str(copy.explain(X, y)) == str(model.explain(X, y))


def test_ctrl_c_leaves_the_fitted_model(amounts, interrupted):
    X, y = amounts
    model = StackingRegressor(REGRESSORS).fit(X, y)
    before = model.predict(X)
    for broken in ({"estimators": [("stop", interrupted)]}, {"final_estimator": interrupted}):
        with pytest.raises(KeyboardInterrupt):
            model.set_params(**broken).fit(X, y)
        np.testing.assert_array_equal(model.predict(X), before)


def test_the_progress_bar(amounts, capsys):
    StackingRegressor(REGRESSORS, cv=3, verbose=True).fit(*amounts)
    assert "8/8" in capsys.readouterr().out


def test_a_blend_in_a_stack(amounts):
    X, y = amounts
    blend = BlendingRegressor(REGRESSORS)
    model = StackingRegressor([("blend", blend), ("ridge", Ridge())], random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"final_estimator": LogisticRegression()}, "final_estimator is LogisticRegression"),
        ({"estimators": [("logistic", LogisticRegression())]}, "predicts classes"),
        ({"passthrough": 1}, "passthrough=1 must be True or False"),
        ({"verbose": "loud"}, "verbose='loud' must be"),
        ({"cv": 1}, "at least one train/test split"),
    ],
)
def test_arguments_out_of_range(amounts, options, message):
    with pytest.raises(ValueError, match=message):
        StackingRegressor(REGRESSORS).set_params(**options).fit(*amounts)


def test_a_model_that_predicts_nonsense(amounts):
    class Nonsense(DecisionTreeRegressor):
        def predict(self, X):
            return np.full(len(X), np.nan)

    with pytest.raises(ValueError, match="NaN"):
        StackingRegressor([("bad", Nonsense())]).fit(*amounts)


def test_metadata_routing_brings_weights_and_groups(amounts, remembering_regressor):
    X, y = amounts
    groups, weight = np.arange(len(y)) // 5, np.arange(1.0, len(y) + 1)
    stack = StackingRegressor([("a", remembering_regressor)], Ridge(), cv=2)
    with config_context(enable_metadata_routing=True):
        stack.set_fit_request(sample_weight=True, groups=True)
        stack.set_score_request(sample_weight=False)
        found = cross_validate(
            stack,
            *(X, y),
            cv=GroupKFold(3),
            params={"groups": groups, "sample_weight": weight},
            return_estimator=True,
            return_indices=True,
            error_score="raise",
        )
    for model, train in zip(found["estimator"], found["indices"]["train"], strict=True):
        member = model.estimators_[0]
        np.testing.assert_array_equal(member.sample_weight_, weight[train])
        np.testing.assert_array_equal(member.groups_, groups[train])
        for inner, outer in model.fold_indices_:
            assert not set(groups[train][inner]) & set(groups[train][outer])


def test_a_grid_search_reaches_the_models(amounts):
    X, y = amounts
    grid = {
        "tree__max_depth": [1, 3],
        "final_estimator": [None, Ridge()],
        "line": ["drop", Ridge()],
    }
    search = GridSearchCV(StackingRegressor(REGRESSORS, cv=2), grid, cv=2).fit(X, y)
    assert search.best_params_["tree__max_depth"] in (1, 3)
    assert search.score(X, y) > 0.9
