"""Predictions by machine code against the eager engine's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff import Tensor, no_grad, random
from baremath.compiler import TraceError
from baremath.neural_network import MLPRegressor
from baremath.training import Trainer
from baremath.training.compiled import predictor
from baremath.training.compiled.predictor import BLOCK, PIECE, WIDE, predict

DTYPES = [np.float32, np.float64]


@pytest.fixture(autouse=True)
def _no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without code."""
    monkeypatch.setattr(predictor, "_codes", type(predictor._codes)())


def compiled(module: nn.Module, X: Any) -> Any:
    return predictor.compiled(module, X)


def by_eager(module: Any, X: Any) -> Any:
    with no_grad():
        return module(Tensor(X)).data


def table(n_rows: int, *shape: int, dtype: Any = np.float32) -> Any:
    return np.random.default_rng(n_rows).normal(size=(n_rows, *shape)).astype(dtype)


def assert_same(got: Any, expected: Any) -> None:
    tolerance = 2e-5 if expected.dtype == np.float32 else 1e-12
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


MODULES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "narrow": (lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 3)), (2,)),
    "one output": (lambda: nn.Sequential(nn.Linear(3, 5), nn.Sigmoid(), nn.Linear(5, 1)), (3,)),
    "wide": (lambda: nn.Sequential(nn.Linear(WIDE + 9, 20), nn.ReLU(), nn.Linear(20, 7)), (73,)),
    "pictures": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(12, 4), nn.Softmax()), (3, 4)),
    "measured": (lambda: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)), (4,)),
    "by row": (lambda: nn.Sequential(nn.LayerNorm(4), nn.Residual(nn.Linear(4, 4))), (4,)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MODULES)
def test_any_number_of_rows_has_the_same_code(name: str, dtype: Any) -> None:
    make, shape = MODULES[name]
    module = make().initialise(0).astype(dtype).eval()
    for n_rows in (1, 2, BLOCK - 1, BLOCK, BLOCK + 1, PIECE, 2 * PIECE + 5):
        X = table(n_rows, *shape, dtype=dtype)
        assert_same(compiled(module, X), by_eager(module, X))
    assert len(predictor._codes) == 1


def test_rows_in_any_order_and_place(network: Any) -> None:
    module, X = network(3, 8, 2).eval(), table(100, 6)
    whole = compiled(module, np.ascontiguousarray(X[:, ::2]))
    np.testing.assert_array_equal(compiled(module, X[:, ::2]), whole)
    np.testing.assert_array_equal(compiled(module, X[::-1, ::2]), whole[::-1])
    np.testing.assert_array_equal(compiled(module, X[17:18, ::2]), whole[17:18])


def test_no_rows_and_rows_that_are_not_finite(network: Any) -> None:
    module = network(2, 8, 3).eval()
    assert compiled(module, table(0, 2)).shape == (0, 3)
    X = table(40, 2)
    X[7] = np.nan
    got = compiled(module, X)
    assert np.isnan(got[7]).all()
    assert np.isfinite(np.delete(got, 7, 0)).all()


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch, network: Any) -> None:
    module, X = network(5, 16, 2).eval(), table(5 * PIECE + 3, 5)
    alone = compiled(module, X)
    monkeypatch.setattr(predictor, "_THREAD_WORK", 1)
    monkeypatch.setattr(predictor, "_cores", lambda: 3)
    np.testing.assert_array_equal(compiled(module, X), alone)


def test_callers_from_several_threads(network: Any) -> None:
    module, X = network(2, 8, 3).eval(), table(200, 2)
    expected = compiled(module, X)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: compiled(module, X), range(40)):
            np.testing.assert_array_equal(got, expected)


def test_new_weights_and_a_like_module_need_no_new_code(network: Any) -> None:
    module, X = network(2, 8, 3).eval(), table(30, 2)
    compiled(module, X)
    module.layers[0].weight.data = module.layers[0].weight.data * 2
    assert_same(compiled(module, X), by_eager(module, X))
    other = network(2, 8, 3, seed=5).eval()
    assert_same(compiled(other, X), by_eager(other, X))
    assert len(predictor._codes) == 1


def test_another_setting_needs_other_code() -> None:
    X = table(30, 3)
    for slope in (0.1, 0.5):
        module = nn.Sequential(nn.Linear(3, 2), nn.LeakyReLU(slope)).initialise(0).eval()
        assert_same(compiled(module, X), by_eager(module, X))
    one, two = nn.Linear(3, 3).initialise(0), nn.Linear(3, 3).initialise(1)
    for layers in ((one, two), (one, one)):
        module = nn.Sequential(*layers).eval()
        assert_same(compiled(module, X), by_eager(module, X))
    module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).eval()
    assert_same(compiled(module, X), by_eager(module, X))
    assert compiled(module.train(), X) is None  # it measures all the rows together


