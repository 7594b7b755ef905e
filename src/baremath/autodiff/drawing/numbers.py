"""Numbers and arrays in the space that a drawing has for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.autodiff.node import SHOWN, Like
from baremath.maths import number, plain

DIGITS = 4
_ROWS, _COLUMNS = 4, 5


class Typed(Like):
    """A value that will be computed: of it shape and dtype are all that is known, and shown."""


def shown(x: Any, digits: int = DIGITS) -> str:
    """Return one number as text.

    >>> shown(np.float32(-0.19661194)), shown(True)
    ('−0.1966', '1')
    """
    return plain(number(np.asarray(x).item(), digits))


def one_line(array: Any, width: int) -> str:
    """Return an array, or what is known of it, in at most about `width` characters.

    >>> one_line(np.array([[1, 2], [3, 4]]), 20), one_line(np.arange(100), 40)
    ('[1  2; 3  4]', '100, mean 49.5, 0 … 99')
    """
    for digits in (DIGITS, 3, 2):
        text = written_out(array, digits)
        if 0 < len(text) <= width:
            return text
    parts = summary(array)
    while len(parts) > 1 and len(", ".join(parts)) > width:
        parts.pop()
    return ", ".join(parts)


def written_out(array: Any, digits: int = DIGITS) -> str:
    """Return every entry of a small vector or matrix on one line; "" of anything else."""
    if not isinstance(array, np.ndarray) or array.ndim > 2 or not 0 < array.size <= SHOWN:
        return ""
    if array.size == 1:
        return shown(array, digits)
    rows = ["  ".join(shown(x, digits) for x in row) for row in np.atleast_2d(array)]
    return f"[{'; '.join(rows)}]"


def summary(array: Any) -> list[str]:
    """Return the shape of an array and, if it was kept, its mean and its range; or the number."""
    shape = " × ".join(map(str, array.shape)) or "one number"
    if isinstance(array, Typed):
        return [f"{array.dtype}[{','.join(map(str, array.shape))}]"]
    if not isinstance(array, np.ndarray):
        return [shape]
    if array.size == 1:
        return [shown(array)]
    if not array.size:
        return [f"{shape}, empty"]
    with np.errstate(all="ignore"):
        mean = array.mean(dtype=float)
    if (array == array.flat[0]).all():
        return [shape, f"all {shown(array.flat[0])}"]
    return [shape, f"mean {shown(mean)}", f"{shown(array.min())} … {shown(array.max())}"]


def grid(array: Any) -> list[list[str]]:
    """Return the entries of a vector or a small matrix as rows of text; [] of anything else."""
    if not isinstance(array, np.ndarray) or array.ndim > 2 or array.size < 2:
        return []
    rows = np.atleast_2d(array)
    if len(rows) > _ROWS or rows.shape[1] > _COLUMNS:
        return []
    return [[shown(x) for x in row] for row in rows]
