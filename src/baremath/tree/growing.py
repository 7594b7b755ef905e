"""Growing: the leaf whose split gains most is split next, until there are leaves enough.

All threads run `grow` together. Each holds the same view of the tree and comes to the same
decisions; what they share out is the work on rows and columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.fixed_point import answer_exactly, n_rows, write_fixed_point
from baremath.tree.histogram import WORD_COLUMNS, add_rows, join, subtract
from baremath.tree.parting import part_rows, write_sides
from baremath.tree.splitting import (
    L1,
    L2,
    LEAST_GAIN,
    LEAST_ROWS,
    MOST_DEPTH,
    MOST_LEAVES,
    answer,
    best_split,
)
from baremath.tree.threads import barrier, filling_kernel, filling_part, share

_MANY_ROWS = 32_768  # of a node: from here on rows are shared out among threads, else columns


@filling_kernel
def grow(thread: int, n_threads: int, data: Any, lesson: Any, work: Any, grown: Any) -> int:
    """Grow a tree; return the number of its nodes."""
    settings, leaves, splits = lesson.settings, work.leaves[thread], work.splits
    most_leaves = np.int64(settings[MOST_LEAVES])
    units = write_fixed_point(thread, n_threads, lesson, work)
    _plant(n_rows(lesson), work.root[:n_threads], leaves[0])

    n_leaves, n_nodes = 1, 1
    smaller, larger = 0, 0  # the leaves that are not searched yet; the root is both
    while True:
        leaf, other = leaves[smaller], leaves[larger]
        leaf.gain = other.gain = -np.inf
        least = 2 * settings[LEAST_ROWS]
        may_split = n_leaves < most_leaves and leaf.depth < settings[MOST_DEPTH]
        if may_split and other.end - other.begin >= least:
            _sum_rows(
                thread, n_threads, data.table, work.packed[leaf.half], work.rows[leaf.half],
                work.words[thread], work.parts, work.histograms, work.meeting, leaf, other.slot,
            )  # fmt: skip
            for k in range(n_leaves):
                if k in (smaller, larger):
                    turn = _turn(lesson.turn, leaves[k].node)
                    _search(
                        thread, n_threads, data.n_bins, data.is_categorical, data.signs,
                        data.groups, lesson.chosen, settings, units, turn, leaves[k],
                        work.histograms[leaves[k].slot], work.scan[thread], work.gains[thread],
                        work.order[thread], splits[thread, k],
                    )  # fmt: skip
            barrier(work.meeting, n_threads)
            for k in range(n_leaves):
                if k in (smaller, larger):
                    _choose(n_threads, splits, k, _turn(lesson.turn, leaves[k].node), leaves[k])

        best = 0
        for k in range(1, n_leaves):
            if leaves[k].gain > leaves[best].gain:
                best = k
        if n_leaves == most_leaves or leaves[best].gain == -np.inf:
            break
        leaf, new = leaves[best], leaves[n_leaves]
        split = splits[leaf.finder, best]
        feature, n_left = split.feature, split.count
        goes_left = work.order[thread]
        write_sides(split, data.is_categorical[feature], goes_left)
        if thread == 0:
            _write_leaf(leaf, units, settings, grown.links, grown.numbers)
            _write_split(leaf.node, split, n_nodes, grown.links, grown.numbers, grown.categories)
        half, begin, end = leaf.half, leaf.begin, leaf.end
        _divide(leaf, split, data.groups[feature], n_nodes, n_leaves, new)
        if data.signs[feature] != 0:
            _bound(data.signs[feature], leaf, new, units, settings)
        part_rows(
            thread, n_threads, data.columns[feature], goes_left, n_left, begin, end,
            work.rows[half], work.packed[half], work.rows[1 - half], work.packed[1 - half],
            work.counts, work.meeting,
        )  # fmt: skip

        # The smaller child's histogram is summed up, the larger one's is what is left
        smaller, larger = best, n_leaves
        if 2 * n_left > end - begin:
            smaller, larger = n_leaves, best
        else:
            leaf.slot, new.slot = new.slot, leaf.slot
        n_leaves += 1
        n_nodes += 2

    if thread == 0:
        for k in range(n_leaves):
            _write_leaf(leaves[k], units, settings, grown.links, grown.numbers)
    barrier(work.meeting, n_threads)
    answer_exactly(thread, n_threads, lesson, work, leaves[:n_leaves], grown)
    return n_nodes


@filling_part
def _plant(n_rows: int, sums: Any, root: Any) -> None:
    """Make a leaf of all rows, whose numbers each thread has summed up of some."""
    root.node = root.slot = root.half = root.begin = root.depth = 0
    root.gradient = root.hessian = 0
    root.end, root.groups, root.low, root.high = n_rows, ~np.uint64(0), -np.inf, np.inf
    for each in range(len(sums)):
        root.gradient += sums[each, 0]
        root.hessian += sums[each, 1]


@filling_part
def _divide(leaf: Any, split: Any, groups: Any, n_nodes: int, slot: int, new: Any) -> None:
    """Make a leaf its left child, and a new one its right child, with a slot of its own."""
    leaf.node, new.node = n_nodes, n_nodes + 1
    new.slot = slot
    new.end = leaf.end
    new.begin = leaf.end = leaf.begin + split.count
    new.half = leaf.half = 1 - leaf.half
    new.depth = leaf.depth = leaf.depth + 1
    new.groups = leaf.groups = leaf.groups & groups
    new.gradient, leaf.gradient = leaf.gradient - split.gradient, split.gradient
    new.hessian, leaf.hessian = leaf.hessian - split.hessian, split.hessian
    new.low, new.high = leaf.low, leaf.high


@filling_part
def _sum_rows(
    thread: int, n_threads: int, table: Any, packed: Any, rows: Any, words: Any, parts: Any,
    histograms: Any, meeting: Any, leaf: Any, parent: int,
) -> None:  # fmt: skip
    """Sum up a leaf's histogram, by the columns of this thread; take it from its parent's."""
    sums, n_words = histograms[leaf.slot], table.shape[1]
    first, last = _own_columns(thread, n_threads, len(sums), n_words)
    n = leaf.end - leaf.begin
    by_rows = n >= _MANY_ROWS and n_threads > 1
    if by_rows:
        a, b = share(thread, n_threads, n)
        first_word, last_word = n_words * 0, n_words
    else:
        a, b = n * 0, n
        first_word, last_word = share(thread, n_threads, n_words)
    add_rows(
        table, packed, rows, leaf.begin + a, leaf.begin + b, first_word, last_word, words,
        parts[thread] if by_rows else sums,
    )  # fmt: skip
    if by_rows:
        barrier(meeting, n_threads)
        join(parts, n_threads, first, last, sums)
    if parent != leaf.slot:
        subtract(histograms[parent], sums, first, last)


@filling_part
def _own_columns(thread: int, n_threads: int, n_features: int, n_words: int) -> Any:
    """Return from which column to which a thread works: whole words of the table."""
    first, last = share(thread, n_threads, n_words)
    return min(first * WORD_COLUMNS, n_features), min(last * WORD_COLUMNS, n_features)


@filling_part
def _search(
    thread: int, n_threads: int, n_bins: Any, is_categorical: Any, signs: Any, groups: Any,
    chosen: Any, settings: Any, units: Any, turn: int, leaf: Any, sums: Any, scan: Any, gains: Any,
    order: Any, split: Any,
) -> None:  # fmt: skip
    """Find a leaf's best split by the columns of this thread."""
    n_words = (len(n_bins) + WORD_COLUMNS - 1) // WORD_COLUMNS
    first, last = _own_columns(thread, n_threads, len(n_bins), n_words)
    split.gain, split.feature = settings[LEAST_GAIN], -1
    if leaf.end - leaf.begin < 2 * settings[LEAST_ROWS]:
        return
    for f in range(first, last):
        if chosen[f] and groups[f] & leaf.groups != 0:
            before = split.feature >= 0 and _rank(turn, f) < _rank(turn, split.feature)
            if best_split(
                sums[f], n_bins[f], is_categorical[f], signs[f], before, units, settings, leaf,
                scan, gains, order, split,
            ):  # fmt: skip
                split.feature = f


