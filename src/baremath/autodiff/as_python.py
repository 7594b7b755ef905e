"""An operation as a Python expression that anyone can evaluate with NumPy."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from baremath.autodiff.node import SHOWN, Like, Node
from baremath.autodiff.ops.elementwise import Elementwise
from baremath.autodiff.ops.operation import OPERATIONS, shape_of
from baremath.scalar import Expression, constant, variable

#: Structured operations as people write them; any other is called by its name.
_AS_WRITTEN = {
    "matmul": "{} @ {}",
    "linear": "{} @ {}.T + {}",
    "reshape": "reshape({}, {shape})",
    "transpose": "transpose({}, {axes})",
}
_REDUCTIONS = ("sum", "prod", "mean", "max", "min")
_NOT_OF_ARRAYS = {"where", "not", "and", "or", "erf"}


class Inputs(dict[str, Any]):
    """What goes into an expression, by names that it can use."""

    def named(self, name: str, value: Any) -> str:
        """Add a value, or find it, and return its name in the expression."""
        identifier = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not identifier.isidentifier() or keyword.iskeyword(identifier):
            identifier = f"_{identifier}"
        while identifier in OPERATIONS or hasattr(np, identifier):
            identifier += "_"
        candidate, again = identifier, 2
        while candidate in self and self[candidate] is not value:
            candidate, again = f"{identifier}_{again}", again + 1
        self[candidate] = value
        return candidate


def is_small(x: Any) -> bool:
    """Return whether an array is kept and its numbers can be written out."""
    return not isinstance(x, Like) and 0 < np.size(x) <= SHOWN


def value_expression(node: Node, arguments: Sequence[str | float]) -> str:
    """Return how the operation of a node computes its value.

    Parameters
    ----------
    node : Node
        Where it was computed.
    arguments : sequence of str or float
        The name of each input, or the number that it is.
    """
    operation = node.operation
    assert operation is not None
    if isinstance(operation, Elementwise):
        expression = operation.scalar(
            *(variable(x) if isinstance(x, str) else constant(x) for x in arguments)
        )
        if not _kinds(expression) & _NOT_OF_ARRAYS:
            return str(expression)
        numpys = operation.value is getattr(np, operation.name, None)
        function = operation.name if numpys else _looked_up(node)
        return f"{function}({', '.join(map(str, arguments))})"
    if operation.name in _AS_WRITTEN:
        return _AS_WRITTEN[operation.name].format(*arguments, **node.attributes)
    if operation.name in _REDUCTIONS:
        return f"{operation.name}({arguments[0]}{_keywords(node)})"
    return f"{_looked_up(node)}.value({_arrays(node, arguments)}{_keywords(node)})"


def vjp_expression(node: Node, place: int, g: str, y: str, arguments: Sequence[str | float]) -> str:
    """Return how the operation of a node passes the gradient g by its value y on to an input."""
    inputs = f"{_arrays(node, arguments)}{_keywords(node)}"
    return f"{_looked_up(node)}.vjp({place}, {g}, {y}, {inputs})"


def product_expression(g: str, derivative: str, before: Sequence[int], after: Sequence[int]) -> str:
    """Return g times a derivative, summed over what broadcasting repeated."""
    product = f"{g} * {derivative}"
    if tuple(before) == tuple(after):
        return product
    new = len(before) - len(after)
    repeated = [new + k for k, n in enumerate(after) if n != before[new + k]]
    total = f"sum({product}, {(*range(new), *repeated)})"
    return total if not repeated else f"reshape({total}, {tuple(after)})"


def _looked_up(node: Node) -> str:
    assert node.operation is not None
    return f"OPERATIONS[{node.operation.name!r}]"


def _arrays(node: Node, arguments: Sequence[str | float]) -> str:
    """Return the inputs with their shapes, which a Python number hasn't got."""
    return ", ".join(
        f"full({shape_of(x)}, {argument})" if np.size(x) == 1 else str(argument)
        for x, argument in zip(node.inputs, arguments, strict=True)
    )


def _keywords(node: Node) -> str:
    return "".join(f", {name}={_literal(value)}" for name, value in node.attributes.items())


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({''.join(f'{_literal(part)}, ' for part in value)})"
    if value is Ellipsis:
        return "..."
    if isinstance(value, np.dtype):
        return repr(value.name)
    return repr(value.item() if isinstance(value, np.generic) else value)


def _kinds(expression: Expression) -> set[str]:
    """Return the kinds and names of all parts of an expression."""
    found: set[str] = set()
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        found |= {part.kind} | ({part.name} if part.kind != "variable" else set())
        waiting += part.operands
    return found
