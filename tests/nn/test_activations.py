"""Every activation: its values, its derivatives, what it says of itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from baremath import autodiff, nn
from baremath.autodiff import OPERATIONS, Operation, check_gradient, tensor
from baremath.maths import plain

RNG = np.random.default_rng(0)
EACH: dict[str, nn.Activation] = {
    **{name: cls() for name, cls in nn.ACTIVATIONS.items()},
    "sigmoid, slope 2.5": nn.Sigmoid(beta=2.5),
    "leaky ReLU, slope 0.3": nn.LeakyReLU(0.3),
    "leaky ReLU, slope -0.3": nn.LeakyReLU(-0.3),
    "PReLU of each feature": nn.PReLU(4),
    "ELU, alpha 2": nn.ELU(2.0),
    "ELU, alpha 0.5": nn.ELU(0.5),
    "GELU by tanh": nn.GELU("tanh"),
    "softmax of columns": nn.Softmax(0),
}
every = pytest.mark.parametrize("name", list(EACH))


def torch_function(torch: Any, name: str) -> Any:
    F = torch.nn.functional
    return {
        "elu": F.elu,
        "gelu": F.gelu,
        "heaviside": lambda x: (x > 0).to(x.dtype) + 0 * x,
        "step": lambda x: (x > 0).to(x.dtype) + 0 * x,
        "identity": lambda x: x,
        "leaky_relu": F.leaky_relu,
        "log_softmax": lambda x: F.log_softmax(x, -1),
        "logistic": torch.sigmoid,
        "prelu": lambda x: F.prelu(x, torch.full((1,), 0.25, dtype=x.dtype)),
        "relu": F.relu,
        "sigmoid": torch.sigmoid,
        "silu": F.silu,
        "softmax": lambda x: F.softmax(x, -1),
        "softplus": F.softplus,
        "softsign": F.softsign,
        "tanh": torch.tanh,
        "sigmoid, slope 2.5": lambda x: torch.sigmoid(2.5 * x),
        "leaky ReLU, slope 0.3": lambda x: F.leaky_relu(x, 0.3),
        "leaky ReLU, slope -0.3": lambda x: F.leaky_relu(x, -0.3),
        "PReLU of each feature": lambda x: F.prelu(x, torch.full((4,), 0.25, dtype=x.dtype)),
        "ELU, alpha 2": lambda x: F.elu(x, 2.0),
        "ELU, alpha 0.5": lambda x: F.elu(x, 0.5),
        "GELU by tanh": lambda x: F.gelu(x, approximate="tanh"),
        "softmax of columns": lambda x: F.softmax(x, 0),
    }[name]


@pytest.fixture
def activation(name: str) -> nn.Activation:
    return EACH[name].astype(np.float64)


def test_every_activation_is_tested_here() -> None:
    public = [getattr(nn, name) for name in nn.__all__]
    activations = {a for a in public if isinstance(a, type) and issubclass(a, nn.Activation)}
    assert {type(activation) for activation in EACH.values()} == activations - {nn.Activation}


@every
def test_derivatives_are_those_of_differences(activation: nn.Activation) -> None:
    x = RNG.normal(scale=2, size=(3, 4))  # of a PReLU the slopes are differentiated by, too
    check_gradient(lambda f, x: f(x), activation, x, order=2)


@every
def test_values_and_gradients_are_pytorchs(activation: nn.Activation, name: str) -> None:
    torch = pytest.importorskip("torch")
    values = RNG.normal(scale=3, size=(5, 4))
    values[0, 0] = 0.0
    x, theirs = tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    y, expected = activation(x), torch_function(torch, name)(theirs)
    np.testing.assert_allclose(
        y.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-15
    )
    weights = RNG.normal(size=(5, 4))
    (y * weights).sum().backward()
    (expected * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), theirs.grad.numpy(), rtol=1e-10, atol=1e-14)


@every
def test_float32_stays_float32(name: str) -> None:
    layer = EACH[name].astype(np.float32)
    x = tensor(RNG.normal(size=(3, 4)), requires_grad=True, dtype=np.float32)
    y = layer(x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32
    assert layer(tensor(np.zeros((0, 4)), dtype=np.float32)).shape == (0, 4)


@every
def test_the_derivative_is_that_of_each_output_by_its_own_input(activation: nn.Activation) -> None:
    x = RNG.normal(size=(3, 4))
    jacobian = autodiff.jacobian(lambda t: activation(t))(x)
    jacobian = np.asarray(jacobian.detach() if hasattr(jacobian, "detach") else jacobian)
    diagonal = np.diagonal(jacobian.reshape(12, 12)).reshape(3, 4)
    np.testing.assert_allclose(activation.derivative(x), diagonal, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in EACH if name != "PReLU of each feature"])
def test_the_largest_slope_is_that(activation: nn.Activation) -> None:
    _, slope = activation.curve(np.linspace(-20, 20, 100_001))
    largest = np.abs(slope).max()
    if largest:
        np.testing.assert_allclose(largest, activation.largest_slope, rtol=2e-3)


@every
def test_the_formulas_can_be_read(activation: nn.Activation) -> None:
    assert plain(activation.formula)
    assert plain(activation.derivative_formula)
    assert "None" not in repr(activation)


@pytest.mark.parametrize(
    ("layer", "formula", "derivative"),
    [
        (nn.Sigmoid(), "1/(1 + e⁻ˣ)", "σ(x) · (1 − σ(x))"),
        (nn.Sigmoid(2), "1/(1 + e⁻²ˣ)", "2 · σ(2 x) · (1 − σ(2 x))"),
        (nn.LeakyReLU(), "max(0, x) + 0.01 · min(0, x)", "[x > 0] + 0.01 · [x ≤ 0]"),
        (nn.Tanh(), "tanh(x)", "1 − tanh²(x)"),
        (nn.ELU(0.5), "max(0, x) + 0.5 · (e^(min(0, x)) − 1)", "[x > 0] + 0.5 · eˣ · [x ≤ 0]"),
    ],
    ids=["sigmoid", "steep sigmoid", "leaky", "tanh", "elu"],
)
def test_formulas_have_the_numbers_put_in(layer: Any, formula: str, derivative: str) -> None:
    assert (plain(layer.formula), plain(layer.derivative_formula)) == (formula, derivative)


def test_no_operation_is_declared_twice() -> None:
    """`OPERATIONS` holds the last one of a name; what autodiff exports must still be in it."""
    for room in (autodiff, nn):
        for name in room.__all__:
            function = getattr(room, name)
            if isinstance(function, Operation):
                assert OPERATIONS[function.name] is function


def test_softmax_gives_the_numbers_of_the_lecture() -> None:
    scores = tensor([[5.0, 4.0, 2.0], [4.0, 2.0, 8.0], [4.0, 4.0, 1.0]])
    expected = [[0.71, 0.26, 0.04], [0.02, 0.00, 0.98], [0.49, 0.49, 0.02]]
    np.testing.assert_array_equal(nn.Softmax()(scores).numpy().round(2), np.float32(expected))


@pytest.mark.parametrize("name", list(nn.ACTIVATIONS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_nothing_overflows_at_a_thousand(name: str, dtype: Any) -> None:
    x = tensor([[-1000.0, 0.0, 1000.0]], requires_grad=True, dtype=dtype)
    y = nn.ACTIVATIONS[name]().astype(dtype)(x)
    y.sum().backward()
    assert np.isfinite(y.detach().numpy()).all()
    assert np.isfinite(x.grad.numpy()).all()


def test_gelu_keeps_its_tail() -> None:
    # Φ(-8) = 6.22e-16 (Abramowitz and Stegun, table 26.2)
    assert nn.gelu(np.array([-8.0]))[0] == pytest.approx(-8 * 6.2209605742718e-16, rel=1e-9)


def test_a_step_fires_above_zero_only() -> None:
    np.testing.assert_array_equal(nn.heaviside(np.array([-0.1, 0.0, 0.1])), [0, 0, 1])


def test_a_relu_has_slope_zero_at_zero() -> None:
    assert nn.ReLU().derivative([0.0, -0.0, 1e-30]).tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", ["relu", "softplus", "softsign", "tanh", "elu"])
def test_only_the_result_is_kept_for_the_backward_sweep(name: str) -> None:
    x = tensor(np.ones(100), requires_grad=True)
    node = nn.ACTIVATIONS[name]()(x * 1).node
    assert not isinstance(node.inputs[0], np.ndarray)
    assert isinstance(node.output, np.ndarray)


@pytest.mark.parametrize(
    ("name", "flat", "not_flat"),
    [
        ("sigmoid", [-6, 6], [-3, 0, 3]),
        ("tanh", [-3, 3], [-1, 0, 1]),
        ("relu", [-1], [1]),
        ("elu", [-4], [-1, 1]),
        ("softplus", [-4], [0, 4]),
        ("identity", [], [-9, 9]),
        ("leaky_relu", [-1], [1]),
        ("heaviside", [-1, 1], []),
    ],
)
def test_a_neuron_is_saturated_where_it_is_flat(
    name: str, flat: list[float], not_flat: list[float]
) -> None:
    layer = nn.ACTIVATIONS[name]()
    assert layer.saturated(np.array(flat, float)).all()
    assert not layer.saturated(np.array(not_flat, float)).any()


def test_a_steep_sigmoid_comes_close_to_the_step() -> None:
    x = np.array([-0.5, 0.5])
    np.testing.assert_allclose(nn.sigmoid(x, beta=100), nn.heaviside(x), atol=1e-20 + math.exp(-50))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Sigmoid(0), "beta must be a number above 0, not 0"),
        (lambda: nn.ELU(-1), "alpha must be a number at least 0, not -1"),
        (lambda: nn.GELU("erf"), "approximate must be 'none' or 'tanh', not 'erf'"),
        (lambda: nn.LeakyReLU("0.1"), "negative_slope must be a number"),
        (lambda: nn.PReLU(0), "num_parameters must be a whole number of at least 1, not 0"),
        (lambda: nn.PReLU(3)(np.ones((2, 4))), r"PReLU has 3 slopes and expects x of shape \(n, 3"),
    ],
    ids=["beta", "alpha", "approximate", "slope", "parameters", "features"],
)
def test_bad_arguments_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_printed_can_be_typed() -> None:
    made = [nn.Sigmoid(), nn.Sigmoid(2.0), nn.LeakyReLU(0.2), nn.GELU("tanh"), nn.Softmax(0)]
    assert list(map(repr, made)) == [
        "Sigmoid()",
        "Sigmoid(beta=2.0)",
        "LeakyReLU(negative_slope=0.2)",
        "GELU(approximate='tanh')",
        "Softmax(axis=0)",
    ]
