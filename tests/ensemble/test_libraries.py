"""Base models of XGBoost, LightGBM and CatBoost, where they are installed."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from baremath.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    BlendingClassifier,
    BlendingRegressor,
    RandomSubspaceClassifier,
    StackingClassifier,
    StackingRegressor,
)
from baremath.linear_model import LinearRegression, LogisticRegression
from baremath.neural_network import MLPClassifier

ROUNDS = 15


def xgboost(kind, **options):
    library = pytest.importorskip("xgboost", reason="XGBoost is not installed")
    model = {"classifier": library.XGBClassifier, "regressor": library.XGBRegressor}[kind]
    return model(**{"n_estimators": ROUNDS, "max_depth": 3, "n_jobs": 1} | options)


def lightgbm(kind, **options):
    library = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
    model = {"classifier": library.LGBMClassifier, "regressor": library.LGBMRegressor}[kind]
    fixed = {"n_estimators": ROUNDS, "num_leaves": 7, "n_jobs": 1, "verbose": -1}
    return model(**fixed | options)


def catboost(kind, **options):
    library = pytest.importorskip("catboost", reason="CatBoost is not installed")
    model = {"classifier": library.CatBoostClassifier, "regressor": library.CatBoostRegressor}[kind]
    fixed = {"iterations": ROUNDS, "depth": 3, "thread_count": 1, "verbose": False}
    return model(**fixed | {"allow_writing_files": False} | options)


LIBRARIES = pytest.mark.parametrize("library", [xgboost, lightgbm, catboost])
EARLY = {
    xgboost: {"early_stopping_rounds": 3},
    lightgbm: {"early_stopping_round": 3},
    catboost: {"early_stopping_rounds": 3},
}


# What the libraries deprecate of their own is no failure of ours.
pytestmark = [
    pytest.mark.filterwarnings("default::DeprecationWarning"),
    pytest.mark.filterwarnings("default::FutureWarning"),
    pytest.mark.filterwarnings("default::UserWarning"),
]


@LIBRARIES
@pytest.mark.parametrize("predict_with", ["refit", "folds"])
def test_stacks(labels, library, predict_with):
    X, y = labels
    bases = [("library", library("classifier")), ("logistic", LogisticRegression())]
    model = StackingClassifier(bases, cv=3, predict_with=predict_with, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.75
    codes = np.searchsorted(model.classes_, y)
    expected = np.zeros((len(y), 3))
    for train, test in StratifiedKFold(3).split(X, y):
        seed = model.estimators_[0]
        member = clone(seed[0] if predict_with == "folds" else seed)
        expected[test] = member.fit(X[train], codes[train]).predict_proba(X[test])
    np.testing.assert_allclose(model.oof_predictions_[:, :3], expected, rtol=1e-5)


@LIBRARIES
def test_amounts(amounts, library):
    X, y = amounts
    bases = [("library", library("regressor")), ("line", LinearRegression())]
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    for model in (StackingRegressor(bases, cv=3), BlendingRegressor(bases, n_blends=2)):
        assert model.set_params(random_state=0).fit(X, y, weight).score(X, y) > 0.85
    bag = BaggingRegressor(library("regressor"), 3, random_state=0).fit(X, y)
    assert bag.score(X, y) > 0.6


@LIBRARIES
def test_a_class_that_a_sample_or_a_fold_lacks(library):
    rng = np.random.default_rng(0)
    y = np.array(["a"] * 30 + ["b"] * 30 + ["c"] * 3 + ["d"] * 27)
    X = rng.normal(size=(90, 3)) + (y == "a")[:, None]
    bag = BaggingClassifier(library("classifier"), 12, max_samples=0.5, random_state=0).fit(X, y)
    assert min(map(len, bag.member_classes_)) < 4
    np.testing.assert_allclose(bag.predict_proba(X).sum(axis=1), 1)
    folds = [(np.flatnonzero(y != "c"), np.flatnonzero(y == "c"))]
    folds.append((np.arange(0, 90, 2), np.arange(1, 90, 2)))
    bases = [("library", library("classifier"))]
    stack = StackingClassifier(bases, cv=folds, predict_with="folds").fit(X, y)
    assert stack.member_classes_[0][0].tolist() == [0, 1, 3]
    np.testing.assert_allclose(stack.predict_proba(X).sum(axis=1), 1)


@LIBRARIES
def test_early_stopping_in_every_fold(labels, library, capfd):
    X, y = labels
    patient = {catboost: "iterations"}.get(library, "n_estimators")
    base = library("classifier", **{patient: 400, "learning_rate": 0.3}, **EARLY[library])
    bases = [("library", base), ("logistic", LogisticRegression())]
    model = StackingClassifier(
        bases, cv=3, predict_with="folds", eval_fraction={"library": 0.2}, random_state=0
    ).fit(X, y)
    assert capfd.readouterr().out == ""
    for member in model.named_estimators_["library"]:
        best = getattr(member, "best_iteration", None) or getattr(member, "best_iteration_", None)
        assert best is not None
        assert best < 300
    assert model.score(X, y) > 0.7


@LIBRARIES
def test_blends_and_subspaces(labels, library):
    X, y = labels
    table = pd.DataFrame(X, columns=list("abcd"))
    bases = [("library", library("classifier")), ("logistic", LogisticRegression())]
    blend = BlendingClassifier(bases, n_blends=2, random_state=0).fit(table, y)
    assert blend.score(table, y) > 0.75
    assert blend.weights_.sum() == pytest.approx(1)
    subspace = RandomSubspaceClassifier(library("classifier"), 4, random_state=0).fit(table, y)
    assert subspace.score(table, y) > 0.6
    assert "Σ" in str(blend.explain(table, y, 3))


def test_all_together_with_any_number_of_jobs(labels):
    X, y = labels
    bases = [
        ("xgboost", xgboost("classifier")),
        ("lightgbm", lightgbm("classifier")),
        ("catboost", catboost("classifier")),
        ("network", MLPClassifier((8,), max_iter=30, n_iter_no_change=30)),
    ]
    model = StackingClassifier(bases, cv=3, random_state=0)
    one, two = clone(model).fit(X, y), clone(model).set_params(n_jobs=2).fit(X, y)
    np.testing.assert_allclose(one.oof_predictions_, two.oof_predictions_)
    assert one.score(X, y) > 0.75


def test_mlxtends_stack_learns_the_same(amounts):
    mlxtend = pytest.importorskip("mlxtend.regressor", reason="mlxtend is not installed")
    from sklearn.model_selection import KFold
    from sklearn.neighbors import KNeighborsRegressor

    X, y = amounts
    bases = [LinearRegression(), KNeighborsRegressor()]
    theirs = mlxtend.StackingCVRegressor(bases, LinearRegression(), cv=KFold(5), shuffle=False)
    theirs.fit(X, y)
    named = [("line", bases[0]), ("neighbours", bases[1])]
    ours = StackingRegressor(named, LinearRegression(), cv=KFold(5)).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X))
