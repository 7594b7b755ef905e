"""Values and gradients of the operations against PyTorch's, where it is installed."""

import numpy as np
import pytest

from baremath.autodiff import OPERATIONS, ops, tensor

torch = pytest.importorskip("torch")


def reduce(name):
    """Return PyTorch's reduction over any axes."""

    def of(x, axis=None, keepdims=False):
        axes = tuple(range(x.ndim)) if axis is None else axis
        return getattr(torch, name)(x, dim=axes, keepdim=keepdims)

    return of


def prod(x, axis=None, keepdims=False):
    for k in sorted(range(x.ndim) if axis is None else np.atleast_1d(axis) % x.ndim)[::-1]:
        x = torch.prod(x, dim=int(k), keepdim=True)
    return x if keepdims else x.squeeze(dim=_axes(x, axis)) if x.ndim else x


def _axes(x, axis):
    return tuple(range(x.ndim)) if axis is None else tuple(int(k) for k in np.atleast_1d(axis))


def softmax(x, axis):
    """Return PyTorch's softmax, which takes one axis."""
    if isinstance(axis, tuple):
        return torch.exp(x - torch.logsumexp(x, axis, keepdim=True))
    return torch.softmax(x, axis)


def log_softmax(x, axis):
    if isinstance(axis, tuple):
        return x - torch.logsumexp(x, axis, keepdim=True)
    return torch.log_softmax(x, axis)


def cumsum(x, axis, reverse):
    x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
    if reverse:
        return torch.flip(torch.cumsum(torch.flip(x, (axis,)), axis), (axis,))
    return torch.cumsum(x, axis)


def pad(x, pad_width, value):
    widths = np.broadcast_to(pad_width, (x.ndim, 2))[::-1].ravel().tolist()
    return torch.nn.functional.pad(x, widths, value=value) if widths else x


def broadcast(index, x, axis):
    """Return an index with the lengths of x on the other axes: PyTorch's doesn't broadcast."""
    shape = [n if k == axis % x.ndim else x.shape[k] for k, n in enumerate(index.shape)]
    return torch.as_tensor(np.broadcast_to(index, shape) % x.shape[axis])


def scatter_add(x, index, updates, axis):
    return torch.scatter_add(x, axis, broadcast(index, x, axis), updates)


def solve(a, b):
    if b.ndim == 1:  # PyTorch would take a vector for a stack of matrices' right sides
        return torch.linalg.solve(a, b[:, None])[..., 0]
    return torch.linalg.solve(a, b)


def getitem(x, index):
    if x.ndim and isinstance(index, slice) and index.step == -1:
        return torch.flip(x, (0,))
    return x[index]


def where(condition, a, b):
    return torch.where(torch.as_tensor(condition), a, b)


def concatenate(arrays, axis):
    if axis is None:
        return torch.cat([x.reshape(-1) for x in arrays])
    return torch.cat(arrays, axis)


#: What PyTorch calls it; None for what it hasn't got, or has in another form.
TORCH = {
    "abs": torch.abs,
    "add": torch.add,
    "add_at": None,  # the derivative of its getitem, which is compared
    "astype": lambda x, dtype: x.to(torch.float64),
    "broadcast_to": lambda x, shape: torch.broadcast_to(x, shape),
    "concatenate": concatenate,
    "cos": torch.cos,
    "cumsum": cumsum,
    "divide": torch.divide,
    "einsum": torch.einsum,
    "erf": torch.erf,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "gather": lambda x, index, axis: torch.gather(x, axis, broadcast(index, x, axis)),
    "getitem": getitem,
    "linear": torch.nn.functional.linear,
    "log": torch.log,
    "log1p": torch.log1p,
    "log_softmax": log_softmax,
    "logaddexp": torch.logaddexp,
    "logsumexp": reduce("logsumexp"),
    "matmul": torch.matmul,
    "max": reduce("amax"),
    "maximum": torch.maximum,
    "mean": reduce("mean"),
    "min": reduce("amin"),
    "minimum": torch.minimum,
    "multiply": torch.multiply,
    "negative": torch.negative,
    "norm": reduce("norm"),
    "pad": pad,
    "power": torch.pow,
    "prod": prod,
    "relu": torch.relu,
    "reshape": torch.reshape,
    "scatter_add": scatter_add,
    "sigmoid": torch.sigmoid,
    "sin": torch.sin,
    "softmax": softmax,
    "softplus": torch.nn.functional.softplus,
    "solve": solve,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "subtract": torch.subtract,
    "sum": reduce("sum"),
    "tan": torch.tan,
    "tanh": torch.tanh,
    "transpose": lambda x, axes: x.permute(axes or tuple(range(x.ndim))[::-1]),
    "where": where,
}

CASES = [
    pytest.param(name, *sample, id=f"{name}-{k}")
    for name in sorted(TORCH)
    if TORCH[name]
    for k, sample in enumerate(OPERATIONS[name].samples(np.random.default_rng(3)))
]


def convert(inputs, change):
    return type(inputs)(
        convert(x, change)
        if isinstance(x, list)
        else change(x)
        if isinstance(x, np.ndarray) and x.dtype.kind == "f"
        else x
        for x in inputs
    )


def leaves(inputs, kind):
    return [
        leaf
        for x in inputs
        for leaf in (x if isinstance(x, list) else [x])
        if isinstance(leaf, kind)
    ]


def test_every_operation_of_torch_is_compared():
    declared_here = {
        name
        for name in dir(ops)
        if getattr(getattr(ops, name), "differentiable", False) and name in OPERATIONS
    }
    assert declared_here <= TORCH.keys()


@pytest.mark.parametrize(("name", "inputs", "attributes"), CASES)
def test_value_and_gradient_are_torchs(name, inputs, attributes):
    ours = convert(inputs, lambda x: tensor(x, requires_grad=True))
    theirs = convert(inputs, lambda x: torch.tensor(x, requires_grad=True))
    y, z = OPERATIONS[name](*ours, **attributes), TORCH[name](*theirs, **attributes)
    np.testing.assert_allclose(y.detach(), z.detach().numpy(), rtol=1e-10, atol=1e-12)
    g = np.random.default_rng(0).normal(size=y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    for a, b in zip(leaves(ours, type(y)), leaves(theirs, torch.Tensor), strict=True):
        expected = np.zeros(a.shape) if b.grad is None else b.grad.numpy()
        np.testing.assert_allclose(a.grad, expected, rtol=1e-10, atol=1e-12)
