"""Rows to stop by come out of the training rows, and are never those to be predicted."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import TimeSeriesSplit

from baremath.ensemble import BlendingRegressor, StackingClassifier, StackingRegressor
from baremath.linear_model import LinearRegression


def numbered(n_rows):
    """A table whose first column is the place of the row."""
    X = np.column_stack([np.arange(n_rows), np.random.default_rng(0).normal(size=n_rows)])
    return X, X[:, 1] + 0.01 * X[:, 0]


def rows_of(X):
    return set(X[:, 0].astype(int))


@pytest.mark.parametrize("kind", [StackingRegressor, BlendingRegressor])
def test_the_rows_of_every_split(remembering_regressor, kind):
    X, y = numbered(100)
    model = kind([("a", remembering_regressor)], cv=4, predict_with="folds", eval_fraction=0.2)
    model.fit(X, y)
    for member, (train, test) in zip(model.estimators_[0], model.fold_indices_, strict=True):
        fitted, stopped_by = rows_of(member.X_), rows_of(member.X_val_)
        assert len(stopped_by) == 15
        assert not fitted & stopped_by
        assert fitted | stopped_by == set(train)
        assert not (fitted | stopped_by) & set(test)
        np.testing.assert_array_equal(member.y_val_, y[sorted(stopped_by)])


def test_the_refitted_model_has_rows_to_stop_by_too(remembering_regressor):
    X, y = numbered(100)
    model = StackingRegressor([("a", remembering_regressor)], eval_fraction=0.2).fit(X, y)
    assert len(model.estimators_[0].X_val_) == 20
    assert rows_of(model.estimators_[0].X_) | rows_of(model.estimators_[0].X_val_) == set(
        range(100)
    )


def test_groups_stay_whole(remembering_regressor):
    X, y = numbered(120)
    groups = np.arange(120) // 4
    model = StackingRegressor(
        [("a", remembering_regressor)], cv=3, predict_with="folds", eval_fraction=0.25
    )
    model.fit(X, y, groups=groups)
    for member in model.estimators_[0]:
        fitted, stopped_by = groups[list(rows_of(member.X_))], groups[list(rows_of(member.X_val_))]
        assert not set(fitted) & set(stopped_by)
        np.testing.assert_array_equal(member.groups_, groups[sorted(rows_of(member.X_))])


@pytest.mark.parametrize("kind", [StackingRegressor, BlendingRegressor])
def test_a_time_series_stops_by_its_last_rows(remembering_regressor, kind):
    X, y = numbered(100)
    model = kind(
        [("a", remembering_regressor)],
        cv=TimeSeriesSplit(4),
        predict_with="folds",
        eval_fraction=0.25,
    ).fit(X, y)
    for member, (train, _) in zip(model.estimators_[0], model.fold_indices_, strict=True):
        count = round(len(train) / 4)
        assert rows_of(member.X_val_) == set(train[-count:])


def test_the_shares_of_the_classes_are_kept(remembering_classifier):
    X, _ = numbered(100)
    y = np.array(["a"] * 80 + ["b"] * 20)
    model = StackingClassifier(
        [("a", remembering_classifier)], cv=2, predict_with="folds", eval_fraction=0.2
    ).fit(X, y)
    for member in model.estimators_[0]:
        assert np.bincount(member.y_val_).tolist() == [8, 2]


def test_a_rare_class_is_not_evaluated_where_it_is_not_learned(remembering_classifier):
    X, _ = numbered(60)
    y = np.array(["a", "b"] * 28 + ["c"] * 4)
    model = StackingClassifier(
        [("a", remembering_classifier)], cv=4, eval_fraction=0.5, predict_with="folds"
    ).fit(X, y)
    for member in model.estimators_[0]:
        assert set(member.y_val_) <= set(member.y_)


def test_only_the_models_that_are_named(remembering_regressor):
    X, y = numbered(60)
    bases = [("a", remembering_regressor), ("b", remembering_regressor)]
    model = StackingRegressor(bases, eval_fraction={"b": 0.1}).fit(X, y)
    assert model.named_estimators_["a"].X_val_ is None
    assert len(model.named_estimators_["b"].X_val_) == 6


class Talkative(RegressorMixin, BaseEstimator):
    """Tells of every round unless it is asked not to, as XGBoost does."""

    def fit(self, X, y, eval_set=None, verbose=True):
        self.verbose_ = verbose
        return self

    def predict(self, X):
        return np.zeros(len(X))


def test_a_model_is_quiet_unless_it_is_asked_to_tell():
    X, y = numbered(30)
    stack = StackingRegressor([("a", Talkative())], cv=2, predict_with="folds", eval_fraction=0.2)
    assert [member.verbose_ for member in stack.fit(X, y).estimators_[0]] == [False, False]
    stack.fit(X, y, a__verbose=5)
    assert [member.verbose_ for member in stack.estimators_[0]] == [5, 5]


def test_scikit_learns_boosting_stops_early():
    X, y = numbered(300)
    boosting = HistGradientBoostingRegressor(
        max_iter=500, early_stopping=True, learning_rate=0.3, n_iter_no_change=3
    )
    model = StackingRegressor([("boosting", boosting)], cv=3, eval_fraction=0.2, random_state=0)
    model.fit(X, y, np.linspace(1, 2, 300))
    assert model.estimators_[0].n_iter_ < 500


def test_what_takes_no_rows_to_stop_by():
    X, y = numbered(30)
    with pytest.raises(TypeError, match="takes no eval_set"):
        StackingRegressor([("line", LinearRegression())], eval_fraction=0.1).fit(X, y)
    with pytest.raises(ValueError, match=r"eval_fraction=1\.5 must be"):
        StackingRegressor([("line", LinearRegression())], eval_fraction=1.5).fit(X, y)
