"""A line bent into a probability: the boundary, what each point costs, and the descent."""

from __future__ import annotations

import warnings
from copy import copy
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, field

from baremath import nn
from baremath.autodiff import mean
from baremath.autodiff import sum as total
from baremath.linear_model import LogisticRegression, SeparableClassesWarning
from baremath.playground.server.config import Frozen
from baremath.playground.server.lectures.descent import (
    MOST_STEPS,
    Floats,
    Losses,
    Rule,
    moments,
    paths,
)
from baremath.playground.server.lectures.formulas import shown
from baremath.playground.server.lectures.landscape import (
    Coordinate,
    Window,
    check_window,
    even_bands,
    grid,
    heights,
)
from baremath.playground.server.lectures.question import Question
from baremath.playground.server.lectures.update_rule import update_steps

MOST_POINTS = 500
RESOLUTION = 56  # of the loss surface, and of the picture of probabilities
CURVE = 161  # points of the curve of the sigmoid

Row = Annotated[tuple[Coordinate, ...], Meta(min_length=1, max_length=2)]


class Descent(Frozen, frozen=True):
    """Gradient descent from the page's boundary."""

    rule: Rule = field(default_factory=lambda: Rule(learning_rate=0.5))
    n_steps: Annotated[int, Meta(ge=1, le=MOST_STEPS)] = 100


