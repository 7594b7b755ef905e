"""What a deep tree learns: classes or amounts, as the search for splits takes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.estimator import Floats
from baremath.tree.deep_room import ABSOLUTE, ENTROPY, POISSON, SQUARED

#: The criteria by name: of classes, and of amounts.
CLASS_CRITERIA = {"gini": SQUARED, "entropy": ENTROPY, "log_loss": ENTROPY}
AMOUNT_CRITERIA = {"squared_error": SQUARED, "absolute_error": ABSOLUTE, "poisson": POISSON}

_LARGEST_SUMMED = 2.0**1000
_SHRINK = 2.0**-64
_NO_AMOUNTS = np.zeros((0, 1))
_NO_CLASSES = np.zeros(0, np.int32)
_NO_ORDER = np.zeros(0, np.int64)
_NO_VALUES = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Target:
    r"""The classes or amounts of all rows.

    Parameters
    ----------
    criterion : int
        One of the criteria of `deep_room`.
    classes : ndarray of int32 of shape (n_samples,) or (0,)
        The class of each row.
    amounts : ndarray of float64 of shape (n_samples, n_outputs) or (0, 1)
        The amounts, times `shrink`.
    n_values : int
        The numbers that a leaf answers: classes or outputs.
    labels, targets, y_order, y_values
        As in `deep_room.Data`. The targets are :math:`(y - c) / 2^e`, with a value c from the
        middle and e so that none is greater than 2^25: sums of squares never overflow.
    scale, middle : float and ndarray of shape (n_outputs,)
        :math:`2^{-e}` and :math:`c / 2^e`.
    gain_unit : tuple of float
        A gain of the search times these, one after the other, is in the criterion's unit.
    shrink : float
        A small power of two where sums of the amounts could overflow, else 1.
    """

    criterion: int
    classes: NDArray[np.int32]
    amounts: Floats
    n_values: int
    labels: NDArray[np.int32]
    targets: Floats
    scale: float
    middle: Floats
    gain_unit: tuple[float, ...]
    shrink: float
    y_order: NDArray[np.int64]
    y_values: Floats

    @property
    def n_targets(self) -> int:
        """Sums that the search keeps for a node, beside its weight."""
        return self.n_values if len(self.labels) else self.targets.shape[1]


def target_of_classes(codes: NDArray[Any], n_classes: int, criterion: str) -> Target:
    """Return the target of a classifier: two classes are one column of 0 and 1."""
    classes = codes.astype(np.int32)
    unit = 1 / np.log(2) if CLASS_CRITERIA[criterion] == ENTROPY else 1.0
    if n_classes > 2:
        labels, targets = classes, np.zeros((0, 0))
    else:
        labels, targets = _NO_CLASSES, classes.astype(np.float64).reshape(-1, 1)
        unit *= 1.0 if CLASS_CRITERIA[criterion] == ENTROPY else 2.0
    return Target(
        criterion=CLASS_CRITERIA[criterion],
        classes=classes,
        amounts=_NO_AMOUNTS,
        n_values=n_classes,
        labels=labels,
        targets=targets,
        scale=1.0,
        middle=np.zeros(1),
        gain_unit=(float(unit),),
        shrink=1.0,
        y_order=_NO_ORDER,
        y_values=_NO_VALUES,
    )


def target_of_amounts(y: Floats, criterion: str) -> Target:
    """Return the target of a regressor; `y` has a column for each output."""
    kind = AMOUNT_CRITERIA[criterion]
    largest = float(np.abs(y).max())
    scale = 2.0 ** -min(max(math.frexp(largest)[1], -1000), 1000)
    targets, middle = y * scale, np.zeros(y.shape[1])
    if kind != POISSON:
        half = len(y) // 2
        middle = np.partition(targets, half, axis=0)[half]
        targets = targets - middle
    shrink = _SHRINK if largest > _LARGEST_SUMMED else 1.0
    amounts = y * shrink if shrink != 1.0 else y
    unit = (1 / scale, 1 / scale / y.shape[1]) if kind == SQUARED else (1 / scale,)
    y_values, y_order = _NO_VALUES, _NO_ORDER
    if kind == ABSOLUTE:
        y_values, y_order = np.unique(targets[:, 0], return_inverse=True)
    return Target(
        criterion=kind,
        classes=_NO_CLASSES,
        amounts=amounts,
        n_values=y.shape[1],
        labels=_NO_CLASSES,
        targets=targets,
        scale=scale,
        middle=middle,
        gain_unit=unit,
        shrink=shrink,
        y_order=y_order,
        y_values=y_values,
    )
