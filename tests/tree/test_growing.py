"""Trees against every split that there is, node by node, in plain Python."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.tree.binning import Binner
from baremath.tree.grower import Grower, Settings
from baremath.tree.growth import Binned
from baremath.tree.structure import LEAF

LIMITS = Settings(
    l2=0.0,
    l1=0.0,
    min_hessian=0.0,
    min_samples_leaf=1,
    min_gain=0.0,
    max_leaf_nodes=6,
    max_depth=10,
    category_smoothing=0.0,
)


def grow(data, limits, n_threads=1, drawn=None, chosen=None):
    """Grow one tree; return it with the rows in the order of its leaves."""
    n, n_features = data.table.shape
    weight = np.zeros(0) if data.weight is None else data.weight
    binner = Binner(255, n_threads=n_threads)
    binner.fit(data.table, data.is_categorical, None if data.weight is None else weight)
    bins = binner.transform(data.table)
    binned = Binned(
        bins.view(np.uint64),
        binner.columns(bins),
        binner.n_bins,
        data.is_categorical,
        data.signs,
        data.groups,
    )
    rows = np.arange(n, dtype=np.uint32) if drawn is None else drawn.astype(np.uint32)
    chosen = np.ones(n_features, bool) if chosen is None else chosen
    with Grower(binned, binner.thresholds, limits, n_threads) as grower:
        grower.grow(
            data.gradient.astype(np.float32),
            data.hessian.astype(np.float32),
            weight,
            rows,
            chosen,
        )
        score = np.zeros(n)
        grower.add_to(score, 1.0)
        leaves = {node: np.sort(leaf_rows) for node, leaf_rows in grower.leaves()}
        return SimpleNamespace(tree=grower.tree(1.0), score=score, leaves=leaves)


def rounded(numbers):
    """Return numbers that float32 holds, so that nothing is lost when they are handed over."""
    return np.float32(numbers).astype(np.float64)


def make(table, gradient, hessian=None, weight=None, categorical=(), signs=None, groups=None):
    table = np.ascontiguousarray(table, np.float64)
    n, n_features = table.shape
    is_categorical = np.zeros(n_features, bool)
    is_categorical[list(categorical)] = True
    return SimpleNamespace(
        table=table,
        gradient=rounded(gradient),
        hessian=np.ones(n) if hessian is None else rounded(hessian),
        weight=None if weight is None else np.asarray(weight, np.float64),
        is_categorical=is_categorical,
        signs=np.zeros(n_features, np.int64) if signs is None else np.asarray(signs, np.int64),
        groups=np.ones(n_features, np.uint64) if groups is None else np.asarray(groups, np.uint64),
    )


# The reference


def answer(G, H, limits, low=-np.inf, high=np.inf):
    T = np.sign(G) * max(abs(G) - limits.l1, 0.0)
    return min(max(-T / (H + limits.l2), low), high)


def loss(G, H, v, limits):
    return G * v + 0.5 * (H + limits.l2) * v * v + limits.l1 * abs(v)


def sums(data, rows):
    w = np.ones(len(data.gradient)) if data.weight is None else data.weight
    return (w * data.gradient)[rows].sum(), (w * data.hessian)[rows].sum()


def partitions(data, rows, column):
    """Yield the rows that go left, for every question about a column."""
    x = data.table[rows, column]
    known, missing = rows[~np.isnan(x)], rows[np.isnan(x)]
    values = np.unique(data.table[known, column])
    if data.is_categorical[column]:
        sets = [s for k in range(1, len(values) + 1) for s in combinations(values, k)]
        sides = [known[np.isin(data.table[known, column], s)] for s in sets]
    else:
        sides = [known[data.table[known, column] <= value] for value in values]
    for side in sides:
        yield side
        if len(missing):
            yield np.concatenate([side, missing])


def gain_of(data, limits, rows, left, column, bounds):
    """Return what a split gains, or None if it may not be."""
    right = np.setdiff1d(rows, left)
    (GL, HL), (GR, HR) = sums(data, left), sums(data, right)
    if min(len(left), len(right)) < limits.min_samples_leaf or min(HL, HR) < limits.min_hessian:
        return None
    G, H = sums(data, rows)
    vl, vr = answer(GL, HL, limits, *bounds), answer(GR, HR, limits, *bounds)
    if data.signs[column] * (vl - vr) > 0:
        return None
    before = loss(G, H, answer(G, H, limits, *bounds), limits)
    return before - loss(GL, HL, vl, limits) - loss(GR, HR, vr, limits)


def best_gain(data, limits, node):
    """Return the most that a split of a node gains."""
    best = 0.0
    for column in range(data.table.shape[1]):
        if not data.groups[column] & node.allowed:
            continue
        for left in partitions(data, node.rows, column):
            gain = gain_of(data, limits, node.rows, left, column, node.bounds)
            best = max(best, -1.0 if gain is None else gain)
    return best


def goes_left(data, tree, node):
    """Return which rows go left at a node of a tree, by its question."""
    x = data.table[:, tree.feature[node]]
    if tree.asks_for_categories(node):
        code = np.nan_to_num(x).astype(int)
        left = (tree.categories[node][code >> 6] >> (code & 63).astype(np.uint64)) & np.uint64(1)
        left = left.astype(bool)
    else:
        left = x <= tree.threshold[node]
    return np.where(np.isnan(x), tree.missing_left[node], left)


def check(data, limits, grown, rows=None):
    """Go through a tree in the order in which it was grown; every split must be the best."""
    tree = grown.tree
    rows = np.arange(len(data.table)) if rows is None else rows
    root = SimpleNamespace(rows=rows, bounds=(-np.inf, np.inf), allowed=~np.uint64(0), depth=0)
    frontier = {0: root}

    def gain_left(node):
        if node.depth == limits.max_depth:
            return 0.0
        return best_gain(data, limits, node)

    could = {0: gain_left(root)}
    splits = sorted(np.flatnonzero(tree.feature != LEAF), key=lambda node: tree.left[node])
    for place in splits:
        node, column = frontier.pop(place), tree.feature[place]
        gain = could.pop(place)
        assert tree.gain[place] == pytest.approx(gain, rel=1e-9, abs=1e-9)
        assert gain >= max(could.values(), default=0.0) - 1e-9
        assert gain > limits.min_gain
        left = node.rows[goes_left(data, tree, place)[node.rows]]
        right = np.setdiff1d(node.rows, left)
        own = gain_of(data, limits, node.rows, left, column, node.bounds)
        assert own == pytest.approx(gain, rel=1e-9, abs=1e-9)
        low, high = node.bounds
        bounds = [node.bounds, node.bounds]
        if data.signs[column]:
            middle = np.mean([answer(*sums(data, s), limits, low, high) for s in (left, right)])
            bounds = [(low, middle), (middle, high)]
            if data.signs[column] < 0:
                bounds = [(middle, high), (low, middle)]
        for child, child_rows, child_bounds in zip(
            (tree.left[place], tree.right[place]), (left, right), bounds, strict=True
        ):
            frontier[child] = SimpleNamespace(
                rows=child_rows,
                bounds=child_bounds,
                allowed=node.allowed & data.groups[column],
                depth=node.depth + 1,
            )
            could[child] = gain_left(frontier[child])
    if len(frontier) < limits.max_leaf_nodes:
        assert max(could.values()) <= limits.min_gain + 1e-9
    assert len(frontier) <= limits.max_leaf_nodes
    for place, node in frontier.items():
        value = answer(*sums(data, node.rows), limits, *node.bounds)
        assert tree.value[place, 0] == pytest.approx(value, rel=1e-12, abs=1e-12)
        assert tree.n_samples[place] == len(node.rows)
        assert tree.weight[place] == pytest.approx(sums(data, node.rows)[1], rel=1e-12)
        np.testing.assert_array_equal(grown.leaves[place], np.sort(node.rows))
        np.testing.assert_array_equal(grown.score[node.rows], tree.value[place, 0])


# Numbers that fixed point holds exactly, so that equal gains are equal


@st.composite
def problems(draw, categories=False, missing=False):
    n = draw(st.integers(1, 14))
    n_features = draw(st.integers(1, 3))
    value = st.integers(0, 3 if categories else 5)
    if missing:
        value = st.one_of(st.none(), value)
    table = draw(
        st.lists(st.lists(value, min_size=n_features, max_size=n_features), min_size=n, max_size=n)
    )
    table = np.array([[np.nan if x is None else float(x) for x in row] for row in table])
    numbers = st.lists(st.integers(-8, 8), min_size=n, max_size=n)
    gradient = draw(numbers)
    hessian = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    weight = draw(st.one_of(st.none(), st.lists(st.integers(1, 4), min_size=n, max_size=n)))
    columns = draw(st.sets(st.integers(0, n_features - 1))) if categories else ()
    return make(table, gradient, hessian, weight, columns)


@st.composite
def limits(draw, *, regular=True):
    few = st.sampled_from
    return LIMITS._replace(
        l2=draw(few([0.0, 1.0, 2.5])) if regular else 0.0,
        l1=draw(few([0.0, 0.0, 3.0])) if regular else 0.0,
        min_hessian=draw(few([0.0, 3.0])) if regular else 0.0,
        min_samples_leaf=draw(st.integers(1, 4)) if regular else 1,
        min_gain=draw(few([0.0, 0.0, 1.5])),
        max_leaf_nodes=draw(st.integers(2, 8)),
        max_depth=draw(st.integers(1, 4)),
    )


@settings(max_examples=60)
@given(problems(missing=True), limits())
def test_every_split_is_the_best_there_is(data, limits):
    check(data, limits, grow(data, limits))


@settings(max_examples=40)
@given(problems(categories=True, missing=True), limits(regular=False))
def test_categories_are_split_as_well_as_by_any_of_their_sets(data, limits):
    check(data, limits, grow(data, limits))


@settings(max_examples=40)
@given(problems(missing=True), limits(), st.lists(st.sampled_from([-1, 0, 1]), min_size=3))
def test_monotonic_columns_are_split_as_well_as_their_bounds_allow(data, limits, signs):
    data.signs = np.array(signs[: data.table.shape[1]], np.int64)
    check(data, limits, grow(data, limits))


@settings(max_examples=30)
@given(problems(), limits(), st.lists(st.integers(1, 7), min_size=3))
def test_a_path_asks_for_columns_of_one_group_only(data, limits, groups):
    data.groups = np.array(groups[: data.table.shape[1]], np.uint64)
    check(data, limits, grow(data, limits))


@settings(max_examples=20)
@given(problems(), limits(), st.data())
def test_only_the_drawn_rows_and_columns_count(data, limits, draw):
    n, n_features = data.table.shape
    drawn = np.array(sorted(draw.draw(st.sets(st.integers(0, n - 1), min_size=1))))
    chosen = np.array(draw.draw(st.lists(st.booleans(), min_size=n_features, max_size=n_features)))
    grown = grow(data, limits, drawn=drawn, chosen=chosen)
    data.groups = chosen.astype(np.uint64)
    check(data, limits, grown, drawn)


def large(n=40_000, seed=0):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n, 9))
    table[rng.random(table.shape) < 0.05] = np.nan
    table[:, 8] = rng.integers(0, 20, n)
    gradient = (
        np.nan_to_num(table[:, 0])
        + np.sin(3 * np.nan_to_num(table[:, 1]))
        + 0.3 * (table[:, 8] % 3)
    )
    return make(table, gradient + rng.normal(size=n), rng.uniform(0.1, 1, n), categorical=[8])


def test_the_tree_is_the_same_for_any_number_of_threads():
    data = large()
    limits = LIMITS._replace(max_leaf_nodes=31, min_samples_leaf=20)
    one = grow(data, limits)
    assert one.tree.n_leaves == 31
    for n_threads in (2, 3):
        other = grow(data, limits, n_threads)
        for field in ("feature", "threshold", "missing_left", "left", "right", "value", "gain"):
            np.testing.assert_array_equal(getattr(one.tree, field), getattr(other.tree, field))
        np.testing.assert_array_equal(one.score, other.score)
        np.testing.assert_array_equal(one.tree.categories, other.tree.categories)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_equal_columns_take_turns(n_threads):
    data = large()
    data = make(np.tile(data.table[:, :2], 10), data.gradient, data.hessian)
    limits = LIMITS._replace(max_leaf_nodes=80, min_samples_leaf=20)
    grown = grow(data, limits, n_threads)
    feature = grown.tree.feature[grown.tree.feature != LEAF]
    used = np.bincount(feature, minlength=20)
    assert used.max() <= 15  # of 79 questions
    assert (used > 0).sum() >= 16
    if n_threads > 1:
        np.testing.assert_array_equal(grown.tree.feature, grow(data, limits).tree.feature)


def test_rounded_sums_lose_next_to_nothing():
    data = large(5000)
    limits = LIMITS._replace(max_leaf_nodes=2, min_samples_leaf=20)
    grown = grow(data, limits)
    known = np.arange(5000)
    best = max(
        gain_of(data, limits, known, left, column, (-np.inf, np.inf))
        for column in (0, 1)
        for left in thinned(data, known, column)
    )
    assert grown.tree.gain[0] > 0.999 * best
    left = goes_left(data, grown.tree, 0)
    G, H = sums(data, np.flatnonzero(left))
    assert grown.tree.value[grown.tree.left[0], 0] == pytest.approx(-G / H, rel=1e-13)


def thinned(data, rows, column):
    x = data.table[rows, column]
    for value in np.nanquantile(x, np.linspace(0.01, 0.99, 60)):
        yield rows[x <= value]
        yield rows[~(x > value)]


def test_smoothing_draws_rare_categories_to_the_middle():
    table = np.array([[0.0]] * 30 + [[1.0]] * 30 + [[2.0]])
    gradient = np.array([1.0] * 30 + [-1.0] * 30 + [-8.0])
    order = {
        smoothing: grow(
            make(table, gradient, categorical=[0]),
            LIMITS._replace(max_leaf_nodes=2, category_smoothing=smoothing, min_samples_leaf=20),
        ).tree.categories[0, 0]
        for smoothing in (0.0, 100.0)
    }
    assert order[0.0] == 0b110  # by their means -8, -1, 1
    assert order[100.0] == 0b010 or order[100.0] == 0b110


@pytest.mark.parametrize("gradient", [0.1, 1e-30, 0.0, 1e30])
def test_rows_that_are_all_alike_are_not_split(gradient):
    table = np.arange(50.0)[:, None]
    data = make(table, np.full(50, gradient))
    tree = grow(data, LIMITS).tree
    assert len(tree) == 1
    assert tree.value[0, 0] == pytest.approx(-data.gradient[0], rel=1e-14)
