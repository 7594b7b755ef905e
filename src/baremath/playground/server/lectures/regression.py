"""A line, or a polynomial, through points: its loss, the best one, and the descent towards it."""

from __future__ import annotations

from copy import copy
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, field

from baremath import nn
from baremath.autodiff import mean
from baremath.linear_model import LinearRegression
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
    heights,
)
from baremath.playground.server.lectures.question import Question
from baremath.playground.server.lectures.update_rule import update_steps

MOST_POINTS, MOST_DEGREE = 500, 12
RESOLUTION = 56  # of the loss surface, along each side
CURVE = 161  # points of the polynomial's curve

Coordinates = Annotated[tuple[Coordinate, ...], Meta(min_length=1, max_length=MOST_POINTS)]


class Descent(Frozen, frozen=True):
    """Gradient descent from the page's line."""

    rule: Rule = field(default_factory=lambda: Rule(learning_rate=0.05))
    n_steps: Annotated[int, Meta(ge=1, le=MOST_STEPS)] = 50


class Regression(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    x, y : list of float
        The points.
    test : list of bool, optional
        Which of them are held out; none unless given.
    loss : {"squared_error", "absolute_error"}
        Half the mean of it is what is minimised, as in `LinearRegression`.
    degree : int
        Of the polynomial.
    line : (float, float)
        Intercept and slope of the page's own line.
    descent : Descent
        How it goes down from there; a straight line only.
    window : (float, float, float, float)
        Of the loss surface: intercepts from left to right, slopes from bottom to top.
    span : (float, float)
        From where to where the curve is drawn.
    explained : int, optional
        The point whose prediction is shown with its numbers.
    """

    x: Coordinates
    y: Coordinates
    test: Annotated[tuple[bool, ...], Meta(max_length=MOST_POINTS)] = ()
    loss: Literal["squared_error", "absolute_error"] = "squared_error"
    degree: Annotated[int, Meta(ge=1, le=MOST_DEGREE)] = 1
    line: tuple[Coordinate, Coordinate] = (0.0, 0.0)
    descent: Descent = field(default_factory=Descent)
    window: Window = (-5.0, 5.0, -3.0, 3.0)
    span: tuple[Coordinate, Coordinate] = (-5.0, 5.0)
    explained: Annotated[int, Meta(ge=0)] | None = None


def answer(asked: Regression) -> dict[str, Any]:
    """Return the fit, the page's line, the descent, and what each degree would reach.

    Returns
    -------
    dict
        ``fit``: ``intercept``, ``coef`` (from x to the highest power), ``curve`` (x and y),
        ``predicted`` of each point, ``train_loss``, ``test_loss`` (None without test points), and
        ``solver``. ``degrees``: the two losses by degree. For degree 1 also ``line``: its losses,
        and the gradient by intercept and slope; ``surface``: the heights in bands; ``descent``:
        ``path``, ``losses`` and the step in which it ``diverged``, or None. ``steps``: the formulas
        of ``line`` and ``fit``, if a point is explained.

    Raises
    ------
    ValueError
        If x, y and test aren't as many, all points are held out, there is no point to explain, or
        window or span is empty.
    """
    x, y, train = _points(asked)
    check_window("window", asked.window)
    if not asked.span[0] < asked.span[1]:
        raise ValueError(f"span={list(asked.span)} must be two numbers, the smaller first.")
    model = _model(asked.loss, asked.degree).fit(x[train, None], y[train])
    found: dict[str, Any] = {
        "fit": _fit(model, asked, x, y, train),
        "degrees": _degrees(asked, x, y, train),
    }
    losses = _losses(asked.loss, x[train], y[train])
    if asked.degree == 1:
        found |= _line(asked, losses, _losses(asked.loss, x[~train], y[~train]))
    if asked.explained is not None:
        found["steps"] = _steps(asked, model, losses, x, y, train)
    return found


QUESTION = Question(Regression, answer)


def _points(asked: Regression) -> tuple[Floats, Floats, Any]:
    n = len(asked.x)
    if len(asked.y) != n or len(asked.test) not in (0, n):
        raise ValueError(
            f"x, y and test must be as many: there are {n}, {len(asked.y)} and {len(asked.test)}."
        )
    train = ~np.array(asked.test or [False] * n)
    if not train.any():
        raise ValueError("all points are held out; leave one at least to fit to.")
    if asked.explained is not None and asked.explained >= n:
        raise ValueError(f"explained={asked.explained}: the points are numbered 0 to {n - 1}.")
    return np.array(asked.x, float), np.array(asked.y, float), train


def _power(k: int) -> Any:
    def power(X: Floats) -> Floats:
        return X[:, 0] ** k

    power.__name__ = f"x^{k}"
    return power


def _model(loss: str, degree: int) -> LinearRegression:
    basis = None if degree == 1 else [_power(k) for k in range(1, degree + 1)]
    return LinearRegression(loss, basis=basis)


def _each(loss: str) -> nn.Module:
    """Return what `LinearRegression` minimises the mean of, for each point: half the loss."""
    if loss == "squared_error":
        return nn.MSELoss(half=True, reduction="none")
    return nn.L1Loss(reduction="none")


def _mean_loss(loss: str, predicted: Any, y: Floats) -> Any:
    """Return J for each row of predictions, of shape (n, n_points)."""
    half = 1.0 if loss == "squared_error" else 0.5
    return half * mean(_each(loss)(predicted, np.broadcast_to(y, predicted.shape)), axis=1)


def _losses(loss: str, x: Floats, y: Floats) -> Losses:
    """Return J as a function of lines: of intercepts and slopes, an array of shape (n, 2)."""
    return lambda lines: _mean_loss(loss, lines[:, :1] + lines[:, 1:] * x, y)


def _fit(
    model: LinearRegression, asked: Regression, x: Floats, y: Floats, train: Any
) -> dict[str, Any]:
    across = np.linspace(*asked.span, CURVE)
    predicted = model.predict(x[:, None])
    return {
        "intercept": model.intercept_,
        "coef": model.coef_.tolist(),
        "solver": model.solver_,
        "curve": [across.round(4).tolist(), model.predict(across[:, None]).round(5).tolist()],
        "predicted": predicted.tolist(),
        "train_loss": _loss_of(asked.loss, predicted, y, train),
        "test_loss": _loss_of(asked.loss, predicted, y, ~train),
    }


def _loss_of(loss: str, predicted: Floats, y: Floats, rows: Any) -> float | None:
    if not rows.any():
        return None
    return float(_mean_loss(loss, predicted[None, rows], y[rows])[0])


def _degrees(asked: Regression, x: Floats, y: Floats, train: Any) -> dict[str, Any]:
    """Return the losses by degree, as far as there are points to tell them apart."""
    most = max(1, min(MOST_DEGREE, len(np.unique(x[train])) - 1))
    trained, tested = [], []
    for degree in range(1, most + 1):
        model = _model(asked.loss, degree).fit(x[train, None], y[train])
        predicted = model.predict(x[:, None])
        trained.append(_loss_of(asked.loss, predicted, y, train))
        tested.append(_loss_of(asked.loss, predicted, y, ~train))
    return {"train": trained, "test": tested}


def _line(asked: Regression, losses: Losses, test_losses: Losses) -> dict[str, Any]:
    rule = asked.descent.rule.optimizer()
    here = next(moments(losses, [rule], asked.line))
    path, along = paths(losses, [rule], asked.line, asked.descent.n_steps)
    lost = np.isnan(along[0])
    held_out = any(asked.test)
    return {
        "line": {
            "train_loss": float(here.losses[0]),
            "test_loss": float(test_losses(np.array([asked.line]))[0]) if held_out else None,
            "gradient": here.gradients[0].tolist(),
        },
        "surface": {
            "window": asked.window,
            "bands": even_bands(heights(losses, asked.window, RESOLUTION)),
        },
        "descent": {
            "path": np.round(path[0], 5).tolist(),
            "losses": along[0].tolist(),
            "diverged": int(lost.argmax()) if lost.any() else None,
        },
    }


def _steps(
    asked: Regression,
    model: LinearRegression,
    losses: Losses,
    x: Floats,
    y: Floats,
    train: Any,
) -> dict[str, Any]:
    """Return how the line, or the fit, predicts a point; and how the best one was found.

    Of a point that is held out, only its prediction and its error: the loss is that of the others.
    """
    row = asked.explained or 0
    X = np.append(x[train], x[row])[:, None]
    outputs = np.append(y[train], y[row])
    first, n_lines = len(X) - 1, 2
    if train[row]:
        X, outputs, first, n_lines = X[:-1], outputs[:-1], int(train[:row].sum()), 4
    fitted = model.explain(X, outputs, first).steps
    if asked.degree > 1:
        return {"line": shown(fitted[:n_lines]), "fit": shown(fitted[4:])}
    mine = copy(model)
    mine.intercept_, mine.coef_ = asked.line[0], np.array(asked.line[1:])
    rule = asked.descent.rule.optimizer()
    here = next(moments(losses, [rule], asked.line))
    update = update_steps(rule, here.points[0], here.gradients[0], here.states[0], 1)
    return {
        "line": shown([*mine.explain(X, outputs, first).steps[:n_lines], *update]),
        "fit": shown(fitted[4:]),
    }
