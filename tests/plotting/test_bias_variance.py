"""The lines are the decompositions', at their values, with a band of one standard error."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.tree import DecisionTreeRegressor

from baremath.datasets import make_circle, make_polynomial
from baremath.model_selection import bias_variance_decomposition
from baremath.plotting import BiasVarianceDisplay

SETTINGS = {"n_rounds": 20, "test_size": 100, "random_state": 0}


def test_the_lines_and_bands_are_the_decompositions(ax: Axes) -> None:
    model = make_pipeline(PolynomialFeatures(), LinearRegression())
    display = BiasVarianceDisplay.from_estimator(
        model,
        make_polynomial,
        param_name="polynomialfeatures__degree",
        param_range=[5, 1, 3],
        noise=0.01,
        ax=ax,
        **SETTINGS,
    )
    alone = bias_variance_decomposition(
        model.set_params(polynomialfeatures__degree=3), make_polynomial, noise=0.01, **SETTINGS
    )
    assert list(display.lines_) == ["loss", "noise", "bias2", "variance"]
    for part, line in display.lines_.items():
        places, values = line.get_data()
        assert places.tolist() == [1, 3, 5]
        value, error = getattr(alone.mean, part), getattr(alone.standard_error, part)
        assert values[1] == value
        corners = display.bands_[part].get_paths()[0].vertices
        at_three = corners[corners[:, 0] == 3, 1]
        np.testing.assert_allclose([at_three.min(), at_three.max()], [value - error, value + error])
    assert display.best == 3
    assert ax.get_title(loc="left") == "Least loss at degree = 3"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("degree", "squared error")


def test_all_values_meet_the_same_samples_even_without_a_seed(ax: Axes) -> None:
    display = BiasVarianceDisplay.from_estimator(
        DecisionTreeRegressor(random_state=0),
        make_polynomial,
        param_name="min_samples_leaf",
        param_range=np.array([1, 1]),
        n_rounds=3,
        ax=ax,
    )
    first, second = display.decompositions
    np.testing.assert_array_equal(first.predictions, second.predictions)


def test_values_that_are_no_numbers_stand_at_even_distances(ax: Axes) -> None:
    BiasVarianceDisplay.from_estimator(
        DecisionTreeRegressor(),
        make_polynomial,
        param_name="max_depth",
        param_range=[1, 8, None],
        ax=ax,
        **SETTINGS,
    )
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "8", "None"]


def test_noise_that_is_not_known_has_no_line(ax: Axes) -> None:
    display = BiasVarianceDisplay.from_estimator(
        KNeighborsClassifier(),
        make_circle,
        param_name="n_neighbors",
        param_range=[1, 10, 100],
        loss="zero_one",
        log_x=True,
        ax=ax,
        **SETTINGS,
    )
    assert [line.get_label() for line in display.lines_.values()] == [
        "loss",
        "bias + noise",
        "variance",
    ]
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "n_neighbors (logarithmic)"


def test_what_does_not_fit_is_refused(ax: Axes) -> None:
    known, unknown = (
        bias_variance_decomposition(LinearRegression(), make_polynomial, noise=noise, **SETTINGS)
        for noise in (0.01, None)
    )
    with pytest.raises(ValueError, match="has 1 values and there are 2 decompositions"):
        BiasVarianceDisplay("alpha", [1], [known, known])
    with pytest.raises(ValueError, match="decompositions of different kinds"):
        BiasVarianceDisplay("alpha", [1, 2], [known, unknown])
    with pytest.raises(ValueError, match="log_x needs values of alpha that are numbers above 0"):
        BiasVarianceDisplay("alpha", [0, 2], [known, known], log_x=True)
    with pytest.raises(ValueError, match="param_range is empty"):
        BiasVarianceDisplay("alpha", [], [])
    with pytest.raises(ValueError, match="Invalid parameter"):
        BiasVarianceDisplay.from_estimator(
            LinearRegression(), make_polynomial, param_name="depth", param_range=[1], ax=ax
        )
