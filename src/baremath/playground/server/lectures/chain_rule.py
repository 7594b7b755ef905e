"""The chain rule of a typed expression: its graph, values forward, gradients backward."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from baremath import autodiff
from baremath.autodiff.drawing.graph import Arrow, Box, Graph, read
from baremath.autodiff.drawing.layers import Placement, place
from baremath.maths import Derivation, Step, name, plain
from baremath.playground.server.config import Finite, Frozen
from baremath.playground.server.lectures import written
from baremath.playground.server.lectures.expression import (
    LONGEST_NAME,
    MOST_CHARACTERS,
    MOST_VARIABLES,
    Expression,
    ExpressionError,
    evaluate,
    parse,
    variables,
)
from baremath.playground.server.lectures.question import Question

_AGREES = 1e-4  # of a gradient and a difference, relative
_STEP = float(np.finfo(np.float64).eps ** (1 / 3))
_MORE_THAN_THERE_CAN_BE = 10 * MOST_CHARACTERS


class ChainRule(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    expression : str
        As it was typed, see `expression`.
    values : dict of str to float
        Of its names; those without one are 1.
    """

    expression: Annotated[str, Meta(max_length=MOST_CHARACTERS)] = "sin(x * y) + x^2"
    values: Annotated[
        dict[Annotated[str, Meta(max_length=LONGEST_NAME)], Finite], Meta(max_length=50)
    ] = {}  # noqa: RUF012 - msgspec copies it


def answer(asked: ChainRule) -> dict[str, Any]:
    """Return the graph of an expression, the sums at its nodes, and a check of its gradients.

    Returns
    -------
    dict
        ``variables``: names and values. ``nodes``: in the order in which they are computed, each
        with its place in the drawing, its value and gradient, the characters it stands for, and its
        two steps as formulas. ``edges``: from a node to what is computed of it, with the local
        derivative. ``check``: each gradient beside its central difference. ``remark``: what else is
        to be known, or "".

    Raises
    ------
    ValueError
        If the expression can't be read, or there is no name in it.
    """
    expression = _read(asked.expression)
    values = {known: float(asked.values.get(known, 1.0)) for known in variables(expression)}
    tensors = {
        known: autodiff.tensor(x, dtype=np.float64, requires_grad=True, name=known)
        for known, x in values.items()
    }
    characters: dict[Any, tuple[int, int]] = {}

    def note(part: Expression, value: Any) -> None:
        if value.node is not None:
            characters[value.node] = (part.start, part.end)

    with np.errstate(all="ignore"):
        out = evaluate(expression, tensors, note)
        graph = read("the page", out, None, _MORE_THAN_THERE_CAN_BE, None)
        derivation = autodiff.derivation(out, max_nodes=_MORE_THAN_THERE_CAN_BE)
        check = list(_checked(expression, values, graph))
    placed = place([1.0] * len(graph.boxes), [(a.start, a.end) for a in graph.arrows], gap=0.6)
    return {
        "variables": [
            {"name": known, "value": x, "symbol": written.formula(name(known)).mathml}
            for known, x in values.items()
        ],
        "value": _number(out.data),
        "nodes": list(_nodes(graph, derivation, placed, characters)),
        "edges": [_edge(arrow, placed) for arrow in graph.arrows],
        "layers": max(placed.layer) + 1,
        "height": placed.bottom,
        "check": check,
        "remark": _remark(graph, check),
    }


def _read(text: str) -> Expression:
    if not text.strip():
        raise ValueError("there is no expression yet; type one, such as sin(x) * x.")
    expression = parse(text)
    names = variables(expression)
    if not names:
        raise ValueError("there is no name in the expression to differentiate by; write x.")
    if len(names) > MOST_VARIABLES:
        raise ValueError(f"there are {len(names)} names; {MOST_VARIABLES} are the most.")
    if "out" in names:
        at = re.search(r"\bout\b", text)
        assert at is not None
        raise ExpressionError(text, at.start(), "out is what the result is called; choose another")
    return expression


def _nodes(
    graph: Graph,
    derivation: Derivation,
    placed: Placement,
    characters: Mapping[Any, tuple[int, int]],
) -> Iterator[dict[str, Any]]:
    """Yield what is known of each box."""
    computed = sum(box.kind == "operation" for box in graph.boxes)
    forward = iter(derivation.steps[:computed])
    backward = dict(
        zip(reversed(range(len(graph.boxes))), derivation.steps[computed:], strict=True)
    )
    for k, box in enumerate(graph.boxes):
        yield {
            "kind": box.kind,
            "name": written.formula(box.symbol).text,
            "symbol": written.formula(box.symbol).mathml,
            "operation": box.operation,
            "layer": placed.layer[k],
            "y": placed.y[k],
            "characters": characters.get(box.node),
            "value": _number(box.value),
            "gradient": _number(box.gradient),
            "forward": written.step(next(forward)) if box.kind == "operation" else _given(box),
            "backward": written.step(backward[k]),
        }


def _edge(arrow: Arrow, placed: Placement) -> dict[str, Any]:
    formula = written.formula(f"{arrow.symbol} = {arrow.formula}")
    passed = range(placed.layer[arrow.start] + 1, placed.layer[arrow.end])
    return {
        "start": arrow.start,
        "end": arrow.end,
        "place": arrow.place,
        "derivative": _number(arrow.derivative),
        "formula": formula.mathml,
        "text": formula.text,
        "waypoints": [placed.waypoints[arrow.start, k] for k in passed],
    }


def _given(box: Box) -> dict[str, str]:
    """Return the step of a value that was put in."""
    return written.step(Step("", box.symbol, "", "", np.asarray(box.value).item(), ""))


def _checked(
    expression: Expression, values: Mapping[str, float], graph: Graph
) -> Iterator[dict[str, Any]]:
    r"""Yield each gradient, and the central difference that it should be near to.

    .. math:: \frac{f(x + h) - f(x - h)}{2h}
    """
    gradients = {box.name: box.gradient for box in graph.boxes if box.kind == "leaf"}
    for known, x in values.items():
        h = _STEP * max(1.0, abs(x))
        low, high = x - h, x + h
        above, below = (
            float(evaluate(expression, _constants({**values, known: at})).data)
            for at in (high, low)
        )
        difference = (above - below) / (high - low)
        gradient = float(gradients[known])
        agrees = abs(gradient - difference) <= _AGREES * max(1.0, abs(gradient))
        yield {
            "name": known,
            "gradient": _number(gradient),
            "difference": _number(difference),
            "agrees": bool(agrees),
        }


def _constants(values: Mapping[str, float]) -> dict[str, Any]:
    return {known: autodiff.tensor(x, dtype=np.float64) for known, x in values.items()}


def _number(x: Any) -> float | None:
    """Return a number as JSON holds it: None for what isn't one."""
    value = float(np.asarray(x).item())
    return value if math.isfinite(value) else None


def _remark(graph: Graph, check: list[dict[str, Any]]) -> str:
    for box in graph.boxes:
        if not np.isfinite(box.value):
            return (
                f"{plain(box.symbol)} = {plain(box.formula)} has no finite value here: "
                "what is computed of it means nothing."
            )
    for box in graph.boxes:
        if not np.isfinite(box.gradient):
            return f"The gradient by {plain(box.symbol)} is not finite here: the slope is upright."
    if not all(one["agrees"] for one in check):
        return (
            "Gradient and difference disagree: the point lies at a kink or a jump, where there "
            "is no one slope, or the function bends too fast for the difference."
        )
    return ""


QUESTION = Question(ChainRule, answer)