@filling_part
def _choose(n_threads: int, splits: Any, k: int, turn: int, leaf: Any) -> None:
    """Take the best of the threads' splits; of equal ones, one as good as drawn."""
    leaf.finder = 0
    for thread in range(1, n_threads):
        found, known = splits[thread, k], splits[leaf.finder, k]
        if found.feature >= 0 and (
            known.feature < 0
            or found.gain > known.gain
            or (
                found.gain == known.gain and _rank(turn, found.feature) < _rank(turn, known.feature)
            )
        ):
            leaf.finder = thread
    if splits[leaf.finder, k].feature >= 0:
        leaf.gain = splits[leaf.finder, k].gain


@filling_part
def _bound(sign: int, left: Any, right: Any, units: Any, settings: Any) -> None:
    """Keep all answers below one child on one side of all those below the other."""
    l1, l2, low, high = settings[L1], settings[L2], left.low, left.high
    middle = 0.5 * (
        answer(left.gradient * units[0], left.hessian * units[1], l1, l2, low, high)
        + answer(right.gradient * units[0], right.hessian * units[1], l1, l2, low, high)
    )
    if sign > 0:
        left.high = right.low = middle
    else:
        left.low = right.high = middle


@filling_part
def _write_leaf(leaf: Any, units: Any, settings: Any, links: Any, numbers: Any) -> None:
    """Write what is known of a node, as a leaf."""
    g, h, node = leaf.gradient * units[0], leaf.hessian * units[1], leaf.node
    links[node, 0] = -1
    links[node, 5], links[node, 6], links[node, 7] = leaf.begin, leaf.end, leaf.half
    numbers[node, 0], numbers[node, 1], numbers[node, 2] = 0.0, g, h
    numbers[node, 3] = answer(g, h, settings[L1], settings[L2], leaf.low, leaf.high)


