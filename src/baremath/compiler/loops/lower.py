"""Lowering: from a graph to a loop program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.loops.access import Access, contiguous, literal, seen_as, seen_back
from baremath.compiler.loops.axes import copying, filling
from baremath.compiler.loops.bounds import Bounds
from baremath.compiler.loops.calls import write_call
from baremath.compiler.loops.expand import expand
from baremath.compiler.loops.joining import parts_of
from baremath.compiler.loops.language import Buffer, Comment, Index, Program, Statement
from baremath.compiler.loops.memory import buffers_of, placed
from baremath.compiler.loops.nest import Nest
from baremath.compiler.loops.shared import Shared, span
from baremath.compiler.loops.single import SINGLES
from baremath.compiler.passes.fuse import Group, fuse
from baremath.compiler.passes.views import is_alias, is_view

Layout = Callable[[Node], "tuple[int, ...] | None"]


@dataclass(frozen=True)
class Binding:
    """Where an input or output lies.

    Whoever lets an output overlap an input has to see to it that the program reads it no more.

    Parameters
    ----------
    space : str
        Which space.
    offset : int, default=0
        Where it begins there, in elements of its dtype.
    strides : tuple of int, optional
        In elements; C order by default.
    add : bool, default=False
        Whether an output is added to what is there.
    """

    space: str
    offset: int = 0
    strides: tuple[int, ...] | None = None
    add: bool = False


@dataclass(frozen=True)
class Lowered:
    """A loop program, and what it needs beside its arguments.

    Parameters
    ----------
    program : Program
        The loops.
    constants : ndarray of uint8
        The space ``"constants"``.
    arena_bytes : int
        The size of the space ``"arena"``.
    index_checks : tuple of Bounds
        Integers that are used as indices, and must be checked: see `bounds`.
    word_checks : tuple of Bounds
        Seeds and steps of random numbers, likewise.
    inputs, outputs : mapping of str to Buffer
        Where the graph's lie.
    """

    program: Program
    constants: NDArray[np.uint8]
    arena_bytes: int
    index_checks: tuple[Bounds, ...]
    word_checks: tuple[Bounds, ...]
    inputs: Mapping[str, Buffer]
    outputs: Mapping[str, Buffer]

    def spaces(self) -> dict[str, NDArray[np.uint8]]:
        """Return memory for every space: zeros, and the constants."""
        sizes = {"arena": self.arena_bytes}
        for buffer in (*self.inputs.values(), *self.outputs.values()):
            size = (buffer.offset + buffer.room) * np.dtype(buffer.dtype).itemsize
            sizes[buffer.space] = max(sizes.get(buffer.space, 0), size)
        memory = {name: np.zeros(-(-size // 64) * 64, np.uint8) for name, size in sizes.items()}
        return {**memory, "constants": self.constants}


def lower(
    graph: Graph,
    bindings: Mapping[str, Binding] | None = None,
    layout: Layout | None = None,
) -> Lowered:
    """Return a graph as loops over buffers.

    Parameters
    ----------
    graph : Graph
        What to compute.
    bindings : mapping of str to Binding, optional
        Where inputs and outputs lie; each in a space of its own name by default.
    layout : callable, optional
        Chooses the strides of a computed value's buffer; None for C order.

    Raises
    ------
    ValueError
        If an input and an output have one name, and no binding.
    """
    bindings = bindings or {}
    _check_names(graph, bindings)
    graph = expand(graph)
    places = {name: bindings.get(name, Binding(name)) for name in (*graph.inputs, *graph.outputs)}
    inputs = {name: _bound(name, node, places[name]) for name, node in graph.inputs.items()}
    outputs = {name: _bound(name, node, places[name]) for name, node in graph.outputs.items()}
    shared = Shared()
    lowering = Lowering(graph, layout or (lambda _: None), shared)
    lowering.access |= {node: Access.of(inputs[name]) for name, node in graph.inputs.items()}
    lowering.write(
        [(x, Access.of(outputs[name]), places[name].add) for name, x in graph.outputs.items()]
    )
    kept = {one.buffer.name: one.buffer for one in shared.checks if one.computed}
    zeros = [filling(lowering.new_name, Access.of(buffer), 0) for buffer in kept.values()]
    body, arena_bytes = placed((*itertools.chain(*zeros), *lowering.statements), kept)
    buffers = {buffer.name: buffer for buffer in buffers_of(body)}
    program = Program(graph.name, tuple(buffers.values()), body)
    checks = [
        replace(one, buffer=buffers[one.buffer.name]) if one.computed else one
        for one in shared.checks
    ]
    index_checks = tuple(one for one in checks if one.is_index)
    word_checks = tuple(one for one in checks if not one.is_index)
    return Lowered(
        program, shared.constants, arena_bytes, index_checks, word_checks, inputs, outputs
    )


class Lowering:
    """A lowering under way.

    Attributes
    ----------
    graph : Graph
        What is lowered.
    statements : list of Statement
        What has been written.
    access : dict of Node to Access
        Where the values lie that have been computed.
    targets : dict of Node to (Access, bool)
        Where values go that have a place before they are computed, and whether they are added to
        what is there: outputs, and parts of what is joined.
    known : set of Node
        The values that are there before the program runs.
    required : set of (Node, int)
        The integers that are checked, and below what.
    shared : Shared
        Names and constants of the program.
    """

    def __init__(self, graph: Graph, layout: Layout, shared: Shared) -> None:
        self.graph = graph
        self.layout = layout
        self.shared = shared
        self.statements: list[Statement] = []
        self.access: dict[Node, Access] = {}
        self.targets: dict[Node, tuple[Access, bool]] = {}
        self.known = {node for node in graph.nodes if node.op in (INPUT, CONSTANT)}
        self.required: set[tuple[Node, int]] = set()
        self._labels: dict[Node, str] = {}
        self._readers: dict[Node, int] = dict.fromkeys(graph.nodes, 0)
        for x in itertools.chain.from_iterable(node.inputs for node in graph.nodes):
            self._readers[x] += 1
        for node in graph.outputs.values():
            self._readers[node] += 1

    def write(self, ends: Sequence[tuple[Node, Access, bool]]) -> None:
        """Write everything; the inputs have their `access`.

        Parameters
        ----------
        ends : sequence of (Node, Access, bool)
            Outputs that have a place, and whether they are added to what is there.
        """
        for node in self.graph.nodes:
            if node.op == CONSTANT and node.size != 1:
                self.access[node] = Access.of(self.shared.constant(node))
        in_place = [self._aim(node, place, add=add) for node, place, add in ends]
        for node in reversed(self.graph.nodes):
            self._aim_parts(node)
        for group in fuse(self.graph):
            self._group(group)
        for (node, place, add), done in zip(ends, in_place, strict=True):
            if not done:
                self.copy(self.read(node), place, add=add)

    def inside(self, graph: Graph) -> Lowering:
        """Return a lowering of a graph to statements of the same program."""
        return Lowering(graph, self.layout, self.shared)

    # Places

    def new_name(self, hint: str) -> str:
        """Return a name that is still free."""
        return self.shared.new_name(hint)

    def arena(self, dtype: Any, shape: tuple[int, ...], strides: Any = None) -> Access:
        """Return a new buffer of the arena; its place there is found at the end."""
        return self.shared.arena(dtype, shape, strides)

    def place_for(self, node: Node) -> tuple[Access, bool]:
        """Return where a computed value goes, and whether it is added to what is there."""
        if node not in self.targets:
            return self.arena(node.dtype, node.shape, self.layout(node)), False
        return self.targets[node]

    def read(self, node: Node) -> Access:
        """Return where a value lies; a number that is written in the source gets a place."""
        if node not in self.access:
            value = literal(node)
            assert value is not None, node.op
            one = Node(CONSTANT, (), {"value": np.array(value, node.dtype)}, (), node.dtype)
            buffer = self.shared.constant(one)
            self.access[node] = Access(buffer, Index(), node.shape, (0,) * node.ndim)
        return self.access[node]

    def copy(self, source: Access, target: Access, *, add: bool = False) -> None:
        """Copy between places of one shape."""
        self.statements.extend(copying(self.new_name, source, target, add=add))

    # Values that are computed where they are needed

    def _aim_parts(self, node: Node) -> None:
        """Let the parts of an output that is joined be computed in their places.

        In the arena, where a vector may write into the padding behind a buffer, they are copied.
        """
        if node.op == "concatenate" and node in self.targets:
            place, add = self.targets[node]
            for x, part in parts_of(node, place):
                if self._readers[x] == 1:
                    self._aim(x, part, add=add)

    def _aim(self, node: Node, place: Access, *, add: bool) -> bool:
        """Let a value, or that of which it is a view, be computed at a place."""
        while node.op in ("reshape", "transpose") and self._readers[node] == 1:
            back = seen_back(node, place)
            if back is None:
                return False
            node, place = node.inputs[0], back
        known = node.op in (INPUT, CONSTANT) or is_view(node) or node in self.targets
        if known or (add and self._readers[node] > 1):
            return False
        self.targets[node] = (place, add)
        return True

    # Groups

    def _group(self, group: Group) -> None:
        (first, *_) = group.nodes
        if group.kind == "view":
            self._view(first)
        elif group.kind == "elementwise":
            self._nest(group)
        else:
            place, add = self.place_for(first)
            self._describe([first], {first: place.buffer.name})
            SINGLES.get(first.op, write_call)(self, first, place, add)
            self.access[first] = place

    def _nest(self, group: Group) -> None:
        """Write one set of loops."""
        computed = [node for node in group.nodes if not is_alias(node)]
        places = {node: self.place_for(node) for node in map(_seen_through, group.escapes)}
        nest = Nest(self, group, places)
        statements = nest.written()
        self._describe(computed, nest.names)
        self.statements.extend(statements)
        for node, (place, _) in places.items():
            self.access[node] = place
            self._labels[node] = place.buffer.name
        for node in group.nodes:
            if is_alias(node) and node.inputs[0] in self.access:
                self._view(node)

    def _view(self, node: Node) -> None:
        """Let a view be read where its input lies; copy what strides can't say."""
        if literal(node) is not None:
            return
        x = node.inputs[0]
        found = seen_as(node, self.read(x))
        if found is None:
            own = self.arena(x.dtype, x.shape)
            self.copy(self.read(x), own)
            found = seen_as(node, own)
            assert found is not None
        self.access[node] = found

    # Comments

    def _describe(self, nodes: Iterable[Node], names: Mapping[Node, str]) -> None:
        """Write what is computed, and where the user wrote it."""
        self._labels.update(names)
        for node in nodes:
            operands = ", ".join(map(self._label, node.inputs))
            line = f"   {node.line}" if node.line else ""
            self.statements.append(Comment(f"{self._label(node)} = {node.op}({operands}){line}"))

    def _label(self, node: Node) -> str:
        """Return what a value is called in the program."""
        if node in self._labels:
            return self._labels[node]
        if (number := literal(node)) is not None:
            return str(number)
        if is_view(node):
            return f"{node.op}({self._label(node.inputs[0])})"
        return self.access[node].buffer.name


def _bound(name: str, node: Node, binding: Binding) -> Buffer:
    """Return where an input or output lies."""
    strides = contiguous(node.shape) if binding.strides is None else binding.strides
    room = span(node.shape, strides)
    dtype, space, offset = str(node.dtype), binding.space, binding.offset
    return Buffer(name, dtype, node.shape, strides, space, offset, room)


def _check_names(graph: Graph, bindings: Mapping[str, Binding]) -> None:
    """Raise if an input and an output would be one by accident: nobody said where they lie."""
    for name in graph.outputs:
        if name in graph.inputs and name not in bindings:
            raise ValueError(
                f"an input and an output are both called {name!r}: rename the argument, or bind "
                "them to a place"
            )


def _seen_through(node: Node) -> Node:
    """Return what a value is but for axes of length 1."""
    while is_alias(node):
        node = node.inputs[0]
    return node
