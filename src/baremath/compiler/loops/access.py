"""Access: how a value is read from a buffer, and how views read it otherwise."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from baremath.compiler.ir import CONSTANT, Node
from baremath.compiler.loops.language import Buffer, Index


@dataclass(frozen=True)
class Access:
    """An array in a buffer.

    Parameters
    ----------
    buffer : Buffer
        Where it lies.
    start : Index
        Its first element there; in the body of a loop over steps it may move with the step.
    shape, strides : tuple of int
        Lengths, and the distance of neighbours in elements; 0 where one stands for all.
    """

    buffer: Buffer
    start: Index
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def of(cls, buffer: Buffer) -> Access:
        """Return the whole of a buffer."""
        return cls(buffer, Index(), buffer.shape, buffer.strides)

    def is_at(self, other: Access) -> bool:
        """Whether another array has the same elements."""
        if (self.buffer, self.start, self.shape) != (other.buffer, other.start, other.shape):
            return False
        strides = zip(self.shape, self.strides, other.strides, strict=True)
        return all(n == 1 or a == b for n, a, b in strides)

    def broadcast_to(self, shape: tuple[int, ...]) -> Access:
        """Return the array repeated to a shape."""
        pairs = zip(self.shape, self.strides, strict=True)
        new = (0,) * (len(shape) - len(self.shape))
        strides = (*new, *(0 if n == 1 else stride for n, stride in pairs))
        return Access(self.buffer, self.start, shape, strides)


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the strides of C order."""
    strides = [1]
    for n in reversed(shape[1:]):
        strides.append(strides[-1] * n)
    return tuple(reversed(strides)) if shape else ()


def seen_as(node: Node, x: Access) -> Access | None:
    """Return where a view of a value lies; None where strides can't say it."""
    shape, attributes = node.shape, node.attributes
    if node.op == "transpose":
        axes = attributes["axes"]
        return Access(x.buffer, x.start, shape, tuple(x.strides[k] for k in axes))
    if node.op == "broadcast_to":
        return x.broadcast_to(shape)
    if node.op == "reshape":
        strides = _reshaped(x.shape, x.strides, shape)
        return None if strides is None else Access(x.buffer, x.start, shape, strides)
    return sliced(x, attributes["pattern"])


def sliced(x: Access, pattern: tuple[Any, ...]) -> Access:
    """Return the part of an array at an index of slices, integers, None and Ellipsis."""
    offset, shape, strides = 0, [], []
    axes = zip(x.shape, x.strides, strict=True)
    for part in whole_pattern(pattern, len(x.shape)):
        if part is None:
            shape.append(1)
            strides.append(0)
            continue
        n, stride = next(axes)
        if isinstance(part, slice):
            start, stop, step = part.indices(n)
            length = len(range(start, stop, step))
            offset += start * stride if length else 0
            shape.append(length)
            strides.append(step * stride)
        else:
            offset += (part % n) * stride
    return Access(x.buffer, x.start.moved(offset), tuple(shape), tuple(strides))


def whole_pattern(pattern: tuple[Any, ...], ndim: int) -> list[Any]:
    """Return an index with a part for every dimension."""
    dots = [k for k, part in enumerate(pattern) if part is ...]
    place = dots[0] if dots else len(pattern)
    taken = sum(part is not None and part is not ... for part in pattern)
    return [*pattern[:place], *[slice(None)] * (ndim - taken), *pattern[place + 1 :]]


def _reshaped(
    old: tuple[int, ...], strides: tuple[int, ...], new: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Return the strides of a new shape over the same elements, if there are any."""
    if 0 in old:
        return contiguous(new)
    runs = _runs(old, strides)
    found: list[int] = []
    lengths = iter([n for n in new if n != 1])
    for total, step in runs:
        part: list[int] = []
        product = 1
        while product < total:
            n = next(lengths)
            part.append(n)
            product *= n
        if product != total:
            return None
        inner = list(itertools.accumulate(reversed(part[1:]), lambda a, b: a * b, initial=1))
        found.extend(step * k for k in reversed(inner))
    rest = iter(found)
    return tuple(0 if n == 1 else next(rest) for n in new)


def _runs(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return (elements, stride) of the axes, neighbours that are one run joined."""
    runs: list[tuple[int, int]] = []
    for n, stride in zip(shape, strides, strict=True):
        if n == 1:
            continue
        if runs and runs[-1][1] == n * stride:
            runs[-1] = (runs[-1][0] * n, stride)
        else:
            runs.append((n, stride))
    return runs


def seen_back(node: Node, place: Access) -> Access | None:
    """Return where the input of a view must lie for the view to lie at a place; None if nowhere."""
    (x, *_), shape = node.inputs, node.inputs[0].shape
    if node.op == "transpose":
        axes = node.attributes["axes"]
        strides = tuple(place.strides[axes.index(k)] for k in range(x.ndim))
        return Access(place.buffer, place.start, shape, strides)
    if node.op == "reshape" and node.size:
        found = _reshaped(place.shape, place.strides, shape)
        return None if found is None else Access(place.buffer, place.start, shape, found)
    return None


def literal(node: Node) -> Any:
    """Return the number that a value is everywhere, if it is known; None if not."""
    while node.op in ("broadcast_to", "reshape", "transpose") and node.inputs[0].size == 1:
        node = node.inputs[0]
    if node.op == CONSTANT and node.size == 1:
        return node.attributes["value"].reshape(()).item()
    return None