@filling_part
def _write_split(
    node: int, split: Any, n_nodes: int, links: Any, numbers: Any, categories: Any
) -> None:
    """Write what a node asks."""
    numbers[node, 0] = split.gain
    links[node, 0], links[node, 1], links[node, 2] = split.feature, split.bin, split.missing_left
    links[node, 3], links[node, 4] = n_nodes, n_nodes + 1
    for k in range(categories.shape[1]):
        categories[node, k] = split.categories[k]


@filling_part
def _mixed(a: int, b: int) -> Any:
    """Return a number of 63 bits that is as good as drawn for two others.

    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
    """
    x = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) + np.uint64(1)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((x ^ (x >> np.uint64(31))) >> np.uint64(1))


@filling_part
def _turn(turn: int, node: int) -> Any:
    """Return a turn of this node; it keeps whether the tree's is odd."""
    return 2 * (_mixed(turn >> 1, node) >> 1) + (turn & 1)


@filling_part
def _rank(turn: int, feature: int) -> Any:
    """Return the place of a column among those whose splits gain the same.

    An odd turn reverses the order of the even turn before: what the first stage gave to one of two
    equal columns, the second gives to the other.
    """
    rank = _mixed(turn >> 1, feature)
    return -rank if turn & 1 else rank


@filling_kernel
def add_answers(
    thread: int, n_threads: int, grown: Any, n_nodes: int, rows: Any, rate: float, score: Any
) -> None:
    """Add to each row's score the answer of its leaf, times a rate."""
    first, last = share(thread, n_threads, grown.links[0, 6])
    for node in range(n_nodes):
        if grown.links[node, 0] < 0:
            value = rate * grown.numbers[node, 3]
            of_half = rows[grown.links[node, 7]]
            start, stop = max(first, grown.links[node, 5]), min(last, grown.links[node, 6])
            if start < stop:
                for row in of_half[start:stop]:
                    score[row] += value
