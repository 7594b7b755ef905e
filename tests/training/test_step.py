"""The training step: against NumPy, against PyTorch, and as a pure function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff import Tensor, grad
from baremath.training import Batch, TrainingStep

Network = Callable[..., nn.Module]


def batches(n: int, *, classes: int = 3, seed: int = 0) -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(10, 2)).astype(np.float32), rng.integers(0, classes, 10))
        for _ in range(n)
    ]


def begin(step: TrainingStep) -> tuple[Any, dict[str, Any]]:
    params, buffers = step.weights.read()
    return params, step.init(params, buffers)


def run(step: TrainingStep, rows: list[tuple[Any, Any]], **hyper: float) -> tuple[Any, Any]:
    params, state = begin(step)
    for k, (X, y) in enumerate(rows):
        batch = Batch(Tensor(X), Tensor(y), None, 0, k)
        params, state, loss = step(params, state, {**step.hyper(), **hyper}, batch)
    return step.weights.parameters.pieces(params), float(loss)


def numpy_network(weights: dict[str, Any], rows: Any, rate: float, penalty: float) -> Any:
    """Train 2-5-3, tanh and softmax, by formulas written out: the independent truth."""
    w1, b1, w2, b2 = (np.array(w, float) for w in weights.values())
    for X, y in rows:
        h = np.tanh(X @ w1.T + b1)
        z = h @ w2.T + b2
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        loss = -np.log(p[range(len(y)), y]).mean()
        loss += penalty / 2 * ((w1**2).sum() + (w2**2).sum())
        dz = (p - np.eye(3)[y]) / len(y)
        dh = (dz @ w2) * (1 - h**2)
        w2, b2 = w2 - rate * (dz.T @ h + penalty * w2), b2 - rate * dz.sum(0)
        w1, b1 = w1 - rate * (dh.T @ X + penalty * w1), b1 - rate * dh.sum(0)
    return [w1, b1, w2, b2], loss


def test_fifty_steps_are_those_of_formulas_written_out_in_numpy(network: Network) -> None:
    module, rows = network(2, 5, 3), batches(50)
    start = module.state_dict()
    step = TrainingStep(module, nn.CrossEntropyLoss(), optim.SGD(0.3), nn.L2Penalty(0.01))
    pieces, loss = run(step, rows)
    expected, expected_loss = numpy_network(start, rows, 0.3, 0.01)
    for piece, w in zip(pieces.values(), expected, strict=True):
        assert piece.dtype == np.float32
        np.testing.assert_allclose(piece, w, atol=1e-5)
    assert loss == pytest.approx(expected_loss, rel=1e-5)


def test_fifty_steps_are_pytorchs(network: Network) -> None:
    torch = pytest.importorskip("torch")
    module, rows = network(2, 6, 4, 3, activation=nn.ReLU), batches(50)
    layers = [torch.nn.Linear(2, 6), torch.nn.Linear(6, 4), torch.nn.Linear(4, 3)]
    theirs = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    with torch.no_grad():
        for p, array in zip(theirs.parameters(), module.state_dict().values(), strict=True):
            p.copy_(torch.from_numpy(array))
    pieces, loss = run(
        TrainingStep(module, nn.CrossEntropyLoss(), optim.Adam(0.01)), rows, clip=0.5
    )
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for X, y in rows:
        adam.zero_grad()
        value = torch.nn.functional.cross_entropy(theirs(torch.from_numpy(X)), torch.from_numpy(y))
        value.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
        adam.step()
    for piece, p in zip(pieces.values(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(piece, p.detach().numpy(), atol=2e-5)
    assert loss == pytest.approx(value.item(), rel=1e-4)


class WithEverything(nn.Module):
    def __init__(self) -> None:
        self.layers = nn.Sequential(
            nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.3), nn.Linear(4, 3)
        )

    def forward(self, x: Any) -> Any:
        return self.layers(x)


def step_with_everything() -> TrainingStep:
    module = WithEverything()
    module.initialise(1)
    return TrainingStep(module, nn.CrossEntropyLoss(), optim.Momentum(0.1), nn.L1Penalty(0.01))


def test_it_is_a_pure_function() -> None:
    step = step_with_everything()
    params, state = begin(step)
    X, y = batches(1)[0]
    inputs = (params.copy(), state["buffers"].copy(), X.copy(), y.copy())
    module = step.module.state_dict()
    hyper = {**step.hyper(), "clip": 1.0}
    batch = Batch(Tensor(X), Tensor(y), None, 5, 7)
    first, again = (step(params, state, hyper, batch) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1]["buffers"], again[1]["buffers"])
    for before, after in zip(inputs, (params, state["buffers"], X, y), strict=True):
        np.testing.assert_array_equal(before, after)
    for path, array in step.module.state_dict().items():
        np.testing.assert_array_equal(array, module[path])
    assert step.hyper() == {name: value for name, value in hyper.items() if name != "clip"}
    other = step(params, state, hyper, batch._replace(step=8))
    assert (other[0] != first[0]).any(), "another step drops other neurons"
    assert (first[1]["buffers"] != state["buffers"]).any(), "the running means move"


def test_hyperparameters_are_inputs_and_never_captured() -> None:
    step = step_with_everything()
    params, state = begin(step)
    X, y = batches(1)[0]
    batch = Batch(Tensor(X), Tensor(y), None, 0, 0)
    assert step.hyper() == {
        "optimizer.learning_rate": 0.1,
        "optimizer.momentum": 0.9,
        "penalty.rate": 0.01,
        "module.layers.layers.3.p": 0.3,
    }
    plain = step(params, state, step.hyper(), batch)[0]
    for name in step.hyper():
        second = {"momentum"} & {name.rpartition(".")[2]}
        changed = step(params, state, {**step.hyper(), name: 0.05}, batch)
        if second:  # it shows from the second step on
            before = step(*step(params, state, step.hyper(), batch)[:2], step.hyper(), batch)[0]
            after = step(*changed[:2], {**step.hyper(), name: 0.05}, batch)[0]
            assert (before != after).any()
        else:
            assert (changed[0] != plain).any(), name


def test_it_is_written_in_operations_so_that_tensors_go_through() -> None:
    """What a compiler will trace: every number that goes in as a tensor comes out as one."""
    step = step_with_everything()
    params, state = begin(step)
    X, y = batches(1)[0]
    batch = Batch(Tensor(X), Tensor(y), None, 3, 0)
    hyper = {**step.hyper(), "clip": 0.7}
    expected = step(params, state, hyper, batch)
    as_tensors: dict[str, Any] = {
        "optimizer": {name: Tensor(x) for name, x in state["optimizer"].items()},
        "buffers": Tensor(state["buffers"]),
    }
    knobs = {name: Tensor(np.array(x, np.float32)) for name, x in hyper.items()}
    got = step(Tensor(params), as_tensors, knobs, batch)
    assert isinstance(got[0], Tensor)
    assert isinstance(got[2], Tensor)
    np.testing.assert_allclose(got[0].data, expected[0], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(got[1]["buffers"].data, expected[1]["buffers"], rtol=1e-6)
    for name, x in expected[1]["optimizer"].items():
        assert isinstance(got[1]["optimizer"][name], Tensor)
        np.testing.assert_allclose(got[1]["optimizer"][name].data, x, rtol=1e-4, atol=1e-7)


def test_a_step_can_be_differentiated_by_its_learning_rate(network: Network) -> None:
    module = network(2, 3, 3, dtype=np.float64)
    step = TrainingStep(module, nn.CrossEntropyLoss(), optim.SGD(0.1))
    params, state = begin(step)
    X, y = batches(1)[0]
    batch = Batch(Tensor(X.astype(float)), Tensor(y), None, 0, 0)

    def loss_after_a_step(rate: Any) -> Any:
        after, after_state, _ = step(params, state, {"optimizer.learning_rate": rate}, batch)
        return step(after, after_state, {"optimizer.learning_rate": rate}, batch)[2]

    rate, h = 0.3, 1e-5
    difference = float(loss_after_a_step(rate + h)) - float(loss_after_a_step(rate - h))
    assert grad(loss_after_a_step)(rate) == pytest.approx(difference / (2 * h), rel=1e-6)


def test_layers_that_share_a_weight_add_their_gradients() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)
            self.second.weight = self.first.weight

        def forward(self, x: Any) -> Any:
            return self.second(self.first(x))

    module = Tied().astype(np.float64)
    step = TrainingStep(module, nn.MSELoss(), optim.SGD(1.0))
    params, state = begin(step)
    assert list(step.weights.parameters.shapes) == ["first.weight", "first.bias", "second.bias"]
    X = np.random.default_rng(0).normal(size=(6, 2))
    batch = Batch(Tensor(X), Tensor(X[:, ::-1].copy()), None, 0, 0)
    after, _, _ = step(params, state, step.hyper(), batch)

    def loss_at(flat: Any) -> float:
        w, b, c = step.weights.parameters.pieces(flat).values()
        return float((((X @ w.T + b) @ w.T + c - X[:, ::-1]) ** 2).mean())

    h, unit = 1e-6, np.eye(len(params))
    slopes = [(loss_at(params + h * e) - loss_at(params - h * e)) / (2 * h) for e in unit]
    np.testing.assert_allclose(params - after, slopes, rtol=1e-6, atol=1e-8)


def test_a_module_that_has_nothing_to_learn_is_refused() -> None:
    with pytest.raises(ValueError, match="module: this Tanh has no parameters"):
        TrainingStep(nn.Tanh(), nn.MSELoss(), optim.SGD(0.1))


def test_parameters_of_two_dtypes_are_refused(network: Network) -> None:
    module = nn.Sequential(network(2, 3), network(3, 2, dtype=np.float64))
    with pytest.raises(ValueError, match=r"float32 and float64; .* module.astype"):
        TrainingStep(module, nn.MSELoss(), optim.SGD(0.1))
