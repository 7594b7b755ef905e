"""Indices and seeds that are known when a function runs: out of bounds is an error anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath import nn, optim
from baremath.autodiff import Tensor, add_at, gather, grad, random, scatter_add, where
from baremath.compiler import scan, trace
from baremath.compiler.arguments import Arguments
from baremath.compiler.compiled import compile as compiled
from baremath.compiler.export import export
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run
from baremath.compiler.passes import optimise
from baremath.training import Trainer

X = np.arange(12.0).reshape(3, 4)
GOOD = [np.array([0, 1]), np.array([-4, 0]), np.array([1, 1], np.int8)]
BAD = [np.array([0, 2]), np.array([-5, 0]), np.array([1, 100], np.int8)]
BACKENDS = ["eager", "native", "interpreter", "source"]


def by(backend: str, f: Any, *args: Any) -> Any:
    if backend == "eager":
        return f(*args)
    if backend != "source":
        return compiled(f, backend=backend)(*args)
    lowered = lower(optimise(trace(f, *args).graph)[0])
    return run(lowered, Arguments(f, args, {}).arrays)["out"]


def walk(x: Any, i: Any) -> Any:
    """Read an element in each step, the next one at the end."""
    return scan(lambda k, one: (k, x[k + one, 0]), i, np.array([1, 1]))[1]


PICKS = {
    "getitem": lambda x, i: x[i + 1],
    "two": lambda x, i: x[i + 1, i],
    "gather": lambda x, i: gather(x, (i + 1)[:, None], 0),
    "integers": lambda x, i: x.astype(int)[i + 1],
    "add_at": lambda x, i: add_at(x[:2], i + 1, (3, 4)),
    "scatter_add": lambda x, i: scatter_add(x, (i + 1)[:, None], x[:2], 0),
    "rounded": lambda x, i: x[np.floor(i + 1.5).astype(int)],
    "gradient": lambda x, i: grad(lambda x: (x[i + 1] ** 2).sum())(x),
    "scan": walk,
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("f", PICKS.values(), ids=PICKS.keys())
def test_a_computed_index(f: Any, backend: str) -> None:
    x = Tensor(X)
    for i in GOOD:
        np.testing.assert_array_equal(by(backend, f, x, i), f(x, i))
    for i in BAD:
        with pytest.raises(IndexError, match="out of bounds"):
            by(backend, f, x, i)


def test_an_error_is_of_one_call() -> None:
    f = compiled(PICKS["scan"])
    for i in GOOD[:2]:
        with pytest.raises(IndexError, match=r"the index 3, computed at .*test_bounds"):
            f(Tensor(X), BAD[0])
        np.testing.assert_array_equal(f(Tensor(X), i), walk(Tensor(X), i))


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_index_that_is_given(backend: str) -> None:
    for i in (3, -4):
        with pytest.raises(IndexError, match="out of bounds"):
            by(backend, lambda x, i: x[i], X, np.array([0, i]))


@pytest.mark.parametrize("backend", ["native", "interpreter"])
def test_a_loss_that_computes_its_labels(backend: str) -> None:
    def loss(output: Any, target: Any) -> Any:
        return -gather(output, (target + 1)[:, None], 1).mean()

    x, y = np.random.default_rng(0).normal(size=(6, 2)), np.array([0, 1, 0, 1, 0, 1])
    module = nn.Linear(2, 3).initialise(0)
    Trainer(module, loss, optim.SGD(0.1), batch_size=3, backend=backend).data(x, y).run(4)
    y[4] = 2
    trainer = Trainer(module, loss, optim.SGD(0.1), batch_size=3, backend=backend).data(x, y)
    with pytest.raises(IndexError, match="out of bounds"):
        trainer.run(4)


def test_the_largest_needs_no_check(tmp_path: Any) -> None:
    names = np.array([3.0, 5.0, 7.0, 9.0])

    def classes(x: Any) -> Any:
        return gather(Tensor(names), np.argmax(x, axis=1), 0)

    assert not lower(optimise(trace(classes, X).graph)[0]).index_checks
    export(classes, tmp_path / "classes", X)
    with pytest.raises(ValueError, match=r"an index computed at .* can't check"):
        export(lambda x: x[where(x[:, 0] > 2, 2, 0)], tmp_path / "pick", X)


def noise(seed: Any, step: Any) -> Any:
    with random.stream(seed, step):
        return random.uniform((3,))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["int64", "int32", "float64"])
def test_a_seed_below_zero(backend: str, dtype: str) -> None:
    good, bad = np.array(2, dtype), np.array(-1, dtype)
    for f in (noise, lambda seed, step: noise(seed + 0 * step, step + 0)):
        np.testing.assert_array_equal(
            by(backend, f, Tensor(good), Tensor(good)), noise(int(good), int(good))
        )
        for seed, step in ((bad, good), (good, bad)):
            with pytest.raises(OverflowError, match=r"out of bounds|64 bits"):
                by(backend, f, Tensor(seed), Tensor(step))


def test_a_step_below_zero_in_a_scan() -> None:
    def sums(start: Any) -> Any:
        step = lambda x, t: (x + noise(7, t + start), None)  # noqa: E731
        return scan(step, np.zeros(3, np.float32), np.arange(3))[0]

    expected = sum(noise(7, k) for k in range(2, 5))
    np.testing.assert_allclose(compiled(sums)(Tensor(np.array(2))), expected, rtol=1e-6)
    with pytest.raises(OverflowError, match="64 bits"):
        compiled(sums)(Tensor(np.array(-1)))
    with pytest.raises(ValueError, match="draws random numbers"):
        export(sums, "nowhere", Tensor(np.array(2)))
