"""What a graph keeps, and what a sweep needs beside it."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from baremath.autodiff import linear, mean, tanh, tensor, value_and_grad
from baremath.autodiff.node import Like

ROWS, WIDTH, LAYERS = 500, 64, 20
ACTIVATIONS = LAYERS * ROWS * WIDTH * 4


def layers():
    rng = np.random.default_rng(0)
    return [
        (rng.normal(size=(WIDTH, WIDTH)).astype("f") / 8, np.zeros(WIDTH, "f"))
        for _ in range(LAYERS)
    ]


def loss(x, parameters):
    for w, b in parameters:
        x = tanh(linear(x, w, b))
    return mean(x * x)


@pytest.fixture
def traced():
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("way", ["backward", "value_and_grad"])
def test_a_sweep_needs_little_beside_the_activations(way):
    x = tensor(np.ones((ROWS, WIDTH), "f"))
    parameters = layers()
    tensors = [(tensor(w, True), tensor(b, True)) for w, b in parameters]
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    if way == "backward":
        loss(x, tensors).backward(retain_graph=False)
    else:
        value_and_grad(lambda p: loss(x, p))(parameters)
    peak = tracemalloc.get_traced_memory()[1] - before
    if way == "value_and_grad":
        peak -= LAYERS * (WIDTH + 1) * WIDTH * 4  # its own copy of the parameters
    assert ACTIVATIONS < peak <= 1.2 * ACTIVATIONS


def test_only_what_a_rule_reads_is_kept():
    x = tensor(np.ones((100, 10)), requires_grad=True)
    y = tanh(x)
    assert isinstance(y.node.inputs[0], Like)
    assert y.node.output is y.data
    z = y * np.full((100, 10), 3.0)
    assert isinstance(z.node.inputs[0], Like)
    assert isinstance(z.node.inputs[1], np.ndarray)
    assert isinstance(z.node.output, Like)
    s = z.sum()
    assert isinstance(s.node.inputs[0], Like)
    assert s.node.inputs[0].shape == (100, 10)
    s.backward()
    np.testing.assert_allclose(x.grad.data, 3 * (1 - np.tanh(1) ** 2))


def test_small_arrays_are_kept_to_be_shown():
    y = tanh(tensor([1.0, 2.0], requires_grad=True))
    np.testing.assert_array_equal(y.node.inputs[0], [1, 2])


def test_a_graph_is_freed_with_its_result_without_the_garbage_collector():
    x = tensor(np.ones(3), requires_grad=True)
    gc.disable()
    try:
        y = np.sum(tanh(x) * 2.0)
        node = weakref.ref(y.node.parents[0])
        y.backward()
        del y
        assert node() is None
        f = value_and_grad(lambda x: np.sum(tanh(x) * 2.0))
        gc.collect()
        f(np.ones(3))
        assert gc.collect() == 0
    finally:
        gc.enable()
