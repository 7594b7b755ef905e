r"""Histograms: for each column and bin, the sums of gradient and hessian and the number of rows.

Sums are of integers, in fixed point: adding them up is associative, so that a tree is the same for
any number of threads. A row's three numbers share one 64-bit word,

.. math:: word = g \cdot 2^{38} + h \cdot 2^{13} + 1,
          \qquad g \in [-2^{13}, 2^{13}],\ h \in [0, 2^{13}]

so that one addition adds all three; after every 4,096 rows, before a field can run over, the words
are taken apart and added to sums of 64 bits each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.threads import filling_part, prefetch

BINS = 256

#: Fields of a column's sums: of gradients, of hessians, the number of rows.
GRADIENT, HESSIAN, COUNT = 0, 1, 2

#: Largest integer of a row's gradient and hessian.
LARGEST = 2**13 - 1

#: Columns whose bins make one word of a table.
WORD_COLUMNS = 8

#: Rows between fetching one into the cache and using it.
AHEAD = 24

_BLOCK = 4096
_COUNT_BITS = 13
_HESSIAN_BITS = 25


@filling_part
def pack(
    gradient: Any,
    hessian: Any,
    weight: Any,
    rows: Any,
    first: int,
    last: int,
    scales: Any,
    packed: Any,
    total: Any,
) -> None:
    """Write the words of some rows, and add up their fields.

    Weights that are small whole numbers multiply the rounded numbers, so that a row that counts
    twice is the same as two rows.

    Parameters
    ----------
    scales : ndarray of float64 of shape (3,)
        What gradient and hessian are multiplied by before they are rounded; whether weights are
        whole numbers.
    """
    if len(weight) == 0 and len(rows) == len(gradient):
        _pack_all(gradient[first:last], hessian[first:last], scales, packed[first:last], total)
        return
    whole = scales[2] > 0
    for i in range(first, last):
        row = rows[i]
        w = weight[row] if len(weight) > 0 else 1.0
        by = 1.0 if whole else w
        times = np.int64(w) if whole else np.int64(1)
        g = np.int64(np.rint(gradient[row] * scales[0] * by)) * times
        h = np.int64(np.rint(hessian[row] * scales[1] * by)) * times
        packed[i] = (g << (_HESSIAN_BITS + _COUNT_BITS)) + (h << _COUNT_BITS) + 1
        total[0] += g
        total[1] += h
        total[2] += 1


@filling_part
def _pack_all(gradient: Any, hessian: Any, scales: Any, packed: Any, total: Any) -> None:
    """Write the words of neighbouring rows without weights: a loop that becomes vectors."""
    of_gradient, of_hessian = np.int64(0), np.int64(0)
    for i in range(len(packed)):
        g = np.int64(np.rint(gradient[i] * scales[0]))
        h = np.int64(np.rint(hessian[i] * scales[1]))
        packed[i] = (g << (_HESSIAN_BITS + _COUNT_BITS)) + (h << _COUNT_BITS) + 1
        of_gradient += g
        of_hessian += h
    total[0] += of_gradient
    total[1] += of_hessian
    total[2] += len(packed)


@filling_part
def add_rows(
    table: Any,
    packed: Any,
    rows: Any,
    first: int,
    last: int,
    first_word: int,
    last_word: int,
    words: Any,
    sums: Any,
) -> None:
    """Sum up some rows, in the columns of some words of the table.

    Parameters
    ----------
    table : ndarray of uint64 of shape (n, n_words)
        Bins, eight columns a word.
    packed : ndarray of int64
        The words of the rows' numbers, in the order of `rows`.
    rows : ndarray of uint32
        Numbers of rows, of which those from `first` to `last` count, at least one.
    words : ndarray of int64 of shape (8 n_words, 256)
        Memory to add in, zero before and after.
    sums : ndarray of int64 of shape (n_features, 3, 256)
        The sums.
    """
    # Indices are unsigned: a signed one may be negative, and Python counts that from the end
    n_words, ahead = np.uint64(table.shape[1]), np.uint64(AHEAD)
    flat, bins = table.reshape(table.size), words.reshape(words.size)
    byte = np.uint64(255)
    for start in range(first, last, _BLOCK):
        some = rows[start : min(last, start + _BLOCK)]
        numbers = packed[start : start + len(some)]
        n = np.uint64(len(some))
        for word in range(first_word, last_word):
            column = np.uint64(word)
            place = np.uint64(word * WORD_COLUMNS * BINS)
            for i in range(n):
                if word == first_word and i + ahead < n:
                    prefetch(flat, np.uint64(some[i + ahead]) * n_words + column)
                columns = flat[np.uint64(some[i]) * n_words + column]
                number = numbers[i]
                bins[place + (columns & byte)] += number
                bins[place + np.uint64(256) + ((columns >> np.uint64(8)) & byte)] += number
                bins[place + np.uint64(512) + ((columns >> np.uint64(16)) & byte)] += number
                bins[place + np.uint64(768) + ((columns >> np.uint64(24)) & byte)] += number
                bins[place + np.uint64(1024) + ((columns >> np.uint64(32)) & byte)] += number
                bins[place + np.uint64(1280) + ((columns >> np.uint64(40)) & byte)] += number
                bins[place + np.uint64(1536) + ((columns >> np.uint64(48)) & byte)] += number
                bins[place + np.uint64(1792) + (columns >> np.uint64(56))] += number
        kept = np.int64(0 if start == first else -1)
        _take_apart(words, first_word * WORD_COLUMNS, last_word * WORD_COLUMNS, kept, sums)


@filling_part
def _take_apart(words: Any, first: int, last: int, kept: int, sums: Any) -> None:
    """Add the fields of the words to those bits of the sums that are kept; clear the words."""
    for column in range(first, min(last, len(sums))):
        number, gradient = words[column], sums[column, GRADIENT]
        hessian, count = sums[column, HESSIAN], sums[column, COUNT]
        for k in range(BINS):
            count[k] = (count[k] & kept) + (number[k] & (2**_COUNT_BITS - 1))
            of_hessian = (number[k] >> _COUNT_BITS) & (2**_HESSIAN_BITS - 1)
            hessian[k] = (hessian[k] & kept) + of_hessian
            gradient[k] = (gradient[k] & kept) + (number[k] >> (_COUNT_BITS + _HESSIAN_BITS))
            number[k] = 0


@filling_part
def join(parts: Any, n_parts: int, first: int, last: int, sums: Any) -> None:
    """Write the sums over the threads' parts, of some columns."""
    for column in range(first, last):
        for field in range(3):
            total = sums[column, field]
            for k in range(BINS):
                total[k] = parts[0, column, field, k]
            for each in range(1, n_parts):
                more = parts[each, column, field]
                for k in range(BINS):
                    total[k] += more[k]


@filling_part
def subtract(larger: Any, smaller: Any, first: int, last: int) -> None:
    """Take a child's sums from its parent's, in place: what is left are those of its sibling."""
    for column in range(first, last):
        for field in range(3):
            total, part = larger[column, field], smaller[column, field]
            for k in range(BINS):
                total[k] -= part[k]