class Logistic(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    X : list of list of float
        The points, with one feature or two.
    y : list of int
        Their classes, 0 or 1.
    parameters : list of float
        The page's own: intercept, then a weight for each feature.
    C : float, optional
        The inverse strength of the penalty, as in `LogisticRegression`; none unless given.
    descent : Descent
        How it goes down from there.
    window : (float, float, float, float)
        Of the loss surface of one feature: intercepts from left to right, weights upwards.
    span : (float, float)
        From where to where each feature is drawn.
    explained : int, optional
        The point whose probability is shown with its numbers.
    """

    X: Annotated[tuple[Row, ...], Meta(min_length=1, max_length=MOST_POINTS)]
    y: Annotated[tuple[Annotated[int, Meta(ge=0, le=1)], ...], Meta(max_length=MOST_POINTS)]
    parameters: Annotated[tuple[Coordinate, ...], Meta(min_length=2, max_length=3)] = (0.0, 0.0)
    C: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    descent: Descent = field(default_factory=Descent)
    window: Window = (-10.0, 10.0, -5.0, 5.0)
    span: tuple[Coordinate, Coordinate] = (-5.0, 5.0)
    explained: Annotated[int, Meta(ge=0)] | None = None


def answer(asked: Logistic) -> dict[str, Any]:
    """Return what the page's parameters say of each point, the best ones, and the descent.

    Returns
    -------
    dict
        ``own``: the mean cross-entropy (``loss``) and with the penalty (``objective``), its
        ``gradient``, ``probabilities`` of class 1 and the ``terms`` of the points, and ``picture``:
        probabilities over `span`, a curve for one feature, rows from the top for two. ``fit``:
        ``parameters``, ``loss``, ``objective``, and for one feature its ``picture``; None if there
        is only one class. ``notice``: what is to be known of the fit, or "". ``surface``: the
        heights in bands, for one feature. ``descent``: ``path``, ``losses`` and the step in which
        it ``diverged``, or None. ``steps``: the formulas of ``own`` and ``fit``, if a point is
        explained and there is a fit.

    Raises
    ------
    ValueError
        If X and y aren't as many, the rows differ in length, the parameters don't fit them, there
        is no point to explain, or window or span is empty.
    """
    X, y = _points(asked)
    losses = _objective(asked, X, y)
    rule = asked.descent.rule.optimizer()
    here = next(moments(losses, [rule], asked.parameters))
    path, along = paths(losses, [rule], asked.parameters, asked.descent.n_steps)
    lost = np.isnan(along[0])
    model, notice = _fitted(asked, X, y)
    found: dict[str, Any] = {
        "own": {
            **_described(asked, np.array(asked.parameters), X, y),
            "gradient": here.gradients[0].tolist(),
            "picture": _picture(asked, np.array(asked.parameters)),
        },
        "fit": None if model is None else _fit(asked, model, X, y),
        "notice": notice,
        "surface": None,
        "descent": {
            "path": np.round(path[0], 5).tolist(),
            "losses": along[0].tolist(),
            "diverged": int(lost.argmax()) if lost.any() else None,
        },
    }
    if X.shape[1] == 1:
        bands = even_bands(heights(losses, asked.window, RESOLUTION))
        found["surface"] = {"window": asked.window, "bands": bands}
    if asked.explained is not None and model is not None:
        own = copy(model)
        own.intercept_ = np.array(asked.parameters[:1])
        own.coef_ = np.array([asked.parameters[1:]])
        lines = own.explain(X, y, asked.explained).steps[:6]
        update = update_steps(rule, here.points[0], here.gradients[0], here.states[0], 1)
        fitted = model.explain(X, y, asked.explained).steps
        found["steps"] = {"own": shown([*lines, *update]), "fit": shown(fitted[6:])}
    return found


QUESTION = Question(Logistic, answer)


def _points(asked: Logistic) -> tuple[Floats, Floats]:
    n, lengths = len(asked.X), {len(row) for row in asked.X}
    if len(asked.y) != n:
        raise ValueError(f"X and y must be as many: there are {n} and {len(asked.y)}.")
    if len(lengths) > 1:
        raise ValueError("X: all points must have as many features, one or two.")
    if len(asked.parameters) != 1 + max(lengths):
        raise ValueError(
            f"parameters: {1 + max(lengths)} are needed, the intercept and a weight for each "
            f"feature; there are {len(asked.parameters)}."
        )
    if asked.explained is not None and asked.explained >= n:
        raise ValueError(f"explained={asked.explained}: the points are numbered 0 to {n - 1}.")
    check_window("window", asked.window)
    if not asked.span[0] < asked.span[1]:
        raise ValueError(f"span={list(asked.span)} must be two numbers, the smaller first.")
    return np.array(asked.X, float), np.array(asked.y, float)


def _scores(parameters: Any, X: Floats) -> Any:
    """Return z for each row of parameters and each point."""
    return parameters[:, :1] + parameters[:, 1:] @ X.T


def _terms(scores: Any, y: Floats) -> Any:
    """Return -log p of each point."""
    return nn.BCEWithLogitsLoss(reduction="none")(scores, np.broadcast_to(y, scores.shape))


def _objective(asked: Logistic, X: Floats, y: Floats) -> Losses:
    """Return J of `LogisticRegression` as a function of its parameters, of shape (n, d)."""

    def losses(parameters: Any) -> Any:
        entropy = mean(_terms(_scores(parameters, X), y), axis=1)
        if asked.C is None:
            return entropy
        w = parameters[:, 1:]
        return entropy + total(w * w, axis=1) / (2 * len(y) * asked.C)

    return losses


def _described(asked: Logistic, parameters: Floats, X: Floats, y: Floats) -> dict[str, Any]:
    scores = _scores(parameters[None], X)
    terms = np.array(_terms(scores, y))[0]
    return {
        "loss": float(terms.mean()),
        "objective": float(_objective(asked, X, y)(parameters[None])[0]),
        "probabilities": np.array(nn.sigmoid(scores))[0].tolist(),
        "terms": terms.tolist(),
    }


def _picture(asked: Logistic, parameters: Floats) -> Any:
    """Return the probabilities along a line, or row by row from the top left."""
    low, high = asked.span
    if len(parameters) == 2:
        places = np.linspace(low, high, CURVE)[:, None]
    else:
        places = grid((low, high, low, high), RESOLUTION)
    shares = np.array(nn.sigmoid(_scores(parameters[None], places)))[0]
    shape = (CURVE,) if len(parameters) == 2 else (RESOLUTION, RESOLUTION)
    return np.round(shares, 4).reshape(shape).tolist()


def _fitted(asked: Logistic, X: Floats, y: Floats) -> tuple[LogisticRegression | None, str]:
    if len(np.unique(y)) < 2:
        return None, "There is one class only: add points of the other to find the best boundary."
    model = LogisticRegression(np.inf if asked.C is None else asked.C)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y.astype(int))
    if any(issubclass(warning.category, SeparableClassesWarning) for warning in caught):
        return model, (
            "The classes can be told apart without a mistake: without a penalty the curve grows "
            "steeper for ever."
        )
    return model, ""


def _fit(asked: Logistic, model: LogisticRegression, X: Floats, y: Floats) -> dict[str, Any]:
    parameters = np.concatenate([model.intercept_, model.coef_[0]])
    described = _described(asked, parameters, X, y)
    return {
        "parameters": parameters.tolist(),
        "loss": described["loss"],
        "objective": described["objective"],
        "picture": _picture(asked, parameters) if X.shape[1] == 1 else None,
    }
