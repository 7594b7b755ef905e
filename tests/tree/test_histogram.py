"""Packed sums against plain ones."""

import numba
import numpy as np
import pytest

from baremath.tree import histogram
from baremath.tree.histogram import BINS, COUNT, GRADIENT, HESSIAN, LARGEST, WORD_COLUMNS


def callable_from_python(part):
    """Return a function that calls a part of kernels, which Python itself can't call."""

    @numba.njit(error_model="numpy")
    def call(*arguments):
        part(*arguments)

    return call


pack, add_rows, join, subtract = map(
    callable_from_python,
    (histogram.pack, histogram.add_rows, histogram.join, histogram.subtract),
)


def plain_sums(table, numbers, rows):
    """Return for each column the sums of gradient, hessian and rows of each bin."""
    n_features = table.shape[1]
    sums = np.zeros((n_features, 3, BINS), np.int64)
    for column in range(n_features):
        for field, values in ((GRADIENT, numbers[0]), (HESSIAN, numbers[1]), (COUNT, None)):
            weights = np.ones(len(rows)) if values is None else values[rows]
            counted = np.bincount(table[rows, column], weights, minlength=BINS)
            sums[column, field] = counted.astype(np.int64)
    return sums


def packed_sums(table, packed, rows, first_word, last_word):
    words = table.view(np.uint64)
    n_features = table.shape[1]
    sums = np.zeros((n_features, 3, BINS), np.int64)
    scratch = np.zeros((n_features, BINS), np.int64)
    add_rows(words, packed, rows, 0, len(rows), first_word, last_word, scratch, sums)
    assert not scratch.any()
    return sums


@pytest.mark.parametrize("extreme", [False, True])
def test_packed_sums_are_the_sums(extreme):
    rng = np.random.default_rng(0)
    n, n_features = 20_000, 2 * WORD_COLUMNS
    table = rng.integers(0, BINS, size=(n, n_features)).astype(np.uint8)
    table[:, 3] = 7  # all in one bin, as many as a block has
    gradient = rng.integers(-LARGEST, LARGEST + 1, n).astype(float)
    hessian = rng.integers(0, LARGEST + 1, n).astype(float)
    if extreme:
        gradient[:], hessian[:] = -LARGEST, LARGEST
        gradient[n // 2 :] = LARGEST
    rows = np.sort(rng.choice(n, 15_000, replace=False)).astype(np.uint32)
    packed, total = np.zeros(len(rows), np.int64), np.zeros(3, np.int64)
    pack(gradient, hessian, np.zeros(0), rows, 0, len(rows), np.ones(3), packed, total)
    assert list(total) == [gradient[rows].sum(), hessian[rows].sum(), len(rows)]
    expected = plain_sums(table, (gradient, hessian), rows)
    found = packed_sums(table, packed, rows, 0, 2)
    np.testing.assert_array_equal(found, expected)
    one_word = packed_sums(table, packed, rows, 1, 2)
    np.testing.assert_array_equal(one_word[WORD_COLUMNS:], expected[WORD_COLUMNS:])
    assert not one_word[:WORD_COLUMNS].any()


def test_whole_weights_count_as_rows_do():
    gradient, hessian = np.array([0.3, -0.7, 0.2]), np.array([0.5, 0.25, 0.1])
    weight = np.array([2.0, 1.0, 3.0])
    scales = np.array([1000.0, 1000.0, 1.0])
    rows = np.arange(3, dtype=np.uint32)
    packed, total = np.zeros(3, np.int64), np.zeros(3, np.int64)
    pack(gradient, hessian, weight, rows, 0, 3, scales, packed, total)
    again = np.repeat(np.arange(3), [2, 1, 3])
    repeated, summed = np.zeros(6, np.int64), np.zeros(3, np.int64)
    all_rows = np.arange(6, dtype=np.uint32)
    pack(gradient[again], hessian[again], np.zeros(0), all_rows, 0, 6, scales, repeated, summed)
    np.testing.assert_array_equal(total[:2], summed[:2])


def test_parts_join_and_a_child_leaves_its_sibling():
    rng = np.random.default_rng(1)
    parts = rng.integers(-1000, 1000, size=(3, 4, 3, BINS))
    sums = np.full((4, 3, BINS), 5)
    join(parts, 2, 1, 4, sums)
    np.testing.assert_array_equal(sums[1:], parts[:2, 1:].sum(axis=0))
    assert (sums[0] == 5).all()
    parent = parts[0].copy()
    subtract(parent, parts[1], 0, 3)
    np.testing.assert_array_equal(parent[:3], (parts[0] - parts[1])[:3])
    np.testing.assert_array_equal(parent[3], parts[0, 3])
