"""What the derivations of all ensembles share: the row asked about, and the last steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from baremath.ensemble._rows import n_rows, pick, read_table
from baremath.estimator import Floats, check_row, target_of_row
from baremath.maths import Step, Terms, name, number

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
    place = check_row(row, total)
    return Asked(pick(table, np.array([place])), target_of_row(y, place, total), place)


def classes_step(classes: NDArray[Any], shares: Floats) -> Step:
    """Show which class is the likeliest."""
    names = [str(label) for label in classes]
    n = len(names)
    return Step(
        title="The prediction: the likeliest class",
        symbol=r"\hat{y}",
        formula=r"\operatorname{argmax}_k P(k \mid x)",
        substituted="",
        value=names[int(shares.argmax())],
        expression="classes[argmax(P)]",
        inputs={"P": shares, "classes": names},
        terms=Terms(
            (r"\text{class } k", r"P(k \mid x)"), tuple(zip(names, shares, strict=True))[:SHOWN]
        ),
        note="" if n <= SHOWN else f"The table shows the first {SHOWN} of {n:,} classes.",
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
