"""The rules of the optimizers line by line: of symbols, and with the numbers put in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from baremath.maths import factor, number
from baremath.optim import Optimizer


class Line(NamedTuple):
    """One line of a rule.

    Parameters
    ----------
    symbol : str
        What it computes, as LaTeX.
    relation : str
        An equals sign; an arrow for what is remembered or learned.
    formula : callable
        Returns the right-hand side as LaTeX: of `symbols`, or of numbers in their place.
    value : str
        Which of the numbers it is.
    """

    symbol: str
    relation: str
    formula: Callable[[Any], str]
    value: str


_ARROW = r"\leftarrow"
_VELOCITY = Line("v", _ARROW, lambda n: f"{n.rho} {n.by} {n.v} + {n.g}", "new_v")


def _mean(symbol: str, share: str, of: str) -> Line:
    """Return the line of a mean that keeps a share of what it was."""

    def formula(n: Any) -> str:
        kept, old, new = getattr(n, share), getattr(n, symbol), getattr(n, of[0])
        return f"{kept} {n.by} {old} + (1 - {kept}) {n.by} {new}{of[1:]}"

    return Line(symbol, _ARROW, formula, f"new_{symbol}")


def _descent(step: Callable[[Any], str]) -> tuple[Line, ...]:
    return (Line("w", _ARROW, lambda n: f"{n.start} - {step(n)}", "new_w"),)


_BY_ROOT = _descent(
    lambda n: rf"\frac{{{n.alpha} {n.by} {n.g}}}{{\sqrt{{{n.new_s}}} + {n.epsilon}}}"
)
_ADAM = (
    _mean("m", "beta_1", "g"),
    _mean("v", "beta_2", "g^2"),
    Line(r"\hat{m}", "=", lambda n: rf"\frac{{{n.new_m}}}{{{n.m_weight}}}", "m_hat"),
    Line(r"\hat{v}", "=", lambda n: rf"\frac{{{n.new_v}}}{{{n.v_weight}}}", "v_hat"),
    *_descent(
        lambda n: rf"\frac{{{n.alpha} {n.by} {n.m_hat}}}{{\sqrt{{{n.v_hat}}} + {n.epsilon}}}"
    ),
)

#: The lines of each rule, in the order in which they are computed.
RULES: dict[str, tuple[Line, ...]] = {
    "sgd": _descent(lambda n: f"{n.alpha} {n.by} {n.g}"),
    "momentum": (_VELOCITY, *_descent(lambda n: f"{n.alpha} {n.by} {n.new_v}")),
    "nesterov": (
        _VELOCITY,
        *_descent(lambda n: f"{n.alpha} {n.by} ({n.g} + {n.rho} {n.by} {n.new_v})"),
    ),
    "adagrad": (Line("s", _ARROW, lambda n: f"{n.s} + {n.g}^2", "new_s"), *_BY_ROOT),
    "adadelta": (
        _mean("s", "rho", "g^2"),
        Line(
            "d",
            "=",
            lambda n: (
                rf"\sqrt{{\frac{{{n.u} + {n.epsilon}}}{{{n.new_s} + {n.epsilon}}}}} {n.by} {n.g}"
            ),
            "d",
        ),
        *_descent(lambda n: f"{n.alpha} {n.by} {n.d}"),
        _mean("u", "rho", "d^2"),
    ),
    "rmsprop": (_mean("s", "rho", "g^2"), *_BY_ROOT),
    "adam": _ADAM,
    "adamw": _ADAM,
}

_STATE = {
    "velocity": "v",
    "m": "m",
    "v": "v",
    "square_sum": "s",
    "square_mean": "s",
    "step_square_mean": "u",
}


def symbols(optimizer: Optimizer) -> Any:
    """Return the symbols in the rule of an optimizer, by the names that the rules use."""
    return SimpleNamespace(
        alpha=r"\alpha",
        rho=r"\rho",
        beta_1=r"\beta_1",
        beta_2=r"\beta_2",
        epsilon=r"\varepsilon",
        m_weight=r"1 - \beta_1^t",
        v_weight=r"1 - \beta_2^t",
        m_hat=r"\hat{m}",
        v_hat=r"\hat{v}",
        start=r"(1 - \alpha \lambda) w" if hasattr(optimizer, "weight_decay") else "w",
        by="",
        **{letter: letter for letter in "gdvmsu"},
        **{f"new_{letter}": letter for letter in "vmsu"},
    )


def numbers_of(
    optimizer: Optimizer,
    alpha: float,
    g: float,
    weights: tuple[float, float],
    before: Mapping[str, float],
    after: Mapping[str, float],
) -> dict[str, float]:
    """Return the numbers of one weight's step, by the names that the rules use.

    Parameters
    ----------
    optimizer : Optimizer
    alpha : float
        The learning rate, after the schedule.
    g : float
        The gradient, with the penalty's.
    weights : (float, float)
        Before and after the step.
    before, after : mapping of str to float
        What the optimizer remembers of this weight.
    """
    given = {**optimizer.hyperparameters(), "alpha": alpha, "g": g}
    given["rho"] = given.get("rho", given.get("momentum", 0.0))
    given["w"], given["new_w"] = weights
    for name, letter in _STATE.items():
        if name in before:
            given |= {letter: before[name], f"new_{letter}": after[name]}
    if "m_weight" in after:
        given |= {"m_weight": after["m_weight"], "v_weight": after["v_weight"]}
        given["m_hat"] = given["new_m"] / given["m_weight"]
        given["v_hat"] = given["new_v"] / given["v_weight"]
    if "step_square_mean" in before:
        root = (given["u"] + given["epsilon"]) / (given["new_s"] + given["epsilon"])
        given["d"] = math.sqrt(root) * g
    return given


def put_in(optimizer: Optimizer, given: Mapping[str, float]) -> Any:
    """Return the numbers as LaTeX, by the names that the rules use."""
    texts = {name: factor(value) for name, value in given.items()}
    start = number(given["w"])
    if hasattr(optimizer, "weight_decay"):
        shrunk = rf"(1 - {texts['alpha']} \cdot {texts['weight_decay']})"
        start = rf"{shrunk} \cdot {texts['w']}"
    return SimpleNamespace(**texts, start=start, by=r"\cdot")
