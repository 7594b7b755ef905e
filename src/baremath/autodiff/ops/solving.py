"""Systems of linear equations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.elementwise import sum_to
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, common_dtype, shape_of
from baremath.autodiff.ops.shaping import expand_dims, squeeze, swapaxes


class Solve(Operation):
    r"""The solution y of :math:`A y = b`, of one system or a stack of them, as `np.linalg.solve`.

    b of one dimension is one right side for all systems; otherwise its last two dimensions are a
    matrix, each column a right side.
    """

    name = "solve"
    latex = "{0}^{{-1}} {1}"
    derivative_latex = (r"-{0}^{{-T}} g \, y^T", "{0}^{{-T}} g")

    def value(self, a: Any, b: Any) -> Any:
        """Solve."""
        return np.linalg.solve(a, b)

    def misfit(self, a: Any, b: Any) -> str:
        """Say what doesn't fit, or that there is no one solution."""
        shapes = f"solve of a {np.shape(a)} and b {np.shape(b)}"
        if np.ndim(a) < 2 or a.shape[-1] != a.shape[-2]:
            return f"{shapes}: the last two dimensions of a must be equal: a square matrix."
        if np.ndim(b) == 0 or b.shape[-1 if b.ndim == 1 else -2] != a.shape[-1]:
            return f"{shapes}: b needs {a.shape[-1]} rows, one for each equation."
        if np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) is not None:
            return f"{shapes}: the matrix is singular, so the system has no one solution."
        return ""

    def vjp(self, i: int, g: Any, y: Any, a: Any, _b: Any) -> Any:
        """Solve the transposed system for `g`; its outer product with -y is the gradient by a."""
        if _b.ndim == 1:
            g, y = expand_dims(g, -1), expand_dims(y, -1)
        by_b = solve(swapaxes(a, -1, -2), g)
        if i == 0:
            return sum_to(-by_b @ swapaxes(y, -1, -2), a.shape)
        return sum_to(squeeze(by_b, -1) if _b.ndim == 1 else by_b, _b.shape)

    def result(self, a: Any, b: Any) -> Like:
        """Return the shape of b, in stacks that broadcast."""
        rows, sides = shape_of(a), shape_of(b)
        square = len(rows) > 1 and rows[-1] == rows[-2]
        if not square or not sides or sides[-2 if len(sides) > 1 else 0] != rows[-1]:
            raise ValueError(self.misfit(a, b))
        stack = np.broadcast_shapes(rows[:-2], sides[:-2])
        dtype = common_dtype(a, b)
        return Like.of((*stack, *sides[-2:]), dtype if dtype.kind == "f" else np.float64)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield a vector, matrices, stacks, stacks that broadcast."""
        for a, b in [
            ((3, 3), (3,)),
            ((3, 3), (3, 2)),
            ((2, 3, 3), (2, 3, 1)),
            ((2, 1, 2, 2), (3, 2, 2)),
            ((2, 2, 2), (2,)),
            ((1, 1), (1,)),
        ]:
            yield (rng.normal(size=a) + 3 * np.eye(a[-1]), rng.normal(size=b)), {}


solve = Solve()
NUMPY[np.linalg.solve] = solve
