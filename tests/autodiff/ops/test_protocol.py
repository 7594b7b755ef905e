"""NumPy's functions, given tensors."""

import functools
import re

import numpy as np
import pytest
from scipy import special

from baremath.autodiff import Tensor, check_gradient, ops, tensor
from baremath.autodiff.ops.operation import NUMPY
from baremath.autodiff.ops.protocol import NEAR

X = np.random.default_rng(0).uniform(0.5, 2, (3, 3))

CALLS = {
    "exp": np.exp,
    "abs": np.abs,
    "expit": special.expit,
    "erf": special.erf,
    "add": lambda x: np.add(x, 1),
    "reciprocal": np.reciprocal,
    "square": np.square,
    "log2": np.log2,
    "log10": np.log10,
    "logaddexp": lambda x: np.logaddexp(x, 1.0),
    "sum": np.sum,
    "sum-axis": lambda x: np.sum(x, axis=1),
    "sum-positional": lambda x: np.sum(x, 1, None, None, True),
    "sum-named": lambda x: np.sum(a=x, axis=(0, 1), keepdims=True),
    "add.reduce": lambda x: np.add.reduce(x),
    "add.reduce-axis": lambda x: np.add.reduce(x, axis=1, keepdims=True),
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=None),
    "maximum.reduce": lambda x: np.maximum.reduce(x, 1),
    "add.accumulate": lambda x: np.add.accumulate(x, axis=1),
    "prod": lambda x: np.prod(x, axis=0),
    "mean": lambda x: np.mean(x, keepdims=True),
    "var": lambda x: np.var(x, axis=0, ddof=1),
    "std": lambda x: np.std(x, 0),
    "max": lambda x: np.max(x, 0),
    "amin": lambda x: np.amin(x, 1),
    "argmax": lambda x: np.argmax(x, 1),
    "argmin": lambda x: np.argmin(x, axis=1, keepdims=True),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "clip": lambda x: np.clip(x, 0.8, 1.2),
    "clip-named": lambda x: np.clip(x, max=1.2) if np.__version__ >= "2.1" else np.clip(x, None, 1),
    "where": lambda x: np.where(x > 1, x, 0.0),
    "maximum": lambda x: np.maximum(1, x),
    "concatenate": lambda x: np.concatenate([x, X], axis=1),
    "concatenate-flat": lambda x: np.concatenate((x, X[0]), axis=None),
    "stack": lambda x: np.stack([X, x], axis=-1),
    "split": lambda x: np.split(x, 3)[1],
    "pad": lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=3),
    "pad-plain": lambda x: np.pad(x, 1),
    "reshape": lambda x: np.reshape(x, (9,)),
    "ravel": np.ravel,
    "transpose": np.transpose,
    "transpose-axes": lambda x: np.transpose(x, (0, 1)),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 3)),
    "expand_dims": lambda x: np.expand_dims(x, axis=1),
    "squeeze": lambda x: np.squeeze(x[:1], axis=0),
    "take": lambda x: np.take(x, [0, 2], axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(X), axis=1),
    "matmul": lambda x: np.matmul(x, X),
    "dot": lambda x: np.dot(X, x),
    "outer": lambda x: np.outer(x, X[0]),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, X),
    "einsum-optimize": lambda x: np.einsum("ij,ij", x, X, optimize=True),
    "norm": lambda x: np.linalg.norm(x),
    "norm-axis": lambda x: np.linalg.norm(x, ord=1, axis=1, keepdims=True),
    "solve": lambda x: np.linalg.solve(x + 3 * np.eye(3), X[0]),
    "solve-right": lambda x: np.linalg.solve(X + 3 * np.eye(3), x),
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "full_like": lambda x: np.full_like(x, 2.5),
    "isnan": np.isnan,
    "isfinite": np.isfinite,
    "isinf": np.isinf,
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "right-number": lambda x: x - np.float64(2),
    "left-number": lambda x: np.float64(2) * x,
    "left-array": lambda x: np.ones(3) @ x,
    "left-minus": lambda x: X - x,
    "left-power": lambda x: np.full(3, 2.0) ** x,
    "compare": lambda x: X[0] < x,
    "allclose": lambda x: np.allclose(x, X),
    "any": lambda x: np.any(x > 1.9),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_numpy_function_of_a_tensor(call):
    expected = call(X)
    got = call(tensor(X, requires_grad=True))
    if isinstance(got, Tensor):
        got = got.detach()
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_plain_numpy_function_is_differentiated():
    def loss(w):
        h = np.tanh(X @ w)
        return np.mean(np.sum(h * h, axis=1))

    w = tensor(X[:, :2], requires_grad=True)
    loss(w).backward()
    step = np.zeros((3, 2))
    step[1, 0] = 1e-6
    slope = (loss(X[:, :2] + step) - loss(X[:, :2] - step)) / 2e-6
    np.testing.assert_allclose(w.grad.numpy()[1, 0], slope, rtol=1e-6)


