"""Passes: from a graph to one that computes the same with less; and what lowering needs to know.

`optimise` runs the passes that take a graph and return a graph. `fuse` and `plan` prepare the
loop program: which operations share a loop, and which buffers share a place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from baremath.compiler.ir import Graph, verify
from baremath.compiler.passes.cost import bytes_of, flops
from baremath.compiler.passes.cse import cse
from baremath.compiler.passes.dce import dce
from baremath.compiler.passes.fold import fold
from baremath.compiler.passes.fuse import Group, fuse
from baremath.compiler.passes.memory import Plan, plan
from baremath.compiler.passes.simplify import simplify

__all__ = [
    "PASSES",
    "Group",
    "Plan",
    "Record",
    "Records",
    "bytes_of",
    "cse",
    "dce",
    "flops",
    "fold",
    "fuse",
    "optimise",
    "plan",
    "simplify",
]

#: The passes in their order, each from Graph to Graph.
PASSES: tuple[Callable[[Graph], Graph], ...] = (fold, simplify, cse, dce)

#: A pass may make work for those before it; after so many rounds what is left stays.
ROUNDS = 10


@dataclass(frozen=True, repr=False)
class Record:
    """What a pass has done; printed it is one line.

    Parameters
    ----------
    name : str
        Of the pass.
    before, after : Graph
        The graph that it was given, and the one that it returned.
    """

    name: str
    before: Graph
    after: Graph

    def __repr__(self) -> str:
        measures = {"nodes": self.nodes, "bytes": self.bytes, "FLOPs": self.flops}
        counted = [f"{name} {a:,} → {b:,}" for name, (a, b) in measures.items()]
        return f"{self.name}: {', '.join(counted)}"

    @property
    def nodes(self) -> tuple[int, int]:
        """How many nodes the graph had before, and has after."""
        return len(self.before), len(self.after)

    @property
    def bytes(self) -> tuple[int, int]:
        """How much memory all values took before, and take after."""
        return _total(bytes_of, self.before), _total(bytes_of, self.after)

    @property
    def flops(self) -> tuple[int, int]:
        """About how many arithmetic operations it took before, and takes after."""
        return _total(flops, self.before), _total(flops, self.after)


class Records(list[Record]):
    """The records of the passes in their order; printed they are a table."""

    def __repr__(self) -> str:
        table: list[tuple[str, ...]] = [("pass", "nodes", "bytes", "FLOPs")]
        for record in self:
            counted = (f"{a:,} → {b:,}" for a, b in (record.nodes, record.bytes, record.flops))
            table.append((record.name, *counted))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join(
            "   ".join(
                [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])],
            )
            for row in table
        )


def optimise(graph: Graph) -> tuple[Graph, Records]:
    """Return a graph that computes the same with less, and a record of each pass that helped.

    The passes run in turn until none changes anything; after each the graph is verified.
    """
    records = Records()
    for _ in range(ROUNDS):
        done = len(records)
        for run in PASSES:
            after = run(graph)
            if after.nodes != graph.nodes:
                verify(after)
                records.append(Record(run.__name__, graph, after))
                graph = after
        if len(records) == done:
            break
    return graph, records


def _total(measure: Callable[..., int], graph: Graph) -> int:
    return sum(map(measure, graph.nodes))
