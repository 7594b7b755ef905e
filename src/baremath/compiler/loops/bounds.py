"""Integers that must lie between bounds: indices, and the seeds and steps of random numbers.

Those that are there before the program runs are checked then. Of those that the program computes
it keeps the least and the largest, which are checked afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from baremath import scalar
from baremath.compiler.ir import Node
from baremath.compiler.loops.axes import Axes
from baremath.compiler.loops.language import (
    Accumulate,
    Buffer,
    Cast,
    Index,
    Kind,
    Let,
    Load,
    Start,
    Statement,
    Store,
)
from baremath.compiler.loops.memory import view

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


@dataclass(frozen=True)
class Bounds:
    """Integers that must be from `low` on and below `high`.

    Parameters
    ----------
    buffer : Buffer
        Where they lie; of computed ones the least and the largest.
    low, high : int
        The bounds.
    source : str
        Where they come from: the name of what was given, or the line that computes them.
    computed : bool, default=False
        Whether the program computes them.
    is_index : bool, default=True
        Whether they are indices; else the seed or the step of random numbers.
    """

    buffer: Buffer
    low: int
    high: int
    source: str
    computed: bool = False
    is_index: bool = True

    def check(self, spaces: Mapping[str, NDArray[Any]]) -> None:
        """Raise an error for the first that is out of bounds."""
        numbers = view(self.buffer, spaces)
        if not numbers.size or (self.low <= numbers.min() and numbers.max() < self.high):
            return
        inside = (self.low <= numbers) & (numbers < self.high)
        wrong = numbers[~inside].flat[0]
        if not self.is_index:
            raise OverflowError(
                f"the seed or step {wrong} of random numbers, {self.source}, must be a number of "
                "64 bits: from 0 to 2**64 - 1"
            )
        raise IndexError(
            f"the index {wrong}, {self.source}, is out of bounds: it must be from {self.low} to "
            f"{self.high - 1}"
        )


def check_given(checks: Iterable[Bounds], spaces: Mapping[str, NDArray[Any]]) -> None:
    """Check what lies in these spaces before a program runs."""
    for one in checks:
        if not one.computed and one.buffer.space in spaces:
            one.check(spaces)


def check_computed(checks: Iterable[Bounds], spaces: Mapping[str, NDArray[Any]]) -> None:
    """Check what a program has computed."""
    for one in checks:
        if one.computed:
            one.check(spaces)


def require(lowering: Lowering, node: Node, low: int, high: int, *, is_index: bool = True) -> None:
    """Let integers be checked: before the program runs if they are there, else by what it keeps."""
    if (node, high) in lowering.required or not node.size:
        return
    lowering.required.add((node, high))
    source = _source(node)
    if source in lowering.known:
        low = 0 if source.dtype.kind == "u" else low
        buffer = lowering.read(source).buffer
        found = Bounds(buffer, low, high, f"in {buffer.name}", is_index=is_index)
    else:
        low = 0 if node.dtype.kind == "u" else low
        line = f"computed at {node.line}" if node.line else "computed by the function"
        kept = lowering.arena(np.int64, (2,)).buffer
        found = Bounds(kept, low, high, line, computed=True, is_index=is_index)
        lowering.statements.extend(_extremes(lowering, node, kept))
    lowering.shared.checks.append(found)


def _source(node: Node) -> Node:
    """Return the integers that some integers are, in another shape or a wider dtype."""
    while node.op in ("reshape", "transpose", "broadcast_to", "astype"):
        (x,) = node.inputs
        if x.dtype.kind not in "iu" or not np.can_cast(x.dtype, node.dtype):
            return node
        node = x
    return node


def _extremes(lowering: Lowering, node: Node, kept: Buffer) -> list[Statement]:
    """Return the loops that make the least and the largest of what is kept, and of integers."""
    access, new_name = lowering.read(node), lowering.new_name
    axes = Axes(new_name, access.shape, range(node.ndim))
    raw, wide = new_name("p"), new_name("p")
    inner: list[Statement] = [
        Load(raw, access.buffer, axes.index(access.start, access.strides)),
        Cast(wide, "int64", raw),
    ]
    before: list[Statement] = []
    after: list[Statement] = []
    kinds: tuple[Kind, ...] = ("minimum", "maximum")
    for place, kind in enumerate(kinds):
        more = scalar.minimum if kind == "minimum" else scalar.maximum
        own, old, new = (new_name(hint) for hint in "sxv")
        before.append(Start(own, "int64", kind))
        inner.append(Accumulate(own, wide))
        after += [
            Load(old, kept, Index((), place)),
            Let(new, "int64", more(scalar.variable(old), scalar.variable(own))),
            Store(kept, Index((), place), new),
        ]
    return axes.around(inner, before, after)
