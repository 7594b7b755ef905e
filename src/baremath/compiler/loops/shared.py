"""What a program's lowerings have in common: names, constants, integers to be checked."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from baremath.compiler.ir import Node
from baremath.compiler.loops.access import Access, contiguous
from baremath.compiler.loops.language import Buffer

if TYPE_CHECKING:
    from baremath.compiler.loops.bounds import Bounds


class Shared:
    """Names and buffers of one program.

    Attributes
    ----------
    checks : list of Bounds
        Integers that must be checked: indices, and the seeds and steps of random numbers.
    """

    def __init__(self) -> None:
        self.checks: list[Bounds] = []
        self._names = itertools.count()
        self._constants: list[bytes] = []
        self._constant_bytes = 0

    @property
    def constants(self) -> NDArray[np.uint8]:
        """The space ``"constants"``."""
        return np.frombuffer(b"".join(self._constants) or bytes(64), np.uint8)

    def new_name(self, hint: str) -> str:
        """Return a name that is still free."""
        return f"{hint}{next(self._names)}"

    def arena(self, dtype: Any, shape: tuple[int, ...], strides: Any = None) -> Access:
        """Return a new buffer of the arena; its place there is found at the end."""
        strides = tuple(contiguous(shape) if strides is None else strides)
        room = -(-span(shape, strides) // 16) * 16
        name = self.new_name("t")
        return Access.of(Buffer(name, str(np.dtype(dtype)), shape, strides, "arena", 0, room))

    def constant(self, node: Node) -> Buffer:
        """Return a new buffer of the constants, with the value of a node."""
        value = np.ascontiguousarray(node.attributes["value"]).reshape(node.shape)
        offset = self._constant_bytes // value.itemsize
        data = value.tobytes()
        self._constants.append(data + bytes(-len(data) % 64))
        self._constant_bytes += len(self._constants[-1])
        name, strides = self.new_name("constant"), contiguous(value.shape)
        dtype, size = str(value.dtype), value.size
        return Buffer(name, dtype, value.shape, strides, "constants", offset, size)


def span(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Return how many elements there are from the first to the last."""
    if 0 in shape:
        return 0
    return 1 + sum((n - 1) * abs(s) for n, s in zip(shape, strides, strict=True))
