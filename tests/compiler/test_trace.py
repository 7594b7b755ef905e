"""Traced functions compute what the functions compute: all operations, layers, whole steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff import (
    OPERATIONS,
    Tensor,
    grad,
    hessian,
    jacobian,
    mean,
    random,
    square,
    tanh,
    tensor,
    value_and_grad,
    vjp,
    where,
)
from baremath.compiler.ir import CONSTANT
from baremath.compiler.trace import TraceError, trace
from baremath.training import Batch, TrainingStep

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4))


def samples() -> list[Any]:
    return [
        pytest.param(name, inputs, attributes, id=f"{name}-{k}")
        for name, operation in sorted(OPERATIONS.items())
        for k, (inputs, attributes) in enumerate(operation.samples(np.random.default_rng(3)))
    ]


SAMPLES = samples()


def has_data(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype != bool


def arrays_of(inputs: Any) -> list[Any]:
    """Return the arrays of numbers among inputs, also those in a list."""
    parts = [arrays_of(x) if isinstance(x, list) else [x] for x in inputs]
    return [x for part in parts for x in part if has_data(x)]


def put(inputs: Any, given: Any) -> Any:
    """Return the inputs with the arrays given, one after the other, in the places of numbers."""
    following = iter(given)

    def one(x: Any) -> Any:
        if isinstance(x, list):
            return [one(part) for part in x]
        return next(following) if has_data(x) else x

    return [one(x) for x in inputs]


def weights_of(y: Any) -> Any:
    return np.random.default_rng(11).normal(size=y.shape).astype(y.dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "inputs", "attributes"), SAMPLES)
def test_an_operation(
    name: str, inputs: Any, attributes: Any, dtype: Any, run_traced: Any, same: Any
) -> None:
    operation = OPERATIONS[name]
    if name in ("uniform", "normal"):
        inputs = [np.array(x) for x in inputs]
    given = [x.astype(dtype) if x.dtype.kind == "f" else x for x in arrays_of(inputs)]

    def f(*given: Any) -> Any:
        return operation(*put(inputs, given), **attributes)

    same(run_traced(f, *map(Tensor, given)), f(*map(Tensor, given)))


@pytest.mark.parametrize(
    ("name", "inputs", "attributes"),
    [case for case in SAMPLES if OPERATIONS[case.values[0]].differentiable],
)
def test_derivatives_of_an_operation(
    name: str, inputs: Any, attributes: Any, run_traced: Any, same: Any
) -> None:
    operation = OPERATIONS[name]
    given = arrays_of(inputs)
    floats = tuple(k for k, x in enumerate(given) if x.dtype.kind == "f")

    def f(*given: Any) -> Any:
        y = operation(*put(inputs, given), **attributes)
        return (y * weights_of(y)).sum()

    def slope(*given: Any) -> Any:
        return sum((g * weights_of(g)).sum() for g in grad(f, floats)(*given))

    tensors = list(map(Tensor, given))
    same(run_traced(value_and_grad(f, floats), *tensors), value_and_grad(f, floats)(*tensors))
    same(run_traced(grad(slope, floats), *tensors), grad(slope, floats)(*tensors))


MODULES: dict[str, Callable[[], nn.Module]] = {
    **nn.ACTIVATIONS,
    "PReLU of each feature": lambda: nn.PReLU(4),
    "linear": lambda: nn.Linear(4, 2),
    "linear without bias": lambda: nn.Linear(4, 2, bias=False),
    "batch norm": lambda: nn.BatchNorm1d(4),
    "batch norm, predicting": lambda: nn.BatchNorm1d(4).eval(),
    "layer norm": lambda: nn.LayerNorm(4),
    "flatten": nn.Flatten,
    "residual": lambda: nn.Residual(nn.Sequential(nn.Linear(4, 4), nn.ReLU())),
}


def loss_of(module: nn.Module, x: Any) -> Any:
    y = module(x)
    return mean(square(y)) + y.sum()


@pytest.mark.parametrize("name", list(MODULES))
def test_a_layer_as_an_argument(name: str, run_traced: Any, same: Any) -> None:
    module = MODULES[name]().astype(np.float64).initialise(0)
    state = module.state_dict()
    step = value_and_grad(loss_of, (0, 1))
    got = run_traced(step, module, tensor(X, dtype=float))
    after = module.state_dict()
    module.load_state_dict(state)
    same(got, step(module, tensor(X, dtype=float)))
    same(after, module.state_dict())


def test_dropout_draws_by_seed_and_step(called: Any, same: Any) -> None:
    layer = nn.Dropout(0.4)

    def f(x: Any, seed: Any, step: Any) -> Any:
        with random.stream(seed, step):
            return layer(layer(x))

    traced = trace(f, tensor(X), 1, 2)
    for seed, step in [(1, 2), (1, 3), (5, 2)]:
        same(called(traced, f, tensor(X), seed, step), f(tensor(X), seed, step))


LOSSES: dict[str, tuple[nn.Loss, np.ndarray]] = {
    "squared": (nn.MSELoss(), X[::-1]),
    "absolute": (nn.L1Loss(), X[::-1]),
    "huber": (nn.HuberLoss(), X[::-1]),
    "two classes": (nn.BCEWithLogitsLoss(), X > 0),
    "cross-entropy": (nn.CrossEntropyLoss(0.1, [0.5, 1, 2, 1.5]), np.array([0, 3, 1, 2, 0])),
    "cross-entropy of shares": (nn.CrossEntropyLoss(), np.full((5, 4), 0.25)),
    "likelihood": (nn.NLLLoss([0.5, 1, 2, 1.5]), np.array([0, 3, 1, 2, 0])),
    "hinge": (nn.HingeLoss(), np.sign(X)),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", list(LOSSES))
def test_a_loss(name: str, weighted: bool, run_traced: Any, same: Any) -> None:
    loss, target = LOSSES[name]
    weights = np.linspace(0.5, 2, 5) if weighted else None
    step = value_and_grad(lambda y, target, weights: loss(y, target, weights))
    args = (Tensor(X), Tensor(target), None if weights is None else Tensor(weights))
    same(run_traced(step, *args), step(*args))


@pytest.mark.parametrize("name", list(optim.OPTIMIZERS))
def test_an_optimizers_update(name: str, run_traced: Any, same: Any) -> None:
    optimizer = optim.OPTIMIZERS[name]()
    params = X.astype(np.float32)
    state = {key: Tensor(x) for key, x in optimizer.init(params).items()}

    def two_steps(params: Any, state: Any) -> Any:
        for _ in range(2):
            params, state = optimizer.update(params, params * params, state)
        return params, state

    same(run_traced(two_steps, Tensor(params), state), two_steps(Tensor(params), state))


class Everything(nn.Module):
    def __init__(self) -> None:
        self.layers = nn.Sequential(
            nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.3), nn.Linear(4, 3)
        )

    def forward(self, x: Any) -> Any:
        return self.layers(x)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("optimizer", list(optim.OPTIMIZERS))
def test_a_whole_training_step(
    optimizer: str, clip: bool, weighted: bool, called: Any, same: Any
) -> None:
    module = Everything()
    module.initialise(1)
    loss = nn.CrossEntropyLoss()
    step = TrainingStep(module, loss, optim.OPTIMIZERS[optimizer](), nn.L2Penalty(0.01))
    params, buffers = step.weights.read()
    state = step.init(params, buffers)
    hyper = {**step.hyper(), **({"clip": 0.5} if clip else {})}
    rng = np.random.default_rng(4)
    traced = None
    for k in range(3):
        weights = rng.uniform(0.5, 2, 10).astype(np.float32) if weighted else None
        X, y = rng.normal(size=(10, 2)).astype(np.float32), rng.integers(0, 3, 10)
        arrays = [None if x is None else Tensor(x) for x in (X, y, weights)]
        as_tensors = {
            "optimizer": {name: Tensor(x) for name, x in state["optimizer"].items()},
            "buffers": Tensor(state["buffers"]),
        }
        args = (Tensor(params), as_tensors, hyper, Batch(*arrays, 7, k))
        traced = traced or trace(step, *args)
        got = called(traced, step, *args)
        params, state, value = step(params, state, hyper, Batch(*arrays, 7, k))
        same(got[0], params, rtol=1e-5, atol=1e-6)
        same(got[1]["buffers"], state["buffers"], rtol=1e-6)
        same(got[2], np.asarray(value), rtol=1e-6)
        for name, x in state["optimizer"].items():
            same(got[1]["optimizer"][name], x, rtol=1e-4, atol=1e-6)
    assert module.state_dict().keys() == step.module.state_dict().keys()


TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "grad": grad(lambda x: tanh(x).sum()),
    "grad of grad": grad(lambda x: (grad(lambda x: (tanh(x) ** 3).sum())(x) ** 2).sum()),
    "jacobian": jacobian(lambda x: tanh(x) * x[0]),
    "hessian": hessian(lambda x: (tanh(x) * x[0]).sum()),
    "vjp": lambda x: vjp(lambda x: tanh(x) * x[0], x)[1](x),
    "of a number": lambda x: grad(lambda a: (x * a * a).sum())(3.0),
    "of a constant": lambda x: grad(lambda a: (x * a * a).sum())(np.ones(4)),
    "NumPy's functions": lambda x: np.sum(np.where(x > 0, np.exp(-x), np.maximum(x, -1.0))),
    "an array on the left": lambda x: np.arange(4.0) * x + np.float64(2) * x,
    "a row after another": lambda x: sum(part * k for k, part in enumerate(x)),
    "in place, of its own": lambda x: _in_place(x),
    "a constant": lambda x: (tensor([1.0, 2.0]), x.sum(), np.arange(3), 7, None),
    "an input": lambda x: {"same": x, "b": (x, x.T)},
}


def _in_place(x: Any) -> Any:
    y = 2 * x
    y += x
    y *= y
    return y


@pytest.mark.parametrize("name", list(TRANSFORMS))
def test_a_function_of_functions(name: str, run_traced: Any, same: Any) -> None:
    f, x = TRANSFORMS[name], tensor(X[0], dtype=float)
    same(run_traced(f, x), f(x))


class Pair(NamedTuple):
    first: Any
    second: Any


def test_names_of_inputs_and_outputs() -> None:
    def f(params: Any, *rest: Any, **others: Any) -> Any:
        return Pair({"w": params["w"] + rest[0].first}, [others["rate"] * params["b"][0]])

    traced = trace(f, {"w": tensor([1.0]), "b": [np.ones(2)]}, Pair(np.ones(1), None), rate=0.5)
    assert list(traced.graph.inputs) == [
        "params['w']",
        "params['b'][0]",
        "rest[0].first",
        "others['rate']",
    ]
    assert list(traced.graph.outputs) == ["out.first['w']", "out.second[0]"]
    assert isinstance(traced.result, Pair)
    assert traced.weak == {"others['rate']"}


def test_a_number_among_the_arguments_never_retraces_and_never_widens(
    called: Any, same: Any
) -> None:
    def f(x: Any, rate: Any, n: Any) -> Any:
        return x * rate, (1 - rate) * x, x + n, rate * n, where(x > rate, x, rate)

    x = tensor(X[0].astype(np.float32))
    traced = trace(f, x, 0.1, 3)
    for rate, n in [(0.1, 3), (0.7, -2)]:
        got, expected = called(traced, f, x, rate, n), f(x, rate, n)
        same(got[:3], expected[:3], rtol=0)
        same(got[4], expected[4], rtol=0)
        assert float(got[3]) == rate * n
    assert traced.graph.inputs["rate"].dtype == np.float64


def test_a_seed_of_a_stream_may_be_fixed_if_the_step_is_not(run_traced: Any, same: Any) -> None:
    def f(x: Any, step: Any) -> Any:
        with random.stream(3, step):
            return x + random.normal((4,), 1.0, 2.0, dtype=x.dtype)

    same(run_traced(f, tensor(X[0]), np.uint64(5)), f(tensor(X[0]), np.uint64(5)))


@pytest.mark.parametrize("x", [np.ones(2), tensor(np.ones(2), dtype=float)])
def test_arrays_come_back_for_arrays_and_tensors_for_tensors(x: Any, run_traced: Any) -> None:
    def f(x: Any) -> Any:
        return x + 1, grad(lambda x: tanh(x).sum())(x), x.sum(), tensor([1.0]), np.ones(2)

    assert [type(part) for part in run_traced(f, x)] == [type(part) for part in f(x)]


def test_one_array_is_one_constant_and_a_repeated_number_is_no_array() -> None:
    w, repeated = np.arange(4.0), np.broadcast_to(np.array(0.5), (2, 4))
    graph = trace(lambda x: x * w + tanh(w + x) + repeated, np.ones(4)).graph
    assert [node.shape for node in graph.nodes if node.op == CONSTANT] == [(4,), ()]


def test_each_node_knows_the_users_line() -> None:
    graph = trace(lambda x: nn.Softmax()(x).sum(), np.ones(4)).graph
    assert {node.line for node in graph.nodes if node.inputs} == {
        f"test_trace.py:{test_each_node_knows_the_users_line.__code__.co_firstlineno + 1}"
    }


def test_wrong_shapes_are_refused_as_they_are_without_a_trace() -> None:
    with pytest.raises(ValueError, match="dimension -1 is 4 and 3; the lengths must be equal"):
        trace(lambda x: x + np.ones(3), tensor(np.ones(4)))
    with pytest.raises(ValueError, match="linear: Linear expects 2 features, got 4"):
        trace(nn.Linear(2, 3), tensor(np.ones((1, 4), np.float32)))
    with pytest.raises(TypeError, match="tensors of float32 and float64"):
        trace(lambda x, y: x + y, Tensor(np.ones(4, np.float32)), Tensor(np.ones(4)))


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (iter([1.0]), "the argument x is a list_iterator"),
        (np.array(["a"]), "the argument x holds <U1"),
        ({"a": {1, 2}}, r"the argument x\['a'\] is a set"),
    ],
)
def test_arguments_that_are_none(argument: Any, words: str) -> None:
    with pytest.raises(TraceError, match=words):
        trace(lambda x: x, argument)
