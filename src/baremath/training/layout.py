"""Layout: where each of many arrays lies in one flat vector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from baremath.autodiff import concatenate


class Layout:
    """The places of named arrays in one flat vector, one after the other.

    Parameters
    ----------
    arrays : mapping of str to array or tensor
        What has a place; only the shapes are read.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        By name, in the order of their places.
    offsets : dict of str to int
        Where each begins.
    size : int
        The length of the vector.

    Examples
    --------
    >>> import numpy as np
    >>> layout = Layout({"weight": np.zeros((2, 3)), "bias": np.zeros(2)})
    >>> layout.offsets, layout.size
    ({'weight': 0, 'bias': 6}, 8)
    >>> layout.pieces(np.arange(8.0))["bias"]
    array([6., 7.])
    """

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.shapes = {name: tuple(array.shape) for name, array in arrays.items()}
        self.offsets: dict[str, int] = {}
        self.size = 0
        self._places: list[tuple[str, slice, tuple[int, ...]]] = []
        for name, shape in self.shapes.items():
            first, self.size = self.size, self.size + math.prod(shape)
            self.offsets[name] = first
            self._places.append((name, slice(first, self.size), shape))

    def pieces(self, flat: Any) -> dict[str, Any]:
        """Cut a flat vector into the named arrays: views of it, no copies."""
        return {name: flat[place].reshape(shape) for name, place, shape in self._places}

    def flat(self, pieces: Mapping[str, Any]) -> Any:
        """Join named arrays into a new flat vector."""
        parts = [pieces[name].reshape(-1) for name in self.shapes]
        arrays_only = all(type(part) is np.ndarray for part in parts)
        return np.concatenate(parts) if arrays_only else concatenate(parts, 0)

    def moved(self, flat: Any, other: Layout, fresh: Any) -> Any:
        """Return the vector in another layout, with `fresh` where this one has no such array."""
        own, pieces = self.pieces(flat), other.pieces(fresh)
        same = {name: own[name] for name in own if self.shapes[name] == other.shapes.get(name)}
        return other.flat({**pieces, **same})
