import numpy as np
import pytest
from scipy import optimize

from baremath.autodiff import Tensor
from baremath.linear_model._proximal import ProximalGradientDescent, soft_threshold
from baremath.optim import GradientDescent


@pytest.mark.parametrize("z", [-3.0, -0.4, 0.0, 0.5, 2.0])
def test_the_soft_threshold_is_the_minimiser_it_is_said_to_be(z):
    cost = lambda w: (w - z) ** 2 / 2 + 0.5 * abs(w)  # noqa: E731
    found = optimize.minimize_scalar(cost, bounds=(-5, 5), options={"xatol": 1e-9}).x
    assert soft_threshold(np.array(z), 0.5) == pytest.approx(found, abs=1e-6)


def test_the_step_is_gradient_descent_and_a_threshold():
    rng = np.random.default_rng(0)
    w, g, l1 = rng.normal(size=(3, 6))
    l1 = np.abs(l1)
    optimizer = ProximalGradientDescent(0.1, l1=l1)
    after, state = optimizer.update(w, g, optimizer.init(w))
    moved, _ = GradientDescent(0.1).update(w, g, {})
    np.testing.assert_array_equal(after, soft_threshold(moved, 0.1 * l1))
    np.testing.assert_array_equal(state["gradient"], g)
    plain, _ = ProximalGradientDescent(0.1).update(w, g, state)
    np.testing.assert_array_equal(plain, moved)


def test_arrays_and_tensors_are_alike_and_float32_stays():
    w, g = np.float32([1.0, -0.02, 0.3]), np.float32([0.5, 0.1, 0.3])
    optimizer = ProximalGradientDescent(0.1, l1=0.5)
    of_arrays, _ = optimizer.update(w, g, optimizer.init(w))
    of_tensors, _ = optimizer.update(Tensor(w), Tensor(g), optimizer.init(w))
    assert of_arrays.dtype == of_tensors.dtype == np.float32
    np.testing.assert_array_equal(of_arrays, of_tensors.numpy())
