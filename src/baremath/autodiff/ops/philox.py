"""Philox4x32-10: random words that are a function of a counter and a key.

References
----------
Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)

#: What has been added to the two words of the key before each of the ten rounds.
WEYL = np.arange(10, dtype=np.uint64)[:, None, None] * np.array(
    [[0x9E3779B9], [0xBB67AE85]], np.uint64
)

#: Blocks computed at a time: their arrays stay in the cache.
CHUNK = 16384


def philox(even: NDArray[np.uint64], odd: NDArray[np.uint64], key: NDArray[np.uint64]) -> None:
    """Turn counters into random words, in place.

    In each round the words 0 and 2 are multiplied. The upper halves of the products, mixed with the
    words 1 and 3 and with the key, are the next words 2 and 0; the lower halves the next 3 and 1.

    Parameters
    ----------
    even, odd : arrays of uint64 of shape (2, n)
        The words 0 and 2, and the words 1 and 3, of n counters; each less than 2³².
    key : array of uint64 of shape (2, 1)
        Its two words.
    """
    product = np.empty_like(even)
    crossed = product[::-1]
    for round_key in (key + WEYL) & LOW:
        np.multiply(even, MULTIPLIERS, out=product)
        np.right_shift(crossed, HALF, out=even)
        np.bitwise_xor(even, odd, out=even)
        np.bitwise_xor(even, round_key, out=even)
        np.bitwise_and(crossed, LOW, out=odd)


def random_words(seed: int, step: int, draw: int, count: int) -> NDArray[np.uint32]:
    """Return `count` random words; word n is the same whatever the count.

    Word n is the n mod 4-th word of block ⌊n / 4⌋, whose counter is (block, draw, step mod 2³²,
    step div 2³²) and whose key is (seed mod 2³², seed div 2³²).

    Parameters
    ----------
    seed, step : int in [0, 2⁶⁴)
        Which stream, and which step of it.
    draw : int in [0, 2³²)
        Which array of the step.
    count : int
        How many words, at most 2³⁴.
    """
    blocks = -(-count // 4)
    words = np.empty((blocks, 4), np.uint32)
    key = np.array([[seed & 0xFFFFFFFF], [seed >> 32]], np.uint64)
    for start in range(0, blocks, CHUNK):
        part = words[start : start + CHUNK].T
        even, odd = np.empty((2, 2, part.shape[1]), np.uint64)
        even[0] = np.arange(start, start + part.shape[1])
        even[1] = step & 0xFFFFFFFF
        odd[0] = draw
        odd[1] = step >> 32
        philox(even, odd, key)
        part[::2] = even
        part[1::2] = odd
    return words.reshape(-1)[:count]
