"""Growing: the leaf whose split gains most is split next, until there are leaves enough.

All threads run `grow` together. Each holds the same view of the tree and comes to the same
decisions; what they share out is the work on rows and columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.fixed_point import answer_exactly, write_fixed_point
from baremath.tree.histogram import WORD_COLUMNS, add_rows, join, subtract
from baremath.tree.parting import part_rows
from baremath.tree.splitting import (
    BIN,
    FEATURE,
    GAIN,
    L1,
    L2,
    LEAST_GAIN,
    LEAST_ROWS,
    LEFT_COUNT,
    LEFT_GRADIENT,
    LEFT_HESSIAN,
    MISSING_LEFT,
    MOST_DEPTH,
    MOST_LEAVES,
    SPLIT_NUMBERS,
    answer,
    best_split,
)
from baremath.tree.threads import barrier, borrowed, kernel, part, share

_MANY_ROWS = 32_768  # of a node: from here on rows are shared out among threads, else columns


@kernel
def grow(thread: int, n_threads: int, data: Any, lesson: Any, work: Any, grown: Any) -> int:
    """Grow a tree; return the number of its nodes."""
    data, lesson, work, grown = borrowed(data), borrowed(lesson), borrowed(work), borrowed(grown)
    settings = lesson.settings
    most_leaves, n = int(settings[MOST_LEAVES]), len(lesson.rows)
    units = write_fixed_point(thread, n_threads, lesson, work)

    node_of = np.zeros(most_leaves, np.int64)
    slot = np.zeros(most_leaves, np.int64)
    half = np.zeros(most_leaves, np.int64)
    begin, end = np.zeros(most_leaves, np.int64), np.zeros(most_leaves, np.int64)
    depth = np.zeros(most_leaves, np.int64)
    totals = np.zeros((most_leaves, 3), np.int64)
    bounds = np.zeros((most_leaves, 2))
    allowed = np.zeros(most_leaves, np.uint64)
    splits = np.zeros((most_leaves, SPLIT_NUMBERS))
    categories = np.zeros((most_leaves, 4), np.uint64)

    end[0], allowed[0] = n, ~np.uint64(0)
    bounds[0, 0], bounds[0, 1] = -np.inf, np.inf
    for each in range(n_threads):
        for k in range(3):
            totals[0, k] += work.root[each, k]

    n_leaves, n_nodes = 1, 1
    fresh, n_fresh = np.zeros(2, np.int64), 1  # leaves without a split, the smaller one first
    while True:
        larger = fresh[n_fresh - 1]
        splits[fresh[0], FEATURE] = splits[larger, FEATURE] = -1
        splits[fresh[0], GAIN] = splits[larger, GAIN] = -np.inf
        may_split = depth[larger] < settings[MOST_DEPTH] and n_leaves < most_leaves
        if may_split and end[larger] - begin[larger] >= 2 * settings[LEAST_ROWS]:
            leaf = fresh[0]
            _sum_rows(
                thread,
                n_threads,
                data,
                work,
                half[leaf],
                begin[leaf],
                end[leaf],
                slot[leaf],
                slot[larger],
            )
            for k in range(n_fresh):
                leaf = fresh[k]
                turn = _turn(lesson.turn, node_of[leaf])
                _find_split(
                    thread,
                    n_threads,
                    data,
                    lesson,
                    work,
                    units,
                    slot[leaf],
                    totals[leaf],
                    bounds[leaf],
                    allowed[leaf],
                    turn,
                    k,
                )
            barrier(work.meeting, n_threads)
            for k in range(n_fresh):
                leaf = fresh[k]
                turn = _turn(lesson.turn, node_of[leaf])
                _take_split(n_threads, work, turn, k, splits[leaf], categories[leaf])

        leaf = np.argmax(splits[:n_leaves, GAIN])
        split = splits[leaf]
        if split[FEATURE] < 0 or n_leaves == most_leaves:
            break
        feature, new = int(split[FEATURE]), n_leaves
        n_left = part_rows(
            thread,
            n_threads,
            data,
            work,
            half[leaf],
            begin[leaf],
            end[leaf],
            split,
            categories[leaf],
        )
        if thread == 0:
            node = node_of[leaf]
            _write_node(grown, node, totals[leaf], units, settings, bounds[leaf])
            grown.numbers[node, 0] = split[GAIN]
            grown.links[node, 0], grown.links[node, 1] = feature, int(split[BIN])
            grown.links[node, 2] = int(split[MISSING_LEFT])
            grown.links[node, 3], grown.links[node, 4] = n_nodes, n_nodes + 1
            grown.links[node, 5], grown.links[node, 6] = begin[leaf], end[leaf]
            _copy(categories[leaf], grown.categories[node])

        # The left child takes the leaf's place, the right one is new
        for k, left in enumerate((LEFT_GRADIENT, LEFT_HESSIAN, LEFT_COUNT)):
            totals[new, k] = totals[leaf, k] - np.int64(split[left])
            totals[leaf, k] = np.int64(split[left])
        end[new] = end[leaf]
        begin[new] = end[leaf] = begin[leaf] + n_left
        node_of[leaf], node_of[new] = n_nodes, n_nodes + 1
        half[leaf] = half[new] = 1 - half[leaf]
        depth[leaf] += 1
        depth[new] = depth[leaf]
        allowed[leaf] &= data.groups[feature]
        allowed[new] = allowed[leaf]
        _copy(bounds[leaf], bounds[new])
        if data.signs[feature] != 0:
            _bound_children(data.signs[feature], totals, leaf, new, units, settings, bounds)
        n_leaves += 1
        n_nodes += 2

        # The smaller child's histogram is summed up, the larger one's is what is left
        fresh[0], fresh[1], n_fresh = leaf, new, 2
        if end[leaf] - begin[leaf] > end[new] - begin[new]:
            fresh[0], fresh[1] = new, leaf
        slot[fresh[1]], slot[fresh[0]] = slot[leaf], new

    if thread == 0:
        for leaf in range(n_leaves):
            node = node_of[leaf]
            _write_node(grown, node, totals[leaf], units, settings, bounds[leaf])
            grown.links[node, 5], grown.links[node, 6] = begin[leaf], end[leaf]
            grown.links[node, 7] = half[leaf]
    barrier(work.meeting, n_threads)
    answer_exactly(thread, n_threads, lesson, work, node_of[:n_leaves], bounds, grown)
    return n_nodes


@part
def _own_columns(thread: int, n_threads: int, n_features: int, n_words: int) -> Any:
    """Return from which column to which a thread works: whole words of the table."""
    first, last = share(thread, n_threads, n_words)
    return min(first * WORD_COLUMNS, n_features), min(last * WORD_COLUMNS, n_features)


@part
def _sum_rows(
    thread: int, n_threads: int, data: Any, work: Any, half: int, begin: int, end: int, slot: int,
    parent: int,
) -> None:  # fmt: skip
    """Sum up a node's histogram, by the columns of this thread; take it from its parent's."""
    n_features, n_words = len(data.n_bins), data.table.shape[1]
    first, last = _own_columns(thread, n_threads, n_features, n_words)
    by_rows = end - begin >= _MANY_ROWS and n_threads > 1
    if by_rows:
        first_row, last_row = share(thread, n_threads, end - begin)
        first_word, last_word = n_words * 0, n_words
        sums = work.parts[thread]
        sums[:] = 0
    else:
        first_row, last_row = begin * 0, end - begin
        first_word, last_word = share(thread, n_threads, n_words)
        sums = work.histograms[slot]
        sums[first:last] = 0
    add_rows(
        data.table,
        work.packed[half],
        work.rows[half],
        begin + first_row,
        begin + last_row,
        first_word,
        last_word,
        work.words[thread],
        sums,
    )
    if by_rows:
        barrier(work.meeting, n_threads)
        join(work.parts, n_threads, first, last, work.histograms[slot])
    if parent != slot:
        subtract(work.histograms[parent], work.histograms[slot], first, last)


@part
def _find_split(
    thread: int, n_threads: int, data: Any, lesson: Any, work: Any, units: Any, slot: int,
    total: Any, bounds: Any, allowed: Any, turn: int, which: int,
) -> None:  # fmt: skip
    """Find a node's best split by the columns of this thread."""
    first, last = _own_columns(thread, n_threads, len(data.n_bins), data.table.shape[1])
    split = work.found[thread, which]
    split[GAIN], split[FEATURE] = lesson.settings[LEAST_GAIN], -1.0
    for f in range(first, last):
        if lesson.chosen[f] and data.groups[f] & allowed != 0:
            gain = split[GAIN]
            if split[FEATURE] >= 0 and _rank(turn, f) < _rank(turn, int(split[FEATURE])):
                split[GAIN] = np.nextafter(gain, -np.inf)  # the same gain is better
            best_split(
                work.histograms[slot, f], f, data.n_bins[f], data.is_categorical[f], data.signs[f],
                units, lesson.settings, total, bounds[0], bounds[1], split,
                work.found_categories[thread, which],
            )  # fmt: skip
            if split[FEATURE] != f:
                split[GAIN] = gain


