"""What the decomposition asks of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier, is_regressor

from baremath.estimator import warn_user
from baremath.model_selection._points import Points
from baremath.model_selection._result import BiasVarianceDecomposition
from baremath.model_selection._sampling import Sample, shared_rows

Noise: TypeAlias = Literal["replicates"] | float | Callable[[Any], ArrayLike] | None

LOSSES = ("squared_error", "zero_one")


def check_apart(train: Sample, test: Sample) -> None:
    """Refuse a test sample that is in the training sample; warn where a part of it is."""
    shared, n_test = shared_rows(train, test), len(test[1])
    if shared == n_test:
        raise ValueError(
            f"all {n_test} rows of the test sample are in the training sample too, where a model "
            "knows the answers: bias and variance would come out too small. Pass rows that are "
            "not in X, or leave X_test out to have some split off; where they are new "
            "observations of the same points, pass noise='replicates'."
        )
    if shared:
        warn_user(
            f"{shared} of {n_test} rows of the test sample are in the training sample too, "
            "features and target; where they are the same observations, the errors come out too "
            "small.",
            UserWarning,
        )


def check_estimator(estimator: Any, loss: str) -> None:
    """Raise TypeError or ValueError unless the estimator can do what the loss asks."""
    if loss not in LOSSES:
        listed = " or ".join(map(repr, LOSSES))
        raise ValueError(f"loss={loss!r} is not known; choose {listed}.")
    missing = [name for name in ("fit", "predict", "get_params") if not hasattr(estimator, name)]
    if isinstance(estimator, type):
        raise TypeError(f"estimator is the class {estimator.__name__}; pass an instance of it.")
    if missing:
        raise TypeError(
            f"estimator must have fit, predict and get_params, as scikit-learn's have; "
            f"{type(estimator).__name__} lacks {' and '.join(missing)}."
        )
    if not hasattr(estimator, "__sklearn_tags__"):
        return
    if loss == "squared_error" and is_classifier(estimator):
        raise ValueError(
            f"{type(estimator).__name__} is a classifier; pass loss='zero_one' to decompose the "
            "share of its mistakes."
        )
    if loss == "zero_one" and is_regressor(estimator):
        raise ValueError(
            f"{type(estimator).__name__} is a regressor, and loss='zero_one' compares classes; "
            "pass loss='squared_error'."
        )


def check_rounds(n_rounds: Any) -> None:
    """Raise ValueError unless there are enough rounds for a variance."""
    if not isinstance(n_rounds, Integral) or isinstance(n_rounds, bool) or n_rounds < 2:
        raise ValueError(
            f"n_rounds={n_rounds!r} must be a whole number of at least 2: one model has no "
            "variance."
        )


def check_noise(noise: Any, loss: str) -> None:
    """Raise ValueError unless the noise is given in one of the ways there are."""
    if noise is None or callable(noise) or is_replicates(noise):
        return
    number = isinstance(noise, Real) and not isinstance(noise, bool)
    if not (number and np.isfinite(float(noise)) and float(noise) >= 0):
        kind = "variance of y" if loss == "squared_error" else "rate of wrong labels"
        raise ValueError(
            f"noise={noise!r} must be 'replicates', a function of X, None, or the {kind}, a finite "
            "number of at least 0."
        )


def check_twins(points: Points, noise: Noise) -> None:
    """Raise ValueError where the noise is to be found from identical rows and there are none."""
    n_rows, twins = points.rows_and_twins()
    if is_replicates(noise) and not twins:
        raise ValueError(
            f"noise='replicates' needs rows with identical features in the test sample; all "
            f"{n_rows} differ. Pass the noise as a number or a function of X, or None to count it "
            "as bias."
        )


def check_numbers(values: NDArray[Any], of_what: str) -> None:
    """Raise ValueError unless a target is made of finite numbers."""
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"loss='squared_error' needs numbers, and {of_what} holds {values[0]!r}; pass "
            "loss='zero_one' for classes."
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{of_what} holds NaN or infinity; drop those rows.")


def warn_of_noise(result: BiasVarianceDecomposition, noise: Noise) -> None:
    """Say so where there is more noise than loss, beyond chance."""
    other = result.kohavi_wolpert or result
    if other.noise > other.loss + 2 * other.standard_error.loss:
        warn_user(
            f"the noise, {other.noise:.4g}, is larger than the whole loss, {other.loss:.4g}, and "
            f"so the bias² is below zero, {other.bias2:.4g}. "
            + (
                "There are few observations at each point, or they are not independent."
                if is_replicates(noise)
                else "Is it the variance of y, in units of y squared, and not the deviation?"
                if other is result
                else "Is it the rate of wrong labels?"
            ),
            UserWarning,
        )


def is_replicates(noise: Noise) -> bool:
    """Whether the noise is to be found from identical rows."""
    return isinstance(noise, str) and noise == "replicates"
