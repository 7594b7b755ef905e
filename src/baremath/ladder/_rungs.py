"""The rungs of the ladder, simplest first: a new model joins `RUNGS` with one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.preprocessing import PolynomialFeatures

from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron


@dataclass(frozen=True)
class Rung:
    """A model to try.

    Parameters
    ----------
    name : str
        What it is called, in lower case: "linear regression".
    task : {"regression", "classification"}
        What it predicts.
    make : callable
        ``make(random_state)`` returns a fresh estimator.
    widest : int, optional
        The largest number of prepared columns it is tried on; any number by default.
    """

    name: str
    task: str
    make: Callable[[int], Any]
    widest: int | None = None


def _polynomial(_random_state: int) -> LinearRegression:
    # Products of columns are nearly multiples of each other: a little penalty keeps them in check.
    return LinearRegression(basis=PolynomialFeatures(2, include_bias=False), alpha=0.01)


RUNGS: tuple[Rung, ...] = (
    Rung("baseline (mean)", "regression", lambda _: DummyRegressor()),
    Rung("linear regression", "regression", lambda _: LinearRegression()),
    # 60 columns make 1,890 squares, products and columns.
    Rung("polynomial regression (degree 2)", "regression", _polynomial, widest=60),
    Rung("baseline (commonest class)", "classification", lambda _: DummyClassifier()),
    Rung("logistic regression", "classification", lambda _: LogisticRegression()),
    Rung("perceptron", "classification", lambda seed: Perceptron(random_state=seed)),
)
