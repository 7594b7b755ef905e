"""Anomaly mode names the first operation that gave something not finite."""

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import (
    AnomalyError,
    detect_anomaly,
    divide,
    exp,
    grad,
    log,
    sqrt,
    tensor,
    value_and_grad,
)
from baremath.autodiff.recording import mode

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_forward():
    x = tensor([[1.0, 0.0]], requires_grad=True)
    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        log(x)  # here
    error = caught.value
    assert (error.operation, error.backward, error.module) == ("log", False, "")
    assert error.line.startswith("test_anomaly.py:")
    assert error.line.endswith(": log(x)  # here")
    assert "log gave -inf at [0, 1] from 0.0, in test_anomaly.py:" in str(error)
    log(x)  # outside, as NumPy does


def test_of_constants_and_broadcast_operands():
    rows, numbers = tensor([[1.0], [3.0]]), tensor([[1.0, 1.0], [0.0, 1.0]])
    expected = r"divide gave inf at \[1, 0\] from 3\.0, 0\.0, in"
    with pytest.raises(AnomalyError, match=expected), detect_anomaly():
        divide(rows, numbers)


def test_backward():
    x = tensor([4.0, 0.0], requires_grad=True)
    with detect_anomaly():
        y = (sqrt(x) * 2.0).sum()  # its slope at 0 is infinite
        with pytest.raises(AnomalyError) as caught:
            y.backward()
    error = caught.value
    assert (error.operation, error.backward) == ("sqrt", True)
    assert error.line.endswith("y = (sqrt(x) * 2.0).sum()  # its slope at 0 is infinite")
    assert "the gradient by input 0 of sqrt is inf at [1]" in str(error)
    assert x.grad is None


def test_backward_of_a_graph_from_outside():
    x = tensor(0.0, requires_grad=True)
    y = sqrt(x)
    expected = "call the function inside detect_anomaly too"
    with pytest.raises(AnomalyError, match=expected), detect_anomaly():
        y.backward()


def test_inside_of_transforms():
    with pytest.raises(AnomalyError, match="of sqrt is inf"), detect_anomaly():
        grad(lambda x: sqrt(x))(0.0)
    with pytest.raises(AnomalyError, match="divide gave inf"), detect_anomaly():
        grad(grad(lambda x: sqrt(x * x * x)))(0.0)


def test_the_module_is_named():
    class Exp(nn.Module):
        def forward(self, x):
            return exp(x)

    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh(), Exp()))
    model[0].bias.data = np.array([np.inf, 0.0], np.float32)
    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        value_and_grad(lambda m: np.sum(m(tensor([[1.0, 2.0]]))))(model)
    assert caught.value.operation == "linear"
    assert caught.value.module.endswith("0")
    assert caught.value.module in str(caught.value)
    assert mode.path == []


def test_integers_and_finite_numbers_pass():
    with detect_anomaly():
        x = tensor([1.0, 2.0], requires_grad=True)
        (x * tensor([1, 2])).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [1, 2])
