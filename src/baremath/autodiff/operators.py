"""Operators: arithmetic and methods of whatever stands for an array, all of them operations."""

# mypy: disable-error-code="no-any-return"
# Operations return arrays, tensors or symbols, as they were given.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeAlias

from numpy.typing import DTypeLike

Axis: TypeAlias = "int | tuple[int, ...] | None"


class Operators:
    """What a tensor and a symbol share: ``x + y``, ``x[i]``, ``x.sum()``; each calls an operation.

    A subclass has a shape, an ndim and a length.
    """

    __slots__ = ()
    __array_priority__ = 1000
    __hash__ = object.__hash__

    if TYPE_CHECKING:

        @property
        def ndim(self) -> int:
            """The number of dimensions."""
            ...

        def __len__(self) -> int: ...

    # Arithmetic

    def __add__(self, other: Any) -> Self:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Self:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Self:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Self:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Self:
        return ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Self:
        return ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Self:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return ops.divide(other, self)

    def __pow__(self, other: Any) -> Self:
        if type(other) in (int, float) and other == 2:
            return ops.square(self)
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Self:
        return ops.power(other, self)

    def __matmul__(self, other: Any) -> Self:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Self:
        return ops.matmul(other, self)

    def __neg__(self) -> Self:
        return ops.negative(self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return ops.abs(self)

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        return ops.equal(self, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return ops.not_equal(self, other)

    def __lt__(self, other: Any) -> Self:
        return ops.less(self, other)

    def __le__(self, other: Any) -> Self:
        return ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Self:
        return ops.greater(self, other)

    def __ge__(self, other: Any) -> Self:
        return ops.greater_equal(self, other)

    def __and__(self, other: Any) -> Self:
        return ops.logical_and(self, other)

    def __or__(self, other: Any) -> Self:
        return ops.logical_or(self, other)

    def __invert__(self) -> Self:
        return ops.logical_not(self)

    # Methods named as in NumPy and PyTorch

    def __getitem__(self, index: Any) -> Self:
        return ops.getitem(self, index)

    def __iter__(self) -> Any:
        if self.ndim == 0:
            raise TypeError("a tensor of shape () is one number; there is nothing to go through")
        return (self[i] for i in range(len(self)))

    @property
    def T(self) -> Self:  # noqa: N802 - NumPy's name
        """The transpose: all axes reversed."""
        return ops.transpose(self)

    def astype(self, dtype: DTypeLike) -> Self:
        """Return the tensor with elements of another type; the gradient comes back in this one."""
        return ops.astype(self, dtype)

    def exp(self) -> Self:
        """Return e to the power of each element."""
        return ops.exp(self)

    def log(self) -> Self:
        """Return the natural logarithm of each element."""
        return ops.log(self)

    def sqrt(self) -> Self:
        """Return the square root of each element."""
        return ops.sqrt(self)

    def abs(self) -> Self:
        """Return the absolute value of each element."""
        return ops.abs(self)

    def tanh(self) -> Self:
        """Return the hyperbolic tangent of each element."""
        return ops.tanh(self)

    def sigmoid(self) -> Self:
        """Return 1 / (1 + exp(-x)) of each element."""
        return ops.sigmoid(self)

    def clip(self, low: float | None = None, high: float | None = None) -> Self:
        """Return each element, but at least `low` and at most `high`."""
        return ops.clip(self, low, high)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Return the sum over the axes; over all when None."""
        return ops.sum(self, axis, keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Return the mean over the axes; over all when None."""
        return ops.mean(self, axis, keepdims)

    def var(self, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """Return the variance over the axes; over all when None."""
        return ops.var(self, axis, ddof, keepdims)

    def std(self, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Self:
        """Return the standard deviation over the axes; over all when None."""
        return ops.std(self, axis, ddof, keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Return the product over the axes; over all when None."""
        return ops.prod(self, axis, keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Return the largest element over the axes; over all when None."""
        return ops.max(self, axis, keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Self:
        """Return the smallest element over the axes; over all when None."""
        return ops.min(self, axis, keepdims)

    def argmax(self, axis: int | None = None) -> Self:
        """Return the index of the largest element."""
        return ops.argmax(self, axis)

    def argmin(self, axis: int | None = None) -> Self:
        """Return the index of the smallest element."""
        return ops.argmin(self, axis)

    def cumsum(self, axis: int | None = None) -> Self:
        """Return the running sum along an axis."""
        return ops.cumsum(self, axis)

    def dot(self, other: Any) -> Self:
        """Return the dot product, as NumPy's."""
        return ops.dot(self, other)

    def reshape(self, *shape: Any) -> Self:
        """Return the same elements in another shape; one length may be -1."""
        return ops.reshape(self, shape[0] if len(shape) == 1 else shape)

    def flatten(self) -> Self:
        """Return the elements in one dimension."""
        return ops.reshape(self, (-1,))

    def transpose(self, *axes: int) -> Self:
        """Return the axes in another order; reversed when none is given."""
        return ops.transpose(self, axes or None)


# Operations are made of tensors, and tensors have operators.
from baremath.autodiff import ops  # noqa: E402
