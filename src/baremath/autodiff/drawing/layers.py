"""Where boxes stand: in layers from left to right, with few crossings and nothing in the way.

The steps are those of Sugiyama, Tagawa & Toda (1981), Methods for visual understanding of
hierarchical system structures: put each box in a layer, put waypoints where an edge passes a
layer, order each layer by the barycentres of its neighbours, and move all to where they'd be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_ROUNDS = 12
_SMOOTHING_ROUNDS = 60


@dataclass(frozen=True)
class Placement:
    """Where everything stands.

    Parameters
    ----------
    layer : list of int
        For each box its layer, counted from the left.
    y : list of float
        For each box the height of its middle, from the top.
    waypoints : dict of (int, int) to float
        For a box and a later layer that edges from it pass, the height at which they do.
    bottom : float
        Where the lowest box or edge ends.
    """

    layer: list[int]
    y: list[float]
    waypoints: dict[tuple[int, int], float]
    bottom: float


def place(
    heights: Sequence[float], edges: Sequence[tuple[int, int]], gap: float, top: float = 0.0
) -> Placement:
    """Return where boxes of these heights stand.

    Parameters
    ----------
    heights : sequence of float
        One for each box. A box comes after those that have an edge to it.
    edges : sequence of (int, int)
        From a box to a later one.
    gap : float
        The least distance between two boxes of one layer.
    top : float, default=0
        Where the highest box or edge begins.
    """
    layer = _layers(len(heights), edges)
    # A point is a box, or where the edges from a box pass a layer; points are numbered on.
    points: dict[tuple[int, int], int] = {(box, layer[box]): box for box in range(len(heights))}
    links: set[tuple[int, int]] = set()
    for start, end in edges:
        before = start
        for k in range(layer[start] + 1, layer[end]):
            point = points.setdefault((start, k), len(points))
            links.add((before, point))
            before = point
        links.add((before, end))
    tall = [*heights, *[0.0] * (len(points) - len(heights))]
    columns: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for (_, k), point in sorted(points.items(), key=lambda item: item[1]):
        columns[k].append(point)
    left, right = defaultdict(list), defaultdict(list)
    for before, after in sorted(links):
        left[after].append(before)
        right[before].append(after)
    _order(columns, left, right)
    y = _heights(columns, left, right, tall, gap)
    up = min(middle - height / 2 for middle, height in zip(y, tall, strict=True)) - top
    y = [middle - up for middle in y]
    bottom = max(middle + height / 2 for middle, height in zip(y, tall, strict=True))
    waypoints = {key: y[point] for key, point in points.items() if point >= len(heights)}
    return Placement(layer, y[: len(heights)], waypoints, bottom)


def _layers(n: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Put each box as far right as what is made of it allows."""
    from_the_right = [0] * n
    for start, end in sorted(edges, key=lambda edge: -edge[1]):
        from_the_right[start] = max(from_the_right[start], from_the_right[end] + 1)
    last = max(from_the_right)
    return [last - k for k in from_the_right]


def _order(
    columns: list[list[int]], left: dict[int, list[int]], right: dict[int, list[int]]
) -> None:
    """Sort each layer by the mean place of its neighbours; keep the order that crosses least."""
    best, fewest = [list(column) for column in columns], _crossings(columns, right)
    for turn in range(_ROUNDS):
        neighbours = right if turn % 2 == 0 else left
        for column in reversed(columns) if turn % 2 == 0 else columns:
            place = {p: i for other in columns for i, p in enumerate(other)}
            own = {
                p: sum(place[q] for q in neighbours[p]) / len(neighbours[p])
                if neighbours[p]
                else place[p]
                for p in column
            }
            column.sort(key=own.__getitem__)
        crossings = _crossings(columns, right)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best


def _crossings(columns: list[list[int]], right: dict[int, list[int]]) -> int:
    count = 0
    for column, following in pairwise(columns):
        place = {p: i for i, p in enumerate(following)}
        passed: list[int] = []
        for p in column:
            ends = sorted(place[q] for q in right[p])
            count += sum(1 for end in ends for other in passed if other > end)
            passed += ends
    return count


def _heights(
    columns: list[list[int]],
    left: dict[int, list[int]],
    right: dict[int, list[int]],
    tall: Sequence[float],
    gap: float,
) -> list[float]:
    """Move each point to the mean height of its neighbours, as near as its layer's order allows."""
    y = [0.0] * len(tall)
    for column in columns:
        _settle(column, [(0.0, 1)] * len(column), y, tall, gap)
    for turn in range(_SMOOTHING_ROUNDS):
        for column in reversed(columns) if turn % 2 == 0 else columns:
            wishes = []
            for p in column:
                near = [y[q] for q in (*left[p], *right[p])] or [y[p]]
                wishes.append((sum(near), len(near)))
            _settle(column, wishes, y, tall, gap)
    return y


def _settle(
    column: list[int],
    wishes: list[tuple[float, int]],
    y: list[float],
    tall: Sequence[float],
    gap: float,
) -> None:
    """Set the heights nearest to the wishes, by least squares, at which no two points overlap.

    A wish is a sum and how many heights were added. With the room that each point needs above it
    taken off, heights need only not decrease: isotonic regression, by pooling neighbours that
    disagree (Barlow et al., 1972).
    """
    offsets = [0.0]
    for p, q in pairwise(column):
        offsets.append(offsets[-1] + (tall[p] + tall[q]) / 2 + gap)
    pools: list[tuple[float, int, int]] = []  # the sum, how many heights, how many points
    for (total, weight), offset in zip(wishes, offsets, strict=True):
        total, points = total - offset * weight, 1
        while pools and pools[-1][0] / pools[-1][1] > total / weight:
            before = pools.pop()
            total, weight, points = total + before[0], weight + before[1], points + before[2]
        pools.append((total, weight, points))
    settled = [total / weight for total, weight, points in pools for _ in range(points)]
    for p, height, offset in zip(column, settled, offsets, strict=True):
        y[p] = height + offset
