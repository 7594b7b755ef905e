"""Growing a deep tree: each node's rows stay together, and its best question parts them.

Nodes are split depth first; or, where the number of leaves is limited, best first: the leaf whose
split gains most.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.deep_room import Data, Rules, scratch
from baremath.tree.deep_split import find_split
from baremath.tree.deep_target import Target
from baremath.tree.deep_values import make_tree
from baremath.tree.ranks import Ranks
from baremath.tree.structure import LEAF, Tree
from baremath.tree.threads import borrowed, inlined, kernel

#: A node while the tree grows: its question, its first child (the second is the next node), its
#: place in the list of rows, and the bounds that monotonic columns set for its value.
NODE = np.dtype(
    [
        ("feature", np.int32),
        ("below", np.int32),
        ("above", np.int32),
        ("missing_left", np.int32),
        ("left", np.int32),
        ("depth", np.int32),
        ("start", np.int64),
        ("stop", np.int64),
        ("gain", np.float64),
        ("weight", np.float64),
        ("left_value", np.float64),
        ("right_value", np.float64),
        ("low", np.float64),
        ("high", np.float64),
    ],
    align=True,
)


def grow_tree(
    ranks: Ranks, target: Target, weight: Any, rows: Any, rules: Rules, signs: Any, seed: int
) -> Tree:
    """Return the tree of some rows.

    Parameters
    ----------
    ranks : Ranks
        The table.
    target : Target
        What is learned.
    weight : ndarray of float64 of shape (n_samples,)
        What each row counts.
    rows : ndarray of uint32
        The rows of positive weight; their order changes, so that each node's are together.
    rules : Rules
        When to split.
    signs : ndarray of int8 of shape (n_features,)
        Whether the prediction may only rise or fall with each column.
    seed : int
        Draws the columns.
    """
    data = Data(
        codes=ranks.codes,
        n_codes=ranks.n_codes,
        missing=ranks.missing,
        is_categorical=ranks.is_categorical,
        has_missing=ranks.has_missing,
        monotonic=signs,
        weight=weight,
        labels=target.labels,
        targets=target.targets,
        y_order=target.y_order,
        y_values=target.y_values,
    )
    nodes, categories = _grow(data, rules, rows, seed)
    return make_tree(nodes, categories, ranks, target, data, rows)


def _grow(data: Data, rules: Rules, rows: Any, seed: int) -> tuple[Any, Any]:
    """Return the nodes of a tree, and the categories that go left at each."""
    most = min(2 * len(rows), 2 * rules.max_leaves) + 1
    nodes = np.empty(most, NODE)
    categories = np.zeros((most if data.is_categorical.any() else 0, 4), np.uint64)
    queue = np.empty(most, np.int32)
    room = scratch(data, rules, seed)
    best_first = rules.max_leaves < len(rows)
    n_nodes = _grow_nodes(data, rules, room, best_first, rows, nodes, categories, queue)
    return nodes[:n_nodes], categories[:n_nodes]


@kernel
def _grow_nodes(
    all_data: Any, rules: Any, all_room: Any, best_first: bool, rows: Any, nodes: Any,
    categories: Any, queue: Any,
) -> int:  # fmt: skip
    """Write the nodes; return how many. Those in the queue have a question that may be asked."""
    data, room = borrowed(all_data), borrowed(all_room)
    _start(nodes, 0, 0, 0, len(rows), -np.inf, np.inf)
    first, n_nodes, waiting, growing = 0, 1, 0, True
    while growing:
        for node in range(n_nodes - 1, first - 1, -1):
            if _choose(data, rules, room, rows, nodes, categories, node):
                waiting = _push(queue, waiting, nodes, node, best_first)
        growing = waiting > 0 and n_nodes + 1 < 2 * rules.max_leaves
        if growing:
            waiting -= 1
            node = _pop(queue, waiting, nodes) if best_first else queue[waiting]
            _part(data, rules, room, rows, nodes, categories, node, n_nodes)
            first = n_nodes
            n_nodes += 2
    for i in range(waiting):
        nodes[queue[i]].feature = LEAF
        nodes[queue[i]].gain = 0.0
    return n_nodes


@inlined
def _start(
    nodes: Any, node: int, depth: int, start: int, stop: int, low: float, high: float
) -> None:
    """Make a leaf."""
    new = nodes[node]
    new.feature, new.left, new.below, new.above = LEAF, LEAF, 0, 0
    new.missing_left = 0
    new.depth, new.start, new.stop = depth, start, stop
    new.gain, new.weight, new.low, new.high = 0.0, 0.0, low, high


@inlined
def _choose(
    data: Any, rules: Any, room: Any, rows: Any, nodes: Any, categories: Any, node: int
) -> bool:
    """Write down the node's best question; whether it shall be asked."""
    this = nodes[node]
    n_rows = this.stop - this.start
    if (
        this.depth >= rules.max_depth
        or n_rows < rules.min_rows_split
        or n_rows < 2 * rules.min_rows_leaf
    ):
        return False
    if not find_split(data, rules, room, rows, this.start, this.stop, this.low, this.high):
        return False
    split = room.split[0]
    if split.gain < rules.min_gain:
        return False
    this.feature, this.below, this.above = split.feature, split.below, split.above
    this.missing_left, this.gain = split.missing_left, split.gain
    this.left_value, this.right_value = split.left_value, split.right_value
    if data.is_categorical[split.feature]:
        for word in range(4):
            categories[node, word] = room.categories[word]
    return True


