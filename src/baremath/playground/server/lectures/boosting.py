"""Boosting, tree by tree: what each adds, and how the losses fall."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any, Literal, cast

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from baremath.playground.server.config import DataConfig, DataName, Frozen, Seed
from baremath.playground.server.lectures.question import Question
from baremath.playground.server.points import EDGE, points_of
from baremath.tree.structure import Tree

Floats = NDArray[np.float64]

#: Limits of the page.
MOST_POINTS, MOST_TREES, DEEPEST = 400, 200, 6

Coordinate = Annotated[float, Meta(ge=-EDGE, le=EDGE)]
Curve = Literal["sine", "step", "bump"]


class Drawn(Frozen, frozen=True):
    """Points that the server draws: near a curve, or one of the data sets of two classes."""

    name: Curve | DataName = "sine"
    n: Annotated[int, Meta(ge=10, le=MOST_POINTS)] = 80
    noise: Annotated[float, Meta(ge=0, le=50)] = 15
    seed: Seed = 0


class Points(Frozen, frozen=True):
    """Points of the page's own.

    Parameters
    ----------
    X : list of list of float
        One coordinate for amounts, two for classes.
    y : list of float
        Amounts; or -1 and 1.
    train : list of bool
        Which are learned from.
    """

    X: Annotated[
        tuple[Annotated[tuple[Coordinate, ...], Meta(min_length=1, max_length=2)], ...],
        Meta(max_length=MOST_POINTS),
    ]
    y: Annotated[tuple[Coordinate, ...], Meta(max_length=MOST_POINTS)]
    train: Annotated[tuple[bool, ...], Meta(max_length=MOST_POINTS)]


class Boosting(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    problem : {"regression", "classification"}
    drawn : Drawn
        Used where no points are given.
    points : Points, optional
    n_trees, depth, learning_rate, subsample, min_samples_leaf
        Of the boosting.
    seed : int
        Of the rows that each tree sees.
    """

    problem: Literal["regression", "classification"] = "regression"
    drawn: Drawn = Drawn()
    points: Points | None = None
    n_trees: Annotated[int, Meta(ge=1, le=MOST_TREES)] = 50
    depth: Annotated[int, Meta(ge=1, le=DEEPEST)] = 2
    learning_rate: Annotated[float, Meta(ge=0.01, le=1)] = 0.2
    subsample: Annotated[float, Meta(ge=0.1, le=1)] = 1.0
    min_samples_leaf: Annotated[int, Meta(ge=1, le=50)] = 3
    seed: Seed = 0


def answer(asked: Boosting) -> dict[str, Any]:
    r"""Fit boosting, and return all of its trees.

    Returns
    -------
    dict
        ``points``: X, y and train. ``baseline``: :math:`F_0`. ``trees``: of each the arrays
        ``feature`` (-1 at a leaf), ``threshold`` (a row goes left if its number is at most that),
        ``left``, ``right``, ``value`` (the answer of a leaf, times the learning rate) and ``n``
        (rows that came). ``seen``: base64 of bits, a row of bytes for each tree: which of the
        points it was fitted to. ``loss``: of ``train`` and ``test``, before the first tree and
        after each; half the mean squared error, or the mean log loss. ``score``: R² or the share
        that is right, likewise. What the k-th tree was fitted to follows: the residuals
        :math:`y - F_{k-1}`, or :math:`y - \sigma(F_{k-1})` with y of 0 and 1.

    Raises
    ------
    ValueError
        If the points don't fit the problem.
    """
    X, y, train = _points(asked)
    model = _model(asked)
    amounts = asked.problem == "regression"
    target = y if amounts else (y > 0).astype(np.float64)
    with np.errstate(over="ignore"):
        model.fit(X[train], target[train])
    scores = np.tile(model.baseline_[0], (1 + model.n_iter_, len(X)))
    staged = model.staged_predict if amounts else model.staged_decision_function
    for k, score in enumerate(staged(X), start=1):
        scores[k] = score
    parts = {"train": train, "test": ~train}
    measure = _of_amounts if amounts else _of_classes
    measured = {part: measure(target[rows], scores[:, rows]) for part, rows in parts.items()}
    return {
        "problem": asked.problem,
        "points": {"X": X.tolist(), "y": y.tolist(), "train": train.tolist()},
        "baseline": float(model.baseline_[0]),
        "trees": [_tree(tree) for tree in model.trees_],
        "seen": _seen(model, train),
        "loss": {part: found[0] for part, found in measured.items()},
        "score": {part: found[1] for part, found in measured.items()},
    }


