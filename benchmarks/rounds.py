"""Several sides, measured in rounds: each once a round, in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from benchmarks.measure import REST, Pair, rested

Runs = dict[str, list[float]]


def in_rounds(actions: dict[str, Callable[[], object]], n_rounds: int, rest: float = REST) -> Runs:
    """Return the seconds of each side's runs, each after a rest; every other round backwards."""
    runs: Runs = {name: [] for name in actions}
    for i in range(n_rounds):
        for name in list(actions)[:: 1 if i % 2 == 0 else -1]:
            runs[name].append(rested(actions[name], rest))
    return runs


def pair(runs: Runs, ours: str, theirs: str) -> Pair:
    """Return the medians of two sides, and that of the ratios within a round."""
    return Pair(
        ours=statistics.median(runs[ours]),
        theirs=statistics.median(runs[theirs]),
        ratio=statistics.median(b / a for a, b in zip(runs[ours], runs[theirs], strict=True)),
    )
