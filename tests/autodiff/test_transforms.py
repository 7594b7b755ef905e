"""Functions made of functions, against closed forms, PyTorch and each other."""

import math
import sys
import threading
from collections import namedtuple

import numpy as np
import pytest

from baremath import nn
from baremath.autodiff import (
    Tensor,
    grad,
    hessian,
    jacobian,
    no_grad,
    tanh,
    tensor,
    value_and_grad,
    vjp,
)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def iterated(f, order):
    for _ in range(order):
        f = grad(f)
    return f


# Values and closed forms


@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (lambda x: x**4 - 2 * x, [lambda x: 4 * x**3 - 2, lambda x: 12 * x**2, lambda x: 24 * x]),
        (
            np.tanh,
            [
                lambda x: 1 - np.tanh(x) ** 2,
                lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
                lambda x: (6 * np.tanh(x) ** 2 - 2) * (1 - np.tanh(x) ** 2),
            ],
        ),
        (
            lambda x: np.exp(-x) / x,
            [
                lambda x: -np.exp(-x) * (1 / x + 1 / x**2),
                lambda x: np.exp(-x) * (1 / x + 2 / x**2 + 2 / x**3),
                lambda x: -np.exp(-x) * (1 / x + 3 / x**2 + 6 / x**3 + 6 / x**4),
            ],
        ),
    ],
    ids=["polynomial", "tanh", "quotient"],
)
def test_derivatives_of_any_order(f, derivatives):
    for order, expected in enumerate(derivatives, 1):
        assert iterated(f, order)(0.7) == pytest.approx(expected(0.7), rel=1e-12)


def test_the_jacobian_of_the_identity():
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(jacobian(lambda x: x)(x), np.eye(3))


