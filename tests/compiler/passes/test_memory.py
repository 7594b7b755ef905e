"""Places in one arena."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.compiler.passes import Plan, plan

LIFETIMES = st.tuples(st.integers(0, 12), st.integers(0, 6)).map(lambda t: (t[0], t[0] + t[1]))


def largest_load(sizes, lifetimes, alignment):
    """Return the most bytes that are alive at one time: no plan needs fewer."""
    rooms = [-(-size // alignment) * alignment for size in sizes]
    return max(
        sum(room for room, (a, b) in zip(rooms, lifetimes, strict=True) if a <= t <= b)
        for t in range(20)
    )


@settings(max_examples=300, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 400), LIFETIMES), max_size=20),
    st.sampled_from([1, 8, 64]),
)
def test_no_two_buffers_overlap_while_both_live(buffers, alignment):
    sizes, lifetimes = [size for size, _ in buffers], [times for _, times in buffers]
    found = plan(sizes, lifetimes, alignment)
    owner = np.full((20, found.total), -1)
    for k, (size, (first, last)) in enumerate(buffers):
        place = owner[first : last + 1, found.offsets[k] : found.offsets[k] + size]
        assert place.shape[1] == size
        assert (place == -1).all()
        place[...] = k
    assert all(offset % alignment == 0 for offset in (*found.offsets, found.total))
    rooms = sum(-(-size // alignment) * alignment for size in sizes)
    assert largest_load(sizes, lifetimes, alignment) <= found.total <= rooms


def test_a_chain_needs_two_places():
    """Each layer is read by the next only: the largest two neighbours are enough."""
    sizes = [640] * 9
    assert plan(sizes, [(k, k + 1) for k in range(9)]).total == 1280


def test_the_smallest_gap_is_taken():
    """Of the gaps of 448 and 320 bytes that others leave, 64 bytes go into the second."""
    sizes = [512, 448, 384, 320, 256, 64]
    lifetimes = [(0, 9), (0, 1), (0, 9), (0, 1), (0, 9), (2, 9)]
    assert plan(sizes, lifetimes).offsets == (0, 512, 960, 1344, 1664, 1344)


def test_near_the_best_order_of_first_fit():
    """Against brute force over all orders of five buffers, at most a quarter more."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        sizes = [int(n) for n in rng.integers(1, 10, 5) * 64]
        first = rng.integers(0, 5, 5)
        lifetimes = [
            (int(a), int(a + n)) for a, n in zip(first, rng.integers(0, 4, 5), strict=True)
        ]
        best = min(first_fit(sizes, lifetimes, order) for order in itertools.permutations(range(5)))
        assert best <= plan(sizes, lifetimes).total <= 1.25 * best


def first_fit(sizes, lifetimes, order):
    """Return the total if each buffer in turn is given the lowest place that is free."""
    placed = {}
    for k in order:
        others = [
            (placed[j], placed[j] + sizes[j])
            for j in placed
            if lifetimes[j][0] <= lifetimes[k][1] and lifetimes[k][0] <= lifetimes[j][1]
        ]
        at = 0
        for start, stop in sorted(others):
            if start < at + sizes[k] and at < stop:
                at = stop
        placed[k] = at
    return max(placed[k] + sizes[k] for k in placed)


def test_no_buffers_and_empty_ones():
    assert plan([], []) == Plan((), 0)
    assert plan([0, 64, 0], [(0, 5)] * 3).offsets == (0, 0, 0)


@pytest.mark.parametrize(
    ("sizes", "lifetimes", "message"),
    [
        ([64], [], "1 sizes and 0 lifetimes"),
        ([64, -1], [(0, 1)] * 2, "size of buffer 1 is -1"),
        ([64], [(3, 2)], "from 3 to 2"),
    ],
)
def test_what_describes_no_buffers(sizes, lifetimes, message):
    with pytest.raises(ValueError, match=message):
        plan(sizes, lifetimes)
