"""Every operation, at each of its samples, and every function composed of operations.

A new operation can't ship untested: without samples it fails, with samples it is checked.
"""

import math

import numpy as np
import pytest

import baremath.nn
import baremath.optim  # noqa: F401 - activations and the root of optim are operations too
from baremath import maths, scalar
from baremath.autodiff import OPERATIONS, Tensor, no_grad, ops, tensor
from baremath.autodiff.ops.elementwise import Elementwise


def samples(operation):
    return list(operation.samples(np.random.default_rng(3)))


class Composed:
    """A function composed of operations, in the place of one."""

    differentiable = True

    def __init__(self, function):
        self.function = function

    def __call__(self, *inputs, **attributes):
        return self.function(*inputs, **attributes)


def numbers(*shape):
    return np.random.default_rng(5).uniform(0.5, 2, shape)


#: Our function, NumPy's, and what both are called with.
COMPOSED = [
    (ops.clip, np.clip, (numbers(3, 4), 0.8, 1.5)),
    (ops.clip, np.clip, (numbers(3, 4), None, 1.5)),
    (ops.dot, np.dot, (numbers(3), numbers(3))),
    (ops.dot, np.dot, (numbers(2, 3), numbers(3, 2))),
    (ops.dot, np.dot, (numbers(2, 3), 2.0)),
    (ops.dot, np.dot, (numbers(2, 3), numbers(4, 3, 2))),
    (ops.dot, np.dot, (numbers(2, 2, 3), numbers(3))),
    (ops.expand_dims, np.expand_dims, (numbers(2, 3), (0, -1))),
    (ops.expand_dims, np.expand_dims, (numbers(2, 3), 1)),
    (ops.flatten, lambda x, start: x.reshape(len(x), -1), (numbers(2, 3, 2), 1)),
    (ops.log10, np.log10, (numbers(3),)),
    (ops.log2, np.log2, (numbers(3),)),
    (ops.moveaxis, np.moveaxis, (numbers(2, 3, 4), 0, -1)),
    (ops.norm, np.linalg.norm, (numbers(2, 3), 1, 1)),
    (ops.norm, np.linalg.norm, (numbers(2, 3), np.inf, 0)),
    (ops.norm, np.linalg.norm, (numbers(2, 3), 2, -1, True)),
    (ops.outer, np.outer, (numbers(3), numbers(2))),
    (ops.ravel, np.ravel, (numbers(2, 3),)),
    (ops.squeeze, np.squeeze, (numbers(1, 3, 1),)),
    (ops.squeeze, np.squeeze, (numbers(1, 3, 1), -1)),
    (ops.stack, np.stack, ([numbers(2, 3), numbers(2, 3)], 1)),
    (ops.std, np.std, (numbers(2, 3), 1)),
    (ops.swapaxes, np.swapaxes, (numbers(2, 3, 4), 0, -1)),
    (ops.take, np.take, (numbers(2, 3), np.array([[0, 1], [1, 1]]), 1)),
    (ops.take, np.take, (numbers(2, 3), np.array([5, 0]))),
    (ops.var, np.var, (numbers(2, 3), 0)),
    (ops.var, lambda x, _, ddof: np.var(x, ddof=ddof), (numbers(5), None, 1)),
    (lambda x: ops.split(x, 3, -1)[1], lambda x: np.split(x, 3, -1)[1], (numbers(2, 6),)),
    (lambda x: ops.split(x, [1, 4])[1], lambda x: np.split(x, [1, 4])[1], (numbers(6),)),
    (lambda x: x * x, np.square, (numbers(2, 3),)),
    (lambda x: x @ x.T, lambda x: x @ x.T, (numbers(2, 3),)),
    (lambda x: ops.concatenate([x, x]), lambda x: np.concatenate([x, x]), (numbers(2, 3),)),
    (lambda x: ops.where(x > 1, x, -x), lambda x: np.where(x > 1, x, -x), (numbers(2, 3),)),
]

