"""The trainer's loop as machine code against the same loop operation by operation."""

from __future__ import annotations

import copy
import threading
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.training import Trainer
from baremath.training.compiled import job

ROWS = 45


@pytest.fixture(name="table", scope="module")
def fixture_table() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 3))
    y = np.tanh(X[:, :1] * X[:, 1:2] - X[:, 2:])
    return X, y, (y[:, 0] > 0).astype(int) + (X[:, 0] > 0.5)


def network(*middle: Any, outputs: int = 1) -> nn.Module:
    return nn.Sequential(nn.Linear(3, 6), *copy.deepcopy(middle), nn.Linear(6, outputs))


def trained(backend: str, module: nn.Module, loss: Any, X: Any, y: Any, **settings: Any) -> Trainer:
    module = copy.deepcopy(module).initialise(7)
    weights = settings.pop("sample_weight", None)
    steps = settings.pop("steps", 9)
    optimizer = copy.deepcopy(settings.pop("optimizer", optim.Adam(0.05)))
    trainer = Trainer(
        module,
        loss,
        optimizer,
        **{"batch_size": 16, "seed": 3, **settings},
        backend=backend,
    ).data(X, y, weights)
    trainer.run(steps)
    return trainer


def agree(one: Trainer, other: Trainer, tolerance: float = 3e-5) -> None:
    for name, a in one.module.state_dict().items():
        b = other.module.state_dict()[name]
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=name)
    for name, column in one.history.items():
        np.testing.assert_allclose(column, other.history[name], rtol=tolerance, err_msg=name)
    assert (one.steps, one.epochs) == (other.steps, other.epochs)


LAYERS = [
    nn.Sigmoid(), nn.Tanh(), nn.Softsign(), nn.Softplus(), nn.ReLU(), nn.LeakyReLU(), nn.PReLU(),
    nn.ELU(), nn.GELU(), nn.SiLU(), nn.Softmax(), nn.LogSoftmax(), nn.Identity(), nn.Dropout(0.3),
    nn.BatchNorm1d(6), nn.LayerNorm(6), nn.Flatten(), nn.Residual(nn.Linear(6, 6)),
]  # fmt: skip
REGRESSION = [nn.MSELoss(), nn.MSELoss(half=True), nn.L1Loss(), nn.HuberLoss()]
OPTIMIZERS = [
    optim.GradientDescent(0.1), optim.SGD(0.1), optim.Momentum(0.05), optim.Nesterov(0.05),
    optim.Adagrad(0.1), optim.Adadelta(), optim.RMSProp(0.01), optim.Adam(0.05), optim.AdamW(0.05),
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layers(layer: Any, table: Any) -> None:
    X, y, _ = table
    # Adam would make steps of the rounding errors that are a gradient of zero before BatchNorm.
    slow = optim.SGD(0.01)
    both = [
        trained(b, network(layer), nn.MSELoss(), X, y, optimizer=slow) for b in ("eager", "native")
    ]
    agree(*both)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layers_by_the_interpreter(layer: Any, table: Any) -> None:
    X, y, _ = table
    slow = optim.SGD(0.01)
    both = [
        trained(b, network(layer), nn.MSELoss(), X, y, optimizer=slow)
        for b in ("eager", "interpreter")
    ]
    agree(*both)


@pytest.mark.parametrize("loss", REGRESSION, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_of_numbers(loss: Any, dtype: Any, table: Any) -> None:
    X, y, _ = table
    module = network(nn.Tanh()).astype(dtype)
    both = [trained(b, module, loss, X, y) for b in ("eager", "native")]
    agree(*both, 3e-5 if dtype == np.float32 else 1e-11)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.CrossEntropyLoss(weight=[1.0, 2.0, 0.5]),
    ],
    ids=["plain", "smoothed", "weighted"],
)
def test_losses_of_classes(loss: Any, weighted: bool, table: Any) -> None:
    X, _, labels = table
    weights = np.random.default_rng(1).uniform(0.1, 2, ROWS) if weighted else None
    module = network(nn.ReLU(), outputs=3)
    both = [trained(b, module, loss, X, labels, sample_weight=weights) for b in ("eager", "native")]
    agree(*both)


@pytest.mark.parametrize("loss", [nn.BCEWithLogitsLoss(), nn.HingeLoss()], ids=["bce", "hinge"])
def test_losses_of_two_classes(loss: Any, table: Any) -> None:
    X, y, _ = table
    target = (y > 0).astype(float)
    if isinstance(loss, nn.HingeLoss):
        target = 2 * target - 1
    both = [trained(b, network(nn.Tanh()), loss, X, target) for b in ("eager", "native")]
    agree(*both)


