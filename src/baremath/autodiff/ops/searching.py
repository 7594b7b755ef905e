"""Where the extremes are; no derivative, as a place changes by jumps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample
from baremath.autodiff.ops.reduction import all_axes, reduced


class Search(Operation):
    """An operation that finds one place along an axis, or in the flattened array when None."""

    differentiable = False

    def __call__(self, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the place along an axis; in the flattened array when None."""
        if axis is not None:
            axis = all_axes(self.name, x, axis)[0]
        return super().__call__(x, axis=axis, keepdims=keepdims)

    def result(self, x: Any, *, axis: int | None, keepdims: bool) -> Like:
        """Return a place for each row."""
        if not math.prod(x.shape):  # of nothing there is no largest
            return super().result(x, axis=axis, keepdims=keepdims)
        axes = tuple(range(len(x.shape))) if axis is None else (axis,)
        return Like.of(reduced(x.shape, axes, keepdims), np.intp)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of axis."""
        for shape, axis in [((3, 4), None), ((3, 4), 0), ((2, 3, 4), -1), ((), None)]:
            yield (rng.normal(size=shape),), {"axis": axis}
        yield (rng.normal(size=(2, 3)),), {"axis": 1, "keepdims": True}


class ArgMax(Search):
    """The index of the largest element, the first of equals."""

    name = "argmax"
    latex = r"\operatorname{{argmax}}({0})"

    def value(self, x: Any, *, axis: int | None, keepdims: bool) -> Any:
        """Find it."""
        return np.argmax(x, axis, keepdims=keepdims)


class ArgMin(Search):
    """The index of the smallest element, the first of equals."""

    name = "argmin"
    latex = r"\operatorname{{argmin}}({0})"

    def value(self, x: Any, *, axis: int | None, keepdims: bool) -> Any:
        """Find it."""
        return np.argmin(x, axis, keepdims=keepdims)


argmax = ArgMax()
argmin = ArgMin()
NUMPY.update({np.argmax: argmax, np.argmin: argmin})
