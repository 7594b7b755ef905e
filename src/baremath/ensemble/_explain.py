"""What the derivations of all ensembles share: the row asked about, and the last steps."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from baremath.ensemble._rows import n_rows, pick, read_table
from baremath.estimator import Floats
from baremath.maths import Step, name, number

SHOWN = 30


@dataclass(frozen=True)
class Asked:
    """One row of a table, as a table of one row, and its class or amount where that is known."""

    x: Any
    actual: Any
    row: int


def asked(model: Any, X: ArrayLike, y: ArrayLike | None, row: int) -> Asked:
    """Check what `explain` was given.

    Raises
    ------
    IndexError
        When X has no such row.
    TypeError
        When `row` isn't a whole number.
    ValueError
        When X or y don't fit the model or each other.
    """
    check_is_fitted(model)
    table = read_table(model, X, reset=False)
    total = n_rows(table)
    if not isinstance(row, Integral):
        raise TypeError(f"row={row!r} must be a whole number, the place of a row in X.")
    if not 0 <= row < total:
        raise IndexError(
            f"row={row} is not in X: its {total} rows are numbered from 0 to {total - 1}."
        )
    actual = None
    if y is not None:
        target = np.asarray(y)
        if len(target) != total:
            raise ValueError(f"y has {len(target)} rows and X has {total}; they must be as many.")
        actual = target[int(row)]
    return Asked(pick(table, np.array([row])), actual, int(row))


def place_of(classes: NDArray[Any], label: Any) -> int:
    """Return the place of a class.

    Raises
    ------
    ValueError
        When the model doesn't know it.
    """
    found = np.flatnonzero(classes == label)
    if not len(found):
        known = ", ".join(str(each) for each in classes)
        raise ValueError(f"y holds the class {label}, which the model doesn't know: {known}.")
    return int(found[0])


def classes_step(classes: NDArray[Any], shares: Floats) -> Step:
    """Show which class has the largest probability."""
    best = int(shares.argmax())
    listed = ", ".join(
        f"{label}: {share:.4g}" for label, share in zip(classes, shares, strict=True)
    )
    return Step(
        title="The prediction: the class with the largest probability",
        symbol=r"\hat{y}",
        formula=r"\operatorname{argmax}_k P(k \mid x)",
        substituted="",
        value=float(best),
        expression="float(argmax(P))",
        inputs={"P": shares},
        note=f"Counted from 0, that is {classes[best]} ({listed}).",
    )


def log_loss_step(label: Any, share: float) -> Step:
    """Show the log-loss of a row whose class is known."""
    with np.errstate(divide="ignore"):
        loss = float(-np.log(share))
    return Step(
        title=f"The log-loss of the row, whose class is {label}",
        symbol=r"\ell",
        formula=rf"-\log P({name(label)})",
        substituted=rf"-\log {number(share)}",
        value=loss,
        expression="-log(p)",
        inputs={"p": share},
    )
