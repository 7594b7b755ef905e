"""Where the nodes of a drawn tree stand.

Reingold and Tilford (1981), Tidier drawings of trees: subtrees are laid out for themselves and then
pushed together until they nearly touch; a parent stands in the middle above its children.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Children = Mapping[int, tuple[int, int]]


def tidy(children: Children, extents: Mapping[int, float], gap: float) -> dict[int, float]:
    """Return the middle of each node across the direction of growth, the least edge at 0.

    Parameters
    ----------
    children : mapping of int to pair of int
        The first and the second child of each inner node; a node's number is below its children's,
        and node 0 is the root.
    extents : mapping of int to float
        How much room each node takes.
    gap : float
        The least distance between nodes side by side.

    Returns
    -------
    dict of int to float

    Examples
    --------
    >>> tidy({0: (1, 2), 2: (3, 4)}, dict.fromkeys(range(5), 10.0), 2.0)
    {0: 11.0, 1: 5.0, 2: 17.0, 3: 11.0, 4: 23.0}
    """
    shift: dict[int, float] = {0: 0.0}
    outlines: dict[int, tuple[list[float], list[float]]] = {}
    for node in sorted(extents, reverse=True):
        half = extents[node] / 2
        if node not in children:
            outlines[node] = [-half], [half]
            continue
        first, second = children[node]
        apart = _distance(outlines[first][1], outlines[second][0], gap)
        shift[first], shift[second] = -apart / 2, apart / 2
        low = _joined(outlines[first][0], outlines[second][0], -apart / 2, apart / 2)
        high = _joined(outlines[second][1], outlines[first][1], apart / 2, -apart / 2)
        outlines[node] = [-half, *low], [half, *high]
        del outlines[first], outlines[second]
    middle = {0: -min(outlines[0][0])}
    for node in sorted(children):
        for child in children[node]:
            middle[child] = middle[node] + shift[child]
    return dict(sorted(middle.items()))


def _distance(ends: Sequence[float], starts: Sequence[float], gap: float) -> float:
    """Return how far apart two subtrees' roots must stand."""
    return max(end - start for end, start in zip(ends, starts, strict=False)) + gap


def _joined(
    near: Sequence[float], far: Sequence[float], near_shift: float, far_shift: float
) -> list[float]:
    """Return the outline of two subtrees: the nearer one's, and below it that of the deeper."""
    rest = far[len(near) :]
    return [x + near_shift for x in near] + [x + far_shift for x in rest]
