"""check_gradient finds what is wrong, and nothing else."""

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import GradientError, check_gradient, elementwise, grad, tanh, tensor
from baremath.autodiff.ops.operation import OPERATIONS


def wrong_after_the_first_derivative():
    """Return tanh with a first derivative that is right, and a constant to the second."""
    operation = elementwise(
        "half_right_tanh",
        np.tanh,
        lambda g, y, _x: g * (1 - y.detach() * y.detach() if hasattr(y, "detach") else 1 - y * y),
        scalar=lambda x: x,
        latex="t({0})",
        domain=(-1, 1),
    )
    del OPERATIONS["half_right_tanh"]
    return operation


@pytest.mark.parametrize("order", [1, 2, 3])
def test_right_derivatives_pass(order):
    check_gradient(np.tanh, 0.3, order=order)
    check_gradient(
        lambda p, i: {"a": tanh(p["w"] @ p["x"][i]), "b": p["w"] ** 2},
        {"w": np.ones((2, 3)), "x": [np.arange(3.0), np.ones(3)]},
        1,
        order=order,
    )


def test_of_a_module():
    module = nn.Linear(3, 2)
    before = module.weight
    check_gradient(lambda m, x: np.tanh(m(x)), module, np.arange(6.0).reshape(2, 3) / 6, order=2)
    assert module.weight is before
    assert module.weight.dtype == np.float32
    assert module.weight.grad is None


def test_nothing_that_was_given_changes():
    x, t = np.array([0.5, 1.0], np.float32), tensor([0.5], requires_grad=True)
    check_gradient(lambda x, t: x * t, x, t, order=2)
    assert x.dtype == t.dtype == np.float32
    np.testing.assert_array_equal(x, [0.5, 1.0])
    assert (t.tolist(), t.grad) == ([0.5], None)


def test_a_failure_says_everything():
    def half(p, n):
        return np.sum(p["w"] * p["w"].detach()) * n

    with pytest.raises(GradientError) as caught:
        check_gradient(half, {"w": np.array([[0.0, 1.5]])}, 2)
    message = str(caught.value)
    assert message.startswith("the gradient of half by argument 0, ['w'] at [0, 1] is wrong: ")
    assert "got 3, expected 6" in message
    assert "they differ by 3, and 6e-05 is allowed (atol=1e-07 + rtol=1e-05 * 6)" in message


def test_a_second_derivative_that_is_wrong():
    f = wrong_after_the_first_derivative()
    check_gradient(f, np.array([0.5]))
    with pytest.raises(
        GradientError, match=r"the second derivative of half_right_tanh .* at \[0\]"
    ):
        check_gradient(f, np.array([0.5]), order=2)


def test_cancelling_results_are_told_apart():
    # The sum of a softmax is always 1: an unweighted sum would find any gradient right.
    def softmax(x):
        y = np.exp(x) / np.sum(np.exp(x))
        return y.detach() if hasattr(y, "detach") else y

    with pytest.raises(GradientError, match="results summed with random weights"):
        check_gradient(lambda x: softmax(x) + 0 * x, np.array([0.1, 0.2]))


def test_a_nan_is_wrong():
    with pytest.raises(GradientError, match="got nan"), np.errstate(all="ignore"):
        check_gradient(lambda x: np.sqrt(x * 0.0), 1.0)


def test_the_tolerance_is_the_caller_s():
    def nearly(x):
        return x**2 + (x - x.detach()) * 1e-3

    with pytest.raises(GradientError):
        check_gradient(nearly, 1.0)
    check_gradient(nearly, 1.0, atol=1e-2)


def test_a_gradient_against_one_by_hand():
    assert grad(lambda x: tanh(x))(0.0) == 1


@pytest.mark.parametrize("args", [(), (3,)], ids=["none", "integer"])
def test_nothing_to_check(args):
    with pytest.raises(TypeError, match="only floats have a gradient"):
        check_gradient(lambda *_: tensor(1.0), *args)


def test_integers_are_told_what_to_give_instead():
    with pytest.raises(TypeError, match=r"was given int\d+, and only floats.*x\.astype\(float\)"):
        check_gradient(lambda x: np.sum(x**2), np.arange(3))
    with pytest.raises(TypeError, match="was given no arguments"):
        check_gradient(lambda: 1.0)
