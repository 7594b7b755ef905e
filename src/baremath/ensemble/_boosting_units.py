"""Targets of any size are learned in a unit near the largest, so that squares are numbers too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from baremath.ensemble._boosting_losses import Growth, Vector
from baremath.estimator import Floats
from baremath.tree.structure import Tree


def unit_of(y: Floats) -> float:
    """Return a power of 2 near the largest target."""
    largest = float(np.abs(y).max())
    if largest == 0.0:
        return 1.0
    return float(np.ldexp(1.0, max(int(np.frexp(largest)[1]) - 1, -1000)))


def times(value: Any, unit: float, power: int) -> Vector:
    """Return numbers times a power of a unit; 0 or ∞ where that is beyond all numbers."""
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(np.asarray(value, np.float64), power * (int(np.frexp(unit)[1]) - 1))


def in_unit(tree: Tree, unit: float, growth: Growth) -> Tree:
    """Return the tree for targets that are multiplied by a unit."""
    if unit == 1.0:
        return tree
    return replace(
        tree,
        value=times(tree.value, unit, growth.answer),
        gain=times(tree.gain, unit, 2 * growth.gradient - growth.hessian),
        impurity=times(tree.impurity, unit, growth.gradient - growth.hessian),
        weight=times(tree.weight, unit, growth.hessian),
    )
