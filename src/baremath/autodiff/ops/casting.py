"""Changing the type of the elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import Operation, Sample, shape_of
from baremath.autodiff.tensor import Tensor


class AsType(Operation):
    """The same values in another type; their gradient goes back in the old one."""

    name = "astype"
    latex = "{0}"
    derivative_latex = ("1",)

    def __call__(self, x: Any, dtype: DTypeLike) -> Any:
        """Return the values of x in another type."""
        dtype = np.dtype(dtype)
        if dtype.kind not in "fiub":
            raise TypeError(f"astype({dtype}): an array of numbers holds floats, integers or truth")
        made = super().__call__(x, dtype=dtype)
        return made.detach() if dtype.kind != "f" and isinstance(made, Tensor) else made

    def value(self, x: Any, *, dtype: np.dtype[Any]) -> Any:
        """Convert."""
        return np.asarray(x).astype(dtype)

    def vjp(self, i: int, g: Any, _y: Any, _x: Any, *, dtype: np.dtype[Any]) -> Any:
        """Convert back."""
        return astype(g, _x.dtype)

    def result(self, x: Any, *, dtype: np.dtype[Any]) -> Like:
        """Return the shape of x and the other type."""
        return Like.of(shape_of(x), dtype)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield a type that loses nothing."""
        yield (rng.normal(size=(2, 3)),), {"dtype": np.float64}


astype = AsType()
