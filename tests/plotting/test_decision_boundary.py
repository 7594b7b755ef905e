"""The shade is the model's probability, the line is where two classes are equally likely."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.svm import LinearSVC

from baremath.plotting import DecisionBoundaryDisplay
from baremath.plotting._style import PALETTE

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2)) + np.repeat([[0, 0], [3, 0], [0, 3]], 20, axis=0)
Y = np.repeat(["a", "b", "c"], 20)
TWO = Y != "c"


def test_the_shade_of_two_classes_is_the_probability_of_the_second(ax: Axes) -> None:
    model = LogisticRegression().fit(X[TWO], Y[TWO])
    display = DecisionBoundaryDisplay.from_estimator(
        model, X[TWO], Y[TWO], grid_resolution=20, ax=ax
    )
    shade = np.asarray(display.surface_.get_array())
    for i, j in [(0, 0), (3, 17), (19, 2)]:
        z = model.intercept_[0] + model.coef_[0] @ [display.grid_x[j], display.grid_y[i]]
        assert shade[i, j] == pytest.approx(1 / (1 + np.exp(-z)))


def test_a_pixel_is_centred_on_its_grid_point(ax: Axes) -> None:
    model = LogisticRegression().fit(X[TWO], Y[TWO])
    display = DecisionBoundaryDisplay.from_estimator(model, X[TWO], grid_resolution=5, ax=ax)
    left, right, bottom, top = display.surface_.get_extent()
    np.testing.assert_allclose(
        left + (right - left) * (np.arange(5) + 0.5) / 5, display.grid_x, atol=1e-12
    )
    np.testing.assert_allclose(
        bottom + (top - bottom) * (np.arange(5) + 0.5) / 5, display.grid_y, atol=1e-12
    )
    assert ax.get_xlim() == (display.grid_x[0], display.grid_x[-1])


def test_the_line_of_two_classes_is_where_the_probability_is_half(ax: Axes) -> None:
    model = LogisticRegression().fit(X[TWO], Y[TWO])
    display = DecisionBoundaryDisplay.from_estimator(model, X[TWO], Y[TWO], ax=ax)
    (line,) = display.boundaries_[0].allsegs[0]
    np.testing.assert_allclose(model.predict_proba(line)[:, 1], 0.5, atol=1e-3)


@pytest.mark.parametrize("model", [Perceptron(), LinearSVC(), LogisticRegression()])
def test_along_the_lines_of_three_classes_the_two_best_are_equal(ax: Axes, model: object) -> None:
    model = model.fit(X, Y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, Y, ax=ax)
    points = np.vstack([line for c in display.boundaries_ for line in c.allsegs[0]])
    scores = np.sort(model.decision_function(points), axis=1)
    step = np.ptp(np.sort(model.decision_function(X), axis=1)[:, -1]) / 200
    assert np.median(scores[:, -1] - scores[:, -2]) < step


def test_colors_of_three_classes_pale_with_the_probability(ax: Axes) -> None:
    model = LogisticRegression().fit(X, Y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, Y, grid_resolution=9, ax=ax)
    colors = np.asarray(display.surface_.get_array())
    likeliest = display.scores.argmax(axis=-1)
    distance = 1 - colors  # from white
    for k, full in enumerate(PALETTE[:3]):
        direction = 1 - np.array(to_rgb(full))
        mine = likeliest == k
        share = distance[mine] @ direction / (direction @ direction)
        np.testing.assert_allclose(distance[mine], share[:, None] * direction, atol=1e-9)
        np.testing.assert_array_equal(
            np.argsort(share, kind="stable"),
            np.argsort(display.scores[mine].max(axis=-1), kind="stable"),
        )


def test_regions_where_there_are_only_decisions(ax: Axes) -> None:
    model = Perceptron().fit(X[TWO], Y[TWO])
    display = DecisionBoundaryDisplay.from_estimator(model, X[TWO], Y[TWO], ax=ax)
    shade = np.asarray(display.surface_.get_array())
    plane = np.column_stack([g.ravel() for g in np.meshgrid(display.grid_x, display.grid_y)])
    np.testing.assert_array_equal(shade.ravel() == 1, model.predict(plane) == "b")
    (line,) = display.boundaries_[0].allsegs[0]
    np.testing.assert_allclose(model.decision_function(line), 0, atol=1e-9)
    assert len(display.figure_.axes) == 1  # no bar of probabilities


class OnlyPredict(ClassifierMixin, BaseEstimator):
    """A classifier that says no more than the class."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> OnlyPredict:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.classes_[(X[:, 0] > 1).astype(int)]


def test_a_model_that_only_predicts_has_regions_and_a_line(ax: Axes) -> None:
    display = DecisionBoundaryDisplay.from_estimator(OnlyPredict().fit(X, Y[TWO]), X, ax=ax)
    (line,) = display.boundaries_[0].allsegs[0]
    np.testing.assert_allclose(line[:, 0], 1, atol=np.diff(display.grid_x[:2])[0])


def test_each_class_has_its_points_color_and_shape(ax: Axes) -> None:
    display = DecisionBoundaryDisplay.from_estimator(LogisticRegression().fit(X, Y), X, Y, ax=ax)
    for points, name in zip(display.points_, "abc", strict=True):
        np.testing.assert_array_equal(points.get_offsets(), X[name == Y])
        assert points.get_label() == name
    assert len({tuple(p.get_facecolor()[0]) for p in display.points_}) == 3
    assert len({p.get_paths()[0].vertices.tobytes() for p in display.points_}) == 3


def test_without_y_no_points_are_drawn(ax: Axes) -> None:
    display = DecisionBoundaryDisplay.from_estimator(LogisticRegression().fit(X, Y), X, ax=ax)
    assert display.points_ == []


def test_a_class_that_wins_everywhere_has_no_boundary(ax: Axes) -> None:
    model = DummyClassifier(strategy="most_frequent").fit(X, Y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, Y, ax=ax)
    assert display.boundaries_ == []


def test_names_of_a_table_reach_model_and_axes(ax: Axes) -> None:
    table = pl.DataFrame(X[TWO], schema=["length (cm)", "width (cm)"])
    y = pl.Series("species", Y[TWO])
    model = LogisticRegression().fit(table, y)
    display = DecisionBoundaryDisplay.from_estimator(model, table, y, ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length (cm)", "width (cm)")
    assert display.figure_.axes[1].get_ylabel() == "P(species = b)"


def test_a_constant_feature_can_be_drawn(ax: Axes) -> None:
    flat = np.column_stack([X[:, 0], np.full(60, 2.0)])
    model = LogisticRegression().fit(flat, Y)
    display = DecisionBoundaryDisplay.from_estimator(model, flat, Y, ax=ax)
    assert (display.grid_y[0], display.grid_y[-1]) == (1.0, 3.0)


def test_three_features_are_refused(ax: Axes) -> None:
    X3 = np.column_stack([X, X[:, 0]])
    with pytest.raises(ValueError, match=r"two features; X has 3\. Fit the model on 2 of its"):
        DecisionBoundaryDisplay.from_estimator(LogisticRegression().fit(X3, Y), X3, Y, ax=ax)


def test_a_regression_is_refused(ax: Axes) -> None:
    model = LinearRegression().fit(X, X[:, 0])
    with pytest.raises(ValueError, match="draws classifiers; LinearRegression has no classes_"):
        DecisionBoundaryDisplay.from_estimator(model, X, Y, ax=ax)