CASES = [
    pytest.param(operation, *sample, id=f"{name}-{k}")
    for name, operation in sorted(OPERATIONS.items())
    for k, sample in enumerate(samples(operation))
] + [
    pytest.param(Composed(function), inputs, {}, id=f"composed-{k}")
    for k, (function, _, inputs) in enumerate(COMPOSED)
]
DIFFERENTIABLE = [case for case in CASES if case.values[0].differentiable]


def is_floats(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def convert(inputs, change):
    """Change the arrays of floats among the inputs, also those in a list."""
    return type(inputs)(
        convert(x, change) if isinstance(x, list) else change(x) if is_floats(x) else x
        for x in inputs
    )


def floats(inputs):
    """Return the arrays of floats, or the tensors, in the order in which `convert` meets them."""
    return [
        leaf
        for x in inputs
        for leaf in (floats(x) if isinstance(x, list | tuple) else [x])
        if is_floats(leaf) or isinstance(leaf, Tensor)
    ]


def as_tensors(inputs):
    return convert(inputs, lambda x: tensor(x, requires_grad=True))


def awkward(x):
    """Return the same numbers, read-only, in another order in memory."""
    backwards = (slice(None, None, -1),) * x.ndim
    x = np.array(x[backwards], order="F")[(*backwards, ...)]
    x.flags.writeable = False
    return x


def weights_like(y):
    return np.random.default_rng(11).normal(size=y.shape).astype(y.dtype)


def gradient(operation, inputs, attributes, *, create_graph=False):
    """Return the gradients of a weighted sum of the result, by every float input."""
    leaves = as_tensors(inputs)
    y = operation(*leaves, **attributes)
    y.backward(weights_like(y), create_graph=create_graph)
    return floats(leaves), [leaf.grad for leaf in floats(leaves)]


def differences(f, inputs, step):
    """Return the central differences of a number f(inputs), by every float input."""
    found = []
    for x in floats(inputs):
        slope = np.zeros(x.shape)
        for at in np.ndindex(x.shape):
            original = x[at]
            x[at] = original + step
            above = f(inputs)
            x[at] = original - step
            slope[at] = (above - f(inputs)) / (2 * step)
            x[at] = original
        found.append(slope)
    return found


def same(got, expected, **tolerance):
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a.detach() if isinstance(a, Tensor) else a, b, **tolerance)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_operation_has_samples(name):
    assert samples(OPERATIONS[name])


@pytest.mark.parametrize(("ours", "numpy", "inputs"), COMPOSED, ids=range(len(COMPOSED)))
def test_composed_function_is_numpys(ours, numpy, inputs):
    np.testing.assert_allclose(ours(*inputs), numpy(*inputs), rtol=1e-12)


@pytest.mark.parametrize(("operation", "inputs", "attributes"), CASES)
def test_value_on_tensors_is_value_on_arrays(operation, inputs, attributes):
    before = convert(inputs, np.copy)
    y = operation(*inputs, **attributes)
    assert not isinstance(y, Tensor)
    made = operation(*as_tensors(inputs), **attributes)
    if isinstance(made, Tensor):  # random numbers have no tensor among their inputs
        assert made.requires_grad == operation.differentiable
        made = made.detach().numpy()
    np.testing.assert_array_equal(made, y)
    assert made.dtype == y.dtype
    with no_grad():
        constant = operation(*as_tensors(inputs), **attributes)
    assert getattr(constant, "node", None) is None
    np.testing.assert_allclose(
        operation(*convert(inputs, awkward), **attributes), y, rtol=1e-12, atol=1e-14
    )
    same(floats(inputs), floats(before), rtol=0)


@pytest.mark.parametrize(("operation", "inputs", "attributes"), DIFFERENTIABLE)
def test_gradient_agrees_with_finite_differences(operation, inputs, attributes):
    def weighted(inputs):
        y = np.asarray(operation(*inputs, **attributes))
        return float(np.sum(weights_like(y) * y))

    leaves, got = gradient(operation, inputs, attributes)
    assert [g.shape for g in got] == [leaf.shape for leaf in leaves]
    assert not any(g.requires_grad for g in got)
    inputs = convert(inputs, np.copy)
    same(got, differences(weighted, inputs, 1e-6), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("operation", "inputs", "attributes"), DIFFERENTIABLE)
