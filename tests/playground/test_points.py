"""The points of a page."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from baremath.playground.server.config import DataConfig, Own
from baremath.playground.server.points import points_of

DRAWN = ["circle", "xor", "gauss", "spiral", "three-spiral", "gates", "batman"]
AMOUNTS = ["reg-plane", "reg-gauss"]


@pytest.mark.parametrize("name", [*DRAWN, *AMOUNTS])
@pytest.mark.parametrize("noise", [0, 50])
def test_points_are_drawn_by_their_seed(name: str, noise: float) -> None:
    problem = "regression" if name in AMOUNTS else "classification"
    config = DataConfig(name, n=301, noise=noise, seed=3)
    points, again = points_of(config, problem), points_of(config, problem)
    assert_array_equal(points.X, again.X)
    assert_array_equal(points.train, again.train)
    assert abs(len(points.X) - 301) <= 2  # three arms are of one length
    assert np.isfinite(points.X).all()
    if not noise:
        assert np.abs(points.X).max() <= 6.3
    if points.classes:
        assert points.n_classes == len(np.unique(points.y))


def test_noise_and_share_leave_the_points_where_they_are() -> None:
    quiet = points_of(DataConfig("circle", seed=1), "classification")
    noisy = points_of(DataConfig("circle", noise=30, seed=1), "classification")
    assert_array_equal(quiet.X, noisy.X)
    assert (quiet.y != noisy.y).any()
    few = points_of(DataConfig("circle", share=30, seed=1), "classification")
    assert few.train.sum() == 150
    assert quiet.train[few.train].all()


def test_a_problem_that_the_data_are_not_for() -> None:
    with pytest.raises(ValueError, match="reg-plane is not for classification"):
        points_of(DataConfig("reg-plane"), "classification")


def own(**changes) -> DataConfig:
    table = {
        "columns": ("height", "weight"),
        "X": ((150.0, 50.0), (200.0, 90.0), (175.0, 70.0)),
        "y": ("b", "a", "b"),
    }
    return DataConfig("own", own=Own(**{**table, **changes}))


def test_columns_of_ones_own_fill_the_square() -> None:
    points = points_of(own(), "classification")
    assert_allclose(points.X.min(axis=0), -5)
    assert_allclose(points.X.max(axis=0), 5)
    assert points.classes == ("a", "b")
    assert_array_equal(points.y, [1, -1, 1])
    # What -6 and 6 are: a tenth of the range beyond each end
    assert_allclose(points.domain[0], [145, 205])


def test_three_classes_are_numbered_in_the_order_of_their_names() -> None:
    points = points_of(own(y=(10.0, 9.0, "x")), "classification")
    assert points.classes == ("9", "10", "x")
    assert_array_equal(points.y, [1, 0, 2])


def test_amounts_are_laid_on_minus_one_to_one() -> None:
    points = points_of(own(y=(10.0, 30.0, 15.0)), "regression")
    assert_allclose(points.y, [-1, 1, -0.5])
    assert points.y_range == (10, 30)


def test_a_column_that_never_changes() -> None:
    points = points_of(own(X=((1.0, 2.0), (1.0, 3.0), (1.0, 4.0))), "classification")
    assert_array_equal(points.X[:, 0], 0)


@pytest.mark.parametrize(
    ("changes", "problem", "message"),
    [
        ({"y": ("a", "b")}, "classification", "2 targets for 3 rows"),
        ({"X": ((1.0,), (2.0, 3.0), (4.0, 5.0))}, "classification", "must agree"),
        ({"y": ("a", "a", "a")}, "classification", "1 different values"),
        ({"y": ("a", 2.0, 3.0)}, "regression", "holds words"),
        ({"shown": (0, 2)}, "classification", "no column 3"),
        ({"X": ((1.0, 2.0),), "y": ("a",)}, "classification", "too few"),
    ],
)
def test_points_that_make_no_sense(changes, problem: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        points_of(own(**changes), problem)


def test_points_of_ones_own_that_were_never_given() -> None:
    with pytest.raises(ValueError, match="no points of your own"):
        points_of(DataConfig("own"), "classification")


def test_points_that_were_drawn_stay_where_they_are() -> None:
    points = points_of(own(laid=False, X=((1.0, 2.0), (3.0, 4.0), (0.0, 0.0))), "classification")
    assert_array_equal(points.X, [[1, 2], [3, 4], [0, 0]])


def test_a_single_column() -> None:
    points = points_of(own(columns=("a",), X=((1.0,), (2.0,), (3.0,))), "classification")
    assert points.shown == (0, 0)


def test_numbers_that_look_alike_are_classes_of_their_own() -> None:
    y = (1_000_001, 1_000_002, 0.5)
    own = Own(("a",), ((0.0,), (1.0,), (2.0,)), y)
    points = points_of(DataConfig("own", own=own), "classification")
    assert points.classes == ("0.5", "1000001", "1000002")
