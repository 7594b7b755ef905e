"""One step of an optimizer, with the numbers put in: what it remembers, then where it goes."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from baremath.maths import Step, factor, vector
from baremath.optim import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)
from baremath.playground.server.lectures.descent import Floats


class Line(NamedTuple):
    """A line of a rule.

    Parameters
    ----------
    title, symbol, formula : str
        What it does; what it computes; how, in LaTeX.
    put_in : str
        The formula, with a name in angle brackets where a number goes.
    expression : str
        The formula in NumPy, of the same names.
    result : str
        The name by which the lines below know its value.
    relation : str, default="←"
        What stands between symbol and formula, in LaTeX.
    """

    title: str
    symbol: str
    formula: str
    put_in: str
    expression: str
    result: str
    relation: str = r"\leftarrow"


def _step(formula: str, put_in: str, expression: str, title: str = "The step") -> Line:
    return Line(title, "w", formula, put_in, expression, "after")


def _mean(title: str, symbol: str, kept: str, of: str) -> Line:
    """Return the line of a running mean: a share of it is kept, the rest is new.

    Parameters
    ----------
    kept : str
        The name of the share, which is its command in LaTeX too.
    of : str
        What is taken the mean of: ``"g"``, or ``"g^2"``.
    """
    name, power = of[0], of[1:]
    return Line(
        title,
        symbol,
        rf"\{kept} {symbol} + (1 - \{kept}) {of}",
        rf"<{kept}> \cdot <{symbol}> + (1 - <{kept}>) \cdot <{name}>{power}",
        f"{kept} * {symbol} + (1 - {kept}) * {name}{power.replace('^', '**')}",
        symbol,
    )


_VELOCITY = Line("The velocity", "v", r"\rho v + g", r"<rho> \cdot <v> + <g>", "rho * v + g", "v")
_SQUARES = _mean("The mean of the squares", "s", "rho", "g^2")
_OVER_ROOT = _step(
    r"w - \frac{\alpha}{\sqrt{s} + \varepsilon} g",
    r"<w> - \frac{<rate>}{\sqrt{<s>} + <epsilon>} \cdot <g>",
    "w - rate / (sqrt(s) + epsilon) * g",
    "The step: the gradient over the root",
)
_MEANS = (
    _mean("The mean gradient", "m", "beta_1", "g"),
    _mean("The mean of the squares", "v", "beta_2", "g^2"),
    Line(
        "The mean gradient, corrected for its beginning at zero",
        r"\hat{m}",
        r"\frac{m}{1 - \beta_1^t}",
        r"\frac{1}{1 - <beta_1>^{<t>}} <m>",
        "m / (1 - beta_1**t)",
        "m_hat",
        "=",
    ),
    Line(
        "The mean of the squares, corrected likewise",
        r"\hat{v}",
        r"\frac{v}{1 - \beta_2^t}",
        r"\frac{1}{1 - <beta_2>^{<t>}} <v>",
        "v / (1 - beta_2**t)",
        "v_hat",
        "=",
    ),
)
_OVER_ROOT_MEAN = _step(
    r"w - \alpha \frac{\hat{m}}{\sqrt{\hat{v}} + \varepsilon}",
    r"<w> - <rate> \cdot \frac{<m_hat>}{\sqrt{<v_hat>} + <epsilon>}",
    "w - rate * m_hat / (sqrt(v_hat) + epsilon)",
    "The step: the mean gradient over the root",
)
_DECAY = Line(
    "The weights decay",
    "w",
    r"(1 - \alpha \lambda) w",
    r"(1 - <rate> \cdot <decay>) \cdot <w>",
    "(1 - rate * decay) * w",
    "w",
)

_DOWNHILL = (
    _step(r"w - \alpha g", r"<w> - <rate> \cdot <g>", "w - rate * g", "The step: downhill"),
)
_LINES: dict[str, tuple[Line, ...]] = {
    GradientDescent.name: _DOWNHILL,
    "sgd": _DOWNHILL,
    Momentum.name: (
        _VELOCITY,
        _step(r"w - \alpha v", r"<w> - <rate> \cdot <v>", "w - rate * v"),
    ),
    Nesterov.name: (
        _VELOCITY,
        _step(
            r"w - \alpha (g + \rho v)",
            r"<w> - <rate> \cdot \left(<g> + <rho> \cdot <v>\right)",
            "w - rate * (g + rho * v)",
            "The step, a stretch of velocity ahead",
        ),
    ),
    Adagrad.name: (
        Line("The sum of the squares", "s", "s + g^2", "<s> + <g>^2", "s + g**2", "s"),
        _OVER_ROOT,
    ),
    Adadelta.name: (
        _SQUARES,
        Line(
            "As long as its steps have been",
            "d",
            r"\frac{\sqrt{u + \varepsilon}}{\sqrt{s + \varepsilon}} g",
            r"\frac{\sqrt{<u> + <epsilon>}}{\sqrt{<s> + <epsilon>}} \cdot <g>",
            "sqrt(u + epsilon) / sqrt(s + epsilon) * g",
            "d",
            "=",
        ),
        _mean("The mean of the squares of its steps", "u", "rho", "d^2"),
        _step(r"w - \alpha d", r"<w> - <rate> \cdot <d>", "w - rate * d"),
    ),
    RMSProp.name: (_SQUARES, _OVER_ROOT),
    Adam.name: (*_MEANS, _OVER_ROOT_MEAN),
    AdamW.name: (_DECAY, *_MEANS, _OVER_ROOT_MEAN),
}
_SHORT = {
    "velocity": "v",
    "square_sum": "s",
    "square_mean": "s",
    "step_square_mean": "u",
    "learning_rate": "rate",
    "momentum": "rho",
    "weight_decay": "decay",
}


def update_steps(
    rule: Optimizer, point: Floats, gradient: Floats, state: dict[str, Any], t: int
) -> list[Step]:
    """Return the lines of one update, with the numbers that the rule itself computes.

    Parameters
    ----------
    rule : Optimizer
        One of ours.
    point, gradient : ndarray of shape (d,)
        Where it is, and how the loss rises there.
    state : dict
        What the rule remembers.
    t : int
        The number of the step, from 1.
    """
    known = {"w": point, "g": gradient, "t": t, **_short(state), **_short(rule.hyperparameters())}
    results = _results(rule, known, *rule.update(point, gradient, state))
    steps = []
    for line in _LINES[rule.name]:
        inputs = {name: known[name] for name in re.findall("<([a-z_0-9]+)>", line.put_in)}
        known[line.result] = results[line.result]
        steps.append(
            Step(
                title=line.title,
                symbol=line.symbol,
                formula=line.formula,
                substituted=re.sub("<([a-z_0-9]+)>", _written(inputs), line.put_in),
                value=results[line.result],
                expression=line.expression,
                inputs=inputs,
                relation=line.relation,
            )
        )
    return steps


def _results(
    rule: Optimizer, known: dict[str, Any], after: Floats, state: dict[str, Any]
) -> dict[str, Any]:
    """Return the value of each line by its name."""
    found = {**_short(state), "after": after}
    if isinstance(rule, Adam):
        found["m_hat"] = state["m"] / state["m_weight"]
        found["v_hat"] = state["v"] / state["v_weight"]
    if isinstance(rule, AdamW):
        found["w"] = (1 - rule.learning_rate * rule.weight_decay) * known["w"]
    if isinstance(rule, Adadelta):
        found["d"] = (known["w"] - after) / rule.learning_rate
    return found


def _short(numbers: dict[str, Any]) -> dict[str, Any]:
    return {_SHORT.get(name, name): value for name, value in numbers.items()}


def _written(inputs: dict[str, Any]) -> Any:
    """Return what puts a number, or a vector, in the place of its name."""

    def written(match: re.Match[str]) -> str:
        value = inputs[match.group(1)]
        return vector(value, 4) if np.ndim(value) else factor(value, 4)

    return written
