"""Code that was compiled before is taken again only for a step that computes the same."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from baremath import autodiff, nn, optim
from baremath.training import Trainer

ROWS = 45
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3)).astype(np.float32)
Y = np.tanh(X[:, :1] * X[:, 1:2] - X[:, 2:])
FACTOR = [1.0]


def network(*middle: Any, outputs: int = 1) -> nn.Module:
    return nn.Sequential(nn.Linear(3, 6), *middle, nn.Linear(6, outputs))


def trained(backend: str, module: Any, loss: Any = None, y: Any = Y, **settings: Any) -> Trainer:
    X_ = settings.pop("X", X)
    optimizer = settings.pop("optimizer", None) or optim.SGD(0.05)
    settings = {"batch_size": 16, "seed": 3, **settings}
    made = Trainer(
        copy.deepcopy(module).initialise(7), loss or nn.MSELoss(), optimizer, **settings,
        backend=backend,
    )  # fmt: skip
    made.data(X_, y).run(9)
    return made


def weights(trainer: Trainer) -> Any:
    return np.concatenate([x.ravel() for x in trainer.module.state_dict().values()])


def same(f: Any) -> None:
    """Compare what the two engines make of the same story."""
    eager, native = f("eager"), f("native")
    np.testing.assert_allclose(weights(native), weights(eager), rtol=3e-5, atol=3e-6)
    np.testing.assert_allclose(native.history["loss"], eager.history["loss"], rtol=3e-5)


# Steps that look alike


def test_layers_shared_in_another_order() -> None:
    def story(backend: str) -> Trainer:
        a, b = nn.Linear(6, 6), nn.Linear(6, 6)
        trained(backend, network(a, nn.Tanh(), b, a, b))
        return trained(backend, network(a, nn.Tanh(), b, b, a))

    same(story)


def test_weights_of_classes() -> None:
    labels = (Y[:, 0] > 0).astype(int) + (X[:, 0] > 0.5)

    def story(backend: str) -> Trainer:
        trained(backend, network(outputs=3), nn.CrossEntropyLoss(weight=[1, 2, 0.5]), labels)
        return trained(backend, network(outputs=3), nn.CrossEntropyLoss(weight=[4, 1, 0.1]), labels)

    same(story)


def test_weights_of_classes_that_change() -> None:
    labels = (Y[:, 0] > 0).astype(int) + (X[:, 0] > 0.5)

    def story(backend: str) -> Trainer:
        made = trained(backend, network(outputs=3), nn.CrossEntropyLoss(weight=[1, 2, 0.5]), labels)
        loss: Any = made.loss
        loss.weight[:] = [4, 1, 0.1]
        made.run(9)
        return made

    same(story)


@pytest.mark.parametrize("again", [True, False])
def test_a_class_that_is_changed(again: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def story(backend: str) -> Trainer:
        with monkeypatch.context() as changed:
            made = trained(backend, network(nn.Tanh()))
            changed.setattr(nn.Tanh, "forward", lambda self, x: x * 0.3)
            if again:
                return trained(backend, network(nn.Tanh()))
            made.run(9)
            return made

    same(story)


# What the user's own parts read


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.array = np.array([2.0], np.float32)
        self.list = [1.0]
        self.dict = {"k": [1.0]}
        self.function: Any = lambda x: x

    def forward(self, x: Any) -> Any:
        return self.function(x * self.array * self.list[0] * self.dict["k"][0]) * self.factor()

    def factor(self) -> float:
        return FACTOR[0]


def array(layer: Any) -> None:
    layer.array[0] = 0.5


def another_array(layer: Any) -> None:
    layer.array = np.array([0.5], np.float32)


def list_(layer: Any) -> None:
    layer.list[0] = 0.5


def dict_(layer: Any) -> None:
    layer.dict["k"][0] = 0.5


def function(layer: Any) -> None:
    layer.function = lambda x: 0.5 * x


def a_global(layer: Any) -> None:
    FACTOR[0] = 0.5


@pytest.mark.parametrize("change", [array, another_array, list_, dict_, function, a_global])
def test_an_attribute_that_changes(change: Any) -> None:
    def story(backend: str) -> Trainer:
        FACTOR[0] = 1.0
        made = trained(backend, network(Scaled()))
        change(made.module.children()["layers.1"])
        made.run(9)
        FACTOR[0] = 1.0
        return made

    same(story)


def test_a_penalty_and_an_optimizer_that_read_what_changes() -> None:
    class Weighed(optim.SGD):
        def update(self, params: Any, gradient: Any, state: Any) -> Any:
            return super().update(params, gradient * FACTOR[0], state)

    def penalty(parameters: Any) -> Any:
        return 0.01 * FACTOR[0] * sum((p**2).sum() for p in parameters.values())

    for settings in ({"optimizer": Weighed(0.05)}, {"penalty": penalty}):

        def story(backend: str, settings: Any = settings) -> Trainer:
            FACTOR[0] = 1.0
            made = trained(backend, network(), **settings)
            FACTOR[0] = 3.0
            made.run(9)
            FACTOR[0] = 1.0
            return made

        same(story)


# What must not be cut into parts


class ByRows(nn.Module):
    def forward(self, x: Any) -> Any:
        return 10 * x / x.shape[0]


class ByOnes(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * autodiff.tanh(autodiff.ones_like(x).sum() / 1000)


class SharedNoise(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * autodiff.random.uniform((1, 600))[:, :6]


@pytest.mark.parametrize("kind", [ByRows, ByOnes, SharedNoise])
@pytest.mark.parametrize("batch_size", [16, 400])
def test_layers_that_go_by_the_whole_batch(kind: Any, batch_size: int) -> None:
    table = {"X": np.tile(X, (20, 1)), "y": np.tile(Y, (20, 1)), "batch_size": batch_size}
    same(lambda backend: trained(backend, network(kind()), **table))


def test_a_loss_that_makes_something_else_of_its_sums() -> None:
    class Thrice(nn.MSELoss):
        def forward(self, output: Any, target: Any, sample_weight: Any = None) -> Any:
            return 3 * super().forward(output, target, sample_weight)

    same(lambda backend: trained(backend, network(), Thrice()))


def test_an_update_that_reads_how_many_parameters_there_are() -> None:
    class BySize(optim.SGD):
        def update(self, params: Any, gradient: Any, state: Any) -> Any:
            return super().update(params, gradient * (params.size / 10_000), state)

    wide = nn.Sequential(nn.Linear(3, 1500), nn.Tanh(), nn.Linear(1500, 1))
    same(lambda backend: trained(backend, wide, optimizer=BySize(0.01)))


def test_rows_that_fill_a_tile_up_are_as_finite_as_the_others() -> None:
    class Log(nn.Module):
        def forward(self, x: Any) -> Any:
            return autodiff.log(x)

    module = nn.Sequential(Log(), nn.Linear(3, 6), nn.Linear(6, 1))
    table = {"X": np.tile(abs(X) + 0.5, (20, 1)), "y": np.tile(Y, (20, 1)), "batch_size": 300}
    same(lambda backend: trained(backend, module, **table))


def test_an_array_that_another_trainer_has_changed_is_compiled_once_more() -> None:
    labels = (Y[:, 0] > 0).astype(int) + (X[:, 0] > 0.5)
    first = trained("native", network(outputs=3), nn.CrossEntropyLoss(weight=[1, 2, 3]), labels)
    loss: Any = first.loss
    loss.weight[:] = 1

    def story(backend: str) -> Trainer:
        return trained(backend, network(outputs=3), nn.CrossEntropyLoss(weight=[1, 2, 3]), labels)

    same(story)
    native = story("native")._backends["native"]
    assert not any(code.stale() for code in native._codes.values())  # type: ignore[attr-defined]


def test_a_loss_with_sums_of_its_own() -> None:
    class Fivefold(nn.MSELoss):
        def sums(self, output: Any, target: Any, sample_weight: Any = None) -> Any:
            total, weight = super().sums(output, target, sample_weight)
            return 5 * total, weight

    same(lambda backend: trained(backend, network(), Fivefold()))


@pytest.mark.parametrize("memory", [np.zeros((), np.float64), np.zeros(1, np.float32)])
def test_a_memory_that_machine_code_has_no_place_for_is_refused(memory: Any) -> None:
    class Counting(optim.SGD):
        def init(self, params: Any) -> Any:
            return {"count": memory}

        def update(self, params: Any, gradient: Any, state: Any) -> Any:
            return params - self.learning_rate * gradient, {"count": state["count"] + 1}

    with pytest.raises(ValueError, match=r"its state 'count' is float.*backend=\"eager\""):
        trained("native", network(), optimizer=Counting(0.05))
