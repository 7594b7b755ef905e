"""How a tensor begins: from numbers, lists, arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from baremath.autodiff.tensor import Tensor


def tensor(
    data: Any, requires_grad: bool = False, dtype: DTypeLike | None = None, *, name: str = ""
) -> Tensor:
    r"""Return a tensor with a copy of the data.

    Parameters
    ----------
    data : array_like
        Numbers, nested lists, an array or a tensor, of any shape.
    requires_grad : bool, default=False
        Whether `backward` computes :math:`\partial out / \partial x` by this tensor.
    dtype : dtype, optional
        float32 or float64, or of integers or booleans; by default that of the data, and float32
        for Python's floats, as in PyTorch.
    name : str, default=""
        What `show` calls it.

    Returns
    -------
    Tensor

    Raises
    ------
    TypeError
        If the data aren't numbers on this machine's memory, or integers are asked for a gradient.

    Examples
    --------
    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> out = (3 * (x - 2) ** 2).mean()
    >>> out.backward()
    >>> x.grad
    tensor([[-1.5,  0. ],
            [ 1.5,  3. ]])
    """
    if isinstance(data, Tensor):
        data = data.data
    if hasattr(data, "__cuda_array_interface__"):
        raise TypeError("the data are on a GPU; baremath computes on the CPU: give x.cpu()")
    own = dtype is None and not hasattr(data, "dtype")
    try:
        array = np.array(data, dtype=dtype)
    except RuntimeError:  # from `numpy()` of a tensor among the data
        raise TypeError(
            "these data hold tensors that require a gradient, which a new tensor would lose; "
            "stack([...]) joins tensors, and x.detach() is a constant."
        ) from None
    if own and array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds numbers; these data are of dtype {array.dtype}")
    if name and not requires_grad:
        raise ValueError(f"name={name!r} needs requires_grad=True: constants aren't in the graph")
    made = Tensor(array)
    if requires_grad:
        made.requires_grad = True
    if name:
        made.name = name
    return made
