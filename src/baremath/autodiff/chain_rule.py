"""derivation: the chain rule behind a tensor, written out with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from baremath.autodiff.as_python import (
    Inputs,
    is_small,
    product_expression,
    value_expression,
    vjp_expression,
)
from baremath.autodiff.drawing.formulas import derivative_template, filled, value_formula
from baremath.autodiff.drawing.graph import Arrow, Box, Graph, read
from baremath.autodiff.drawing.naming import symbol
from baremath.autodiff.node import Node
from baremath.autodiff.ops.elementwise import Elementwise
from baremath.autodiff.ops.operation import shape_of
from baremath.autodiff.recording import no_grad
from baremath.autodiff.tensor import Tensor
from baremath.maths import Derivation, Step, factor, matrix, plain, vector


def derivation(
    tensor: Tensor,
    gradient: Any = None,
    *,
    names: Mapping[str, Tensor] | None = None,
    max_nodes: int = 100,
) -> Derivation:
    r"""Write out how a tensor was computed and, by the chain rule, its gradients.

    First each value in its order, then from the result back the gradient by each: the sum over all
    uses u of a value x,

    .. math:: \frac{\partial out}{\partial x}
        = \sum_u \frac{\partial out}{\partial u} \cdot \frac{\partial u}{\partial x}

    Parameters
    ----------
    tensor : Tensor
        The result, called out.
    gradient : array_like of the tensor's shape, optional
        The gradient to start from; one, for a tensor of one number.
    names : mapping of str to Tensor, optional
        What to call some of the tensors on the way; see `show`.
    max_nodes : int, default=100
        Of a larger graph only the operations nearest to the tensor are written out.

    Returns
    -------
    Derivation
        To be printed, or as LaTeX, HTML and JSON. The `expression` of a step is Python with NumPy's
        functions, and with the operations of `baremath.autodiff` by their name where NumPy has no
        such function. Of large arrays there are the formulas and the shapes.

    Raises
    ------
    RuntimeError
        If the tensor was made from constants only, or its graph was released.

    Examples
    --------
    >>> from baremath.autodiff import tensor
    >>> w = tensor(0.5, requires_grad=True, name="w")
    >>> print(derivation((w * 3 + w) ** 2))
    out and its gradients
    <BLANKLINE>
    1. v₁: multiply
       v₁ = w · 3
          = 0.5 · 3
          = 1.5
    <BLANKLINE>
    2. v₂: add
       v₂ = v₁ + w
          = 1.5 + 0.5
          = 2
    <BLANKLINE>
    3. out: square
       out = v₂²
           = 2²
           = 4
    <BLANKLINE>
    4. The gradient by out, where the way back begins
       ∂out/∂out = 1
    <BLANKLINE>
    5. The gradient by v₂
       ∂out/∂v₂ = ∂out/∂out · ∂out/∂v₂
                = 1 · 4
                = 4
       Here ∂out/∂v₂ = 2 v₂.
    <BLANKLINE>
    6. The gradient by v₁
       ∂out/∂v₁ = ∂out/∂v₂ · ∂v₂/∂v₁
                = 4 · 1
                = 4
       Here ∂v₂/∂v₁ = 1.
    <BLANKLINE>
    7. The gradient by w
       ∂out/∂w = ∂out/∂v₁ · ∂v₁/∂w + ∂out/∂v₂ · ∂v₂/∂w
               = 4 · 3 + 4 · 1
               = 16
       Here ∂v₁/∂w = 3, ∂v₂/∂w = 1. w is used twice, and the terms add up.
    """
    graph = read("derivation", tensor, gradient, max_nodes, names)
    calls = [_Call(graph, k) for k, box in enumerate(graph.boxes) if box.kind == "operation"]
    steps = [call.value_step() for call in calls]
    if graph.has_gradients:
        steps += _gradient_steps(graph, calls)
    if steps and graph.notes:
        notes = [steps[0].note, *graph.notes]
        steps[0] = replace(steps[0], note=" ".join(filter(None, notes)))
    out = plain(graph.boxes[-1].symbol)
    return Derivation(f"{out} and its gradients" if graph.has_gradients else out, tuple(steps))


class _Call:
    """An operation with its inputs: as symbols, as numbers, and by name in an expression."""

    def __init__(self, graph: Graph, index: int) -> None:
        self.box = graph.boxes[index]
        assert self.box.node is not None
        self.node: Node = self.box.node
        self.arrows = graph.into(index)
        self.names = {arrow.place: arrow.source for arrow in self.arrows}
        named = {self.names[k]: self.node.inputs[k] for k in self.names} | {
            self.box.name: self.box.value
        }
        self.large = {name: x for name, x in named.items() if not is_small(x)}

    def symbols(self) -> list[str]:
        """Return each input as LaTeX."""
        return [
            symbol(self.names[place]) if place in self.names else written(x)
            for place, x in enumerate(self.node.inputs)
        ]

    def numbers(self) -> list[str]:
        """Return each input with its numbers, "" where they can't be written out."""
        return [
            written(x, as_row=self.is_row(place, x)) for place, x in enumerate(self.node.inputs)
        ]

    def is_row(self, place: int, x: Any) -> bool:
        """Return whether a vector is an index, or repeated as the rows of a matrix."""
        operation = self.node.operation
        assert operation is not None
        if operation.name == "getitem" and place:
            return np.ndim(x) == 1
        repeats = isinstance(operation, Elementwise) or (operation.name == "linear" and place == 2)
        return repeats and np.ndim(x) == 1 and len(shape_of(self.box.value)) > 1

    def arguments(self, inputs: Inputs) -> list[str | float]:
        """Add the inputs to those of an expression, and return what stands there for each."""
        return [
            inputs.named(self.names[place], x) if place in self.names else np.asarray(x).item()
            for place, x in enumerate(self.node.inputs)
        ]

    def multiplies_arrays(self) -> bool:
        """Return whether a product of the inputs is one of arrays, element by element."""
        return sum(np.size(x) > 1 for x in self.node.inputs) > 1

    def value_step(self) -> Step:
        """Return how the value was computed."""
        box, inputs, expression, substituted = self.box, Inputs(), "", ""
        assert self.node.operation is not None
        if not self.large:
            expression = value_expression(self.node, self.arguments(inputs))
            if all(numbers := self.numbers()):
                substituted = value_formula(self.node, numbers)
                if isinstance(self.node.operation, Elementwise) and self.multiplies_arrays():
                    substituted = substituted.replace(r"\cdot", r"\odot")
        elif is_small(box.value):
            expression = inputs.named(box.name, box.value)
        shapes = [f"{plain(symbol(n))} has the shape {shape_of(x)}" for n, x in self.large.items()]
        return Step(
            title=f"{plain(box.symbol)}: {', '.join(filter(None, [box.operation, box.details]))}",
            symbol=box.symbol,
            formula=box.formula,
            substituted=substituted,
            value=box.value if expression else None,
            expression=expression,
            inputs=inputs,
            note=f"{', '.join(shapes)}." if shapes else "",
        )


