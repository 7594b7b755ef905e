"""The loops of a nest: their order, the vectors along one of them, and which become one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from baremath.compiler.loops.access import Access
from baremath.compiler.loops.language import Index, Let, Load, Loop, Statement, Store
from baremath.scalar import constant


@dataclass
class Axis:
    """A loop of a nest.

    Parameters
    ----------
    name : str
        Of its index.
    extent : int
        How many turns.
    reduced : bool, default=False
        Whether numbers are accumulated over it.
    serial : bool, default=False
        Whether its turns must be done one after the other.
    """

    name: str
    extent: int
    reduced: bool = False
    serial: bool = False


class Axes:
    """The loops round some statements.

    Parameters
    ----------
    new_name : callable
        Makes names from hints.
    shape : sequence of int
        How many turns each loop has.
    reduced : collection of int, optional
        The loops over which numbers are accumulated: they are inside of the others.
    serial : collection of int, optional
        The loops whose turns must be done one after the other.
    """

    def __init__(
        self,
        new_name: Callable[[str], str],
        shape: Sequence[int],
        reduced: Collection[int] = (),
        serial: Collection[int] = (),
    ) -> None:
        self.axes = [Axis(new_name("i"), n, k in reduced, k in serial) for k, n in enumerate(shape)]
        #: Of each access its strides by loop.
        self.strides: list[list[int]] = []

    def index(self, start: Index, strides: Sequence[int]) -> Index:
        """Return a place that moves with the loops, from a first one on."""
        self.strides.append([*strides])
        pairs = zip(self.axes, strides, strict=True)
        own = [(axis.name, stride) for axis, stride in pairs if stride]
        return Index((*start.terms, *own), start.offset)

    def around(
        self,
        inner: Sequence[Statement],
        before: Sequence[Statement] = (),
        after: Sequence[Statement] = (),
    ) -> list[Statement]:
        """Return the loops; what is accumulated begins before the reduced ones and ends after.

        Parameters
        ----------
        inner : sequence of Statement
            Done in each turn of all loops.
        before, after : sequence of Statement, optional
            Done in each turn of the loops that aren't reduced.
        """
        if any(axis.extent == 0 for axis in self.axes if not axis.reduced):
            return []
        if any(axis.extent == 0 for axis in self.axes):
            inner = ()
            self._keep([k for k, axis in enumerate(self.axes) if not axis.reduced])
        gone = self._merged()
        parts = [_without(part, gone) for part in (inner, before, after)]
        order = sorted(range(len(self.axes)), key=self._weight)
        parallel = [k for k in order if not self.axes[k].serial]
        lanes = max(parallel, key=lambda k: (self._worth(k), order.index(k)), default=None)
        if lanes is not None:
            order.remove(lanes)
            order.append(lanes)
        reduced = [k for k in order if self.axes[k].reduced]
        kept = [k for k in order if not self.axes[k].reduced]
        body = self._wrapped(reduced, parts[0], lanes)
        return self._wrapped(kept, [*parts[1], *body, *parts[2]], lanes)

    def _wrapped(
        self, order: list[int], body: list[Statement], lanes: int | None
    ) -> list[Statement]:
        for k in reversed(order):
            body = [Loop(self.axes[k].name, self.axes[k].extent, tuple(body), k == lanes)]
        return body

    def _weight(self, k: int) -> tuple[int, int]:
        """Return how far one turn of a loop leads: the farthest is outermost."""
        return -max((abs(strides[k]) for strides in self.strides), default=0), k

    def _worth(self, k: int) -> int:
        """Return in how many accesses the loop leads to neighbours, less those where it doesn't."""
        neighbours = sum(strides[k] == 1 for strides in self.strides)
        return neighbours - sum(strides[k] not in (0, 1) for strides in self.strides)

    def _merged(self) -> set[str]:
        """Make one loop of two wherever all accesses allow it; return the names that are gone."""
        gone: set[str] = set()
        while pair := self._mergeable():
            outer, inner = pair
            self.axes[inner].extent *= self.axes[outer].extent
            gone.add(self.axes[outer].name)
            self._keep([k for k in range(len(self.axes)) if k != outer])
        return gone

    def _mergeable(self) -> tuple[int, int] | None:
        """Return two loops that can be one."""
        for outer, a in enumerate(self.axes):
            for inner, b in enumerate(self.axes):
                alike = a.reduced == b.reduced and not (a.serial or b.serial)
                if outer != inner and alike and self._goes_on(outer, inner):
                    return outer, inner
        return None

    def _goes_on(self, outer: int, inner: int) -> bool:
        """Whether a turn of the outer loop leads where the inner one ends, in every access."""
        extent = self.axes[inner].extent
        return all(strides[outer] == strides[inner] * extent for strides in self.strides)

    def _keep(self, axes: list[int]) -> None:
        self.axes = [self.axes[k] for k in axes]
        self.strides = [[strides[k] for k in axes] for strides in self.strides]


def copying(
    new_name: Callable[[str], str], source: Access, target: Access, *, add: bool = False
) -> list[Statement]:
    """Return the loops that copy an array to a place of its shape."""
    kept = [k for k, n in enumerate(target.shape) if n != 1]
    axes = Axes(new_name, [target.shape[k] for k in kept])
    name = new_name("v")
    read = axes.index(source.start, [source.strides[k] for k in kept])
    write = axes.index(target.start, [target.strides[k] for k in kept])
    return axes.around([Load(name, source.buffer, read), Store(target.buffer, write, name, add)])


def filling(
    new_name: Callable[[str], str], target: Access, number: float, *, add: bool = False
) -> list[Statement]:
    """Return the loops that write one number everywhere."""
    kept = [k for k, n in enumerate(target.shape) if n != 1]
    axes = Axes(new_name, [target.shape[k] for k in kept])
    name = new_name("v")
    write = axes.index(target.start, [target.strides[k] for k in kept])
    let = Let(name, target.buffer.dtype, constant(number))
    return axes.around([let, Store(target.buffer, write, name, add)])


def _without(body: Sequence[Statement], gone: set[str]) -> list[Statement]:
    """Return statements in which some loops lead nowhere, as others do their turns."""

    def moved(index: Index) -> Index:
        return Index(tuple(term for term in index.terms if term[0] not in gone), index.offset)

    return [replace(s, index=moved(s.index)) if isinstance(s, Load | Store) else s for s in body]
