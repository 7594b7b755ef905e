"""The ladder on one data set: the same points under every model, from simple to complicated."""

from __future__ import annotations

import base64
import logging
import math
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath.ensemble import (
    BlendingClassifier,
    BlendingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron
from baremath.neural_network import MLPClassifier, MLPRegressor
from baremath.playground.server.config import DataConfig, Frozen, Problem
from baremath.playground.server.frames import picture
from baremath.playground.server.lectures.question import Question
from baremath.playground.server.network import grid
from baremath.playground.server.points import Points, points_of
from baremath.tree import DecisionTreeClassifier, DecisionTreeRegressor

_log = logging.getLogger(__name__)

Floats = NDArray[Any]

#: Cells of a picture's side.
SIDE = 48

#: Of more points than these, so many are learned from.
_MOST_POINTS = 1000


class Ladder(Frozen, frozen=True):
    """What the page asks: points, and whether they have classes or amounts."""

    data: DataConfig = DataConfig()
    problem: Problem = "classification"


class Rung(NamedTuple):
    """A model to try.

    Parameters
    ----------
    name : str
    title : str
        What it is called on the page.
    make : callable
        ``make(n_rows)`` returns an estimator for so many rows.
    """

    name: str
    title: str
    make: Callable[[int], Any]


class LinearClassifier:
    """Linear regression on 1 for the rows of a class and -1 for the others; the largest wins.

    Of two classes each is the other's negative: the boundary is where the sum is 0.
    """

    def fit(self, X: Floats, y: Floats) -> LinearClassifier:
        """Fit the sum of each class."""
        self.classes_ = np.unique(y)
        targets = np.where(y[:, np.newaxis] == self.classes_, 1.0, -1.0)
        self._model = LinearRegression().fit(X, targets)
        return self

    def sums(self, X: Floats) -> Floats:
        """Return what each class's sum is; shape (n, classes)."""
        found: Floats = self._model.predict(X)
        return found

    def score(self, X: Floats, y: Floats) -> float:
        """Return the share that is right."""
        return float((self.classes_[self.sums(X).argmax(axis=1)] == y).mean())


def answer(asked: Ladder) -> dict[str, Any]:
    """Fit every model to the same points.

    Returns
    -------
    dict
        ``models``: of each the name and title, and ``surface``: base64 of bytes, of ``shape``
        (1 or classes, 48, 48), over the square, the top row first. A byte is -1 … 1 for two classes
        and for amounts, and 0 … 1, the probability of a class or what stands for it, for more.
        ``train`` and ``test``: the share that is right, or R², or None for no test points.
        ``seconds`` that the fit took. A model that failed has an ``error`` in place of all that.
        ``score``: "accuracy" or "R²". ``n``: the points that were learned from.

    Raises
    ------
    ValueError
        If the points don't fit the problem.
    """
    points = points_of(asked.data, asked.problem)
    learned = np.flatnonzero(points.train)[:_MOST_POINTS]
    if points.classes and len(np.unique(points.y[learned])) < 2:
        raise ValueError("data: all points to learn from are of one class; take more of them.")
    across, down = points.shown[0], points.shown[min(1, len(points.columns) - 1)]
    table = grid(SIDE, points.X.shape[1], (across, down))
    rungs = REGRESSION if asked.problem == "regression" else CLASSIFICATION
    models = []
    for rung in rungs:
        known: dict[str, Any] = {"name": rung.name, "title": rung.title}
        try:
            known |= _climbed(rung, points, learned, table)
        except (ValueError, ArithmeticError) as error:
            known["error"] = str(error)
        except Exception:
            _log.exception("the rung %r failed", rung.name)
            known["error"] = "The model failed in the server; its log says why."
        models.append(known)
    return {
        "models": models,
        "score": "R²" if asked.problem == "regression" else "accuracy",
        "n": len(learned),
    }


def _climbed(rung: Rung, points: Points, learned: Floats, table: Floats) -> dict[str, Any]:
    X, y = points.X, points.y
    model = rung.make(len(learned))
    begun = time.perf_counter()
    model.fit(X[learned], y[learned])
    seconds = time.perf_counter() - begun
    surface = np.stack(list(_pictures(model, points, table)))
    test = np.flatnonzero(~points.train)
    return {
        "surface": base64.b64encode(surface.tobytes()).decode(),
        "shape": list(surface.shape),
        "train": _score(model, X[learned], y[learned]),
        "test": _score(model, X[test], y[test]) if len(test) else None,
        "seconds": seconds,
    }


def _pictures(model: Any, points: Points, table: Floats) -> Iterator[NDArray[np.uint8]]:
    """Yield what a model says over the square: once, or for each of several classes."""
    n_classes = points.n_classes
    if n_classes == 0:
        yield picture(model.predict(table)).reshape(SIDE, SIDE)
        return
    if isinstance(model, LinearClassifier):
        shares = np.maximum(model.sums(table) + 1, 0)  # 2 in all, but for what is cut
        shares /= shares.sum(axis=1, keepdims=True)
    elif hasattr(model, "predict_proba"):
        shares = model.predict_proba(table)
    else:
        shares = model.predict(table)[:, np.newaxis] == model.classes_
    if n_classes == 2:
        yield picture(2 * shares[:, 1] - 1).reshape(SIDE, SIDE)
        return
    of_class = np.zeros((len(table), n_classes))  # one that isn't among the learned has none
    of_class[:, model.classes_.astype(int)] = shares
    for share in of_class.T:
        yield picture(share, 0, 1).reshape(SIDE, SIDE)


def _score(model: Any, X: Floats, y: Floats) -> float | None:
    score = float(model.score(X, y)) if len(y) > 1 else math.nan
    return score if math.isfinite(score) else None


def _network(kind: type[Any]) -> Callable[[int], Any]:
    def make(n_rows: int) -> Any:
        return kind(
            hidden_layer_sizes=(8, 8),
            activation="tanh",
            learning_rate_init=0.02,
            max_iter=max(60, min(400, 100_000 // n_rows)),
            n_iter_no_change=math.inf,
            random_state=0,
        )

    return make


def _tree(kind: type[Any]) -> Callable[[int], Any]:
    return lambda _: kind(max_depth=6, min_samples_leaf=2, random_state=0)


def _forest(kind: type[Any]) -> Callable[[int], Any]:
    return lambda _: kind(n_estimators=50, n_jobs=1, random_state=0)


def _boosting(kind: type[Any]) -> Callable[[int], Any]:
    return lambda _: kind(
        n_estimators=80, max_leaf_nodes=8, min_samples_leaf=5, n_jobs=1, random_state=0
    )


def _blend(kind: type[Any], rungs: tuple[Rung, ...], names: tuple[str, ...]) -> Rung:
    blended = [rung for rung in rungs if rung.name in names]

    def make(n_rows: int) -> Any:
        models = [(rung.name, rung.make(n_rows)) for rung in blended]
        return kind(models, cv=3, random_state=0)

    return Rung("blend", "Blend", make)


REGRESSION: tuple[Rung, ...] = (
    Rung("linear", "Linear regression", lambda _: LinearRegression()),
    Rung("ridge", "Ridge regression", lambda n_rows: LinearRegression(alpha=0.1)),
    Rung("network", "Network", _network(MLPRegressor)),
    Rung("tree", "Tree", _tree(DecisionTreeRegressor)),
    Rung("forest", "Forest", _forest(RandomForestRegressor)),
    Rung("boosting", "Boosting", _boosting(GradientBoostingRegressor)),
)
CLASSIFICATION: tuple[Rung, ...] = (
    Rung("linear", "Linear regression", lambda _: LinearClassifier()),
    Rung("logistic", "Logistic regression", lambda _: LogisticRegression()),
    Rung("perceptron", "Perceptron", lambda _: Perceptron(random_state=0)),
    Rung("network", "Network", _network(MLPClassifier)),
    Rung("tree", "Tree", _tree(DecisionTreeClassifier)),
    Rung("forest", "Forest", _forest(RandomForestClassifier)),
    Rung("boosting", "Boosting", _boosting(GradientBoostingClassifier)),
)
REGRESSION += (_blend(BlendingRegressor, REGRESSION, ("linear", "tree", "forest", "boosting")),)
CLASSIFICATION += (
    _blend(BlendingClassifier, CLASSIFICATION, ("logistic", "tree", "forest", "boosting")),
)

QUESTION = Question(Ladder, answer)
