"""A scan: one loop over its steps, around the loops of a step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from baremath.compiler.ir import Graph, Node
from baremath.compiler.loops.access import Access, contiguous
from baremath.compiler.loops.calls import write_call
from baremath.compiler.loops.expand import expand
from baremath.compiler.loops.language import Call, Index, Loop, Statement
from baremath.compiler.scan_operation import parsed, result_shapes

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


def write_scan(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the first carry, the loop over the steps, and where the last carry goes.

    Each step reads the carry, and writes the next one over it at its end. If something in a step
    has no loops, NumPy takes all of them.
    """
    scan = _Scan(lowering, node)
    parts = scan.parts(to)
    checks = len(lowering.shared.checks)
    body = scan.body(parts, add) if scan.length else ()
    if _calls(body):
        del lowering.shared.checks[checks:]
        write_call(lowering, node, to, add)
        return
    for k, place in scan.carry.items():
        lowering.copy(lowering.read(node.inputs[k]), place)
    if body:
        lowering.statements.append(Loop(scan.step, scan.length, body, serial=True))
    for k in parts:
        if k in scan.carry:
            lowering.copy(scan.carry[k], parts[k], add=add)


class _Scan:
    """A scan under way: what is needed of a step, as a graph, and where the carry lies.

    Inputs and outputs of a step have the numbers that they have in the scan.
    """

    def __init__(self, lowering: Lowering, node: Node) -> None:
        self.lowering = lowering
        self.node = node
        self.length: int = node.attributes["length"]
        self.step = lowering.new_name("step")
        whole = expand(parsed(node.attributes["body"]))
        carries: int = node.attributes["carries"]
        self.shapes = result_shapes(whole, carries, self.length)
        self.inputs = [*whole.inputs.values()]
        self.ends = _needed(whole, self.inputs[:carries], node.attributes["results"])
        outputs = {str(k): end for k, end in self.ends.items()}
        self.graph = Graph(whole.inputs, outputs, whole.name)
        self.carry = {
            k: lowering.arena(end.dtype, end.shape) for k, end in self.ends.items() if k < carries
        }

    def parts(self, to: Access) -> dict[int, Access]:
        """Return the places of the results, which lie one after the other."""
        found: dict[int, Access] = {}
        first = 0
        for k in self.node.attributes["results"]:
            shape = self.shapes[k]
            strides = tuple(to.strides[0] * stride for stride in contiguous(shape))
            found[k] = Access(to.buffer, to.start.moved(first * to.strides[0]), shape, strides)
            first += math.prod(shape)
        return found

    def body(self, parts: Mapping[int, Access], add: bool) -> tuple[Statement, ...]:
        """Return the statements of a step."""
        sums = self._sums()
        outputs = {str(k): sums.get(k, end) for k, end in self.ends.items()}
        inner = self.lowering.inside(Graph(self.graph.inputs, outputs, self.graph.name))
        self._give_inputs(inner)
        kept = [
            (end, self._at_step(parts[k]), add)
            for k, end in self.ends.items()
            if k not in self.carry
        ]
        inner.write([*kept, *((sums[k], self.carry[k], True) for k in sums)])
        self._carry_over(inner, [k for k in self.carry if k not in sums])
        return tuple(inner.statements)

    def _give_inputs(self, inner: Lowering) -> None:
        """Let a step read the carry, its part of the sequences, and what all steps read."""
        carries, sequences = (self.node.attributes[name] for name in ("carries", "sequences"))
        for k, (x, outer) in enumerate(zip(self.inputs, self.node.inputs, strict=True)):
            if k in self.carry:
                inner.access[x] = self.carry[k]
            elif k >= carries:
                whole = self.lowering.read(outer)
                inner.access[x] = self._at_step(whole) if k < carries + sequences else whole
            if k < carries or outer not in self.lowering.known:
                inner.known.discard(x)

    def _at_step(self, x: Access) -> Access:
        """Return the part of an array that belongs to a step."""
        stride, start = x.strides[0], x.start
        if self.node.attributes["reverse"]:
            start, stride = start.moved((self.length - 1) * stride), -stride
        terms = (*start.terms, (self.step, stride)) if stride else start.terms
        return Access(x.buffer, Index(terms, start.offset), x.shape[1:], x.strides[1:])

    def _sums(self) -> dict[int, Node]:
        """Return of each carry that something is added to, and nothing else reads, what is added.

        It is added where the carry lies: gradients by what all steps read are such sums.
        """
        readers = Counter(x for node in self.graph.nodes for x in node.inputs)
        readers.update(self.ends.values())
        found = {}
        for k in self.carry:
            x, end = self.inputs[k], self.ends[k]
            if end.op == "add" and x in end.inputs and readers[x] == readers[end] == 1:
                (other,) = (y for y in end.inputs if y is not x)
                if (other.shape, other.dtype) == (x.shape, x.dtype) and x.dtype.kind != "b":
                    found[k] = other
        return found

    def _carry_over(self, inner: Lowering, numbers: Sequence[int]) -> None:
        """Write the next carry over the last, when all of it has been read."""
        buffers = {place.buffer for place in self.carry.values()}
        copies = []
        for k in numbers:
            source = inner.read(self.ends[k])
            if source.is_at(self.carry[k]):
                continue
            if source.buffer in buffers:
                own = inner.arena(source.buffer.dtype, source.shape)
                inner.copy(source, own)
                source = own
            copies.append((source, self.carry[k]))
        for source, place in copies:
            inner.copy(source, place)


def _needed(graph: Graph, carries: Sequence[Node], results: Sequence[int]) -> dict[int, Node]:
    """Return the outputs that results are made of, by number: those, and carries they depend on."""
    ends = [*graph.outputs.values()]
    needed: set[int] = set()
    more = set(results)
    while more != needed:
        needed = more
        read = set(Graph({}, {str(k): ends[k] for k in needed}).nodes)
        more = needed | {k for k, x in enumerate(carries) if x in read}
    return {k: ends[k] for k in sorted(needed)}


def _calls(body: Sequence[Statement]) -> bool:
    """Whether NumPy computes something in a body."""
    return any(
        isinstance(one, Call) or (isinstance(one, Loop) and _calls(one.body)) for one in body
    )
