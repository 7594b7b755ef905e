"""Running sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, dtype_of_value
from baremath.autodiff.ops.reduction import all_axes
from baremath.autodiff.ops.shaping import ravel


class CumSum(Operation):
    r"""The running sum, :math:`y_i = \sum_{j \le i} x_j`; reversed, :math:`\sum_{j \ge i} x_j`."""

    name = "cumsum"
    latex = r"\sum_{{j \le i}} ({0})_j"
    derivative_latex = (r"\sum_{{j \ge i}} g_j",)

    def __call__(self, x: Any, axis: int | None = None, reverse: bool = False) -> Any:
        """Return the running sum along an axis; of the flattened array when None."""
        if axis is None:
            x, axis = ravel(x), 0
        return super().__call__(x, axis=all_axes(self.name, x, axis)[0], reverse=reverse)

    def value(self, x: Any, *, axis: int, reverse: bool) -> Any:
        """Add up, from the end if reversed."""
        if reverse:
            return np.flip(np.cumsum(np.flip(x, axis), axis), axis)
        return np.cumsum(x, axis)

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, axis: int, reverse: bool) -> Any:
        """Add up from the other end: each element is in all sums from its own on."""
        return cumsum(g, axis, not reverse)

    def result(self, x: Any, *, axis: int, reverse: bool) -> Like:
        """Return the shape of x."""
        return Like.of(x.shape, dtype_of_value(self, x, axis=axis, reverse=reverse))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of axis, both ways."""
        for shape, axis in [((3, 4), 0), ((3, 4), -1), ((2, 3), None), ((0,), 0), ((), None)]:
            for reverse in (False, True):
                yield (rng.normal(size=shape),), {"axis": axis, "reverse": reverse}


cumsum = CumSum()
NUMPY[np.cumsum] = cumsum