def test_array_beside_float32_tensor_follows_it():
    x = tensor([1.0, 2.0])
    assert x.dtype == np.float32
    assert (np.arange(2.0) * x).dtype == np.float32
    assert np.concatenate([np.zeros(2), x]).dtype == np.float32


REFUSED = {
    "out": (lambda x: np.exp(x, out=np.zeros((3, 3))), "can't write"),
    "in-place": (lambda x: np.zeros((3, 3)).__iadd__(x), r"a = a \+ x"),
    "sum-out": (lambda x: np.sum(x, out=np.zeros(())), "np.sum of a tensor doesn't take out="),
    "ufunc-where": (lambda x: np.exp(x, where=X > 1), "np.exp of a tensor doesn't take where="),
    "ufunc-dtype": (lambda x: np.exp(x, dtype=np.float32), "take dtype="),
    "sum-where": (lambda x: np.sum(x, where=X > 1), "np.sum of a tensor doesn't take where="),
    "sum-dtype": (lambda x: np.sum(x, 0, np.float32), "np.sum of a tensor doesn't take dtype="),
    "max-initial": (lambda x: np.max(x, initial=0), "doesn't take initial="),
    "reshape-order": (lambda x: np.reshape(x, 9, order="F"), "doesn't take order="),
    "reduce-where": (lambda x: np.add.reduce(x, where=X > 1), "np.add.reduce .* where="),
    "pad-mode": (lambda x: np.pad(x, 1, mode="edge"), "mode='constant' only"),
    "norm-matrix": (lambda x: np.linalg.norm(x, 2), "norm of matrices"),
    "where-one": (lambda x: np.where(x > 1), "all three"),
    "unknown": (lambda x: np.sort(x), "np.sort of a tensor has no derivative here"),
    "unknown-linalg": (lambda x: np.linalg.inv(x), r"linalg\.inv of .* with np\.linalg\.solve"),
    "unknown-near": (lambda x: np.tensordot(x, x), r"with np\.einsum, or declare .*elementwise"),
    "unknown-ufunc": (lambda x: np.arctan(x), r"np.arctan of a tensor .* x.detach\(\).numpy\(\)"),
    "unknown-method": (lambda x: np.subtract.outer(x, x), "np.subtract.outer of a tensor"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call(tensor(X))


def test_questions_about_a_tensor_that_requires_a_gradient():
    x = tensor([1.0], requires_grad=True)
    assert np.allclose(x, 1)
    assert np.array_equal(x, ops.ones_like(x))


def test_what_stands_near_a_function_without_a_rule_has_one():
    for name, near in NEAR.items():
        assert functools.reduce(getattr, name.split("."), np) not in NUMPY, name
        for other in re.findall(r"np\.([\w.]+)", near):
            assert other == "argsort" or functools.reduce(getattr, other.split("."), np) in NUMPY


@pytest.mark.parametrize("join", [np.vstack, np.hstack])
@pytest.mark.parametrize("shapes", [[(2, 3), (2, 3)], [(3,), (3,)], [(), ()], [(2, 1, 2)]])
def test_stacks_of_numpy(join, shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    joined = join([tensor(x, requires_grad=True) for x in arrays])
    np.testing.assert_array_equal(joined.data, join(arrays))
    check_gradient(lambda *given: join(given) ** 2, *arrays)
    with pytest.raises(ValueError, match=r"empty|at least one"):
        join([])
