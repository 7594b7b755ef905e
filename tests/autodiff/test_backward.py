"""The sweep: what arrives where, how often it may run, how deep it may go."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.autodiff import (
    enable_grad,
    exp,
    grad,
    matmul,
    maximum,
    mean,
    no_grad,
    sin,
    sweep,
    tanh,
    tensor,
)


def leaf(*values):
    return tensor(np.array(values), requires_grad=True)


def test_gradients_add_up_until_they_are_set_to_none():
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward()
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [4, 8])
    x.grad = None
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [2, 4])


def test_a_tensor_used_many_times():
    x = leaf(3.0)
    y = x * x + x * (x + x) / x - x
    y.sum().backward()
    np.testing.assert_allclose(x.grad.data, 2 * 3 + 2 - 1)


def test_diamonds_on_diamonds_are_walked_once():
    # 60 diamonds have 2⁶⁰ paths.
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y * 0.5 + y * 0.5
    y.sum().backward()
    np.testing.assert_allclose(x.grad.data, 1)


def test_a_chain_of_100000_operations():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    y.backward()
    np.testing.assert_allclose(x.grad.data, 1.00001**100_000)
    del y


def test_a_gradient_by_hand():
    x = leaf(1.0, 2.0)
    (x * x).backward(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(x.grad.data, [2, 40])
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\); the tensor has \(2,\)"):
        (x * x).backward(np.ones(3))


def test_the_gradient_given_may_be_written_to_afterwards():
    x = leaf(1.0, 2.0)
    g = np.ones(2)
    (x + 1.0).backward(g)
    g[:] = 7
    np.testing.assert_array_equal(x.grad.data, 1)


def test_several_numbers_have_no_gradient_of_their_own():
    with pytest.raises(RuntimeError, match=r"shape \(2,\): take \.sum\(\) or \.mean\(\)"):
        leaf(1.0, 2.0).backward()


def test_constants_have_no_gradient():
    with pytest.raises(RuntimeError, match=r"made from constants only.*requires_grad=True"):
        tensor(1.0).backward()


def test_a_leaf_is_its_own_gradient():
    x = leaf(5.0)
    x.backward()
    np.testing.assert_array_equal(x.grad.data, 1)


def test_a_released_graph_says_so():
    x = leaf(1.0, 2.0)
    y = exp(x).sum()
    y.backward(retain_graph=False)
    with pytest.raises(
        RuntimeError, match=r"behind this sum was released.*compute the value again"
    ):
        y.backward()
    np.testing.assert_allclose(x.grad.data, np.exp([1, 2]))


def test_only_leaves_get_a_gradient():
    x, c = leaf(1.0), tensor(np.array([2.0]))
    y = x * c
    y.sum().backward()
    assert y.grad is None
    assert c.grad is None
    assert x.is_leaf
    assert not y.is_leaf


def test_detach_cuts():
    x = leaf(3.0)
    (x * x.detach()).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [3])


def test_create_graph():
    x = leaf(2.0)
    (x * x * x).sum().backward(create_graph=True)
    first, x.grad = x.grad, None
    assert first.requires_grad
    first.sum().backward()
    np.testing.assert_allclose(x.grad.data, [12])


def test_sweep_to_nodes_inside():
    x = leaf(0.5)
    h = sin(x)
    y = (h * h).sum()
    found = sweep(y, np.ones(()), wanted=[h.node])
    np.testing.assert_allclose(found[h.node], 2 * np.sin([0.5]))
    assert sweep(y, np.ones(()), wanted=[leaf(1.0).node]) == {}


class TestRecording:
    def test_nothing_is_recorded_inside_no_grad(self):
        x = leaf(1.0)
        with no_grad():
            assert not (x * 2.0).requires_grad
            with enable_grad():
                assert (x * 2.0).requires_grad
        assert (x * 2.0).requires_grad

    def test_no_grad_ends_with_an_exception(self):
        with pytest.raises(ZeroDivisionError), no_grad():
            1 / 0  # noqa: B018
        assert (leaf(1.0) * 2.0).requires_grad

    def test_as_a_decorator(self):
        @no_grad()
        def double(x):
            return x * 2.0

        assert not double(leaf(1.0)).requires_grad
        assert not double(leaf(1.0)).requires_grad

    def test_threads_don_t_disturb_each_other(self):
        x = leaf(1.0)
        inside, done = threading.Event(), threading.Event()
        seen = []

        def without():
            with no_grad():
                inside.set()
                done.wait(5)
                seen.append((x * 2.0).requires_grad)

        thread = threading.Thread(target=without)
        thread.start()
        inside.wait(5)
        y = (x * 2.0).sum()
        y.backward()
        done.set()
        thread.join()
        assert y.requires_grad
        assert seen == [False]
        np.testing.assert_array_equal(x.grad.data, [2])


def test_as_pytorch_does():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in ((5, 3), (3, 4), (4,), (1, 4))]

    def run(tensors, tanh, maximum):
        x, w, b, c = tensors
        h = tanh(x @ w + b)
        for _ in range(2):
            ((h * maximum(h, c)).sum() / 20 + (w**2).mean()).backward(retain_graph=True)
        return [t.grad.numpy() for t in tensors]

    ours = run([tensor(a, requires_grad=True) for a in arrays], tanh, maximum)
    theirs = run([torch.tensor(a, requires_grad=True) for a in arrays], torch.tanh, torch.maximum)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6, atol=1e-7)
        assert one.dtype == np.float32


# A random expression: at each step an operation on two of the values so far.
BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1.0),
    "tanh": lambda a, b: tanh(a) * b,
    "sin": lambda a, b: sin(a + b),
    "mean": lambda a, b: a + mean(b, axis=0, keepdims=True),
    "matmul": lambda a, b: matmul(tanh(a), tanh(b).T)[:, :1] + b,
}


@settings(max_examples=40, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(BINARY)), st.integers(0, 7), st.integers(0, 7)),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 1000),
)
def test_any_graph_against_finite_differences(program, seed):
    rng = np.random.default_rng(seed)
    shapes = ((2, 3), (1, 3), (2, 1), ())
    inputs = [rng.normal(size=shape) for shape in shapes]
    directions = [rng.normal(size=shape) for shape in shapes]

    def f(*values):
        values = [value * np.ones((2, 3)) for value in values]
        for name, i, j in program:
            values.append(tanh(BINARY[name](values[i % len(values)], values[j % len(values)])))
        return mean(values[-1] * values[-1] + values[0])

    gradients = grad(f, argnums=(0, 1, 2, 3))(*inputs)
    slope = sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True))
    h = 1e-5
    above, below = (
        float(f(*[x + sign * h * d for x, d in zip(inputs, directions, strict=True)]))
        for sign in (1, -1)
    )
    assert slope == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-8)
