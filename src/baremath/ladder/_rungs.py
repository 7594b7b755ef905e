"""The rungs of the ladder, simplest first: a new model joins `RUNGS` with one line."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.preprocessing import PolynomialFeatures

from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron
from baremath.neural_network import MLPClassifier, MLPRegressor
from baremath.optim import AdamW, CosineDecay

EPOCHS = 25  # of the networks
RATE = 0.01
DECAY = 0.1  # the share of its weights that a network loses in an epoch, at the first rate


@dataclass(frozen=True)
class Rung:
    """A model to try.

    Parameters
    ----------
    name : str
        What it is called, in lower case: "linear regression". Once for each task.
    task : {"regression", "classification"}
        What it predicts.
    make : callable
        ``make(random_state, n_rows)`` returns a fresh estimator, for a table of so many rows.
    widest : int, optional
        The largest number of prepared columns it is tried on; any number by default.
    """

    name: str
    task: str
    make: Callable[[int, int], Any]
    widest: int | None = None


def _polynomial(_random_state: int, _n_rows: int) -> LinearRegression:
    # Products of columns are nearly multiples of each other: a little penalty keeps them in check.
    return LinearRegression(basis=PolynomialFeatures(2, include_bias=False), alpha=0.01)


def _network(kind: type[Any], random_state: int, n_rows: int) -> Any:
    """Return a network that learns for a fixed time, at a rate that falls to zero.

    So it needs no rows held out to tell it when to stop, of which small tables have none to spare.
    What keeps it from learning few rows by heart is the decay of its weights: the same in each
    epoch, so that it weighs as much against the rows as a prior, the less the more there are.

    References
    ----------
    Wang and Aitchison (2024), How to set AdamW's weight decay as you scale model and dataset size.
    """
    batch_size = max(32, n_rows // 256)
    return kind(
        hidden_layer_sizes=(64, 32),
        solver=AdamW(RATE, weight_decay=DECAY * batch_size / (RATE * n_rows)),
        alpha=0.0,
        learning_rate=CosineDecay(EPOCHS),
        max_iter=EPOCHS,
        n_iter_no_change=math.inf,
        batch_size=batch_size,
        random_state=random_state,
    )


RUNGS: tuple[Rung, ...] = (
    Rung("baseline (mean)", "regression", lambda *_: DummyRegressor()),
    Rung("linear regression", "regression", lambda *_: LinearRegression()),
    # 60 columns make 1,890 squares, products and columns.
    Rung("polynomial regression (degree 2)", "regression", _polynomial, widest=60),
    Rung("multi-layer perceptron", "regression", partial(_network, MLPRegressor)),
    Rung("baseline (commonest class)", "classification", lambda *_: DummyClassifier()),
    Rung("logistic regression", "classification", lambda *_: LogisticRegression()),
    Rung("perceptron", "classification", lambda seed, _: Perceptron(random_state=seed)),
    Rung("multi-layer perceptron", "classification", partial(_network, MLPClassifier)),
)