class _Share:
    """What one use of a value adds to its gradient: a term of the sum in the chain rule."""

    def __init__(self, call: _Call, arrow: Arrow, out: str, value: Any) -> None:
        self.call, self.arrow, self.value = call, arrow, value
        self.above = rf"\frac{{\partial {out}}}{{\partial {call.box.symbol}}}"
        self.g = call.box.gradient
        self.derivative = _one_if_alike(call, arrow)
        self.product = self.derivative is not None and is_small(self.g)
        before = (
            np.broadcast_shapes(self.g.shape, np.shape(self.derivative)) if self.product else ()
        )
        self.before: tuple[int, ...] = before if self.product else shape_of(value)

    @property
    def is_summed(self) -> bool:
        """Whether broadcasting repeated the value, so that its gradient is a sum."""
        return math.prod(self.before) != math.prod(shape_of(self.value))

    def formula(self) -> str:
        """Return the term as LaTeX over symbols."""
        call, arrow = self.call, self.arrow
        if arrow.maps and self.derivative is None:
            template = derivative_template(self.call.node, arrow.place)
            return filled(template, call.symbols(), self.above, call.box.symbol)
        if self.derivative is None and arrow.formula == "1":
            return self.above  # rearranged only
        times = r"\cdot" if np.size(self.g) == 1 else r"\odot"
        return rf"{self._sum()}{self.above} {times} {arrow.symbol}"

    def substituted(self) -> str:
        """Return the term with its numbers, "" where they can't be written out."""
        g, call = written(self.g), self.call
        if self.product:
            derivative = written(self.derivative)
            both = min(np.size(self.g), np.size(self.derivative)) > 1
            times = r"\odot" if both else r"\cdot"
            return f"{self._sum()}{g} {times} {derivative}" if g and derivative else ""
        y, numbers = written(call.box.value), call.numbers()
        if self.arrow.maps and g and y and all(numbers):
            return filled(derivative_template(call.node, self.arrow.place), numbers, g, y)
        return ""

    def expression(self, inputs: Inputs) -> str:
        """Return the term in Python, and add to the inputs what it needs."""
        call, arrow = self.call, self.arrow
        if self.product:
            g = inputs.named(f"g_{call.box.name}", self.g)
            derivative = inputs.named(f"d_{call.box.name}_d_{arrow.source}", self.derivative)
            return product_expression(g, derivative, self.before, shape_of(self.value))
        if not call.large:
            g = inputs.named(f"g_{call.box.name}", self.g)
            y = inputs.named(call.box.name, call.box.value)
            return vjp_expression(call.node, arrow.place, g, y, call.arguments(inputs))
        return inputs.named(f"share_of_{call.box.name}", self.computed())

    def local_formula(self) -> str:
        """Return the formula of the local derivative as text, "" where the term has it already."""
        arrow = self.arrow
        if arrow.maps or (arrow.formula == "1" and np.size(self.derivative) > 1):
            return ""  # the numbers of the term say it
        if arrow.formula == "1" and self.derivative is None:
            return ""
        return f"{plain(arrow.symbol)} = {plain(arrow.formula)}"

    def _sum(self) -> str:
        return r"\sum " if self.is_summed else ""

    def computed(self) -> Any:
        """Return what it is worth."""
        node = self.call.node
        assert node.operation is not None
        with no_grad(), np.errstate(all="ignore"):
            return node.operation.vjp(
                self.arrow.place, self.g, node.output, *node.inputs, **node.attributes
            )


