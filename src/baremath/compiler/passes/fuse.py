"""Fusion: which operations share one loop."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from baremath.autodiff.ops.elementwise import Elementwise
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.passes.views import core, is_alias, is_view

Kind = Literal["elementwise", "single", "view"]

#: Reductions that are one accumulation; others, as logsumexp, need several loops.
ENDS = frozenset({"sum", "mean", "prod", "max", "min"})

#: Operations beside the elementwise ones that make one number of one number.
POINTWISE = frozenset({"astype", "full_like"})


@dataclass(frozen=True)
class Group:
    """Operations that are computed together.

    Parameters
    ----------
    nodes : tuple of Node
        In an order of computation.
    kind : {"elementwise", "single", "view"}
        One loop nest of elementwise operations, that may end in reductions; one operation of its
        own kind; or one operation that computes nothing, but reads the same numbers otherwise.
        Views within a loop nest only add or drop axes of length 1.
    shape : tuple of int
        Of the loop nest: the lengths other than 1 that the shape of each node in it has, or of
        a reduction that of its input, in their order. Otherwise the shape of the node.
    axes : tuple of int
        Which loops are reduced: the first, the last or all; the same for all reductions.
    escapes : tuple of Node
        The nodes that other groups read, or that are results: they need a buffer.
    """

    nodes: tuple[Node, ...]
    kind: Kind
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    escapes: tuple[Node, ...]


def fuse(graph: Graph) -> list[Group]:
    """Return groups of all that is computed, in an order in which they can run.

    Each operation joins the groups that compute its inputs, if their loops are its own; then groups
    that read the same array become one. Either only if no third group must run between them.

    Parameters
    ----------
    graph : Graph
        Its inputs and constants are in no group; every other node is in exactly one.

    Returns
    -------
    list of Group
        Each after those that it reads.
    """
    fusion = _Fusion(graph)
    for node in graph.nodes:
        if node.op not in (INPUT, CONSTANT):
            fusion.add(node)
    fusion.join_readers()
    fusion.settle_aliases()
    return list(fusion.groups())


@dataclass(eq=False)
class _Draft:
    """A group that grows; sets of groups are the bits of a number, so that a test is one `&`.

    `bits` is the group itself, `before` all that must run before it, `ends` those of which it reads
    a reduction. `reads` and `readers` are its neighbours; they may have been merged since.
    """

    nodes: list[Node]
    kind: Kind
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    bits: int = 0
    before: int = 0
    ends: int = 0
    reads: set[_Draft] = field(default_factory=set)
    readers: set[_Draft] = field(default_factory=set)
    merged_into: _Draft | None = None

    def current(self) -> _Draft:
        """Return the group that this one has become."""
        draft = self
        while draft.merged_into is not None:
            draft = draft.merged_into
        return draft


class _Fusion:
    """Groups in the making."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.places = {node: k for k, node in enumerate(graph.nodes)}
        self.homes: dict[Node, _Draft] = {}
        self.aliases: list[Node] = []
        self.founded = 0

    def add(self, node: Node) -> None:
        """Give a node a group."""
        if is_alias(node) and self._within_loop(self._seen_through(node.inputs[0])):
            self.aliases.append(node)  # a loop sees through it
            return
        draft = _Draft([node], *_loop(node))
        reads = [x for x in map(self._seen_through, node.inputs) if x in self.homes]
        for x in reads:
            home = self._home(x)
            draft.reads.add(home)
            draft.before |= home.before | home.bits
            draft.ends |= home.bits if home.axes and x.op in ENDS else 0
            home.readers.add(draft)
        self.homes[node] = draft
        if draft.kind == "elementwise":
            near = {self._home(x): None for x in reads if self._within_loop(x)}
            for home in sorted(near, key=lambda home: self.places[home.nodes[-1]], reverse=True):
                _merge(home.current(), draft.current())
        if draft.current() is draft and not draft.bits:
            draft.bits = 1 << self.founded
            self.founded += 1

    def join_readers(self) -> None:
        """Merge groups that read the same array in the same loop."""
        readers: dict[Node, dict[_Draft, None]] = {}
        for node, draft in self.homes.items():
            for x in map(self._seen_through, node.inputs):
                if draft.kind == "elementwise" and x.size > 1 and core(x.shape) == draft.shape:
                    readers.setdefault(x, {})[draft] = None
        for drafts in readers.values():
            for one, other in itertools.pairwise(drafts):
                _merge(one.current(), other.current())

    def settle_aliases(self) -> None:
        """Put views that only add or drop axes of length 1 into the loop that sees through them."""
        self.consumers: dict[Node, list[Node]] = {node: [] for node in self.graph.nodes}
        for node in self.graph.nodes:
            for x in node.inputs:
                self.consumers[x].append(node)
        for node in reversed(self.aliases):
            home = self._home(self._seen_through(node))
            inside = any(c in self.homes and self._home(c) is home for c in self.consumers[node])
            self.homes[node] = home if inside else _Draft([node], "view", node.shape, ())
            if inside:
                home.nodes.append(node)

    def groups(self) -> Iterator[Group]:
        """Yield the groups in an order in which they can run, near to that of the graph."""
        drafts = dict.fromkeys(self._home(node) for node in self.homes)
        waits = {draft: self._neighbours(draft) for draft in drafts}
        readers: dict[_Draft, list[_Draft]] = {draft: [] for draft in drafts}
        for draft, others in waits.items():
            for other in others:
                readers[other].append(draft)
        last = {draft: max(self.places[node] for node in draft.nodes) for draft in drafts}
        ready = [(last[draft], draft) for draft, others in waits.items() if not others]
        heapq.heapify(ready)
        while ready:
            _, draft = heapq.heappop(ready)
            yield self._group(draft)
            for reader in readers[draft]:
                waits[reader].discard(draft)
                if not waits[reader]:
                    heapq.heappush(ready, (last[reader], reader))

    def _group(self, draft: _Draft) -> Group:
        nodes = tuple(sorted(draft.nodes, key=self.places.__getitem__))
        results = set(self.graph.outputs.values())
        escapes = tuple(
            node
            for node in nodes
            if node in results or any(self._home(c) is not draft for c in self.consumers[node])
        )
        return Group(nodes, draft.kind, draft.shape, draft.axes, escapes)

    def _neighbours(self, draft: _Draft) -> set[_Draft]:
        """Return the groups that one reads."""
        found = {self._home(x) for node in draft.nodes for x in node.inputs if x in self.homes}
        return found - {draft}

    def _home(self, node: Node) -> _Draft:
        return self.homes[node].current()

    def _seen_through(self, x: Node) -> Node:
        """Return what a value is but for axes of length 1."""
        while is_alias(x) and x not in self.homes:
            x = x.inputs[0]
        return x

    def _within_loop(self, x: Node) -> bool:
        """Return whether a value is computed within a loop, not at its end."""
        return x in self.homes and self._home(x).kind == "elementwise" and x.op not in ENDS


