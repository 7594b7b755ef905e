"""Node: what an operation leaves behind, so that the chain rule can walk back through it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from baremath.autodiff.anomaly import Origin
    from baremath.autodiff.ops.operation import Operation
    from baremath.autodiff.tensor import Tensor

#: Arrays of up to this many elements are kept though no derivative reads them: `show` shows them.
SHOWN = 64

_order = itertools.count()


class Like:
    """The shape and dtype of an array that no derivative reads, kept in its place."""

    __slots__ = ("dtype", "ndim", "shape")

    def __init__(self, array: NDArray[Any]) -> None:
        self.shape = array.shape
        self.dtype = array.dtype
        self.ndim = array.ndim

    @classmethod
    def of(cls, shape: tuple[int, ...], dtype: Any) -> Like:
        """Return the likeness of an array that isn't there."""
        made = cls.__new__(cls)
        made.shape, made.dtype, made.ndim = shape, np.dtype(dtype), len(shape)
        return made


def kept(array: NDArray[Any]) -> NDArray[Any] | Like:
    """Return what is kept of an array that no derivative reads."""
    return array if array.size <= SHOWN else Like(array)


class Node:
    """An operation that was computed: what it was applied to, and what its derivative will read.

    Parameters
    ----------
    operation : Operation
        What was computed.
    attributes : dict
        The operation's keyword arguments.
    parents : list of (Node or None)
        For each input the node that made it; None for a constant.
    inputs : list
        For each input its array, or a `Like` where the derivative reads only the shape.
    output : ndarray or Like
        The value, likewise.

    Attributes
    ----------
    order : int
        Nodes made later have larger numbers, so parents come before children.
    origin : Origin
        Where the operation was called; set only while anomalies are looked for.
    """

    __slots__ = (
        "__weakref__",
        "attributes",
        "inputs",
        "operation",
        "order",
        "origin",
        "output",
        "parents",
    )

    origin: Origin

    def __init__(
        self,
        operation: Operation | None,
        attributes: dict[str, Any],
        parents: list[Node | None],
        inputs: list[Any],
        output: Any,
    ) -> None:
        self.operation = operation
        self.attributes = attributes
        self.parents = parents
        self.inputs = inputs
        self.output = output
        self.order = next(_order)

    def release(self) -> None:
        """Forget the arrays: after this the node can't be walked through again."""
        self.inputs = self.output = None  # type: ignore[assignment]


class Leaf(Node):
    """The node of a tensor that a user made.

    Parameters
    ----------
    value : ndarray
        Its array.

    Attributes
    ----------
    gradient : Tensor or None
        What `backward` has added up.
    name : str
        What `show` calls it.
    """

    __slots__ = ("gradient", "name")

    def __init__(self, value: NDArray[Any]) -> None:
        # Not by way of Node's: that takes twice the time.
        self.operation = None
        self.attributes = {}
        self.parents = []
        self.inputs = []
        self.output = kept(value)
        self.order = next(_order)
        self.gradient: Tensor | None = None
        self.name = ""
