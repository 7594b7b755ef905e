"""The race of the optimizers: all rules down a chosen surface, from one start."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from baremath.autodiff import cos
from baremath.maths.mathml import mathml
from baremath.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)
from baremath.playground.server.config import Frozen
from baremath.playground.server.lectures.descent import (
    MOST_STEPS,
    Losses,
    Rule,
    RuleName,
    moments,
    paths,
)
from baremath.playground.server.lectures.formulas import shown
from baremath.playground.server.lectures.landscape import Coordinate, heights, steep_bands
from baremath.playground.server.lectures.question import Question
from baremath.playground.server.lectures.update_rule import update_steps
from baremath.plotting import SURFACES as PLOTTED
from baremath.plotting import Surface

RESOLUTION = 161  # Rosenbrock's ravine is narrow
NAMES: tuple[RuleName, ...] = (
    "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw"
)  # fmt: skip


def _rules(sgd: float, velocity: float, adagrad: float, rmsprop: float, adam: float) -> Any:
    return [
        SGD(sgd),
        Momentum(velocity),
        Nesterov(velocity),
        Adagrad(adagrad),
        Adadelta(epsilon=1e-3),
        RMSProp(rmsprop),
        Adam(adam),
        AdamW(adam, weight_decay=0.1),
    ]


_OF_HIMMELBLAU = [
    (3.0, 2.0),
    (-2.805118086952745, 3.131312518250573),
    (-3.779310253377747, -3.283185991286170),
    (3.584428340330492, -1.848126526964404),
]

#: By name, in the order in which they are offered.
SURFACES: dict[str, Surface] = {
    "bowl": Surface(
        lambda x, y: (x**2 + y**2) / 2,
        start=(-1.6, 1.0),
        window=(-2, 2, -1.6, 1.6),
        minima=[(0.0, 0.0)],
        title="A round bowl",
        formula=r"\frac{1}{2} (x^2 + y^2)",
        n_steps=60,
        optimizers=_rules(0.1, 0.05, 0.4, 0.02, 0.1),
    ),
    "valley": PLOTTED["valley"],
    "saddle": PLOTTED["saddle"],
    "ravine": PLOTTED["ravine"],
    "beale": PLOTTED["beale"],
    "himmelblau": Surface(
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        start=(-1.0, -0.6),
        window=(-5.5, 5.5, -5, 5),
        minima=_OF_HIMMELBLAU,
        title="Himmelblau's four minima",
        formula=r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        n_steps=100,
        optimizers=_rules(0.01, 0.003, 0.8, 0.05, 0.25),
    ),
    "eggbox": Surface(
        lambda x, y: 20 + x**2 - 10 * cos(2 * np.pi * x) + y**2 - 10 * cos(2 * np.pi * y),
        start=(-1.4, 1.2),
        window=(-2.4, 2.4, -2, 2),
        minima=[(0.0, 0.0)],
        title="Rastrigin's many minima",
        formula=r"20 + x^2 - 10 \cos(2 \pi x) + y^2 - 10 \cos(2 \pi y)",
        n_steps=120,
        optimizers=_rules(0.003, 0.004, 0.8, 0.15, 0.8),
    ),
}


class Explained(Frozen, frozen=True):
    """Whose step is shown with its numbers: the one after so many."""

    name: RuleName = "sgd"
    step: Annotated[int, Meta(ge=0, le=MOST_STEPS)] = 0


class Optimizers(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    surface : str
        Which.
    start : (float, float), optional
        Where they begin, if not where the surface says.
    n_steps : int, optional
        How many steps, if not as many as the surface says.
    rules : list of Rule, default=all
        Who takes part, and what is not as usual on this surface.
    wanted : {"race", "surface", "step"}
        What is answered: the race, what is drawn below it, or the step that is explained.
    explained : Explained
        Which step that is.
    """

    surface: Literal["bowl", "valley", "saddle", "ravine", "beale", "himmelblau", "eggbox"] = (
        "valley"
    )
    start: tuple[Coordinate, Coordinate] | None = None
    n_steps: Annotated[int, Meta(ge=1, le=MOST_STEPS)] | None = None
    rules: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=len(NAMES))] = tuple(
        Rule(name) for name in NAMES
    )
    wanted: Literal["race", "surface", "step"] = "race"
    explained: Explained = Explained()


