"""What `explain` of any estimator is asked: which row, and its class or amount."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_row(row: Any, total: int) -> int:
    """Return the place of a row.

    Raises
    ------
    TypeError
        When it isn't a whole number.
    IndexError
        When X, of `total` rows, has no such row.

    Examples
    --------
    >>> check_row(4, 3)
    Traceback (most recent call last):
    IndexError: row=4 is not in X: its 3 rows are numbered from 0 to 2.
    """
    if not isinstance(row, Integral):
        raise TypeError(f"row={row!r} must be a whole number, the place of a row in X.")
    place = int(row)
    if not 0 <= place < total:
        raise IndexError(
            f"row={row} is not in X: its {total} rows are numbered from 0 to {total - 1}."
        )
    return place


def target_of_row(y: Any, row: int, total: int) -> Any:
    """Return the class or the amount of a row, None where there is no y.

    Raises
    ------
    ValueError
        When y hasn't as many rows as X, which has `total`.

    Examples
    --------
    >>> print(target_of_row(["a", "b"], 1, 2))
    b
    """
    if y is None:
        return None
    target = np.asarray(y)
    if len(target) != total:
        raise ValueError(f"y has {len(target)} rows and X has {total}; they must be as many.")
    return target[row]


def place_of_class(classes: NDArray[Any], label: Any) -> int:
    """Return the place of a class.

    Raises
    ------
    ValueError
        When the model doesn't know it.

    Examples
    --------
    >>> place_of_class(np.array(["a", "b"]), "b")
    1
    """
    found = np.flatnonzero(classes == label)
    if not len(found):
        known = ", ".join(str(each) for each in classes)
        raise ValueError(f"y holds the class {label}, which the model doesn't know: {known}.")
    return int(found[0])
