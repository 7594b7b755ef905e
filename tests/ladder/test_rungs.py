import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from baremath.ladder import RUNGS, Rung

X = np.random.default_rng(0).normal(size=(60, 2))


def test_every_task_starts_at_its_baseline() -> None:
    for task in ("regression", "classification"):
        names = [rung.name for rung in RUNGS if rung.task == task]
        assert names[0].startswith("baseline")
        assert not any(name.startswith("baseline") for name in names[1:])


def test_names_are_told_apart() -> None:
    assert len({(rung.task, rung.name) for rung in RUNGS}) == len(RUNGS)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: f"{rung.task}-{rung.name}")
def test_a_rung_makes_a_fresh_estimator_of_its_task(rung: Rung) -> None:
    first, second = rung.make(3, 60), rung.make(3, 60)
    assert first is not second
    assert (is_regressor if rung.task == "regression" else is_classifier)(first)
    y = X[:, 0] if rung.task == "regression" else X[:, 0] > X[:, 1]
    np.testing.assert_array_equal(first.fit(X, y).predict(X), second.fit(X, y).predict(X))


def test_the_polynomial_has_squares_and_products() -> None:
    rung = next(rung for rung in RUNGS if rung.name == "polynomial regression (degree 2)")
    y = 1 + X[:, 0] ** 2 - 2 * X[:, 0] * X[:, 1]
    assert rung.make(0, 60).fit(X, y).score(X, y) > 0.999


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_network_bends_where_a_line_cannot(task: str) -> None:
    rung = next(r for r in RUNGS if (r.task, r.name) == (task, "multi-layer perceptron"))
    rows = np.random.default_rng(1).uniform(-1, 1, (600, 2))
    y = rows[:, 0] * rows[:, 1]
    y = y if task == "regression" else y > 0
    assert rung.make(0, 400).fit(rows[:400], y[:400]).score(rows[400:], y[400:]) > 0.9


def test_the_network_does_not_learn_few_noisy_rows_by_heart() -> None:
    rung = next(r for r in RUNGS if r.name == "multi-layer perceptron" and r.task == "regression")
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(StandardScaler(), rung.make(0, 353))
    assert cross_val_score(model, X, y, cv=KFold(5, shuffle=True, random_state=3)).mean() > 0.44