@pytest.mark.parametrize("backend", ["native", "interpreter"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_optimizers(optimizer: Any, backend: str, table: Any) -> None:
    X, y, _ = table
    module = network(nn.Tanh())
    both = [
        trained(b, module, nn.MSELoss(), X, y, optimizer=optimizer, steps=30)
        for b in ("eager", backend)
    ]
    agree(*both, 1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": None},
        {"batch_size": 1},
        {"batch_size": 44},
        {"shuffle": False},
        {"penalty": nn.L2Penalty(0.1)},
        {"penalty": nn.L1Penalty(0.1)},
        {"clip": 0.01},
        {"clip": 0.01, "penalty": nn.L2Penalty(0.1)},
        {"schedule": optim.ExponentialDecay(0.5)},
        {"schedule": optim.CosineDecay(4)},
    ],
    ids=str,
)
@pytest.mark.parametrize("backend", ["native", "interpreter"])
def test_settings(settings: Any, backend: str, table: Any) -> None:
    X, y, _ = table
    both = [
        trained(b, network(nn.Tanh(), nn.Dropout(0.2)), nn.MSELoss(), X, y, **settings)
        for b in ("eager", backend)
    ]
    agree(*both)


def test_a_loss_and_a_layer_of_ones_own(table: Any) -> None:
    class Centred(nn.Module):
        def forward(self, x: Any) -> Any:
            return x - x.mean(0, keepdims=True)  # each row depends on the others

    X, y, _ = table

    def loss(output: Any, target: Any) -> Any:
        return (abs(output - target) ** 1.5).mean()

    both = [
        trained(b, network(Centred(), nn.Tanh()), loss, X, y, optimizer=optim.SGD(0.1))
        for b in ("eager", "native")
    ]
    agree(*both)


def test_one_backend_goes_on_where_the_other_stopped(table: Any) -> None:
    X, y, _ = table
    trainer = trained("native", network(nn.Dropout(0.3)), nn.MSELoss(), X, y, steps=5)
    trainer.backend = "eager"
    trainer.run(4)
    trainer.backend = "native"
    trainer.run(5)
    agree(trainer, trained("eager", network(nn.Dropout(0.3)), nn.MSELoss(), X, y, steps=14))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_weights(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2100, 3)), rng.integers(0, 3, 2100)
    module = nn.Sequential(nn.Linear(3, 60), nn.ReLU(), nn.Dropout(0.2), nn.Linear(60, 3))
    module.initialise(0)

    def weights(cores: int) -> Any:
        monkeypatch.setattr(job, "_cores", lambda: cores)
        monkeypatch.setattr(job, "_THREAD_FLOPS", 0)
        trainer = trained("native", module, nn.CrossEntropyLoss(), X, y, batch_size=700, steps=7)
        return np.concatenate([w.ravel() for w in trainer.module.state_dict().values()])

    assert (weights(threads) == weights(1)).all()
    eager = trained("eager", module, nn.CrossEntropyLoss(), X, y, batch_size=700, steps=7)
    expected = np.concatenate([w.ravel() for w in eager.module.state_dict().values()])
    np.testing.assert_allclose(weights(threads), expected, rtol=1e-3, atol=1e-4)


def test_numbers_change_without_compiling_again(table: Any) -> None:
    X, y, _ = table
    trainer = trained("native", network(nn.Dropout(0.2)), nn.MSELoss(), X, y)
    (before,) = trainer._backends["native"]._codes.values()
    trainer.optimizer.learning_rate = 0.001
    trainer.module.layers[1].p = 0.7
    trainer.run(9)
    (after,) = trainer._backends["native"]._codes.values()
    assert before is after


def test_what_was_frozen_and_changes_is_compiled_again(table: Any) -> None:
    X, y, _ = table
    both = []
    for backend in ("eager", "native"):
        loss = nn.HuberLoss(delta=1.0)
        trainer = trained(backend, network(nn.Tanh()), loss, X, y)
        loss.delta = 0.01
        trainer.run(9)
        both.append(trainer)
    agree(*both)


def test_trainers_in_several_threads_do_not_disturb_each_other(table: Any) -> None:
    X, y, _ = table
    expected = trained("native", network(nn.Dropout(0.2)), nn.MSELoss(), X, y, steps=200)
    found: list[Trainer] = []

    def work() -> None:
        found.append(trained("native", network(nn.Dropout(0.2)), nn.MSELoss(), X, y, steps=200))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for trainer in found:
        agree(trainer, expected, 0)


def test_a_function_that_cannot_be_traced_says_what_to_do(table: Any) -> None:
    X, y, _ = table

    def loss(output: Any, target: Any) -> Any:
        error = ((output - target) ** 2).mean()
        return error if error > 1.0 else 2.0 * error

    with pytest.raises(TypeError, match=r"where\("):
        trained("native", network(nn.Tanh()), loss, X, y)


def test_an_unknown_backend_is_refused(table: Any) -> None:
    X, y, _ = table
    with pytest.raises(ValueError, match="backend='fast' must be one of 'native'"):
        trained("fast", network(nn.Tanh()), nn.MSELoss(), X, y)


def test_classes_as_integers_of_any_kind(table: Any) -> None:
    X, _, labels = table
    module = network(nn.ReLU(), outputs=3)
    one = trained("native", module, nn.CrossEntropyLoss(), X, labels.astype(np.int8))
    agree(one, trained("eager", module, nn.CrossEntropyLoss(), X, labels))
