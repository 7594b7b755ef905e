"""Activations: a function and its derivative, where it is flat, and what a chain of them does."""

from __future__ import annotations

import re
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from baremath.maths import Step, factor
from baremath.nn import ACTIVATIONS, Activation
from baremath.nn.activations.activation import FLAT
from baremath.playground.server.config import Frozen
from baremath.playground.server.lectures.descent import Floats
from baremath.playground.server.lectures.formulas import shown
from baremath.playground.server.lectures.question import Question

CURVE = 241  # points of a curve
MOST_LAYERS = 30
MOST_COMPARED = 3

#: The number by which an activation can be bent: the argument, and where it is read.
ARGUMENTS = {
    "sigmoid": "beta",
    "leaky_relu": "negative_slope",
    "elu": "alpha",
    "prelu": "init",
}

Bounded = Annotated[float, Meta(ge=-20, le=20)]


class Chosen(Frozen, frozen=True):
    """An activation, and the number by which it can be bent where it has one."""

    name: Annotated[str, Meta(max_length=20)] = "tanh"
    argument: Annotated[float, Meta(ge=0, le=10)] | None = None


class Activations(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    chosen : list of Chosen
        Which.
    x : float
        The input.
    span : float
        The curves are drawn from minus this to this.
    n_layers : int
        How long the chain is.
    weight : float
        By which each of its layers multiplies what comes in.
    """

    chosen: Annotated[tuple[Chosen, ...], Meta(min_length=1, max_length=MOST_COMPARED)] = (
        Chosen(),
    )
    x: Bounded = 1.0
    span: Annotated[float, Meta(ge=1, le=20)] = 6.0
    n_layers: Annotated[int, Meta(ge=1, le=MOST_LAYERS)] = 8
    weight: Annotated[float, Meta(ge=-5, le=5)] = 1.0


def answer(asked: Activations) -> dict[str, Any]:
    """Return the curves, the value at the input, and the chain.

    Returns
    -------
    dict
        ``x``: the places of the curves. ``functions``, of each activation: ``name`` and ``title``,
        ``argument``, ``y`` and ``slope`` at those places, ``value``, ``derivative`` and
        ``saturated`` at the input, ``flat``: the stretches where it is saturated,
        ``largest_slope``, ``steps``: function and derivative as formulas with the input put in, and
        ``chain``: of each layer z, a, its factor and the derivative of a by the input.

    Raises
    ------
    ValueError
        If there is no such activation, or no number by which it can be bent.
    """
    across = np.linspace(-asked.span, asked.span, CURVE)
    return {
        "x": across.round(4).tolist(),
        "functions": [_described(asked, chosen, across) for chosen in asked.chosen],
    }


QUESTION = Question(Activations, answer)


def _made(chosen: Chosen) -> Activation:
    if chosen.name not in ACTIVATIONS:
        raise ValueError(
            f"there is no activation {chosen.name!r}; there are {', '.join(ACTIVATIONS)}."
        )
    if chosen.argument is None:
        return ACTIVATIONS[chosen.name]()
    if chosen.name not in ARGUMENTS:
        raise ValueError(
            f"{chosen.name} has no argument; those that have one are {', '.join(ARGUMENTS)}."
        )
    return ACTIVATIONS[chosen.name](**{ARGUMENTS[chosen.name]: chosen.argument})


def _described(asked: Activations, chosen: Chosen, across: Floats) -> dict[str, Any]:
    activation = _made(chosen)
    y, slope = activation.curve(across)
    value, derivative = (float(curve[0]) for curve in activation.curve(np.array([asked.x])))
    argument = ARGUMENTS.get(chosen.name)
    return {
        "name": chosen.name,
        "title": type(activation).__name__,
        "argument": argument and [argument, float(getattr(activation, argument))],
        "y": np.round(y.astype(float), 6).tolist(),
        "slope": np.round(slope.astype(float), 6).tolist(),
        "value": value,
        "derivative": derivative,
        "saturated": _flat(activation, derivative),
        "flat": _stretches(across, [_flat(activation, one) for one in slope]),
        "largest_slope": float(activation.largest_slope),
        "steps": shown(_steps(activation, asked.x, value, derivative)),
        "chain": _chain(activation, asked),
    }


def _flat(activation: Activation, slope: float) -> bool:
    return bool(abs(slope) <= FLAT * activation.largest_slope)


def _stretches(across: Floats, flat: list[bool]) -> list[list[float]]:
    """Return from where to where it is flat, for each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.array(flat, int), [0]])))
    return [
        [float(across[first]), float(across[last - 1])]
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def _steps(activation: Activation, x: float, value: float, derivative: float) -> list[Step]:
    return [
        Step("The function", "f(x)", activation.formula, _put_in(activation.formula, x), value, ""),
        Step(
            "Its derivative",
            "f'(x)",
            activation.derivative_formula,
            _put_in(activation.derivative_formula, x),
            derivative,
            "",
        ),
    ]


def _put_in(latex: str, x: float) -> str:
    """Return the formula with a number in the place of x; "" for one of a row, or without x."""
    if "x_" in latex or "f_" in latex:
        return ""
    factored = re.sub(r"(?<=[0-9]) x(?![A-Za-z])", r" \\cdot x", latex)
    written = "{" + factor(x, 4) + "}"
    return re.sub(r"(?<![A-Za-z\\])x(?![A-Za-z])", lambda _: written, factored)


def _chain(activation: Activation, asked: Activations) -> list[dict[str, float]]:
    r"""Return a neuron after a neuron: :math:`z_k = w a_{k-1}`, :math:`a_k = f(z_k)`.

    By the chain rule the derivative of :math:`a_k` by the input is the product of the factors
    :math:`w f'(z_k)` so far.
    """
    a, product, layers = asked.x, 1.0, []
    for _ in range(asked.n_layers):
        z = asked.weight * a
        a, slope = (float(curve[0]) for curve in activation.curve(np.array([z])))
        step = asked.weight * slope
        product *= step
        layers.append({"z": z, "a": a, "factor": step, "product": product})
    return layers