def _points(asked: Boosting) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    width = 1 if asked.problem == "regression" else 2
    if asked.points is None:
        X, y, train = _drawn(asked)
    else:
        given = asked.points
        if not len(given.X) == len(given.y) == len(given.train):
            raise ValueError(
                f"points: there are {len(given.X)} rows, {len(given.y)} targets and "
                f"{len(given.train)} marks for training; they must be as many."
            )
        wrong = next((row for row in given.X if len(row) != width), None)
        if wrong is not None:
            raise ValueError(
                f"points: {asked.problem} here is of {width} column{'s'[: width - 1]}; "
                f"a point has {len(wrong)}."
            )
        X = np.array(given.X, np.float64).reshape(-1, width)
        y, train = np.array(given.y, np.float64), np.array(given.train, bool)
    if train.sum() < 2:
        raise ValueError("points: at least 2 are needed to learn from; add some.")
    if asked.problem == "classification" and len(np.unique(y[train] > 0)) < 2:
        raise ValueError("points: those to learn from are all of one class; add some of the other.")
    return X, y, train


def _drawn(asked: Boosting) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    drawn = asked.drawn
    name = drawn.name
    if asked.problem == "regression":
        if name not in _CURVES:
            raise ValueError(f"drawn: {name} is not a curve; choose {', '.join(_CURVES)}.")
        rng = np.random.default_rng(drawn.seed)
        X = np.round(rng.uniform(-EDGE + 0.2, EDGE - 0.2, (drawn.n, 1)), 2)
        noise = 0.03 * drawn.noise * rng.normal(size=drawn.n)
        y = np.round(np.clip(_CURVES[name](X[:, 0]) + noise, -EDGE, EDGE), 2)
        return X, y, rng.permutation(drawn.n) < round(0.7 * drawn.n)
    if name in _CURVES:
        raise ValueError(f"drawn: {name} is a curve; choose a data set of two classes.")
    cloud = cast("DataName", name)
    data = DataConfig(cloud, drawn.n, drawn.noise, share=70, seed=drawn.seed)
    points = points_of(data, "classification")
    if points.n_classes != 2 or points.X.shape[1] != 2:
        raise ValueError(
            f"drawn: {name} isn't of two classes; choose circle, xor, gauss or spiral."
        )
    X = points.X.astype(np.float64).clip(-EDGE, EDGE).round(2)
    return X, points.y.astype(np.float64), points.train


_CURVES: dict[str, Callable[[Floats], Any]] = {
    "sine": lambda x: 2 * np.sin(x),
    "step": lambda x: np.where(x < -2, -2.0, np.where(x < 2, 2.0, 0.0)),
    "bump": lambda x: 3 * np.exp(-x * x) - 1,
}


def _model(asked: Boosting) -> Any:
    amounts = asked.problem == "regression"
    kind: Any = GradientBoostingRegressor if amounts else GradientBoostingClassifier
    return kind(
        learning_rate=asked.learning_rate,
        n_estimators=asked.n_trees,
        max_leaf_nodes=2**asked.depth,
        max_depth=asked.depth,
        min_samples_leaf=asked.min_samples_leaf,
        subsample=asked.subsample,
        random_state=asked.seed,
        n_jobs=1,
    )


def _tree(tree: Tree) -> dict[str, Any]:
    return {
        "feature": tree.feature.tolist(),
        "threshold": [None if np.isnan(at) else at for at in tree.threshold.tolist()],
        "left": tree.left.tolist(),
        "right": tree.right.tolist(),
        "value": tree.value[:, 0].tolist(),
        "n": tree.n_samples.tolist(),
    }


def _seen(model: Any, train: NDArray[np.bool_]) -> str:
    """Return which points each tree was fitted to, as bits."""
    seen = np.tile(train, (model.n_iter_, 1))
    if model.subsample < 1:
        rows = np.flatnonzero(train)
        seen[:] = False
        for stage in range(model.n_iter_):
            seen[stage, rows[model.draws_.rows(stage, len(rows))]] = True
    return base64.b64encode(np.packbits(seen, axis=1).tobytes()).decode()


def _of_amounts(y: Floats, scores: Floats) -> tuple[list[float], list[float | None]]:
    """Return half the mean squared error, and R², after each tree."""
    if not len(y):
        return [], []
    errors = ((y - scores) ** 2).mean(axis=1)
    spread = float(y.var())
    r2 = [1 - float(error) / spread if spread > 0 else None for error in errors]
    return (errors / 2).tolist(), r2


def _of_classes(y: Floats, scores: Floats) -> tuple[list[float], list[float | None]]:
    """Return the mean log loss, and the share that is right, after each tree."""
    if not len(y):
        return [], []
    losses = np.logaddexp(0, np.where(y > 0, -scores, scores)).mean(axis=1)
    right = ((scores > 0) == (y > 0)).mean(axis=1)
    return losses.tolist(), right.tolist()


QUESTION = Question(Boosting, answer)