@inlined
def _part(
    data: Any,
    rules: Any,
    room: Any,
    rows: Any,
    nodes: Any,
    categories: Any,
    node: int,
    n_nodes: int,
) -> None:
    """Give the node two children, and each its rows, in the order they had."""
    this = nodes[node]
    feature, below, missing, left = this.feature, this.below, data.missing, this.missing_left
    categorical = data.is_categorical[feature]
    mine, buffer = rows[this.start : this.stop], room.buffer
    middle, others = np.uint64(0), np.uint64(0)
    for i in range(len(mine)):
        row = mine[i]
        code = np.int64(data.codes[row, feature])
        if categorical and code != missing:
            goes = (categories[node, code >> 6] >> np.uint64(code & 63)) & np.uint64(1)
        else:
            goes = np.uint64((code <= below) | ((code == missing) & (left > 0)))
        mine[middle] = row
        buffer[others] = row
        middle += goes
        others += np.uint64(1) - goes
    rest = mine[middle:]
    for i in range(len(rest)):
        rest[i] = buffer[i]
    middle = np.int64(middle) + this.start
    this.left = n_nodes
    low_left, high_left, low_right, high_right = this.low, this.high, this.low, this.high
    if data.monotonic[feature] != 0:
        between = this.left_value / 2 + this.right_value / 2
        if data.monotonic[feature] > 0:
            high_left, low_right = between, between
        else:
            low_left, high_right = between, between
    _start(nodes, n_nodes, this.depth + 1, this.start, middle, low_left, high_left)
    _start(nodes, n_nodes + 1, this.depth + 1, middle, this.stop, low_right, high_right)


@inlined
def _push(heap: Any, waiting: int, nodes: Any, node: int, best_first: bool) -> int:
    """Add a node to the end, or to the heap whose first gains most."""
    place = waiting
    while best_first and place > 0 and nodes[heap[(place - 1) // 2]].gain < nodes[node].gain:
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = node
    return waiting + 1


@inlined
def _pop(heap: Any, waiting: int, nodes: Any) -> Any:
    """Take the first node from the heap, and leave so many."""
    first, node, place = heap[0], heap[waiting], 0
    while 2 * place + 1 < waiting:
        child = 2 * place + 1
        if child + 1 < waiting and nodes[heap[child + 1]].gain > nodes[heap[child]].gain:
            child += 1
        if nodes[heap[child]].gain <= nodes[node].gain:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = node
    return first
