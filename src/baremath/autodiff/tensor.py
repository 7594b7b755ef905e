"""Tensor: an array, and the operation that made it."""

# mypy: disable-error-code="no-any-return"
# Of what an array has, a symbol has what is needed.

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from baremath.autodiff.node import SHOWN, Leaf, Like, Node
from baremath.autodiff.operators import Operators
from baremath.autodiff.recording import mode, tracing
from baremath.autodiff.symbol import Symbol, as_array


class Tensor(Operators):
    """An array that remembers how it was computed.

    Made by `tensor`, and by operations on tensors. Its array is never written to: an in-place
    operator gives the tensor a new one, so what was computed from the old one stays true.

    Parameters
    ----------
    data : ndarray
        The values; taken as they are, not copied.
    node : Node, optional
        The operation that made it; a leaf for a tensor that asks for a gradient.

    Attributes
    ----------
    data : ndarray
        The values; always an array, even of one number. Don't write into it: an optimizer gives a
        weight a new array of its shape.
    node : Node or None
        None for a constant.
    """

    __slots__ = ("_data", "node")

    def __init__(self, data: NDArray[Any] | Symbol, node: Node | None = None) -> None:
        # NumPy returns a scalar, which is no array, from arithmetic with arrays of shape ().
        self._data = data if type(data) is np.ndarray else as_array(data)
        self.node = node

    # What it is

    def _set_data(self, data: NDArray[Any]) -> None:
        if tracing:
            in_place.refuse_lost_write(self)
        if type(data) is not np.ndarray:
            data = as_array(data)
        if data.shape != self._data.shape:
            raise ValueError(f"a tensor keeps its shape, {self.shape}; the data have {data.shape}")
        self._data = data
        node = self.node
        if type(node) is Leaf:
            node.output = data if data.size <= SHOWN else Like(data)

    data = property(attrgetter("_data"), _set_data)  # a getter in Python takes twice the time

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.data.size

    @property
    def requires_grad(self) -> bool:
        """Whether `backward` computes a gradient by this tensor or by what it was made from."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError(
                "requires_grad belongs to the tensors that a computation begins with; for a "
                "constant copy of a result write x.detach()."
            )
        if wanted and self.dtype.kind != "f":
            raise TypeError(
                f"a gradient needs floats, and these data are of dtype {self.dtype}; write numbers "
                "with a point, or give dtype=float."
            )
        if wanted != self.requires_grad:
            self.node = Leaf(self.data) if wanted else None

    @property
    def is_leaf(self) -> bool:
        """Whether a user made it, rather than an operation."""
        return self.node is None or isinstance(self.node, Leaf)

    @property
    def name(self) -> str:
        """What `show` calls it; only a tensor that requires a gradient has one."""
        return self.node.name if isinstance(self.node, Leaf) else ""

    @name.setter
    def name(self, name: str) -> None:
        if not isinstance(self.node, Leaf):
            raise ValueError(f"only a tensor made with requires_grad=True can be called {name!r}")
        self.node.name = name

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` has added up in a leaf, or None; set it to None to start."""
        return self.node.gradient if isinstance(self.node, Leaf) else None

    @grad.setter
    def grad(self, gradient: Tensor | None) -> None:
        node = self.node
        if gradient is None and node is None:
            return
        if type(node) is not Leaf:
            raise RuntimeError("only a tensor made with requires_grad=True has a gradient to set")
        if gradient is not None:
            if not isinstance(gradient, Tensor) or gradient.dtype != self.dtype:
                given = getattr(gradient, "dtype", "no dtype")
                raise TypeError(
                    f"a gradient is a tensor of the dtype of its own, {self.dtype}, not a "
                    f"{type(gradient).__name__} of {given}: tensor(g, dtype=x.dtype) makes one"
                )
            if gradient.shape != self.shape:
                raise ValueError(
                    f"a gradient has the shape of its tensor, {self.shape}, not {gradient.shape}"
                )
        node.gradient = gradient

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a tensor of shape () is one number and has no length")
        return len(self.data)

    def __repr__(self) -> str:
        if isinstance(self._data, Symbol):
            return f"tensor({self._data!r})"
        text = np.array2string(self.data, separator=", ", prefix="tensor(", threshold=200)
        dtype = "" if self.dtype in (np.float32, np.int64, np.bool_) else f", dtype={self.dtype}"
        needed = ", requires_grad=True" if self.requires_grad and self.is_leaf else ""
        made = f", made by {self.node.operation.name}" if self.node and self.node.operation else ""
        return f"tensor({text}{dtype}{needed}{made})"

    # Leaving

    def item(self) -> Any:
        """Return the value of a tensor of one element as a Python number."""
        if self.size != 1:
            raise ValueError(
                f"item() reads a tensor of one element; this one has shape {self.shape}"
            )
        return self.data.item()

    def numpy(self) -> NDArray[Any]:
        """Return the values as a read-only array; write ``x.numpy().copy()`` for one of your own.

        Raises
        ------
        RuntimeError
            If the tensor requires a gradient, which the array would lose without a word.
        """
        if self.requires_grad:
            raise RuntimeError(
                "numpy() would cut this tensor off from its gradient; say so: x.detach().numpy()"
            )
        view = self.data.view()
        view.flags.writeable = False
        return view

    def tolist(self) -> Any:
        """Return the values as nested lists."""
        return self.data.tolist()

    def detach(self) -> Tensor:
        """Return the same values as a constant."""
        return Tensor(self.data)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and store values, requires_grad, name and gradient; the graph stays behind."""
        leaf = isinstance(self.node, Leaf)
        return {"data": self.data, "leaf": leaf, "name": self.name, "gradient": self.grad}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._data, self.node = state["data"], None
        if state["leaf"]:
            self.node = Leaf(self.data)
            self.name, self.grad = state["name"], state["gradient"]

    def __float__(self) -> float:
        return float(self._number("float()"))

    def __int__(self) -> int:
        return int(self._number("int()"))

    def _number(self, asked: str) -> Any:
        """Return the value for Python's own conversions, which nobody writes on purpose.

        ``math.exp(x)`` asks for it, and NumPy where a tensor is assigned to a place of an array.
        """
        if self.node is not None and mode.recording:
            raise RuntimeError(
                f"{asked} would cut this tensor off from its gradient. Write x.item() if you mean "
                "the plain number, np.exp(x) and not math.exp(x), and np.stack([...]) or "
                "np.where(...) to build an array rather than to assign to its places."
            )
        return self.item()

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only a tensor of integers is an index, not one of {self.dtype}")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"a tensor of shape {self.shape} is neither true nor false; "
                "use .all() or .any() of x.numpy()"
            )
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        array = self.numpy()
        return np.array(array, dtype=dtype, copy=copy) if dtype or copy else array

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ops.call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return ops.call_function(function, args, kwargs)

    # The chain rule

    def backward(
        self,
        gradient: Tensor | NDArray[Any] | None = None,
        *,
        retain_graph: bool = True,
        create_graph: bool = False,
    ) -> None:
        r"""Add :math:`\partial self / \partial w` to the `grad` of every leaf w it was made from.

        Parameters
        ----------
        gradient : Tensor or ndarray of this tensor's shape, optional
            The gradient of something by this tensor; one, for a tensor of one element.
        retain_graph : bool, default=True
            False forgets the arrays as the sweep passes them: it needs less memory, and can't be
            run again.
        create_graph : bool, default=False
            Record the sweep too, so that the gradients can be differentiated.

        Raises
        ------
        RuntimeError
            If nothing here requires a gradient, the tensor isn't one number and no `gradient` is
            given, or an earlier ``backward(retain_graph=False)`` has passed here.
        """
        sweeps.backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph)

    # In place: the tensor gets a new array

    def __iadd__(self, other: Any) -> Tensor:
        return in_place.update(self, ops.add, other, "+=")

    def __isub__(self, other: Any) -> Tensor:
        return in_place.update(self, ops.subtract, other, "-=")

    def __imul__(self, other: Any) -> Tensor:
        return in_place.update(self, ops.multiply, other, "*=")

    def __itruediv__(self, other: Any) -> Tensor:
        return in_place.update(self, ops.divide, other, "/=")

    def __setitem__(self, index: Any, value: Any) -> None:
        in_place.set_item(self, index, value)


# Tensors are made by operations, and operations are made of tensors.
from baremath.autodiff import backward as sweeps  # noqa: E402
from baremath.autodiff import in_place, ops  # noqa: E402
