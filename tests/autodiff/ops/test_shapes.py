"""Shapes of every kind, invented by Hypothesis: values are NumPy's, gradients add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from baremath.autodiff import ops, tensor

FEW = settings(max_examples=60, derandomize=True)


def array(shape, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 2, shape)


def shapes(min_dims=0):
    return hnp.array_shapes(min_dims=min_dims, max_dims=4, min_side=0, max_side=3)


def check_gradient_is_adjoint(f, *arrays):
    r"""Check :math:`g \cdot J v = v \cdot J^T g` along a random direction v."""
    leaves = [tensor(x, requires_grad=True) for x in arrays]
    y = f(*leaves)
    g = array(y.shape, 1)
    y.backward(g)
    assert [leaf.grad.shape for leaf in leaves] == [x.shape for x in arrays]
    directions = [array(x.shape, 2) for x in arrays]
    step = 1e-6
    above = f(*(x + step * v for x, v in zip(arrays, directions, strict=True)))
    below = f(*(x - step * v for x, v in zip(arrays, directions, strict=True)))
    forward = np.sum(g * (above - below)) / (2 * step)
    back = sum(np.sum(v * leaf.grad.numpy()) for v, leaf in zip(directions, leaves, strict=True))
    np.testing.assert_allclose(back, forward, rtol=1e-6, atol=1e-7)


@FEW
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3, min_side=0))
def test_broadcast_pairs(pair):
    a, b = (array(shape, k) for k, shape in enumerate(pair.input_shapes))
    assert ops.multiply(tensor(a), tensor(b)).shape == pair.result_shape
    check_gradient_is_adjoint(lambda a, b: a * b + a / b, a, b)


@FEW
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3, min_side=0))
def test_where_broadcasts(three):
    c, a, b = (array(shape, k) for k, shape in enumerate(three.input_shapes))
    np.testing.assert_array_equal(ops.where(tensor(c) > 1, tensor(a), b), np.where(c > 1, a, b))
    check_gradient_is_adjoint(lambda a, b: ops.where(c > 1, a, b), a, b)


@FEW
@given(st.data(), shapes(1), st.booleans())
@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var"])
def test_reductions(name, data, shape, keepdims):
    axis = data.draw(
        st.none() | hnp.valid_tuple_axes(len(shape), min_size=1) | st.integers(0, len(shape) - 1)
    )
    x = array(shape)
    if x.size == 0:
        return  # NumPy warns, or has no largest element of none
    ours = getattr(ops, name)
    np.testing.assert_allclose(
        ours(tensor(x), axis=axis, keepdims=keepdims),
        getattr(np, name)(x, axis=axis, keepdims=keepdims),
        rtol=1e-12,
    )
    check_gradient_is_adjoint(lambda x: ours(x, axis=axis, keepdims=keepdims), x)


@FEW
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
def test_basic_indices(data, shape):
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    x = array(shape)
    np.testing.assert_array_equal(tensor(x)[index], x[index])
    check_gradient_is_adjoint(lambda x: ops.getitem(x, index), x)


@FEW
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
def test_arrays_as_indices(data, shape):
    index = data.draw(
        hnp.integer_array_indices(shape)
        | hnp.arrays(bool, shape)
        | hnp.integer_array_indices(shape[:1]).map(lambda i: (*i, Ellipsis, None))
    )
    x = array(shape)
    np.testing.assert_array_equal(tensor(x)[index], x[index])
    check_gradient_is_adjoint(lambda x: ops.getitem(x, index), x)


@FEW
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3))
def test_gather_is_take_along_axis(data, shape):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    lengths = [data.draw(st.sampled_from([1, n])) for n in shape]
    lengths[axis] = data.draw(st.integers(0, 4))
    index = data.draw(
        hnp.arrays(int, tuple(lengths), elements=st.integers(-shape[axis], shape[axis] - 1))
    )
    x = array(shape)
    expected = np.take_along_axis(x, index, axis)
    np.testing.assert_array_equal(ops.gather(tensor(x), index, axis), expected)
    check_gradient_is_adjoint(lambda x: ops.gather(x, index, axis), x)
    updates = array(expected.shape, 3)
    check_gradient_is_adjoint(lambda x, u: ops.scatter_add(x, index, u, axis), x, updates)
    back = np.sum(ops.scatter_add(np.zeros(shape), index, updates, axis) * x)
    np.testing.assert_allclose(back, np.sum(updates * expected), rtol=1e-12)


MATMUL = "(m?,n),(n,p?)->(m?,p?)"


@FEW
@given(hnp.mutually_broadcastable_shapes(signature=MATMUL, max_dims=2, min_side=0, max_side=3))
def test_matmul_of_all_ranks(pair):
    a, b = (array(shape, k) for k, shape in enumerate(pair.input_shapes))
    np.testing.assert_allclose(ops.matmul(tensor(a), tensor(b)), a @ b, rtol=1e-12)
    check_gradient_is_adjoint(ops.matmul, a, b)


@FEW
@given(
    st.text("abc", min_size=1, max_size=3),
    st.text("abcd", min_size=0, max_size=3),
    st.booleans(),
    st.integers(0, 100),
    st.data(),
)
def test_einsum(first, second, explicit, seed, data):
    lengths = dict(zip("abcd", np.random.default_rng(seed).integers(1, 4, 4), strict=True))
    subscripts = f"{first},{second}"
    if explicit:
        letters = sorted(set(first + second))
        subscripts += "->" + "".join(data.draw(st.permutations(letters))[: seed % 4])
    a, b = (array([lengths[c] for c in term], k) for k, term in enumerate((first, second)))
    np.testing.assert_allclose(
        ops.einsum(subscripts, tensor(a), tensor(b)), np.einsum(subscripts, a, b), rtol=1e-12
    )
    check_gradient_is_adjoint(lambda a, b: ops.einsum(subscripts, a, b), a, b)


@FEW
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))
def test_joining_and_taking_apart(data, shape):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    other = list(shape)
    other[axis] = data.draw(st.integers(0, 3))
    a, b = array(shape), array(other, 1)
    joined = np.concatenate([a, b], axis)
    np.testing.assert_array_equal(ops.concatenate([tensor(a), tensor(b)], axis), joined)
    parts = ops.split(tensor(joined), [shape[axis]], axis)
    np.testing.assert_array_equal(parts[0], a)
    np.testing.assert_array_equal(parts[1], b)
    check_gradient_is_adjoint(lambda a, b: ops.concatenate([a, b, a], axis), a, b)
    widths = data.draw(
        st.lists(st.tuples(*[st.integers(0, 2)] * 2), min_size=len(shape), max_size=len(shape))
    )
    np.testing.assert_array_equal(
        ops.pad(tensor(a), widths, 1.5), np.pad(a, widths, constant_values=1.5)
    )
    check_gradient_is_adjoint(lambda a: ops.pad(a, widths), a)
