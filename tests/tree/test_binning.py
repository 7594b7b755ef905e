"""Bins against NumPy's search, and edges against weights as repetition, at any numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from baremath.tree.binning import STRIDE, Binner, transposed

EXTREME = [-np.inf, np.inf, np.nan, 0.0, -0.0, 1e300, -1e300, 1e-300, 5e-324, -5e-324, 1e-323, 1.0]
EXTREME += [np.nextafter(1, 2), np.nextafter(1, 0), 1.7e308, -1.7e308, 2.0**53, 2.0**53 + 2]

numbers = st.sampled_from(EXTREME) | st.floats() | st.integers(-3, 3).map(float)
columns = st.lists(numbers, min_size=1, max_size=60).map(lambda column: np.array([column]).T)
anything = settings(max_examples=150)


def by_search(binner, table):
    found = [np.searchsorted(t, table[:, f], "left") for f, t in enumerate(binner.thresholds)]
    return np.where(np.isnan(table), np.iinfo(binner.dtype).max, np.transpose(found))


def distinct(column):
    return np.unique(column[~np.isnan(column)])


def table_of(n_rows=3000, seed=0):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n_rows, 9))
    table[:, 1] = rng.integers(0, 7, n_rows)
    table[:, 2] = np.exp(3 * table[:, 2])
    table[:, 3] = 5.0
    table[:, 4] = np.nan
    table[:, 5] = np.where(rng.random(n_rows) < 0.9, 0.25, table[:, 5])
    table[rng.random(n_rows) < 0.3, 6] = np.nan
    table[:, 7] = rng.zipf(1.5, n_rows)
    table[::50, 8] = np.inf
    return table


@given(columns, columns, st.integers(2, 80))
@anything
def test_a_bin_is_the_number_of_edges_below(column, other, max_bins):
    binner = Binner(max_bins).fit(column)
    for values in (column, other):
        bins = binner.transform(values)
        np.testing.assert_array_equal(bins[:, :1], by_search(binner, values))
        for k, edge in enumerate(binner.thresholds[0]):
            known = ~np.isnan(values[:, 0])
            np.testing.assert_array_equal(values[known, 0] <= edge, bins[known, 0] <= k)


@given(columns)
@anything
def test_few_values_have_an_edge_between_any_two(column):
    (edges,) = Binner().fit(column).thresholds
    values = distinct(column)
    assert len(edges) == max(0, len(values) - 1)
    assert (values[:-1] <= edges).all()
    assert (edges < values[1:]).all()


@given(columns, st.integers(2, 20))
@anything
def test_edges_are_midpoints_of_neighbours(column, max_bins):
    (edges,) = Binner(max_bins).fit(column).thresholds
    values = distinct(column)
    assert len(edges) <= max_bins - 1
    assert (np.diff(edges) > 0).all()
    upper = np.searchsorted(values, edges, "right")
    for edge, low, high in zip(edges, values[upper - 1], values[upper], strict=True):
        with np.errstate(all="ignore"):
            middle = low / 2 + high / 2
        assert edge == (middle if np.isfinite(middle) and middle < high else low)


@given(st.data())
@anything
def test_weights_are_repetition(data):
    column = data.draw(columns)
    weights = data.draw(arrays(np.int64, len(column), elements=st.integers(0, 5)))
    weights[data.draw(st.integers(0, len(column) - 1))] += 1
    max_bins = data.draw(st.integers(2, 12))
    weighted = Binner(max_bins).fit(column, sample_weight=weights.astype(float))
    repeated = Binner(max_bins).fit(np.repeat(column, weights, axis=0))
    np.testing.assert_array_equal(weighted.thresholds, repeated.thresholds)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_bins", [2, 15, 255])
def test_weights_are_repetition_of_many_rows(max_bins, dtype):
    table = table_of().astype(dtype)
    weights = np.random.default_rng(1).integers(0, 4, len(table))
    weighted = Binner(max_bins).fit(table, sample_weight=weights.astype(float))
    for other in (
        Binner(max_bins).fit(np.repeat(table, weights, axis=0)),
        Binner(max_bins).fit(table, sample_weight=weights * 2.0**40),
        Binner(max_bins).fit(table[::-1], sample_weight=weights[::-1] / 8),
    ):
        for mine, theirs in zip(weighted.thresholds, other.thresholds, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def walked(counts, n_bins):
    """Where bins end, by walking from value to value; the values count what counts says."""
    n, heavy = len(counts), np.zeros(len(counts), bool)
    while heavy.sum() < n_bins:
        share = counts[~heavy].sum() / (n_bins - heavy.sum())
        if heavy.sum() == (counts >= share).sum():
            break
        heavy = counts >= share
    cuts, begin = [], 0
    while len(cuts) < n_bins - 1:
        free = n_bins - len(cuts) - heavy[begin:].sum()
        end = n
        if free > 0:
            aim = counts[begin:][~heavy[begin:]].sum() / free
            end = begin + 1
            while end < n and counts[begin:end].sum() < aim:
                end += 1
            over, under = counts[begin:end].sum() - aim, aim - counts[begin : end - 1].sum()
            if end - 1 > begin and under < over:
                end -= 1
        if heavy[begin:].any():
            end = min(end, begin + int(heavy[begin:].argmax()) + 1)
        if end == n:
            break
        cuts.append(end)
        begin = end
    return cuts


@given(st.lists(st.integers(1, 4) | st.integers(1, 300), min_size=9, max_size=60), st.data())
@settings(max_examples=300)
def test_quantiles_by_walking_from_value_to_value(counts, data):
    n_bins = data.draw(st.sampled_from([2, 4, 8]))  # powers of two: fewer shares round
    column = np.repeat(np.arange(float(len(counts))), counts)[:, None]
    (edges,) = Binner(n_bins).fit(column).thresholds
    assert (edges + 0.5).tolist() == walked(np.array(counts, float), n_bins)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300, 1.7e308])
def test_weights_of_any_size(scale):
    table = np.arange(1000.0)[:, None]
    (edges,) = Binner(10).fit(table, sample_weight=np.full(1000, scale)).thresholds
    np.testing.assert_array_equal(edges, np.arange(100, 1000, 100) - 0.5)
    uneven = np.where(np.arange(1000) % 100, 1e-300, 1e300)
    (edges,) = Binner(10).fit(table, sample_weight=uneven).thresholds
    assert np.isin(np.arange(0, 900, 100) + 0.5, edges).sum() >= 8


@pytest.mark.parametrize("n_rows", [1000, 12_345])
def test_bins_of_different_values_are_even(n_rows):
    table = np.random.default_rng(2).normal(size=(n_rows, 1))
    bins = Binner().fit(table).transform(table)[:, 0]
    counts = np.bincount(bins, minlength=255)
    assert len(counts) == 255
    assert counts.max() - counts.min() <= 1


def test_weighted_quantiles_by_counting():
    rng = np.random.default_rng(3)
    table, weights = rng.normal(size=(5000, 1)), rng.random(5000)
    bins = Binner(20).fit(table, sample_weight=weights).transform(table)[:, 0]
    shares = np.bincount(bins, weights) / weights.sum()
    np.testing.assert_allclose(shares, 1 / 20, atol=1 / 2000)


def test_a_value_of_nine_rows_in_ten_leaves_the_bins_to_the_others():
    rng = np.random.default_rng(4)
    table = rng.normal(size=(50_000, 1))
    table[rng.random(50_000) < 0.9] = 0.0
    bins = Binner().fit(table).transform(table)[:, 0]
    heavy = bins[table[:, 0] == 0][0]
    assert (bins[table[:, 0] != 0] != heavy).all()
    counts = np.delete(np.bincount(bins), heavy)
    assert len(counts) >= 253
    assert counts.max() <= 2 * counts.mean()


def test_ties_among_heavy_values():
    column = np.repeat(np.arange(400.0), np.where(np.arange(400) % 40 == 7, 1000, 1))
    bins = Binner(50).fit(column[:, None]).transform(np.arange(400.0)[:, None])[:, 0]
    heavy = bins[7::40]
    assert (np.bincount(bins)[heavy] == 1).all()
    assert bins.max() + 1 > 40


def test_neighbours_whose_middle_rounds_up():
    low = np.nextafter(1.0, 2.0)
    high = np.nextafter(low, 2.0)
    assert low / 2 + high / 2 == high
    binner = Binner().fit(np.array([[low], [high]]))
    assert binner.thresholds[0].tolist() == [low]
    assert binner.transform(np.array([[low], [high]]))[:, 0].tolist() == [0, 1]


def test_infinities_are_values():
    table = np.array([[-np.inf], [0.0], [np.inf], [np.nan]])
    binner = Binner().fit(table)
    assert binner.thresholds[0].tolist() == [-np.inf, 0.0]
    assert binner.transform(table)[:, 0].tolist() == [0, 1, 2, 255]
    assert Binner().fit(table[[0, 2]]).thresholds[0].tolist() == [-np.inf]


@pytest.mark.parametrize("table", [[[3.0]], [[np.nan]], [[2.0]] * 9, [[np.nan]] * 9])
def test_columns_without_a_split(table):
    table = np.array(table)
    binner = Binner(63).fit(table)
    assert binner.thresholds[0].tolist() == []
    other = np.array([[-np.inf], [1.0], [np.inf], [np.nan]])
    assert binner.transform(other)[:, 0].tolist() == [0, 0, 0, 255]


def test_a_missing_row_of_weight_zero_and_others():
    table = np.array([[1.0], [2.0], [3.0], [np.nan]])
    weights = np.array([1.0, 0.0, 1.0, 0.0])
    assert Binner().fit(table, sample_weight=weights).thresholds[0].tolist() == [2.0]


@pytest.mark.parametrize("max_bins", [7, 255])
def test_float32_and_float64_have_the_same_bins(max_bins):
    narrow = table_of().astype(np.float32)
    wide = narrow.astype(np.float64)
    binner = Binner(max_bins).fit(narrow)
    for mine, theirs in zip(binner.thresholds, Binner(max_bins).fit(wide).thresholds, strict=True):
        assert mine.dtype == np.float64
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(binner.transform(narrow), binner.transform(wide))


@given(columns, st.lists(st.floats(width=32), min_size=1, max_size=40))
@anything
def test_float32_is_compared_with_the_edges_of_float64(column, values):
    binner = Binner().fit(column)
    narrow = np.array([values], np.float32).T
    np.testing.assert_array_equal(binner.transform(narrow)[:, :1], by_search(binner, narrow))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_beside_an_edge(dtype):
    edges = np.array([[0.1], [0.3], [1e300], [-1e300], [1e-50]])
    binner = Binner().fit(edges)
    near = np.concatenate([t.astype(np.float64) for t in binner.thresholds]).clip(-3e38, 3e38)
    near = near.astype(np.float32)
    table = np.concatenate([np.nextafter(near, -np.inf), near, np.nextafter(near, np.inf)])
    table = np.array([table]).T.astype(dtype)
    np.testing.assert_array_equal(binner.transform(table)[:, :1], by_search(binner, table))


def test_many_bins_of_uint16():
    rng = np.random.default_rng(5)
    table = np.stack([rng.permutation(200_000), rng.integers(0, 60_000, 200_000)], 1) / 7
    binner = Binner(65_535, np.uint16).fit(table)
    assert binner.n_bins.tolist() == [65_535, len(np.unique(table[:, 1]))]
    bins = binner.transform(table)
    assert bins.dtype == np.uint16
    np.testing.assert_array_equal(bins[:, :2], by_search(binner, table))
    counts = np.bincount(bins[:, 0])
    assert counts.max() <= 4
    missing = binner.transform(np.full((1, 2), np.nan))
    assert missing[0, :2].tolist() == [65_535, 65_535]


@pytest.mark.parametrize("weighted", [False, True])
def test_any_number_of_threads(weighted):
    table = np.random.default_rng(6).normal(size=(150_000, 11)).astype(np.float32)
    weights = np.random.default_rng(7).random(len(table)) if weighted else None
    one, three = Binner(), Binner(n_threads=3)
    one.fit(table, sample_weight=weights)
    three.fit(table, sample_weight=weights)
    np.testing.assert_array_equal(one.thresholds, three.thresholds)
    bins = one.transform(table)
    np.testing.assert_array_equal(bins, three.transform(table))
    np.testing.assert_array_equal(one.columns(bins), three.columns(bins))


@pytest.mark.parametrize("n_features", [1, 7, 8, 9, 40])
def test_rows_are_padded_with_zeros(n_features):
    table = np.random.default_rng(8).normal(size=(70_000, n_features))
    binner = Binner(n_threads=2).fit(table)
    bins = binner.transform(table)
    assert bins.flags.c_contiguous
    assert bins.shape == (len(table), -(-n_features // STRIDE) * STRIDE)
    assert not bins[:, n_features:].any()
    by_column = binner.columns(bins)
    assert by_column.flags.c_contiguous
    np.testing.assert_array_equal(by_column, bins[:, :n_features].T)


@pytest.mark.parametrize("shape", [(1, 1), (5000, 3), (3, 5000), (0, 4)])
def test_transposed(shape):
    table = np.random.default_rng(9).random(shape)
    np.testing.assert_array_equal(transposed(table), table.T)


def test_no_rows_and_other_layouts():
    table = table_of(100)
    kept = table.copy()
    binner = Binner().fit(table)
    assert binner.transform(table[:0]).shape == (0, 16)
    expected = binner.transform(table)
    table.flags.writeable = False
    np.testing.assert_array_equal(binner.transform(table), expected)
    np.testing.assert_array_equal(binner.transform(np.asfortranarray(table)), expected)
    fortran = Binner().fit(np.asfortranarray(table))
    np.testing.assert_array_equal(fortran.transform(table), expected)
    np.testing.assert_array_equal(table, kept)
    assert not table.flags.writeable


def test_the_bin_of_a_category_is_its_number():
    table = np.array([[0.0, 9.0], [254.0, 1.0], [np.nan, 2.0], [3.0, 2.0]])
    binner = Binner().fit(table, np.array([True, False]))
    assert binner.transform(table)[:, 0].tolist() == [0, 254, 255, 3]
    assert binner.n_bins.tolist() == [255, 3]
    assert Binner().fit(np.full((2, 1), np.nan), np.array([True])).n_bins.tolist() == [1]


@pytest.mark.parametrize("wrong", [-1.0, 0.5, 63.0, np.inf])
def test_numbers_that_are_no_category(wrong):
    table = np.array([[0.0, 0.0], [1.0, wrong]])
    with pytest.raises(ValueError, match=r"Column 1 is of categories .* 0 to 62"):
        Binner(63).fit(table, np.array([False, True]))


@pytest.mark.parametrize(("max_bins", "dtype"), [(1, np.uint8), (256, np.uint8), (65_536, "u2")])
def test_bins_that_a_type_does_not_hold(max_bins, dtype):
    with pytest.raises(ValueError, match=f"max_bins={max_bins} must be from 2 to"):
        Binner(max_bins, dtype)


def test_another_number_of_columns():
    with pytest.raises(ValueError, match="has 2 columns; it was 9 in fit"):
        Binner().fit(table_of(10)).transform(np.zeros((3, 2)))