@part
def _mixed(a: int, b: int) -> Any:
    """Return a number of 63 bits that is as good as drawn for two others.

    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
    """
    x = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) + np.uint64(1)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((x ^ (x >> np.uint64(31))) >> np.uint64(1))


@part
def _turn(turn: int, node: int) -> Any:
    """Return a turn of this node; it keeps whether the tree's is odd."""
    return 2 * (_mixed(turn >> 1, node) >> 1) + (turn & 1)


@part
def _rank(turn: int, feature: int) -> Any:
    """Return the place of a column among those whose splits gain the same.

    An odd turn reverses the order of the even turn before: what the first stage gave to one of two
    equal columns, the second gives to the other.
    """
    rank = _mixed(turn >> 1, feature)
    return -rank if turn & 1 else rank


@part
def _take_split(
    n_threads: int, work: Any, turn: int, which: int, split: Any, categories: Any
) -> None:
    """Take the best of the threads' splits; of equal ones, one as good as drawn."""
    best = 0
    for thread in range(1, n_threads):
        found, known = work.found[thread, which], work.found[best, which]
        if found[FEATURE] < 0:
            continue
        if (
            known[FEATURE] < 0
            or found[GAIN] > known[GAIN]
            or (
                found[GAIN] == known[GAIN]
                and _rank(turn, int(found[FEATURE])) < _rank(turn, int(known[FEATURE]))
            )
        ):
            best = thread
    _copy(work.found[best, which], split)
    _copy(work.found_categories[best, which], categories)
    if split[FEATURE] < 0:
        split[GAIN] = -np.inf


