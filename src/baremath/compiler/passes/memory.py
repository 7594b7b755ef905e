"""Memory: buffers that are not needed at one time share one place."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Where each buffer lies in one arena.

    Parameters
    ----------
    offsets : tuple of int
        Where each begins, in bytes.
    total : int
        The size of the arena, in bytes.
    """

    offsets: tuple[int, ...]
    total: int


def plan(sizes: Sequence[int], lifetimes: Sequence[tuple[int, int]], alignment: int = 64) -> Plan:
    """Return places in an arena such that no two buffers overlap while both are alive.

    The largest buffer is placed first; each goes into the smallest gap that holds it, between
    those that live at the same time and have their place, or behind them.

    Parameters
    ----------
    sizes : sequence of int
        Of each buffer, in bytes. A buffer of none lies at 0 and is in nobody's way.
    lifetimes : sequence of (int, int)
        The first and the last time at which each is needed, both included.
    alignment : int, default=64
        Of each offset and of the total, in bytes.

    Returns
    -------
    Plan
        The offsets, in the order of the sizes, and the size of the arena.

    Raises
    ------
    ValueError
        If a size is negative, a lifetime ends before it begins, or their numbers differ.

    References
    ----------
    Pisarchyk, Lee (2020), Efficient memory management for deep neural net inference: "greedy by
    size".

    Examples
    --------
    >>> plan([64, 128, 64], [(0, 1), (1, 2), (2, 3)])
    Plan(offsets=(128, 0, 128), total=192)
    """
    _check(sizes, lifetimes)
    rooms = [-(-size // alignment) * alignment for size in sizes]
    offsets = [0] * len(rooms)
    placed: list[tuple[int, int]] = []  # (offset, which), sorted
    for k in sorted(range(len(rooms)), key=lambda k: -rooms[k]):
        if not rooms[k]:
            continue
        first, last = lifetimes[k]
        taken = [
            (offset, offset + rooms[other])
            for offset, other in placed
            if lifetimes[other][0] <= last and first <= lifetimes[other][1]
        ]
        offsets[k] = _best_gap(taken, rooms[k])
        bisect.insort(placed, (offsets[k], k))
    total = max((a + room for a, room in zip(offsets, rooms, strict=True)), default=0)
    return Plan(tuple(offsets), total)


def _best_gap(taken: list[tuple[int, int]], room: int) -> int:
    """Return where the smallest gap that is large enough begins; the end if there is none."""
    best, narrowest, end = -1, 0, 0
    for start, stop in taken:
        gap = start - end
        if gap >= room and (best < 0 or gap < narrowest):
            best, narrowest = end, gap
        end = max(end, stop)
    return end if best < 0 else best


def _check(sizes: Sequence[int], lifetimes: Sequence[tuple[int, int]]) -> None:
    """Raise if they don't describe buffers."""
    if len(sizes) != len(lifetimes):
        raise ValueError(
            f"plan of {len(sizes)} sizes and {len(lifetimes)} lifetimes: give one for each buffer"
        )
    for k, (size, (first, last)) in enumerate(zip(sizes, lifetimes, strict=True)):
        if size < 0:
            raise ValueError(f"plan: the size of buffer {k} is {size} bytes; it can't be negative")
        if last < first:
            raise ValueError(f"plan: buffer {k} is needed from {first} to {last}, which is earlier")
