"""The rungs of the ladder, simplest first: a new model joins `RUNGS` with one line."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.preprocessing import PolynomialFeatures

from baremath.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    BlendingClassifier,
    BlendingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomSubspaceClassifier,
    RandomSubspaceRegressor,
    StackingClassifier,
    StackingRegressor,
)
from baremath.ladder._table_model import TableModel
from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron
from baremath.neural_network import MLPClassifier, MLPRegressor
from baremath.optim import AdamW, CosineDecay
from baremath.tree import DecisionTreeClassifier, DecisionTreeRegressor

EPOCHS = 25  # of the networks
RATE = 0.01
DECAY = 0.1  # the share of its weights that a network loses in an epoch, at the first rate
FEW_ROWS = 1000
COMBINED = {  # the rungs that the blend weighs and the stack learns from
    "linear regression",
    "logistic regression",
    "multi-layer perceptron",
    "random forest",
    "gradient boosting",
}


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
    raw : bool, default=False
        Whether it takes the columns as they are: missing values missing, text as categories.
    extra : bool, default=False
        Whether it is tried only where every model is asked for: it costs more than it mostly gains.
    """

    name: str
    task: str
    make: Callable[[int, int], Any]
    widest: int | None = None
    raw: bool = False
    extra: bool = False


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


def _tree(kind: type[Any], random_state: int, n_rows: int) -> Any:
    """Return a tree that fits on a page: the questions that gain most, each of some rows."""
    leaves = 8 if n_rows < FEW_ROWS else 16
    return kind(max_leaf_nodes=leaves, min_samples_leaf=5, random_state=random_state)


def _averaged(kind: type[Any], tree: type[Any], random_state: int, _n_rows: int) -> Any:
    return kind(tree(), n_estimators=50, random_state=random_state)


def _forest(kind: type[Any], random_state: int, n_rows: int) -> Any:
    # Trees that choose from some columns differ more, and so their mean gains more.
    n_jobs = 1 if n_rows < FEW_ROWS else -1
    return kind(max_features=0.4, n_jobs=n_jobs, random_state=random_state)


def _boosting(kind: type[Any], random_state: int, n_rows: int) -> Any:
    """Return a sum of small trees that stops when held-out rows no longer gain.

    The fewer rows there are, the smaller are the trees, and the fewer columns one can combine.
    """
    return kind(
        n_estimators=500,
        max_leaf_nodes=min(31, max(4, n_rows // 100)),
        min_samples_leaf=5 if n_rows < FEW_ROWS else 20,
        early_stopping=True,
        random_state=random_state,
    )


def _combined(kind: type[Any], task: str, random_state: int, n_rows: int) -> Any:
    """Return what earlier rungs make together that is best for rows they haven't seen.

    Each is fitted to the training part of every fold within the rows, which shows how far it can be
    trusted, and then to all rows, to predict.
    """
    return kind(
        [
            (rung.name, TableModel(rung.make(random_state, n_rows), task, raw=rung.raw))
            for rung in RUNGS
            if rung.task == task and rung.name in COMBINED
        ],
        cv=5 if n_rows < FEW_ROWS else 3,  # of rows in the order given, which a climb shuffles
        predict_with="refit",
        random_state=random_state,
    )


RUNGS: tuple[Rung, ...] = (
    Rung("baseline (mean)", "regression", lambda *_: DummyRegressor()),
    Rung("linear regression", "regression", lambda *_: LinearRegression()),
    # 60 columns make 1,890 squares, products and columns.
    Rung("polynomial regression (degree 2)", "regression", _polynomial, widest=60),
    Rung("multi-layer perceptron", "regression", partial(_network, MLPRegressor)),
    Rung("decision tree", "regression", partial(_tree, DecisionTreeRegressor), raw=True),
    Rung(
        "bagged trees",
        "regression",
        partial(_averaged, BaggingRegressor, DecisionTreeRegressor),
        raw=True,
        extra=True,
    ),
    Rung(
        "random subspaces",
        "regression",
        partial(_averaged, RandomSubspaceRegressor, DecisionTreeRegressor),
        raw=True,
        extra=True,
    ),
    Rung("random forest", "regression", partial(_forest, RandomForestRegressor), raw=True),
    Rung(
        "gradient boosting", "regression", partial(_boosting, GradientBoostingRegressor), raw=True
    ),
    Rung("blend", "regression", partial(_combined, BlendingRegressor, "regression"), raw=True),
    Rung(
        "stack",
        "regression",
        partial(_combined, StackingRegressor, "regression"),
        raw=True,
        extra=True,
    ),
    Rung("baseline (commonest class)", "classification", lambda *_: DummyClassifier()),
    Rung("logistic regression", "classification", lambda *_: LogisticRegression()),
    Rung("perceptron", "classification", lambda seed, _: Perceptron(random_state=seed)),
    Rung("multi-layer perceptron", "classification", partial(_network, MLPClassifier)),
    Rung("decision tree", "classification", partial(_tree, DecisionTreeClassifier), raw=True),
    Rung(
        "bagged trees",
        "classification",
        partial(_averaged, BaggingClassifier, DecisionTreeClassifier),
        raw=True,
        extra=True,
    ),
    Rung(
        "random subspaces",
        "classification",
        partial(_averaged, RandomSubspaceClassifier, DecisionTreeClassifier),
        raw=True,
        extra=True,
    ),
    Rung("random forest", "classification", partial(_forest, RandomForestClassifier), raw=True),
    Rung(
        "gradient boosting",
        "classification",
        partial(_boosting, GradientBoostingClassifier),
        raw=True,
    ),
    Rung(
        "blend",
        "classification",
        partial(_combined, BlendingClassifier, "classification"),
        raw=True,
    ),
    Rung(
        "stack",
        "classification",
        partial(_combined, StackingClassifier, "classification"),
        raw=True,
        extra=True,
    ),
)
