"""What users of boosting rely on: weights, stages, stopping, columns, saving."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.model_selection import cross_val_score

import baremath
from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from baremath.ensemble._boosting_stages import Stages

SMALL = {"n_estimators": 12, "learning_rate": 0.3, "max_leaf_nodes": 6, "min_samples_leaf": 3}
ALL = [
    GradientBoostingRegressor("squared_error", **SMALL),
    GradientBoostingRegressor("absolute_error", **SMALL),
    GradientBoostingRegressor("huber", **SMALL),
    GradientBoostingRegressor("quantile", **SMALL, quantile=0.8),
    GradientBoostingRegressor("poisson", **SMALL),
    GradientBoostingClassifier(**SMALL),
]
each = pytest.mark.parametrize("model", ALL, ids=lambda m: getattr(m, "loss", ""))


def make(n=400, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    X[rng.random(X.shape) < 0.05] = np.nan
    known = np.nan_to_num(X)
    return X, known[:, 0] + np.sin(3 * known[:, 1]) + 0.2 * rng.normal(size=n)


def targets(model, y):
    if isinstance(model, GradientBoostingClassifier):
        return np.digitize(y, [-0.5, 0.5])
    return np.abs(y) if model.loss == "poisson" else y


def outputs(model, X):
    if hasattr(model, "decision_function"):
        return model.decision_function(X)
    return model.predict(X)


def assert_same(one, other):
    np.testing.assert_array_equal(one.baseline_, other.baseline_)
    assert len(one.trees_) == len(other.trees_)
    for a, b in zip(one.trees_, other.trees_, strict=True):
        for field in vars(a):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


# Learning


@each
def test_the_model_is_the_same_for_any_number_of_threads(model):
    X, y = make(9000)
    X = np.tile(X, 6)  # enough for several threads to a tree
    y = targets(model, y)
    fits = [
        clone(model).set_params(n_jobs=n, n_estimators=4, subsample=s, random_state=0).fit(X, y)
        for n in (1, 2, 3)
        for s in (1.0, 0.8)
    ]
    for fit in fits[2:4] + fits[4:]:
        assert_same(fit, fits[fits.index(fit) % 2])
    np.testing.assert_array_equal(outputs(fits[0], X), outputs(fits[4], X))


@each
def test_whole_weights_are_rows_that_are_repeated(model):
    X, y = make(300)
    y = np.round(4 * targets(model, y)) / 4
    counts = np.random.default_rng(1).integers(0, 4, 300)
    model = clone(model).set_params(min_samples_leaf=1, min_hessian=3.0, n_estimators=4)
    weighted = clone(model).fit(X, y, sample_weight=counts)
    repeated = clone(model).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(outputs(weighted, X), outputs(repeated, X), rtol=1e-9, atol=1e-9)


@each
def test_a_row_of_weight_zero_is_as_if_it_were_not_there(model):
    X, y = make(300)
    y = targets(model, y)
    weight = np.random.default_rng(1).uniform(0.5, 2, 300)
    weight[::3] = 0.0
    there = weight > 0
    wild = X.copy()
    wild[~there] = 1e6
    one = clone(model).fit(wild, y, sample_weight=weight)
    assert_same(one, clone(model).fit(X[there], y[there], sample_weight=weight[there]))


def test_class_weights_multiply_the_weights_of_the_rows():
    X, y = load_iris(return_X_y=True)
    keep = np.r_[0:50, 50:75, 100:140]
    X, y = X[keep], y[keep]
    by_class = len(y) / 3 / np.bincount(y)
    model = GradientBoostingClassifier(**SMALL)
    balanced = clone(model).set_params(class_weight="balanced").fit(X, y)
    by_row = clone(model).fit(X, y, sample_weight=by_class[y])
    np.testing.assert_allclose(balanced.decision_function(X), by_row.decision_function(X))
    np.testing.assert_allclose(balanced.baseline_, 0.0, atol=1e-12)


@each
def test_stages_one_after_the_other_come_to_the_prediction(model):
    X, y = make()
    model = clone(model).fit(X, targets(model, y))
    stages = list(model.staged_predict(X))
    assert len(stages) == model.n_iter_ == 12
    np.testing.assert_array_equal(stages[-1], model.predict(X))
    fewer = clone(model).set_params(n_estimators=5).fit(X, targets(model, y))
    np.testing.assert_allclose(stages[4], fewer.predict(X), rtol=1e-12)
    if isinstance(model, GradientBoostingClassifier):
        last = list(model.staged_predict_proba(X))[-1]
        np.testing.assert_allclose(last, model.predict_proba(X), rtol=1e-12)
        np.testing.assert_allclose(last.sum(axis=1), 1.0)


@each
def test_warm_start_goes_on_as_one_fit_would(model):
    X, y = make()
    y = targets(model, y)
    model = clone(model).set_params(subsample=0.7, max_features=0.6, random_state=3)
    whole = clone(model).fit(X, y)
    parts = clone(model).set_params(warm_start=True, n_estimators=5).fit(X, y)
    parts.set_params(n_estimators=12).fit(X, y)
    assert_same(whole, parts)
    with pytest.raises(ValueError, match="n_estimators=4 is less than the 12 stages"):
        parts.set_params(n_estimators=4).fit(X, y)
    assert_same(whole, parts)


def test_draws_of_rows_and_columns_are_seeded():
    X, y = make()
    model = GradientBoostingRegressor(**SMALL, subsample=0.5, max_features=0.5, random_state=1)
    one, same = clone(model).fit(X, y), clone(model).fit(X, y)
    assert_same(one, same)
    other = clone(model).set_params(random_state=2).fit(X, y)
    assert (one.predict(X) != other.predict(X)).any()
    for tree in one.trees_:
        assert tree.n_samples[0] == 200
        assert len(set(tree.feature[tree.feature >= 0])) <= 2
    generator = clone(model).set_params(random_state=np.random.default_rng(1)).fit(X, y)
    assert generator.n_iter_ == 12


# Stopping


@pytest.mark.parametrize("given", [False, True])
@each
def test_early_stopping_keeps_the_best_stage(model, given):
    X, y = make(300)
    y = targets(model, y + np.random.default_rng(1).normal(size=300))
    model = clone(model).set_params(
        n_estimators=200, learning_rate=0.5, n_iter_no_change=7, random_state=0
    )
    if given:
        model.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    else:
        model.set_params(early_stopping=True).fit(X, y)
    watched = model.history_["validation_loss"]
    assert model.n_iter_ == np.argmin(watched) < 190
    assert model.n_iter_ + 7 <= len(watched) - 1 < 200
    assert len(model.trees_) == model.n_iter_ * len(model.baseline_)
    assert len(model.history_["loss"]) == len(watched)


def test_the_history_is_in_the_units_of_the_targets():
    X, y = make()
    y = 1000 * y
    model = GradientBoostingRegressor(**SMALL).fit(X, y, X_val=X, y_val=y)
    assert model.history_["loss"][0] == pytest.approx(y.var() / 2)
    last = ((y - model.predict(X)) ** 2).mean() / 2
    assert model.history_["validation_loss"][-1] == pytest.approx(last)
    median = GradientBoostingRegressor("absolute_error", **SMALL).fit(X, y, X_val=X, y_val=y)
    assert median.history_["loss"][0] == pytest.approx(np.abs(y - np.median(y)).mean())


def test_all_stages_are_there_unless_it_stops(capsys):
    X, y = make()
    model = GradientBoostingRegressor(n_estimators=150, min_samples_leaf=5, verbose=True).fit(X, y)
    assert model.n_iter_ == len(model.trees_) == 150
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 151
    assert lines[0].startswith("stage 0: loss")
    losses = model.history_["loss"]
    assert all(np.diff(losses) < 0)


@each
def test_ctrl_c_leaves_the_estimator_as_it_was(model, monkeypatch):
    X, y = make()
    y = targets(model, y)
    fitted = clone(model).fit(X, y)
    before, predicted = dict(vars(fitted)), fitted.predict(X)
    advance = Stages.advance

    def interrupted(self):
        if self.n_stages == 3:
            raise KeyboardInterrupt
        return advance(self)

    monkeypatch.setattr(Stages, "advance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(X[:, ::-1], y)
    assert vars(fitted) == before
    np.testing.assert_array_equal(fitted.predict(X), predicted)
    fresh = clone(model)
    with pytest.raises(KeyboardInterrupt):
        fresh.fit(X, y)
    assert vars(fresh) == vars(clone(model))


# Columns


def frame(n=600, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "city": rng.choice(["Oslo", "Rome", "Bonn", "Nice", "Kyiv"], n),
            "size": rng.normal(size=n),
            "kind": pd.Categorical(rng.choice(list("abc"), n)),
        }
    )
    table.loc[::17, "city"] = None
    effect = table["city"].map({"Oslo": 3, "Rome": -2, "Bonn": 3, "Nice": -2, "Kyiv": 0}).fillna(9)
    y = effect + table["size"] + 2 * (table["kind"] == "b")
    return table, y.to_numpy(float)


def test_columns_of_categories_by_any_kind_of_table():
    table, y = frame()
    model = GradientBoostingRegressor(n_estimators=60, min_samples_leaf=5).fit(table, y)
    assert model.score(table, y) > 0.99
    assert list(model.feature_names_in_) == ["city", "size", "kind"]
    known = table.astype({"city": object, "kind": object}).where(table.notna(), None)
    other = pl.DataFrame({name: known[name].tolist() for name in known})
    other = other.with_columns(pl.col("kind").cast(pl.Categorical))
    by_polars = clone(model).fit(other, y)
    np.testing.assert_array_equal(by_polars.predict(other), model.predict(table))
    codes = np.column_stack(
        [
            pd.Categorical(table["city"]).codes,
            table["size"],
            table["kind"].cat.codes,
        ]
    ).astype(float)
    codes[codes[:, 0] < 0, 0] = np.nan
    by_place = clone(model).set_params(categorical_features=[0, 2]).fit(codes, y)
    np.testing.assert_allclose(by_place.predict(codes), model.predict(table), rtol=1e-9)
    few_bins = clone(model).set_params(max_bins=3).fit(table, y)
    assert few_bins.score(table, y) > 0.1


def test_a_category_that_was_never_seen_counts_as_missing():
    table, y = frame()
    model = GradientBoostingRegressor(**SMALL).fit(table, y)
    strange, missing = table.copy(), table.copy()
    strange["city"], missing["city"] = "Atlantis", None
    np.testing.assert_array_equal(model.predict(strange), model.predict(missing))
    assert model.predict(missing).mean() > 6


def test_predictions_follow_the_directions_asked_for():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(500, 3))
    y = np.sin(2 * X[:, 0]) + X[:, 0] / 2 - np.cos(2 * X[:, 1]) + X[:, 2] + rng.normal(size=500)
    grid = np.linspace(-4, 4, 60)
    others = rng.uniform(-3, 3, size=(30, 3))
    regressor = GradientBoostingRegressor(monotonic_cst=[1, -1, 0], min_samples_leaf=5).fit(X, y)
    classifier = GradientBoostingClassifier(monotonic_cst=[1, -1, 0]).fit(X, y > 0)
    poisson = GradientBoostingRegressor("poisson", monotonic_cst=[1, -1, 0]).fit(X, np.abs(y))
    scores = regressor.predict, classifier.decision_function, poisson.predict
    for score in scores:
        for column, sign in ((0, 1), (1, -1)):
            for row in others:
                line = np.tile(row, (60, 1))
                line[:, column] = grid
                assert (sign * np.diff(score(line)) >= -1e-12).all()
    named = pd.DataFrame(X, columns=["a", "b", "c"])
    by_name = clone(regressor).set_params(monotonic_cst={"a": 1, "b": -1}).fit(named, y)
    np.testing.assert_array_equal(by_name.predict(named), regressor.predict(X))


def test_columns_that_may_not_meet_add_up():
    X, y = make()
    X = np.nan_to_num(X)
    y = y + X[:, 0] * X[:, 1]
    model = GradientBoostingRegressor(interaction_cst="no_interactions", **SMALL).fit(X, y)

    def at(a, b):
        row = X[:1].copy()
        row[0, 0], row[0, 1] = a, b
        return model.predict(row)[0]

    assert at(1, 1) - at(1, -1) == pytest.approx(at(-1, 1) - at(-1, -1), abs=1e-12)
    groups = clone(model).set_params(interaction_cst=[[0, 1]]).fit(X, y)
    for tree in groups.trees_:
        for node in np.flatnonzero(tree.feature >= 0):
            for child in (tree.left[node], tree.right[node]):
                if tree.feature[child] >= 0:
                    assert (tree.feature[node] < 2) == (tree.feature[child] < 2)


def test_importances_are_shares_of_what_was_gained():
    X, y = make()
    importances = GradientBoostingRegressor(**SMALL).fit(X, y).feature_importances_
    assert importances.sum() == pytest.approx(1.0)
    assert importances[:2].sum() > 0.9


# Classes, saving, quality


def test_classes_may_be_text():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = GradientBoostingClassifier(**SMALL).fit(X, names)
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    assert model.score(X, names) > 0.98
    assert model.predict_proba(X).shape == model.predict_log_proba(X).shape == (150, 3)
    two = GradientBoostingClassifier(**SMALL).fit(X[:100], names[:100])
    assert two.decision_function(X).shape == (150,)
    np.testing.assert_allclose(np.exp(two.predict_log_proba(X)), two.predict_proba(X))


@each
def test_saved_models_are_the_same_again(model, tmp_path):
    table, y = frame()
    model = clone(model).fit(table, targets(model, y))
    path = tmp_path / "model.skops"
    baremath.save(model, path)
    for again in (baremath.load(path), pickle.loads(pickle.dumps(model))):
        assert_same(model, again)
        np.testing.assert_array_equal(again.predict(table), model.predict(table))
    assert not hasattr(pickle.loads(pickle.dumps(clone(model))), "trees_")


def test_leaves_by_their_numbers():
    X, y = make()
    model = GradientBoostingRegressor(**SMALL).fit(X, y)
    leaves = model.apply(X)
    values = sum(tree.value[leaves[:, k], 0] for k, tree in enumerate(model.trees_))
    np.testing.assert_allclose(model.baseline_ + values, model.predict(X), rtol=1e-12)


def test_scores_on_real_data():
    X, y = load_breast_cancer(return_X_y=True)
    assert cross_val_score(GradientBoostingClassifier(), X, y, cv=3).mean() > 0.95
    X, y = load_diabetes(return_X_y=True)
    model = GradientBoostingRegressor(n_estimators=50, max_leaf_nodes=6)
    assert cross_val_score(model, X, y, cv=3).mean() > 0.4