def _one_if_alike(call: _Call, arrow: Arrow) -> Any:
    """Return a local derivative; of an elementwise operation with all alike, one number."""
    derivative = arrow.derivative
    if derivative is None or not isinstance(call.node.operation, Elementwise):
        return derivative
    alike = derivative.size and (derivative == derivative.flat[0]).all()
    return derivative.flat[0] if alike else derivative


def _gradient_steps(graph: Graph, calls: list[_Call]) -> Iterator[Step]:
    """Yield the gradient by each box, from the last to the first."""
    out = graph.boxes[-1].symbol
    uses: dict[int, list[_Share]] = {}
    for call in calls:
        for arrow in call.arrows:
            value = call.node.inputs[arrow.place]
            if arrow.formula and graph.boxes[arrow.start].kind != "earlier":
                uses.setdefault(arrow.start, []).append(_Share(call, arrow, out, value))
    for k in reversed(range(len(graph.boxes))):
        box = graph.boxes[k]
        if k in uses:
            yield _gradient_step(box, uses[k], out)
        elif box is graph.boxes[-1]:
            yield _first_gradient_step(box)


def _first_gradient_step(box: Box) -> Step:
    """Return the gradient by the result itself: one, or what was given."""
    is_one = box.gradient.size == 1 and box.gradient.item() == 1
    small = is_small(box.gradient)
    return Step(
        title=f"The gradient by {plain(box.symbol)}, where the way back begins",
        symbol=_gradient_symbol(box.symbol, box.symbol),
        formula="1" if is_one else "g",
        substituted="",
        value=box.gradient if small else None,
        expression="1" if is_one else "g" if small else "",
        inputs={"g": box.gradient} if small and not is_one else {},
        note="" if is_one else "g is the gradient that was given.",
    )


def _gradient_step(box: Box, shares: list[_Share], out: str) -> Step:
    """Return the gradient by a box: the sum over its uses."""
    inputs, small = Inputs(), is_small(box.gradient)
    formulas = [share.formula() for share in shares]
    numbers = [share.substituted() for share in shares]
    expressions = [share.expression(inputs) for share in shares] if small else []
    if box.used_earlier:
        rest = box.gradient - sum(share.computed() for share in shares)
        formulas.append(r"\cdots")
        numbers.append(written(rest))
        expressions += [inputs.named("rest", rest)] if small else []
    return Step(
        title=f"The gradient by {plain(box.symbol)}",
        symbol=_gradient_symbol(out, box.symbol),
        formula=" + ".join(formulas),
        substituted=" + ".join(numbers) if all(numbers) else "",
        value=box.gradient if small else None,
        expression=" + ".join(expressions),
        inputs=inputs,
        note=" ".join(_remarks(box, shares)),
    )


def _remarks(box: Box, shares: list[_Share]) -> Iterator[str]:
    local = dict.fromkeys(filter(None, (share.local_formula() for share in shares)))
    if local:
        yield f"Here {', '.join(local)}."
    if len(shares) > 1:
        times = "twice" if len(shares) == 2 else f"{len(shares)} times"
        yield f"{plain(box.symbol)} is used {times}, and the terms add up."
    if box.used_earlier:
        yield "The dots are the operations that aren't shown."
    if any(share.is_summed for share in shares):
        yield "The sum is over what broadcasting repeated."
    if not is_small(box.gradient):
        yield f"It has the shape {box.gradient.shape}."


def _gradient_symbol(out: str, by: str) -> str:
    return rf"\frac{{\partial {out}}}{{\partial {by}}}"


def written(x: Any, *, as_row: bool = False) -> str:
    """Return a number, a vector or a matrix as LaTeX; "" of anything that is too large for it."""
    if not is_small(x) or np.ndim(x) > 2:
        return ""
    if np.size(x) == 1:
        return factor(np.asarray(x).item())
    if as_row:
        return matrix([x])
    return vector(x) if x.ndim == 1 else matrix(x)
