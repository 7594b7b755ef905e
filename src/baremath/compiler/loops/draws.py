"""Random numbers: words by Philox, then loops that make numbers of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from baremath import scalar
from baremath.autodiff.ops.sampling import Normal
from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access, contiguous
from baremath.compiler.loops.axes import Axes
from baremath.compiler.loops.bounds import require
from baremath.compiler.loops.calls import as_buffer
from baremath.compiler.loops.language import (
    Buffer,
    Cast,
    Index,
    Let,
    Load,
    Loop,
    Statement,
    Store,
    Words,
)

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering


def write_draw(lowering: Lowering, node: Node, to: Access, add: bool) -> None:
    """Write a draw: the numbers of `Uniform` and `Normal`."""
    dtype, size = str(node.dtype), node.size
    if not size:
        return
    for x in node.inputs:
        if x.dtype.kind != "u":
            require(lowering, x, 0, 2**64, is_index=False)
    seed, step = (_as_word(lowering, x) for x in node.inputs)
    normal = isinstance(node.operation, Normal)
    count = size + size % 2 if normal else size * (2 if dtype == "float64" else 1)
    words = lowering.arena(np.uint32, (count,)).buffer
    lowering.statements.append(Words(words, seed, step, node.attributes["draw"], count))
    if not normal:
        _write_uniform(lowering, words, to, dtype, add)
        return
    numbers = lowering.arena(dtype, (count,)).buffer
    lowering.statements.append(_pairs(lowering, words, numbers))
    lowering.copy(Access(numbers, Index(), node.shape, contiguous(node.shape)), to, add=add)


def _as_word(lowering: Lowering, node: Node) -> Buffer:
    """Return a buffer of one integer of 64 bits."""
    if node.dtype in (np.int64, np.uint64):
        return as_buffer(lowering, node)
    x, own = lowering.read(node), lowering.arena(np.uint64, ())
    value, word = lowering.new_name("x"), lowering.new_name("w")
    lowering.statements += [
        Load(value, x.buffer, x.start),
        Cast(word, "uint64", value),
        Store(own.buffer, Index(), word),
    ]
    return own.buffer


def _write_uniform(lowering: Lowering, words: Buffer, to: Access, dtype: str, add: bool) -> None:
    """Write numbers of the upper bits of words; an integer division cuts off the lower."""
    axes = Axes(lowering.new_name, to.shape)
    each = 2 if dtype == "float64" else 1
    strides = [each * stride for stride in contiguous(to.shape)]
    y = lowering.new_name("v")
    if dtype == "float32":
        body, x = _upper_bits(lowering, words, axes.index(Index(), strides), 8, dtype)
        body.append(Let(y, dtype, x * 2.0**-24))
    else:
        body, high = _upper_bits(lowering, words, axes.index(Index(), strides), 5, dtype)
        second, low = _upper_bits(lowering, words, axes.index(Index((), 1), strides), 6, dtype)
        body += [*second, Let(y, dtype, (high * 2.0**26 + low) * 2.0**-53)]
    body.append(Store(to.buffer, axes.index(to.start, to.strides), y, add))
    lowering.statements.extend(axes.around(body))


def _upper_bits(
    lowering: Lowering, words: Buffer, index: Index, bits: int, dtype: str
) -> tuple[list[Statement], scalar.Expression]:
    """Return the statements that make a float of a word without its lowest bits, and its name."""
    word, upper, x = (lowering.new_name(hint) for hint in "wwx")
    shifted = Let(upper, "uint32", scalar.variable(word) / 2**bits)
    return [Load(word, words, index), shifted, Cast(x, dtype, upper)], scalar.variable(x)


def _pairs(lowering: Lowering, words: Buffer, to: Buffer) -> Loop:
    """Return the loop that makes two normal numbers of two words."""
    dtype = to.dtype
    i, a, b, u, v, r, x, y = (lowering.new_name(hint) for hint in "iwwxxvvv")
    radius = scalar.sqrt(-2.0 * scalar.log((scalar.variable(u) + 0.5) * 2.0**-32))
    angle = scalar.variable(v) * (2 * math.pi * 2.0**-32)
    even, odd = Index(((i, 2),)), Index(((i, 2),), 1)
    body = (
        Load(a, words, even),
        Load(b, words, odd),
        Cast(u, dtype, a),
        Cast(v, dtype, b),
        Let(r, dtype, radius),
        Let(x, dtype, scalar.variable(r) * scalar.cos(angle)),
        Let(y, dtype, scalar.variable(r) * scalar.sin(angle)),
        Store(to, even, x),
        Store(to, odd, y),
    )
    return Loop(i, math.prod(to.shape) // 2, body, lanes=True)