def test_second_derivative_agrees_with_finite_differences(operation, inputs, attributes):
    def weighted(gradients):
        total = 0.0
        for g in gradients:
            total = total + (g * weights_like(g)).sum()
        return total

    leaves, first = gradient(operation, inputs, attributes, create_graph=True)
    _, plain = gradient(operation, inputs, attributes)
    same(plain, [g.detach().numpy() for g in first], rtol=1e-12, atol=1e-14)
    for leaf in leaves:
        leaf.grad = None
    total = weighted(first)
    if total.requires_grad:
        total.backward()
    got = [np.zeros(leaf.shape) if leaf.grad is None else leaf.grad for leaf in leaves]

    def of_first(inputs):
        return weighted([g.numpy() for g in gradient(operation, inputs, attributes)[1]])

    inputs = convert(inputs, np.copy)
    same(got, differences(of_first, inputs, 1e-5), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("operation", "inputs", "attributes"), CASES)
def test_float32_stays_float32(operation, inputs, attributes):
    inputs = convert(inputs, lambda x: x.astype(np.float32))
    y = operation(*inputs, **attributes)
    if "dtype" not in attributes:
        assert y.dtype != np.float64
    if operation.differentiable:
        leaves, got = gradient(operation, inputs, attributes, create_graph=True)
        assert {g.dtype for g in got} == {np.dtype(np.float32)}
        for g, leaf in zip(got, leaves, strict=True):
            leaf.grad = None
            if g.requires_grad:
                g.backward(np.ones_like(g.detach().numpy()))
        assert {leaf.grad.dtype for leaf in leaves if leaf.grad is not None} <= {
            np.dtype(np.float32)
        }


ELEMENTWISE = [case for case in CASES if isinstance(case.values[0], Elementwise)]


@pytest.mark.parametrize(("operation", "inputs", "attributes"), ELEMENTWISE)
def test_scalar_form_is_the_value_of_one_element(operation, inputs, attributes):
    names = "abc"[: operation.arity]
    expression = operation.scalar(*map(scalar.variable, names))
    values = np.broadcast_arrays(*inputs)
    got = np.zeros(values[0].shape)
    for at in np.ndindex(got.shape):
        row = {name: float(v[at]) for name, v in zip(names, values, strict=True)}
        got[at] = expression.evaluate(row)
    np.testing.assert_allclose(got, operation(*inputs), rtol=1e-12, atol=1e-14)


AWKWARD = [-math.inf, -1e30, -700.0, -1.0, -0.0, 0.0, 1.0, 700.0, 1e30, math.inf, math.nan]


@pytest.mark.parametrize(
    "name", sorted(name for name, op in OPERATIONS.items() if isinstance(op, Elementwise))
)
def test_scalar_form_agrees_at_infinity_and_nan(name):
    operation = OPERATIONS[name]
    names = "abc"[: operation.arity]
    expression = operation.scalar(*map(scalar.variable, names))
    for row in np.stack(np.meshgrid(*[AWKWARD] * operation.arity), -1).reshape(-1, len(names)):
        with np.errstate(all="ignore"):
            expected = operation(*row)
        got = expression.evaluate(dict(zip(names, row.tolist(), strict=True)))
        np.testing.assert_allclose(got, expected, rtol=1e-12, err_msg=f"{name} at {row}")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_formulas_can_be_read(name):
    operation = OPERATIONS[name]
    for latex in (operation.latex, *operation.derivative_latex):
        assert maths.plain(latex.format("x_1", r"\frac{a}{b}", "w"))
    if isinstance(operation, Elementwise) and operation.differentiable:
        assert len(operation.derivative_latex) == operation.arity
