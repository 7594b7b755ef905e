"""One unit, what one point makes of it, and how its formulas are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from baremath.maths import Step, factor, number, signed_sum
from baremath.playground.server import network
from baremath.playground.server.looking.inspection import Array, LayerSeen, Seen
from baremath.playground.server.plan import Plan

#: Terms of a sum, or weights of a unit, that are written out; of more the first and the last ones.
MOST, FIRST, LAST = 12, 8, 3


class Unit:
    """A unit for one point.

    Parameters
    ----------
    plan : Plan
    seen : Seen
        What the point makes of the network.
    place, number : int
        Of its layer, and its own within it; both from 0.

    Attributes
    ----------
    layer : LayerSeen
    is_output : bool
    output : str
        What outputs have gone through: `network.output_activation`.
    z, a : float
        Its sum, and what comes out.
    inputs : list of str
        The names of what goes in, as LaTeX.
    """

    def __init__(self, plan: Plan, seen: Seen, place: int, number: int) -> None:
        self.plan, self.seen, self.place, self.number = plan, seen, place, number
        self.layer: LayerSeen = seen.layers[place]
        self.is_output = place + 1 == len(seen.layers)
        self.output = network.output_activation(plan.config, plan.points)
        self.z, self.a = float(self.layer.z[number]), float(self.layer.a[number])
        before = [f"a_{{{k + 1}}}^{{({place})}}" for k in range(len(self.layer.inputs))]
        self.inputs = before if place else [_of_feature(name) for name in plan.inputs]

    @property
    def title(self) -> str:
        """What it is called."""
        layer = "the output" if self.is_output else f"hidden layer {self.place + 1}"
        return f"Unit {self.number + 1} of {layer}"

    def gradient(self, name: str) -> Any:
        """Return the unit's own part of a gradient of its layer, for a point with a target."""
        found = getattr(self.layer, name)
        assert found is not None
        return found[self.number]

    def activation(self) -> tuple[str, str] | None:
        """Return f(z) and f'(z) as LaTeX; None where the sum is what comes out."""
        from baremath.neural_network._formulas import of_activation  # scikit-learn comes with it

        known = of_activation(self.layer.activation, self.layer.z)
        return None if known is None else (known[0].latex, known[1].latex)

    def shown(self) -> list[int | None]:
        """Return the numbers of the weights written out, with None for those between them."""
        n = len(self.inputs)
        return list(range(n)) if n <= MOST else [*range(FIRST), None, *range(n - LAST, n)]

    def more(self, what: str) -> Step:
        """Return the line in the place of the weights that aren't written out."""
        n = len(self.inputs) - FIRST - LAST
        return step(
            f"{what} of {n} more weights",
            r"\vdots",
            rf"\text{{{n} more weights}}",
            "",
            None,
            r"\quad",
        )


def step(
    title: str, symbol: str, latex: str, numbers: str, value: Any, relation: str = "="
) -> Step:
    """Return a step of a derivation that is only shown."""
    return Step(title, symbol, latex, numbers, value, "", relation=relation)


def derivative(name: str) -> str:
    """Return the derivative of the loss by something."""
    return rf"\frac{{\partial L}}{{\partial {name}}}"


def with_z(latex: str, z: float) -> str:
    """Put a number in the place of z."""
    return with_name(latex.replace("^z", "^{z}"), "z", factor(z))


def with_name(latex: str, letter: str, name: str) -> str:
    """Put something in the place of a letter."""
    return re.sub(rf"(?<![A-Za-z\\]){letter}(?![A-Za-z])", lambda _: name, latex)


def products(weights: Array, values: Array) -> list[str]:
    """Return products with their numbers."""
    return [rf"{number(w)} \cdot {factor(x)}" for w, x in zip(weights, values, strict=True)]


def sum_of(terms: Sequence[str], constant: str | None = None, worth: Array | None = None) -> str:
    """Write a sum; of a long one the first and the last terms, and how many are between them.

    Parameters
    ----------
    terms : sequence of str
        As LaTeX.
    constant : str, optional
        One more.
    worth : ndarray of shape (n_terms,), optional
        What the terms are worth, where they are of numbers: those between are shown as their sum.
    """
    last = [] if constant is None else [constant]
    if len(terms) <= MOST:
        return signed_sum([*terms, *last], most=MOST + 1)
    between = r"\cdots" if worth is None else number(worth[FIRST:-LAST].sum())
    sign = "-" if between.startswith("-") else ""
    n = len(terms) - FIRST - LAST
    brace = rf"\underbrace{{{between.removeprefix('-')}}}_{{\text{{sum of {n} more terms}}}}"
    return signed_sum([*terms[:FIRST], sign + brace, *terms[-LAST:], *last], most=MOST + 1)


def _of_feature(name: str) -> str:
    """Return the name of an input as LaTeX."""
    if name == "x1x2":
        return "x_{1} x_{2}"
    indexed = re.sub(r"x(\d+)", r"x_{\1}", name)
    return rf"\sin {indexed.removeprefix('sin ')}" if name.startswith("sin ") else indexed