FACTOR = 2.0


class Own(nn.Module):
    """A user's module, which reads what isn't its own."""

    def __init__(self) -> None:
        self.layer = nn.Linear(2, 3)
        self.power = 2

    def forward(self, x: Any) -> Any:
        return FACTOR * self.layer(x) ** self.power


def test_what_a_users_module_reads_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    module, X = Own().eval(), table(20, 2)
    first = compiled(module, X)
    assert_same(first, by_eager(module, X))
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert_same(compiled(module, X), 1.5 * first)
    module.power = 3
    assert_same(compiled(module, X), by_eager(module, X))
    assert_same(compiled(copy.deepcopy(module), X), by_eager(module, X))


class Centred(nn.Module):
    """Its rows depend on each other."""

    def forward(self, x: Any) -> Any:
        return x - x.mean(axis=0)


class Counting(nn.Module):
    """Its numbers depend on how many rows there are."""

    def forward(self, x: Any) -> Any:
        return x * (1 / len(x))


class Noisy(nn.Module):
    """Draws, in eval mode too."""

    def __init__(self) -> None:
        self.seed = Tensor(np.array(3, np.uint64))

    def forward(self, x: Any) -> Any:
        with random.stream(self.seed, 0):
            return x + random.normal(x.shape)


class Pair(nn.Module):
    """Returns two arrays."""

    def forward(self, x: Any) -> Any:
        return x, x


@pytest.mark.parametrize("kind", [Centred, Counting, Noisy, Pair])
def test_what_blocks_cannot_compute_is_left_to_the_eager_engine(kind: Any) -> None:
    module = kind().eval()
    assert compiled(module, table(20, 2)) is None
    assert compiled(module, table(20, 2)) is None
    assert len(predictor._codes) == 1


class Branching(nn.Module):
    """Looks at values."""

    def __init__(self) -> None:
        self.layer = nn.Linear(2, 1)

    def forward(self, x: Any) -> Any:
        return self.layer(x) if x.data[0, 0] > 0 else -self.layer(x)


def trainer(module: Any, backend: str = "native") -> Trainer:
    return Trainer(module, nn.MSELoss(), optim.SGD(0.1), batch_size=8, backend=backend)


def test_a_trainer_compiles_what_is_worth_it(monkeypatch: pytest.MonkeyPatch, network: Any) -> None:
    module, X = network(2, 8, 3), table(100, 2)
    small = trainer(module).predict(X)
    np.testing.assert_array_equal(small, by_eager(module, X))
    assert not predictor._codes
    monkeypatch.setattr(predictor, "WORK", 100 * 51)
    assert_same(trainer(module).predict(X), small)
    assert len(predictor._codes) == 1
    np.testing.assert_array_equal(trainer(module).predict(X[:99]), small[:99])
    assert predict(module, X[:99]) is None  # whatever is compiled already
    assert module.training
    assert all(part.training for part in module.named_modules().values())


def test_the_rule_counts_parameters() -> None:
    module = nn.Linear(1999, 1).eval()
    assert predict(module, np.zeros((predictor.WORK // 2000 - 1, 1999), np.float32)) is None
    assert predict(module, np.zeros((predictor.WORK // 2000, 1999), np.float32)) is not None


def test_a_trainer_refuses_what_depends_on_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor, "WORK", 1)
    X = table(10, 2)
    with pytest.raises(TraceError):
        trainer(Branching()).predict(X)
    module = Branching()
    np.testing.assert_array_equal(trainer(module, "eager").predict(X), by_eager(module, X))


def test_a_trainer_says_what_is_wrong_with_the_rows(
    monkeypatch: pytest.MonkeyPatch, network: Any
) -> None:
    monkeypatch.setattr(predictor, "WORK", 1)
    with pytest.raises(ValueError, match="3"):
        trainer(network(2, 8, 1)).predict(table(10, 3))


def test_estimators(monkeypatch: pytest.MonkeyPatch) -> None:
    X = table(300, 3, dtype=np.float64)
    model = MLPRegressor(hidden_layer_sizes=(8,), max_iter=3, n_iter_no_change=3, random_state=0)
    model.fit(X, X @ [1.0, 2.0, 3.0])
    eager = model.predict(X)
    monkeypatch.setattr(predictor, "WORK", 1)
    native = model.predict(X)
    assert len(predictor._codes) == 1
    assert_same(native, eager)
