"""Where boxes stand: the order of the layers, no overlap, no crossing that needn't be."""

from itertools import pairwise

import numpy as np
import pytest

from baremath.autodiff.drawing.layers import place


def random_graph(seed, n=25):
    rng = np.random.default_rng(seed)
    edges = {(int(rng.integers(k)), k) for k in range(1, n)}
    edges |= {(k, int(rng.integers(k + 1, n))) for k in range(n - 1)}
    return list(rng.uniform(20, 100, n)), sorted(edges)


@pytest.mark.parametrize("seed", range(5))
def test_edges_go_right_and_nothing_in_a_layer_overlaps(seed):
    heights, edges = random_graph(seed)
    placed = place(heights, edges, 10.0, top=5.0)
    assert all(placed.layer[start] < placed.layer[end] for start, end in edges)
    for layer in range(max(placed.layer) + 1):
        inside = [
            (placed.y[k] - h / 2, placed.y[k] + h / 2)
            for k, h in enumerate(heights)
            if placed.layer[k] == layer
        ]
        inside += [(y, y) for (_, k), y in placed.waypoints.items() if k == layer]
        for (_, bottom), (top, _) in pairwise(sorted(inside)):
            assert top - bottom >= 10 - 1e-9
    tops = [y - h / 2 for y, h in zip(placed.y, heights, strict=True)]
    assert min([*tops, *placed.waypoints.values()]) == pytest.approx(5.0)


@pytest.mark.parametrize("seed", range(5))
def test_every_layer_that_an_edge_passes_has_a_waypoint(seed):
    heights, edges = random_graph(seed)
    placed = place(heights, edges, 10.0)
    for start, end in edges:
        for layer in range(placed.layer[start] + 1, placed.layer[end]):
            assert (start, layer) in placed.waypoints


def test_a_chain_is_straight():
    placed = place([30.0] * 50, [(k, k + 1) for k in range(49)], 10.0)
    assert placed.layer == list(range(50))
    np.testing.assert_allclose(placed.y, placed.y[0])


def test_crossed_pairs_are_uncrossed():
    """0 → 3, 1 → 2, and both into 4: one of the two layers has to be turned round."""
    placed = place([20.0] * 5, [(0, 3), (1, 2), (2, 4), (3, 4)], 10.0)
    assert (placed.y[0] < placed.y[1]) == (placed.y[3] < placed.y[2])


def test_one_box_alone():
    placed = place([40.0], [], 10.0)
    assert (placed.layer, placed.y, placed.bottom) == ([0], [20.0], 40.0)
