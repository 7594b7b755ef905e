"""Nests: elementwise operations in one set of loops, with sums and their kin at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from baremath import scalar
from baremath.autodiff.ops.arithmetic import FullLike
from baremath.autodiff.ops.casting import AsType
from baremath.autodiff.ops.elementwise import Elementwise
from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access, literal
from baremath.compiler.loops.axes import Axes
from baremath.compiler.loops.language import (
    Accumulate,
    Cast,
    Kind,
    Let,
    Load,
    Start,
    Statement,
    Store,
)
from baremath.compiler.passes.fuse import ENDS, Group
from baremath.compiler.passes.views import core, is_alias

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering

KINDS: dict[str, Kind] = {
    "sum": "add",
    "mean": "add",
    "prod": "multiply",
    "max": "maximum",
    "min": "minimum",
}


class Nest:
    """The loops of one group.

    Each value has a name for one turn of the loops; what others read is stored as well.

    Parameters
    ----------
    lowering : Lowering
        Knows where values lie.
    group : Group
        What is computed.
    places : mapping of Node to (Access, bool)
        Where the values that others need go, and whether they are added to what is there.

    Attributes
    ----------
    names : dict of Node to str
        What each value is called.
    """

    def __init__(
        self, lowering: Lowering, group: Group, places: Mapping[Node, tuple[Access, bool]]
    ) -> None:
        self.lowering = lowering
        self.group = group
        self.places = places
        self.axes = Axes(lowering.new_name, group.shape, group.axes)
        self.names: dict[Node, str] = {}
        self._loads: dict[tuple[Any, ...], str] = {}
        #: What is the same in every turn, computed once; and the names that it gives.
        self._outside: list[Statement] = []
        self._same: set[str] = set()
        self._inner: list[Statement] = []
        self._before: list[Statement] = []
        self._after: list[Statement] = []

    def written(self) -> list[Statement]:
        """Return the statements of the group."""
        ends: dict[Node, str] = {}
        for node in self.group.nodes:
            if is_alias(node):
                continue
            if node.op in ENDS and self._loops_of(node.inputs[0].shape) is not None:
                ends[node] = self._end(node)
            else:
                self._compute(node)
        self.names |= ends
        loops = self.axes.around(self._inner, self._before, self._after)
        return [*self._outside, *loops] if loops else []

    def _compute(self, node: Node) -> None:
        """Compute one number, and store it if it is needed elsewhere."""
        name = self.names[node] = self.lowering.new_name("v")
        operands = [self._operand(x, node.shape) for x in node.inputs]
        if isinstance(node.operation, Elementwise):
            operands = self._in_one_dtype(node, operands)
        self._emit(name, self._given(name, node, operands), operands)
        if node in self.places:
            place, add = self.places[node]
            loops = self._loops_of(node.shape)
            assert loops is not None
            index = self.axes.index(place.start, [place.strides[k] for k in loops])
            self._inner.append(Store(place.buffer, index, name, add))

    def _given(self, name: str, node: Node, operands: list[Any]) -> Statement:
        """Return the statement that computes a value."""
        operation, dtype = node.operation, str(node.dtype)
        if isinstance(operation, FullLike):
            return Let(name, dtype, _constant(node.attributes["fill"], node))
        if isinstance(operation, AsType) and isinstance(operands[0], str):
            return Cast(name, dtype, operands[0])
        if isinstance(operation, AsType):
            return Let(name, dtype, _constant(operands[0], node))
        assert isinstance(operation, Elementwise)
        if node.op == "divide" and operands[1] in self._same and operands[0] not in self._same:
            inverse = self.lowering.new_name("v")
            self._outside.append(Let(inverse, dtype, 1.0 / scalar.variable(operands[1])))
            return Let(name, dtype, _expression(operands[0]) * scalar.variable(inverse))
        return Let(name, dtype, operation.scalar(*map(_expression, operands)))

    def _emit(self, name: str, statement: Statement, operands: list[Any]) -> None:
        """Write a statement before all loops if none of its operands changes in them."""
        if self._same.issuperset(x for x in operands if isinstance(x, str)):
            self._same.add(name)
            self._outside.append(statement)
        else:
            self._inner.append(statement)

    def _in_one_dtype(self, node: Node, operands: list[Any]) -> list[Any]:
        """Return operands in the dtype of the result; to be compared, in one that holds them all.

        The condition of a choice stays as it is.
        """
        dtypes = [x.dtype for x in node.inputs]
        common = np.result_type(*dtypes) if node.dtype == np.bool_ else node.dtype
        converted = list(operands)
        for k, (operand, dtype) in enumerate(zip(operands, dtypes, strict=True)):
            if node.op == "where" and k == 0:
                continue
            if dtype != common and isinstance(operand, str):
                converted[k] = self.lowering.new_name("v")
                self._emit(converted[k], Cast(converted[k], str(common), operand), [operand])
        return converted

    def _end(self, node: Node) -> str:
        """Accumulate over the reduced loops; return the name of the result."""
        (x,) = node.inputs
        dtype = str(node.dtype)
        name = self.lowering.new_name("s")
        value = self._operand(x, x.shape)
        if not isinstance(value, str):
            number, value = value, self.lowering.new_name("v")
            self._inner.append(Let(value, dtype, scalar.constant(number)))
        self._before.append(Start(name, dtype, KINDS[node.op]))
        self._inner.append(Accumulate(name, value))
        if node.op == "mean":
            count = math.prod(x.shape) // max(node.size, 1)
            total, name = name, self.lowering.new_name("v")
            mean = scalar.variable(total) / (float(count) if count else math.nan)
            self._after.append(Let(name, dtype, mean))
        if node in self.places:
            place, add = self.places[node]
            index = self.axes.index(place.start, self._end_strides(node, place))
            self._after.append(Store(place.buffer, index, name, add))
        return name

    def _end_strides(self, node: Node, place: Access) -> list[int]:
        """Return how far each loop leads in the result of a reduction."""
        (x,) = node.inputs
        axes = node.attributes["axis"]
        strides = []
        for k in range(x.ndim):
            if x.shape[k] == 1:
                continue
            own = k if node.ndim == x.ndim else k - sum(axis < k for axis in axes)
            strides.append(0 if k in axes else place.strides[own])
        return strides

    def _operand(self, x: Node, shape: tuple[int, ...]) -> Any:
        """Return the name of a value for one turn, or the number that it always is."""
        source = x
        while is_alias(source) and source not in self.names:
            source = source.inputs[0]
        if source in self.names:
            return self.names[source]
        number = literal(x)
        if number is not None:
            return number
        access, axes = self.lowering.read(x), self._loops_of(shape)
        assert axes is not None
        strides = []
        for k in axes:
            own = k - (len(shape) - x.ndim)
            strides.append(access.strides[own] if own >= 0 and x.shape[own] != 1 else 0)
        key = (access.buffer.name, access.start, *strides)
        if key not in self._loads:
            name = self._loads[key] = self.lowering.new_name("x")
            index = self.axes.index(access.start, strides)
            turning = zip(self.axes.axes, strides, strict=True)
            loops = [axis.name for axis, stride in turning if stride]
            self._emit(name, Load(name, access.buffer, index), loops)
        return self._loads[key]

    def _loops_of(self, shape: tuple[int, ...]) -> list[int] | None:
        """Return the axes of a shape that the loops run along; None if they don't."""
        axes = [k for k, n in enumerate(shape) if n != 1]
        return axes if tuple(shape[k] for k in axes) == self.group.shape else None


def write_reduction(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write a reduction over any axes."""
    (x,) = node.inputs
    loops = [k for k, n in enumerate(x.shape) if n != 1]
    axes = tuple(loops.index(k) for k in node.attributes["axis"] if k in loops)
    group = Group((node,), "elementwise", core(x.shape), axes, (node,))
    lowering.statements.extend(Nest(lowering, group, {node: (to, add)}).written())


def _expression(value: Any) -> scalar.Expression:
    return scalar.variable(value) if isinstance(value, str) else scalar.constant(value)


def _constant(number: Any, node: Node) -> scalar.Expression:
    """Return a number as the dtype of a node holds it."""
    return scalar.constant(node.dtype.type(number).item())
