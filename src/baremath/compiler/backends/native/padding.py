"""Padding: what lies behind the rows of a buffer and may be written to."""

from __future__ import annotations

from collections.abc import Sequence

from baremath.compiler.loops.language import Buffer


def padded(buffer: Buffer, offset: int, others: Sequence[int], length: int, width: int) -> bool:
    """Whether runs of neighbours, filled up to whole vectors, touch nothing but padding.

    Parameters
    ----------
    buffer : Buffer
        Where the runs lie.
    offset : int
        Where the first begins.
    others : sequence of int
        How far it is from one to the next, along other dimensions.
    length : int
        Of a run, in elements.
    width : int
        Of a vector.
    """
    strides = [(n, s) for n, s in zip(buffer.shape, buffer.strides, strict=True) if n > 1]
    apart = [s for n, s in strides if s != 1]
    if buffer.space != "arena" or (length, 1) not in strides or len(apart) != len(strides) - 1:
        return False  # a run is no whole dimension: what follows are elements
    if not apart:
        return offset == 0
    end = -(-length // width) * width
    return min(apart) >= end and all(s % min(apart) == 0 for s in (offset, *others))
