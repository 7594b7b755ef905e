"""Products of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.arithmetic import multiply
from baremath.autodiff.ops.elementwise import sum_to
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, common_dtype, shape_of
from baremath.autodiff.ops.shaping import expand_dims, moveaxis, reshape, swapaxes


class Matmul(Operation):
    r"""The matrix product, :math:`y_{ij} = \sum_k a_{ik} b_{kj}`, of all ranks that NumPy takes."""

    name = "matmul"
    latex = r"{0} \, {1}"
    derivative_latex = (r"g \, {1}^T", r"{0}^T \, g")

    def value(self, a: Any, b: Any) -> Any:
        """Multiply."""
        return np.matmul(a, b)

    def result(self, a: Any, b: Any) -> Like:
        """Return the rows of a and the columns of b, in stacks that broadcast."""
        rows, columns = shape_of(a), shape_of(b)
        if not (rows and columns) or rows[-1] != columns[-2 if len(columns) > 1 else 0]:
            raise ValueError(self.misfit(a, b))
        stack = np.broadcast_shapes(rows[:-2], columns[:-2])
        kept = (*rows[-2:-1], *(columns[-1:] if len(columns) > 1 else ()))
        return Like.of((*stack, *kept), common_dtype(a, b))

    def misfit(self, a: Any, b: Any) -> str:
        """Name the two lengths that differ."""
        if not (np.ndim(a) and np.ndim(b)):
            return "matmul needs at least one dimension on both sides; multiply numbers with *."
        inner = b.shape[-2] if b.ndim > 1 else b.shape[0]
        if a.shape[-1] != inner:
            return (
                f"matmul of a {a.shape} and b {b.shape}: the last dimension of a is "
                f"{a.shape[-1]} and {'the one before the last' if b.ndim > 1 else 'that'} of b is "
                f"{inner}; they must be equal."
            )
        return (
            f"matmul of a {a.shape} and b {b.shape}: the dimensions before the last two must be "
            "equal, or 1."
        )

    def vjp(self, i: int, g: Any, _y: Any, a: Any, b: Any) -> Any:
        """Return g bᵀ, or aᵀ g; a vector is a matrix of one row or one column."""
        if a.ndim == b.ndim == 2:
            return g @ b.T if i == 0 else a.T @ g
        rows, columns = a, b
        if a.ndim == 1:
            rows, g = expand_dims(a, 0), expand_dims(g, -1 if b.ndim == 1 else -2)
        if b.ndim == 1:
            columns, g = expand_dims(b, 1), expand_dims(g, -1)
        other = swapaxes(columns if i == 0 else rows, -1, -2)
        gradient = g @ other if i == 0 else other @ g
        whole = (rows, columns)[i].shape
        return reshape(sum_to(gradient, whole), (a, b)[i].shape)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield vectors, matrices, stacks of matrices, and stacks that broadcast."""
        for a, b in [
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3,)),
            ((2, 2, 3), (2, 3, 4)),
            ((2, 3), (5, 3, 1)),
            ((4, 1, 2, 3), (5, 3, 2)),
            ((3,), (2, 3, 2)),
            ((2, 2, 3), (3,)),
            ((0, 3), (3, 2)),
        ]:
            yield (rng.normal(size=a), rng.normal(size=b)), {}


class Linear(Operation):
    r"""A layer's weighted sums, :math:`y_{ij} = \sum_k x_{ik} w_{jk} + b_j`, in one operation.

    x has shape (…, n_in), w (n_out, n_in), b (n_out,).
    """

    name = "linear"
    latex = r"{0} \, {1}^T + {2}"
    derivative_latex = (r"g \, {1}", r"g^T \, {0}", r"\sum_i g_i")

    def value(self, x: Any, w: Any, b: Any) -> Any:
        """Multiply and add."""
        shape = getattr(w, "shape", ())
        if len(shape) != 2 or getattr(b, "shape", ()) != shape[:1] or not getattr(x, "ndim", 0):
            raise ValueError(self.misfit(x, w, b))
        y = x.dot(w.T) if x.ndim <= 2 else np.matmul(x, w.T)
        y += b
        return y

    def result(self, x: Any, w: Any, b: Any) -> Like:
        """Return a neuron's sum for each row of x."""
        rows, weights = shape_of(x), shape_of(w)
        if len(weights) != 2 or shape_of(b) != weights[:1] or rows[-1:] != weights[1:]:
            raise ValueError(self.misfit(x, w, b))
        return Like.of((*rows[:-1], weights[0]), common_dtype(x, w))

    def misfit(self, x: Any, w: Any, b: Any) -> str:
        """Name the two lengths that differ."""
        here = f", here {w.shape[1]}" if np.ndim(w) == 2 else ""
        return (
            f"linear of x {np.shape(x)}, w {np.shape(w)} and b {np.shape(b)}: w has the shape "
            f"(n_out, n_in), b (n_out,), and the last dimension of x is n_in{here}."
        )

    def vjp(self, i: int, g: Any, _y: Any, x: Any, w: Any, _b: Any) -> Any:
        """Return g w, gᵀ x, or the sum of g over the rows."""
        if i == 0:
            return g.dot(w) if g.ndim <= 2 else g @ w
        if g.ndim != 2:
            g = reshape(g, (-1, _b.shape[0]))
            x = reshape(x, (-1, w.shape[1]))
        return g.T.dot(x) if i == 1 else g.sum(0)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield one row, several, stacks, none."""
        for shape in ((3,), (4, 3), (2, 4, 3), (0, 3)):
            yield (rng.normal(size=shape), rng.normal(size=(2, 3)), rng.normal(size=2)), {}


matmul = Matmul()
linear = Linear()


def dot(a: Any, b: Any) -> Any:
    """Return the sum of products over the last axis of a and the last but one of b."""
    a_shape, b_shape = shape_of(a), shape_of(b)
    if not (a_shape and b_shape):
        return multiply(a, b)
    if len(b_shape) <= 2:
        return matmul(a, b)
    columns = reshape(moveaxis(b, -2, 0), (b_shape[-2], -1))
    return reshape(matmul(a, columns), (*a_shape[:-1], *b_shape[:-2], b_shape[-1]))


def outer(a: Any, b: Any) -> Any:
    r"""Return the matrix of all products of two vectors, :math:`y_{ij} = a_i b_j`."""
    return multiply(reshape(a, (-1, 1)), reshape(b, (1, -1)))


NUMPY.update({np.matmul: matmul, np.dot: dot, np.outer: outer})