def _merge(one: _Draft, other: _Draft) -> None:
    """Make two groups one, if their loops are the same and no third must run between them."""
    loops = one.shape == other.shape and (one.axes == other.axes or not (one.axes and other.axes))
    if one is other or not loops or one.ends & other.bits or other.ends & one.bits:
        return
    if _third_between(one, other) or _third_between(other, one):
        return
    if len(one.nodes) < len(other.nodes):
        one, other = other, one
    other.merged_into = one
    one.nodes += other.nodes
    one.axes = one.axes or other.axes
    known = one.bits, one.before
    one.bits |= other.bits
    one.before = (one.before | other.before) & ~one.bits
    one.ends |= other.ends
    one.reads |= other.reads
    one.readers |= other.readers
    if other.readers or known != (one.bits, one.before):
        _tell_readers(one)


def _third_between(first: _Draft, last: _Draft) -> bool:
    """Return whether some group must run after the first and before the last."""
    if not last.before & first.bits:
        return False
    last.reads = {draft.current() for draft in last.reads} - {last}
    return any(draft.before & first.bits for draft in last.reads)


def _tell_readers(draft: _Draft) -> None:
    """Let all that runs after a group know what now runs before it."""
    changed = [draft]
    while changed:
        draft = changed.pop()
        draft.readers = {reader.current() for reader in draft.readers} - {draft}
        for reader in draft.readers:
            before = reader.before | draft.before | draft.bits
            if before != reader.before:
                reader.before = before
                changed.append(reader)


def _loop(node: Node) -> tuple[Kind, tuple[int, ...], tuple[int, ...]]:
    """Return the kind of a node, its loops, and which of them it reduces."""
    if is_view(node):
        return "view", node.shape, ()
    if node.op == "power" and node.dtype.kind in "iu":
        return "single", node.shape, ()  # NumPy's: it refuses negative exponents
    if node.op in POINTWISE or isinstance(node.operation, Elementwise):
        return "elementwise", core(node.shape), ()
    if node.op in ENDS:
        shape = node.inputs[0].shape
        loops = [k for k, n in enumerate(shape) if n != 1]
        axes = tuple(loops.index(k) for k in node.attributes["axis"] if k in loops)
        first, last = range(len(axes)), range(len(loops) - len(axes), len(loops))
        if axes and axes in (tuple(first), tuple(last)):
            return "elementwise", core(shape), axes
    return "single", node.shape, ()
