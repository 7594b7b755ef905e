"""Compiled functions as parts of others: differentiated, traced, called as methods, copied."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import baremath as bm
from baremath import nn, optim
from baremath.autodiff import no_grad, vjp
from baremath.compiler import TraceError
from baremath.training import Trainer

X = np.arange(6.0).reshape(3, 2)

squared = bm.compile(lambda x: x**2)


@bm.compile
def cubed(x: Any) -> Any:
    return x**3


@pytest.fixture(autouse=True)
def _compiled() -> None:
    squared(3.0)
    squared(X)


def test_a_compiled_function_is_differentiated() -> None:
    assert bm.grad(squared)(3.0) == 6.0
    assert bm.grad(lambda x: squared(x) + x)(3.0) == 7.0
    assert bm.grad(bm.grad(squared))(3.0) == 2.0
    assert bm.value_and_grad(squared)(3.0) == (9.0, 6.0)
    assert bm.hessian(squared)(3.0) == 2.0
    np.testing.assert_array_equal(bm.jacobian(squared)(np.array([1.0, 2.0])), np.diag([2.0, 4.0]))
    _, pull = vjp(squared, X)
    np.testing.assert_array_equal(pull(np.ones((3, 2)))[0], 2 * X)


def test_backward_goes_through_it() -> None:
    x = bm.tensor(3.0, requires_grad=True)
    y = squared({"x": x}["x"])
    y.backward()
    assert x.grad is not None
    assert x.grad.item() == 6.0
    with no_grad():
        assert not squared(x).requires_grad


def test_a_compiled_function_is_traced() -> None:
    assert bm.compile(lambda x: squared(x) + 1)(3.0) == 10.0
    assert bm.compile(bm.grad(squared))(3.0) == 6.0
    assert bm.compile(lambda f, x: f(x))(squared, 3.0) == 9.0
    carry, _ = bm.compile(lambda x: bm.compiler.scan(lambda c, _: (squared(c), None), x, length=2))(
        3.0
    )
    assert carry.item() == 81.0


def test_what_is_compiled_of_another_stays() -> None:
    outer = bm.compile(lambda x: squared(x) + 1)
    outer(1.0)
    first = outer.last
    squared(np.ones(7))
    outer(2.0)
    assert outer.last is first


def network() -> Any:
    return nn.Linear(2, 1, weight_init=0.3, bias_init=0.1)


@pytest.mark.parametrize("captured", [True, False])
def test_the_weights_of_a_module_get_their_gradient(captured: bool) -> None:
    module = network()
    if captured:
        f = bm.compile(lambda x: (module(x) ** 2).mean())
        loss = f(X)
    else:
        loss = bm.compile(lambda module, x: (module(x) ** 2).mean())(module, X)
    loss.backward()
    got = module.weight.grad
    module.weight.grad = None
    (module(X) ** 2).mean().backward()
    np.testing.assert_allclose(got.numpy(), module.weight.grad.numpy(), rtol=1e-6)


def test_the_gradient_by_a_module_that_is_captured() -> None:
    module = network()
    f = bm.compile(lambda x: (module(x) ** 2).mean())
    with no_grad():
        f(X)
    got = bm.grad(lambda _: f(X))(module)
    expected = bm.grad(lambda module: (module(X) ** 2).mean())(module)
    np.testing.assert_allclose(got["weight"].numpy(), expected["weight"].numpy(), rtol=1e-6)


def test_machine_code_computes_what_nobody_differentiates() -> None:
    module = network()
    step = bm.compile(bm.value_and_grad(lambda module, x: (module(x) ** 2).mean()))
    value, gradient = step(module, X)
    first = step.last
    expected = bm.value_and_grad(lambda module, x: (module(x) ** 2).mean())(module, X)
    assert step(module, X)[0].item() == value.item() == pytest.approx(expected[0].item())
    assert step.last is first
    np.testing.assert_allclose(gradient["bias"].numpy(), expected[1]["bias"].numpy(), rtol=1e-6)


class Squashed(nn.Module):
    def __init__(self) -> None:
        self.inner = network()
        self.squash = bm.compile(lambda x: np.tanh(x))

    def forward(self, x: Any) -> Any:
        return self.squash(self.inner(x))


@pytest.mark.parametrize("backend", ["native", "interpreter", "eager"])
def test_training_with_a_compiled_loss_and_part(backend: Any) -> None:
    y = np.array([[0.5], [0.2], [-0.5]])

    def mean_square(output: Any, target: Any) -> Any:
        return ((output - target) ** 2).mean()

    found = []
    for loss in (mean_square, bm.compile(mean_square)):
        module = Squashed()
        rule = optim.GradientDescent(0.1)
        Trainer(module, loss, rule, batch_size=3, backend=backend).fit(X, y, epochs=3)
        found.append(module.inner.weight.detach().numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    assert (found[0] != network().weight.detach().numpy()).all()


# Errors that the function catches


def test_an_error_that_is_caught_is_remembered() -> None:
    def f(x: Any) -> Any:
        try:
            if x.sum() > 0:
                return x
        except Exception:
            pass
        return -x

    with pytest.raises(TraceError, match=r"true is not known .* catches this error"):
        bm.compile(f)(X)


def test_a_function_without_a_derivative_that_is_caught() -> None:
    def f(x: Any) -> Any:
        try:
            return np.sort(x)
        except TypeError:
            return x

    with pytest.raises(TraceError, match=r"np.sort"):
        bm.compile(f)(X)


def test_to_ask_for_an_attribute_is_no_error() -> None:
    assert bm.compile(lambda x: x * (1 + hasattr(x, "partition_")))(3.0) == 3.0
    assert bm.compile(lambda x: x if hasattr(x, "detach") else 2 * x)(3.0) == 6.0


# Methods


class Scaling:
    def __init__(self, by: float) -> None:
        self.by = by

    @bm.compile
    def __call__(self, x: Any) -> Any:
        """Scale."""
        return self.by * x

    @bm.compile(static_argnames="n")
    def repeated(self, x: Any, n: int) -> Any:
        for _ in range(n):
            x = self.by * x
        return x


def test_a_method() -> None:
    two, three = Scaling(2.0), Scaling(3.0)
    assert (two(5.0), three(5.0), two(6.0)) == (10.0, 15.0, 12.0)
    assert (two.repeated(1.0, 3), three.repeated(1.0, n=2)) == (8.0, 9.0)
    two.by = 7.0
    assert (two(5.0), three(5.0)) == (35.0, 15.0)
    assert bm.grad(two)(5.0) == 7.0
    assert copy.deepcopy(two)(5.0) == 35.0
    assert [node.op for node in two.repeated.graph.nodes].count("multiply") >= 1
    assert Scaling.__call__.__doc__ == "Scale."


class Halved(nn.Module):
    def __init__(self) -> None:
        self.inner = network()

    @bm.compile
    def forward(self, x: Any) -> Any:
        return self.inner(x) / 2


def test_a_method_of_a_module() -> None:
    module = Halved()
    with no_grad():
        np.testing.assert_allclose(module(X).numpy(), module.inner(X).numpy() / 2, rtol=1e-6)
        assert Halved.forward.last.graph
        module.inner.bias += 1.0
        np.testing.assert_allclose(module(X).numpy(), module.inner(X).numpy() / 2, rtol=1e-6)
    gradient = bm.grad(lambda module: module(X).sum())(module)
    np.testing.assert_allclose(gradient["inner.bias"].numpy(), 1.5)


# Copies


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy(copied: Any) -> None:
    f = bm.compile(lambda x: x**2)
    f(2.0)
    assert copied(f)(3.0) == 9.0
    assert copied({"f": f})["f"](3.0) == 9.0


def test_a_pickle() -> None:
    function = bm.compile(np.tanh, backend="interpreter")
    function(0.5)
    again = pickle.loads(pickle.dumps(function))
    assert again(0.5) == function(0.5)
    assert "interpreter" in repr(again)


def test_a_decorated_function_is_pickled_by_its_name() -> None:
    cubed(2.0)
    assert copy.deepcopy(cubed) is cubed
