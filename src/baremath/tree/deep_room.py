"""What the kernels of deep trees share: the data, the rules, and the room that they work in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

#: The criteria.
SQUARED, ENTROPY, POISSON, ABSOLUTE = range(4)

#: What is known of a node's best split; `to_beat` is the gain that a better one surpasses, `most`
#: the most that any can gain, and `rounding` what rounding may add to a gain.
SPLIT = np.dtype(
    [
        ("gain", np.float64),
        ("to_beat", np.float64),
        ("most", np.float64),
        ("rounding", np.float64),
        ("feature", np.int32),
        ("below", np.int32),
        ("above", np.int32),
        ("missing_left", np.int32),
        ("left_value", np.float64),
        ("right_value", np.float64),
    ],
    align=True,
)

#: What rounding may add to a sum of ones, at most.
ROUNDING = 1e-13


class Data(NamedTuple):
    """What a tree is grown from; arrays with an entry a row, or a column.

    `labels` holds the class of each row where there are more than two, else it is empty and
    `targets` of shape (n_samples, n_targets) holds numbers. `y_order` is the place of each row's
    target among `y_values`, all that there are, sorted; for the absolute error only.
    """

    codes: Any
    n_codes: Any
    missing: int
    is_categorical: Any
    has_missing: Any
    monotonic: Any
    weight: Any
    labels: Any
    targets: Any
    y_order: Any
    y_values: Any


class Rules(NamedTuple):
    """When a node is split, and how: numbers with scikit-learn's meaning."""

    criterion: int
    n_targets: int
    max_features: int
    max_depth: int
    max_leaves: int
    min_rows_split: int
    min_rows_leaf: int
    min_weight_leaf: float
    min_gain: float


class Scratch(NamedTuple):
    """Room that the search uses again for each node; sums and bits are zero in between.

    `amounts` holds what each row of the node adds to the `plain_sums` of its code: its weight, its
    weighted target, 1 and 0. `bits` has one for each code that occurs, `words` one for each word of
    `bits` that isn't zero.
    """

    amounts: Any
    plain_sums: Any
    sums: Any
    counts: Any
    bits: Any
    words: Any
    present: Any
    keys: Any
    columns: Any
    total: Any
    left: Any
    state: Any
    split: Any
    categories: Any
    buffer: Any
    fenwick: Any
    losses: Any


def scratch(data: Data, rules: Rules, seed: int) -> Scratch:
    """Return room for growing one tree."""
    n_codes = data.missing + 1
    medians = rules.criterion == ABSOLUTE
    return Scratch(
        amounts=np.empty((len(data.codes), 4)),
        plain_sums=np.zeros((n_codes, 4)),
        sums=np.zeros((n_codes, 1 + rules.n_targets)),
        counts=np.zeros(n_codes, np.int32),
        bits=np.zeros((n_codes >> 6) + 1, np.uint64),
        words=np.zeros((n_codes >> 12) + 1, np.uint64),
        present=np.empty(n_codes + 2, np.int32),
        keys=np.empty(n_codes + 2 if data.is_categorical.any() else 0),
        columns=np.arange(len(data.n_codes)),
        total=np.zeros(1 + rules.n_targets),
        left=np.zeros(1 + rules.n_targets),
        state=np.array([seed], np.uint64),
        split=np.zeros(1, SPLIT),
        categories=np.zeros(4, np.uint64),
        buffer=np.empty(len(data.codes), np.uint32),
        fenwick=np.zeros((len(data.y_values) + 1 if medians else 0, 2)),
        losses=np.empty((n_codes + 2 if medians else 0, 2)),
    )