def answer(asked: Optimizers) -> dict[str, Any]:
    """Return the race, or one step of it.

    Returns
    -------
    dict
        Of a race: ``start``, ``n_steps``, and ``runs``: of each rule its numbers, its path, how
        high it was above the lowest point, and the step in which it diverged, or None. Of a
        surface: ``name``, ``title``, ``formula`` (MathML), ``window``, ``minima`` and the heights
        in ``bands``. Of a step: ``steps``, as formulas.

    Raises
    ------
    ValueError
        If a rule takes part twice, the step that is asked for is of none that does, or comes after
        it diverged.
    """
    surface = SURFACES[asked.surface]
    if asked.wanted == "surface":
        return _drawn(asked.surface, surface)
    names = [rule.name for rule in asked.rules]
    if len(set(names)) < len(names):
        raise ValueError(f"rules: each takes part once; they are {', '.join(names)}.")
    start = surface.start if asked.start is None else asked.start
    usual = dict(zip(NAMES, surface.optimizers, strict=True))
    runners = {rule.name: rule.optimizer(usual[rule.name]) for rule in asked.rules}
    if asked.wanted == "step":
        return {"steps": _explained(_losses(surface), runners, start, asked.explained)}
    n_steps = surface.n_steps if asked.n_steps is None else asked.n_steps
    return {
        "start": start,
        "n_steps": n_steps,
        "runs": _runs(surface, runners, start, n_steps),
    }


QUESTION = Question(Optimizers, answer)


def _losses(surface: Surface) -> Losses:
    return lambda points: surface.function(points[:, 0], points[:, 1])


def _lowest(surface: Surface) -> float:
    return float(np.min(_losses(surface)(np.array(surface.minima))))


def _drawn(name: str, surface: Surface) -> dict[str, Any]:
    found = heights(_losses(surface), surface.window, RESOLUTION)
    return {
        "name": name,
        "title": surface.title,
        "formula": mathml(f"f(x, y) = {surface.formula}"),
        "window": surface.window,
        "minima": surface.minima,
        "bands": steep_bands(found, _lowest(surface)),
    }


def _runs(
    surface: Surface, runners: dict[RuleName, Optimizer], start: tuple[float, float], n_steps: int
) -> list[dict[str, Any]]:
    points, losses = paths(_losses(surface), list(runners.values()), start, n_steps)
    above = losses - _lowest(surface)
    return [
        {
            "name": name,
            "title": type(rule).__name__.replace("GradientDescent", "SGD"),
            "numbers": rule.hyperparameters(),
            "path": np.round(path, 5).tolist(),
            "heights": [float(f"{height:.4g}") for height in heights_of],
            "diverged": int(np.isnan(heights_of).argmax()) if np.isnan(heights_of).any() else None,
        }
        for (name, rule), path, heights_of in zip(runners.items(), points, above, strict=True)
    ]


def _explained(
    losses: Losses,
    runners: dict[RuleName, Optimizer],
    start: tuple[float, float],
    explained: Explained,
) -> list[dict[str, Any]]:
    rule = runners.get(explained.name)
    if rule is None:
        raise ValueError(f"explained: {explained.name} takes no part; {', '.join(runners)} do.")
    moment = next(islice(moments(losses, [rule], start), explained.step, None))
    if np.isnan(moment.losses[0]):
        raise ValueError(f"{explained.name} has diverged before step {explained.step + 1}.")
    return shown(
        update_steps(
            rule, moment.points[0], moment.gradients[0], moment.states[0], explained.step + 1
        )
    )
