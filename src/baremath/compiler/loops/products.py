"""Products of matrices, and stacks of them in loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access
from baremath.compiler.loops.axes import filling
from baremath.compiler.loops.calls import write_call
from baremath.compiler.loops.language import Index, Loop, MatMul, Matrix, Statement

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


def write_matmul(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the product of two arrays; a vector is a matrix of one row, or one column."""
    if not _is_plain(node):
        write_call(lowering, node, to, add)
        return
    a, b = (lowering.read(x) for x in node.inputs)
    c = to
    if len(b.shape) == 1:
        b, c = _with_axis(b, 1), _with_axis(c, len(c.shape))
    if len(a.shape) == 1:
        a, c = _with_axis(a, 0), _with_axis(c, len(c.shape) - 1)
    _write_stack(lowering, c, a, b, add=add)


def write_linear(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write the bias into every row, then add the products."""
    if not _is_plain(node):
        write_call(lowering, node, to, add)
        return
    x, w, bias = (lowering.read(one) for one in node.inputs)
    rows = (0,) * (node.ndim - 1)
    spread = Access(bias.buffer, bias.start, node.shape, (*rows, *bias.strides))
    lowering.copy(spread, to, add=add)
    transposed = Access(w.buffer, w.start, w.shape[::-1], w.strides[::-1])
    if node.ndim == 1:
        x, to = _with_axis(x, 0), _with_axis(to, 0)
    _write_stack(lowering, to, x, transposed, add=True)


def _is_plain(node: Node) -> bool:
    """Whether it is a product of floats of one dtype; others are NumPy's."""
    return node.dtype.kind == "f" and all(x.dtype == node.dtype for x in node.inputs)


def _write_stack(lowering: Lowering, c: Access, a: Access, b: Access, *, add: bool) -> None:
    """Write the product of each pair of matrices of two stacks, which broadcast."""
    stack = c.shape[:-2]
    if 0 in c.shape:
        return
    if not a.shape[-1]:
        if not add:
            lowering.statements.extend(filling(lowering.new_name, c, 0))
        return
    names = [lowering.new_name("i") for _ in stack]

    def matrix(x: Access) -> Matrix:
        own = list(zip(x.shape, x.strides, strict=True))[:-2]
        loops = names[len(stack) - len(own) :]
        terms = [(loop, s) for loop, (n, s) in zip(loops, own, strict=True) if n != 1 and s]
        return Matrix(x.buffer, Index((*x.start.terms, *terms), x.start.offset), *x.strides[-2:])

    m, n, k = *c.shape[-2:], a.shape[-1]
    product: Statement = MatMul(matrix(c), matrix(a), matrix(b), m, n, k, add)
    for name, extent in zip(reversed(names), reversed(stack), strict=True):
        product = Loop(name, extent, (product,))
    lowering.statements.append(product)


def _with_axis(x: Access, k: int) -> Access:
    """Return an array with a new axis of length 1."""
    shape, strides = (*x.shape[:k], 1, *x.shape[k:]), (*x.strides[:k], 0, *x.strides[k:])
    return Access(x.buffer, x.start, shape, strides)