@part
def _bound_children(
    sign: int, totals: Any, left: int, right: int, units: Any, settings: Any, bounds: Any
) -> None:
    """Keep all answers below one child on one side of all those below the other."""
    l1, l2 = settings[L1], settings[L2]
    middle = 0.0
    for child in (left, right):
        g, h = totals[child, 0] * units[0], totals[child, 1] * units[1]
        middle += 0.5 * answer(g, h, l1, l2, bounds[child, 0], bounds[child, 1])
    below, above = (left, right) if sign > 0 else (right, left)
    bounds[below, 1] = bounds[above, 0] = middle


@part
def _write_node(grown: Any, node: int, total: Any, units: Any, settings: Any, bounds: Any) -> None:
    """Write what is known of a node, as a leaf."""
    g, h = total[0] * units[0], total[1] * units[1]
    grown.links[node, 0] = -1
    grown.numbers[node, 0], grown.numbers[node, 1], grown.numbers[node, 2] = 0.0, g, h
    grown.numbers[node, 3] = answer(g, h, settings[L1], settings[L2], bounds[0], bounds[1])


@kernel
def add_answers(
    thread: int, n_threads: int, grown: Any, n_nodes: int, work: Any, rate: float, score: Any
) -> None:
    """Add to each row's score the answer of its leaf, times a rate."""
    first, last = share(thread, n_threads, grown.links[0, 6])
    for node in range(n_nodes):
        if grown.links[node, 0] < 0:
            value = rate * grown.numbers[node, 3]
            rows = work.rows[grown.links[node, 7]]
            start, stop = max(first, grown.links[node, 5]), min(last, grown.links[node, 6])
            if start < stop:
                for row in rows[start:stop]:
                    score[row] += value


@part
def _copy(source: Any, target: Any) -> None:
    """Copy numbers; a slice assignment would compile what builds its error messages."""
    for k in range(len(source)):
        target[k] = source[k]