def test_the_hessian_of_rosenbrock_s_function():
    x = np.array([0.5, -1.0, 2.0])
    expected = np.zeros((3, 3))
    for i in range(2):
        expected[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        expected[i + 1, i + 1] += 200
        expected[i, i + 1] = expected[i + 1, i] = -400 * x[i]
    np.testing.assert_allclose(hessian(rosenbrock)(x), expected, rtol=1e-12)
    np.testing.assert_array_equal(grad(rosenbrock)(np.ones(3)), 0)


def test_a_jacobian_of_arrays_of_any_shape_against_pytorch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    ours = jacobian(lambda x, w: np.tanh(x @ w) * x[:, :1], argnums=(0, 1))(x, w)
    theirs = torch.autograd.functional.jacobian(
        lambda x, w: torch.tanh(x @ w) * x[:, :1], (torch.tensor(x), torch.tensor(w))
    )
    for one, other, shape in zip(ours, theirs, [(2, 2, 2, 3), (2, 2, 3, 2)], strict=True):
        assert one.shape == shape
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_jacobian_of_nothing_and_of_a_constant():
    assert jacobian(lambda x: x[:0])(np.ones(3)).shape == (0, 3)
    np.testing.assert_array_equal(
        jacobian(lambda x: tensor(np.ones(2)))(np.ones(3)), np.zeros((2, 3))
    )


def test_vjp_pulls_any_number_of_times():
    x, w = np.array([0.5, -1.0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    y, pull = vjp(lambda w, x: w @ x, w, x)
    np.testing.assert_array_equal(y, w @ x)
    for row in np.eye(3):
        by_w, by_x = pull(row)
        np.testing.assert_array_equal(by_x, w.T @ row)
        np.testing.assert_array_equal(by_w, np.outer(row, x))
    with pytest.raises(ValueError, match="1 arrays, and 2 gradients"):
        pull([row, row])


def test_vjp_of_a_tree():
    y, pull = vjp(lambda x: {"square": x**2, "sum": np.sum(x)}, np.array([1.0, 2.0]))
    assert y["sum"] == 3
    (g,) = pull({"square": np.array([1.0, 0.0]), "sum": 10.0})
    np.testing.assert_array_equal(g, [12, 10])


def test_nested_in_other_orders():
    def f(x):
        return x[0] ** 2 * x[1]

    x = np.array([3.0, 5.0])
    np.testing.assert_allclose(jacobian(grad(f))(x), [[10, 6], [6, 0]])
    np.testing.assert_allclose(grad(lambda x: jacobian(f)(x)[0])(x), [10, 6])
    np.testing.assert_allclose(grad(lambda x: np.sum(hessian(f)(x)))(x), [4, 2])
    np.testing.assert_allclose(grad(lambda x: vjp(f, x)[1](1.0)[0][0])(x), [10, 6])


# Trees


def test_the_gradient_has_the_form_of_the_argument():
    Pair = namedtuple("Pair", "a b")
    p = {"w": [np.ones(2), (2.0, 3)], "pair": Pair(np.float64(2), None), 5: []}
    g = grad(lambda p: np.sum(p["w"][0]) * p["w"][1][0] * p["w"][1][1] + p["pair"].a ** 2)(p)
    assert list(g) == ["w", "pair", 5]
    np.testing.assert_array_equal(g["w"][0], [6, 6])
    assert g["w"][1] == (6.0, 4.0)
    assert g["pair"] == Pair(4.0, None)
    assert g[5] == []


def test_argnums():
    def f(a, b, c=1.0):
        return a * b**2 * c

    assert grad(f, argnums=1)(2.0, 3.0) == 12
    assert grad(f, argnums=-1)(2.0, 3.0) == 12
    assert grad(f, argnums=(1, 0))(2.0, 3.0, c=2.0) == (24, 18)
    with pytest.raises(ValueError, match=r"argnums=2, but f was called with 1 positional"):
        grad(f, argnums=2)(2.0)


def test_a_python_number_takes_the_dtype_of_the_arrays_beside_it():
    x = np.ones(2, np.float32)
    g, h = grad(lambda x, s: np.sum(x * s), argnums=(0, 1))(x, 0.5)
    assert (g.dtype, h.dtype) == (np.float32, np.float32)
    assert grad(lambda s, x: np.sum(x * s))(0.5, x).dtype == np.float32
    p = grad(lambda p: np.sum(p["w"]) * p["b"])({"w": x, "b": 2.0})
    assert p["b"].dtype == np.float32
    module = nn.Linear(2, 1)
    g = grad(lambda m, s: np.sum(m(x)) * s, argnums=(0, 1))(module, 2.0)
    assert g[1].dtype == np.float32
    assert grad(lambda s: s * s)(0.5).dtype == np.float64
    assert grad(lambda s, n: s * n)(0.5, np.arange(3)[1]).dtype == np.float64


def test_has_aux():
    f = value_and_grad(lambda x: (x**2, {"double": 2 * x, "text": "hello"}), has_aux=True)
    (value, aux), g = f(3.0)
    assert (value, g) == (9, 6)
    assert aux == {"double": 6.0, "text": "hello"}
    assert not isinstance(aux["double"], Tensor)
    assert grad(lambda x: (x**2, "aux"), has_aux=True)(3.0) == (6, "aux")
    with pytest.raises(TypeError, match="must return a pair"):
        grad(lambda x: x, has_aux=True)(3.0)


def test_names_and_docstrings():
    def cube(x):
        """Return the cube."""
        return x**3

    assert grad(cube).__name__ == "grad(cube)"
    assert value_and_grad(cube).__doc__ == "Return the cube."


# What comes out


def test_arrays_for_arrays():
    x = np.array([1.0, 2.0], np.float32)
    value, g = value_and_grad(lambda x: np.sum(x * x))(x)
    assert type(value) is np.float32
    assert type(g) is np.ndarray
    assert g.dtype == np.float32
    g += 1  # it is the caller's own
    assert type(grad(lambda x: x * 2)(1)) is np.float64


def test_no_two_gradients_share_memory():
    a, b = grad(lambda a, b: np.sum(a + b), argnums=(0, 1))(np.ones(3), np.ones(3))
    a += 1
    np.testing.assert_array_equal(b, 1)


def test_the_caller_s_arrays_are_his_own():
    x = np.ones(3)
    y, pull = vjp(lambda x: np.exp(x), x)
    y[:] = x[:] = 7
    np.testing.assert_allclose(pull(np.ones(3))[0], np.e)
    w = tensor(np.ones(3), requires_grad=True)
    g = grad(lambda x: np.sum(w * x**2))(x)
    x[:] = 0
    g.sum().backward()
    np.testing.assert_array_equal(w.grad.data, 14)


def test_tensors_for_tensors():
    x = tensor(np.array([1.0, 2.0]), requires_grad=True)
    g = grad(lambda x: np.sum(x**3))(x)
    np.testing.assert_array_equal(g.data, [3, 12])
    assert x.grad is None
    g.sum().backward()
    np.testing.assert_array_equal(x.grad.data, [6, 12])
    constant = grad(lambda x: np.sum(x**3))(tensor(np.array([1.0])))
    assert isinstance(constant, Tensor)
    assert not constant.requires_grad


def test_a_tensor_from_outside_can_be_differentiated_by_later():
    w = tensor(np.array([1.0, 2.0]), requires_grad=True)
    x = np.array([3.0, 4.0])
    value, g = value_and_grad(lambda x: np.sum(w * x**2))(x)
    g.sum().backward()
    np.testing.assert_array_equal(w.grad.data, 2 * x)
    w.grad = None
    value.backward()
    np.testing.assert_array_equal(w.grad.data, x**2)
    with no_grad():
        assert type(grad(lambda x: np.sum(w * x**2))(x)) is np.ndarray


def test_only_the_way_through_the_argument_counts():
    # d/dx (x · d/dy (x + y)) = 1: the inner derivative is 1, whatever x is.
    assert grad(lambda x: x * grad(lambda y: x + y)(2.0))(1.0) == 1
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6
    assert grad(lambda x: grad(lambda y: x**2 * y**3)(x))(2.0) == 12 * 2**3
    x = tensor(2.0, requires_grad=True)
    assert grad(lambda y: x * y)(x).item() == 2
    assert grad(lambda a, b: a * b**2, argnums=0)(x, x).item() == 4


def test_a_derivative_that_isn_t_there_is_zero():
    c = tensor(np.ones(2))
    np.testing.assert_array_equal(grad(lambda x: np.sum(c))(np.ones(3)), 0)
    by_x, by_y = grad(lambda x, y: np.sum(y**2), argnums=(0, 1))(np.ones(3), np.ones(2))
    np.testing.assert_array_equal(by_x, np.zeros(3))
    np.testing.assert_array_equal(by_y, 2)


def test_a_mixed_derivative_that_isn_t_there_is_zero():
    f = grad(lambda a: grad(lambda a, b: b**2, argnums=1)(a, 3.0))
    assert f(1.0) == 0
    np.testing.assert_array_equal(hessian(lambda x: np.sum(2.0 * x))(np.ones(2)), np.zeros((2, 2)))


# Modules


def test_a_module_s_gradient_is_a_dict_by_path():
    module = nn.Linear(3, 2)
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    before = {path: p.data.copy() for path, p in module.named_parameters().items()}
    marks = {path: p.grad for path, p in module.named_parameters().items()}

    def loss(module, x):
        return np.mean(np.tanh(module(x)) ** 2)

    value, g = value_and_grad(loss)(module, x)
    module_loss = loss(module, x)
    module_loss.backward()
    assert list(g) == ["weight", "bias"]
    for path, p in module.named_parameters().items():
        np.testing.assert_allclose(g[path].data, p.grad.data, rtol=1e-6)
        assert not g[path].requires_grad
        assert marks[path] is None
        np.testing.assert_array_equal(p.data, before[path])
        p.grad = None
    assert value.item() == module_loss.item()


def test_a_module_inside_a_tree_and_a_failing_function():
    module = nn.Linear(1, 1)
    g = grad(lambda p: np.sum(p["net"](np.ones((1, 1), "f"))) * p["scale"])(
        {"net": module, "scale": np.float32(3)}
    )
    assert g["net"]["bias"].item() == 3
    nodes = [p.node for p in module.parameters()]
    with pytest.raises(ZeroDivisionError):
        grad(lambda module: 1 / 0)(module)
    assert [p.node for p in module.parameters()] == nodes


def test_a_module_given_twice_is_one_variable():
    module, x = nn.Linear(2, 1), np.array([[1.0, 2.0]], np.float32)
    once = grad(lambda m: np.sum(m(x) ** 2))(module)
    for g in grad(lambda m, n: np.sum(m(x) * n(x)), argnums=(0, 1))(module, module):
        np.testing.assert_allclose(g["weight"].data, once["weight"].data)


def test_the_hessian_of_a_module():
    module = nn.Linear(2, 1).astype(np.float64)
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    h = hessian(lambda m: np.sum(m(x) ** 2))(module)
    np.testing.assert_allclose(h["weight"]["weight"].data[0, :, 0], 2 * x.T @ x)
    np.testing.assert_allclose(h["weight"]["bias"].data[0, :, 0], 2 * x.sum(0))
    np.testing.assert_allclose(h["bias"]["bias"].data, [[4]])


def test_a_penalty_on_a_gradient():
    module = nn.Linear(2, 1).astype(np.float64)
    x = np.array([[0.3, -0.2]])

    def penalty(module):
        slope = grad(lambda x: np.sum(np.tanh(module(x))))(x)
        return np.sum(slope**2)

    g = grad(penalty)(module)
    penalty(module).backward()
    for path, p in module.named_parameters().items():
        np.testing.assert_allclose(g[path].data, p.grad.data, rtol=1e-12)
    w, s = module.weight.data, np.tanh(module(x).data)
    by_b = 2 * np.sum(w**2) * (1 - s**2) * (-2 * s * (1 - s**2))
    np.testing.assert_allclose(g["bias"].data, by_b[0], rtol=1e-12)


# Refusals


def test_results_that_lost_their_way_back():
    for f in (lambda x: x.item(), lambda x: 3.0):
        with pytest.raises(TypeError, match=r"way back to the arguments is lost: x\.item"):
            grad(f)(1.0)


def test_a_function_that_returns_nothing():
    def f(x):
        x * 2

    with pytest.raises(TypeError, match=r"f returned nothing: is a `return` missing\?"):
        grad(f)(1.0)


@pytest.mark.parametrize("convert", [float, int, complex, math.exp, math.sqrt])
def test_conversions_would_drop_a_part_of_the_gradient(convert):
    with pytest.raises(RuntimeError, match=r"would cut this tensor off.*x\.item\(\).*np\.stack"):
        grad(lambda x: x * convert(x))(3.0)
    with pytest.raises(RuntimeError, match="would cut this tensor off"):
        grad(grad(lambda x: x * convert(x)))(3.0)


def test_an_item_is_a_constant():
    assert grad(lambda x: x * x.item())(3.0) == 3.0


@pytest.mark.parametrize("dtype", [float, int])
def test_assigning_to_places_of_an_array_would_drop_a_part_of_the_gradient(dtype):
    def f(x):
        out = np.zeros(2, dtype)
        for i in range(2):
            out[i] = x[i] ** 2
        return np.sum(out) + 0 * np.sum(x)

    # NumPy makes a ValueError of it for floats, and says why.
    with pytest.raises((RuntimeError, ValueError)) as caught:
        grad(f)(np.ones(2))
    assert "cut this tensor off" in str(caught.value.__cause__ or caught.value)
    together = grad(lambda x: np.sum(np.stack([x[i] ** 2 for i in range(2)])))
    np.testing.assert_array_equal(together(np.ones(2)), [2, 2])


def test_results_of_several_numbers():
    def f(x):
        return x * np.ones(2)

    with pytest.raises(ValueError, match=r"f returned shape \(2,\).*jacobian"):
        grad(f)(1.0)
    with pytest.raises(ValueError, match=r"returned a tuple.*has_aux"):
        grad(lambda x: (x, x))(1.0)


def test_arguments_that_are_no_floats():
    with pytest.raises(TypeError, match=r"can't be differentiated by int64 data.*argnums"):
        grad(lambda n: n * 1.0)(np.array([1, 2]))
    with pytest.raises(TypeError, match="can't be differentiated by"):
        grad(lambda n: n * 1.0)("text")
    with pytest.raises(TypeError, match="returned bool data"):
        grad(lambda x: x > 0)(1.0)


def test_in_threads():
    results = {}

    def work(k):
        f = grad(grad(lambda x: tanh(x) * k))
        results[k] = [f(0.5) for _ in range(50)]

    threads = [threading.Thread(target=work, args=(k,)) for k in (1.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second = -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2)
    for k, found in results.items():
        np.testing.assert_allclose(found, k * second)


def test_threads_share_a_module():
    module = nn.Linear(3, 2)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    gradient = grad(lambda m: np.sum(m(x) ** 2))
    expected, wrong = gradient(module), []
    before = sys.getswitchinterval()

    def work():
        for _ in range(100):
            found = gradient(module)
            if any(not np.array_equal(found[path].data, expected[path].data) for path in found):
                wrong.append(found)

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not wrong


def test_a_module_without_parameters_stays_a_module():
    g = grad(lambda p: np.sum(p["net"](p["x"])))({"net": nn.Tanh(), "x": np.zeros(2)})
    assert g["net"] == {}
    np.testing.assert_array_equal(g["x"].data, 1)
