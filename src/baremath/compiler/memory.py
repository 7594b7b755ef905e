"""Memory on addresses that are multiples of a cache line."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64


def aligned(shape: int | tuple[int, ...], dtype: DTypeLike, *, zeroed: bool = True) -> NDArray[Any]:
    """Return a new array that begins on a cache line, and whose last line is its own.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    dtype : dtype
        Of the elements.
    zeroed : bool, default=True
        Whether it holds zeros; else whatever was there.
    """
    shape = (shape,) if isinstance(shape, int) else shape
    return _within(_room(shape, dtype, zeroed), shape, dtype)


class Results:
    """Arrays for the results of a function: memory that nobody holds any more is used again.

    The first touch of new memory takes longer than many a computation.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, NDArray[np.uint8]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array for a result, which is the caller's alone."""
        room = self._rooms.pop(name, None)
        # Every array in this memory refers to it: two are this variable and the call's argument.
        if room is None or sys.getrefcount(room) > 2:
            room = _room(shape, dtype, zeroed=False)
        self._rooms[name] = room
        return _within(room, shape, dtype)


def _room(shape: tuple[int, ...], dtype: DTypeLike, zeroed: bool) -> NDArray[np.uint8]:
    size = math.prod(shape) * np.dtype(dtype).itemsize + 2 * LINE
    return np.zeros(size, np.uint8) if zeroed else np.empty(size, np.uint8)


def _within(room: NDArray[np.uint8], shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    return np.ndarray(shape, dtype, room, -room.ctypes.data % LINE)


def is_aligned(array: NDArray[Any]) -> bool:
    """Whether an array begins on a cache line."""
    return bool(array.ctypes.data % LINE == 0)
