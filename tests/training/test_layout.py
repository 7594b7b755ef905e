"""Named arrays in one flat vector."""

from __future__ import annotations

import numpy as np
import pytest

from baremath.autodiff import Tensor, grad, tensor
from baremath.training import Layout

ARRAYS = {"w": np.zeros((2, 3)), "s": np.zeros(()), "none": np.zeros((0, 4)), "b": np.zeros(2)}


def test_places_follow_one_another_and_join_again() -> None:
    layout = Layout(ARRAYS)
    flat = np.arange(9.0)
    pieces = layout.pieces(flat)
    assert layout.size == 9
    assert layout.offsets == {"w": 0, "s": 6, "none": 7, "b": 7}
    assert {name: piece.shape for name, piece in pieces.items()} == layout.shapes
    assert all(np.shares_memory(piece, flat) for piece in pieces.values() if piece.size)
    np.testing.assert_array_equal(layout.flat(pieces), flat)


def test_tensors_are_cut_and_joined_by_differentiable_operations() -> None:
    layout = Layout(ARRAYS)
    flat = tensor(np.arange(9.0))
    assert isinstance(layout.flat(layout.pieces(flat)), Tensor)

    def weighed(x: Tensor) -> Tensor:
        return (layout.flat(layout.pieces(x)) * np.arange(9.0)).sum()

    np.testing.assert_array_equal(grad(weighed)(np.ones(9)), np.arange(9.0))


@pytest.mark.parametrize("order", [["a", "b"], ["b", "a"]], ids=str)
def test_what_moves_to_another_layout_keeps_its_numbers(order: list[str]) -> None:
    old = Layout({"a": np.zeros(2), "b": np.zeros(3), "gone": np.zeros(1)})
    new = Layout({**{name: np.zeros(old.shapes[name]) for name in order}, "new": np.zeros(2)})
    moved = new.pieces(old.moved(np.arange(6.0), new, np.full(7, -1.0)))
    np.testing.assert_array_equal(moved["a"], [0, 1])
    np.testing.assert_array_equal(moved["b"], [2, 3, 4])
    np.testing.assert_array_equal(moved["new"], [-1, -1])
