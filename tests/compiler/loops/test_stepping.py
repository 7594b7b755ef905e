"""A scan is one loop over its steps: what stands in it, where the carry lies, and random steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.compiler.backends.native.running import guarded

from baremath.autodiff import Tensor, grad, tree
from baremath.compiler.arguments import Arguments
from baremath.compiler.backends.native.cutting import LONGEST
from baremath.compiler.backends.native.program import NativeProgram
from baremath.compiler.loops.check import check
from baremath.compiler.loops.language import Buffer, Call, Index, Load, Loop, MatMul, Store
from baremath.compiler.loops.lower import Lowered, lower
from baremath.compiler.loops.memory import placed
from baremath.compiler.loops.python import run
from baremath.compiler.passes import optimise
from baremath.compiler.scan import scan
from baremath.compiler.trace import trace

RNG = np.random.default_rng(8)
SHAPES = [(), (3,), (3,), (2, 3), (2, 3), (3, 3), (17,), (17,), (1, 3)]


def lowered(f: Any, *args: Any) -> Lowered:
    return lower(optimise(trace(f, *args).graph)[0])


def serial(body: tuple[Any, ...]) -> Iterator[Loop]:
    """Yield the loops over steps, at any depth."""
    for one in body:
        if isinstance(one, Loop):
            if one.serial:
                yield one
            yield from serial(one.body)


def network(w: Any, xs: Any) -> Any:
    return scan(lambda h, x: (np.tanh(h @ w + x), None), xs[0], xs)[0]


def test_one_loop_over_the_steps_and_no_call() -> None:
    program = lowered(network, RNG.normal(size=(3, 3)), RNG.normal(size=(5, 2, 3))).program
    (loop,) = serial(program.body)
    assert loop.extent == 5
    assert any(isinstance(one, MatMul) for one in loop.body)
    assert not any(isinstance(one, Call) for one in program.body)


def test_a_gradient_by_what_all_steps_read_is_added_up_where_it_lies() -> None:
    f = grad(lambda w, xs: network(w, xs).sum())
    program = lowered(f, RNG.normal(size=(3, 3)), RNG.normal(size=(5, 2, 3))).program
    _, back = serial(program.body)
    sums = [one for one in back.body if isinstance(one, MatMul) and one.add]
    assert len(sums) == 1
    written = [s.buffer for one in back.body if isinstance(one, Loop) for s in one.body
               if isinstance(s, Store)]  # fmt: skip
    assert sums[0].c.buffer not in written


def test_only_what_the_results_depend_on_is_computed() -> None:
    def f(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            a, n = c
            return (np.sin(a), n + 1), None

        return scan(step, (x, 0), length=3)

    loops = list(serial(lowered(f, np.float64(1)).program.body))
    stored = [{s.buffer.dtype for s in loop.body if isinstance(s, Store)} for loop in loops]
    assert stored == [{"float64"}, {"int64"}]


def test_no_step_no_loop() -> None:
    program = lowered(network, np.ones((3, 3)), np.ones((1, 2, 3))).program
    assert len(list(serial(program.body))) == 1
    program = lowered(lambda c, xs: scan(lambda c, x: (c + x, x), c, xs), 0.5, np.ones(0)).program
    assert not list(serial(program.body))


def test_a_step_with_something_that_has_no_loops_is_numpys() -> None:
    def f(a: Any, table: Any, words: Any, x: Any) -> Any:
        def inner(c: Any, k: Any) -> Any:
            return scan(lambda c, _: (np.linalg.solve(a, c) + table[k], None), c, length=2)[0], None

        return scan(inner, x, words)[0]

    found = lowered(f, np.eye(2), np.ones((4, 2)), np.array([3, 1]), np.ones(2))
    assert [one.operation for one in found.program.body if isinstance(one, Call)] == ["scan"]
    assert not list(serial(found.program.body))
    assert not found.index_checks


def test_memory_inside_of_steps() -> None:
    """What is read in a later turn keeps its place; what a turn makes for itself shares one."""
    before, own, other, after = (
        Buffer(name, "float64", (8,), (1,), "arena", 0, 8) for name in ("b", "o", "p", "a")
    )

    def touch(buffer: Buffer) -> Any:
        return Loop("i", 8, (Load("x", buffer, Index((("i", 1),))),))

    inner = Loop("t", 4, tuple(map(touch, (before, own, after, other))), serial=True)
    (first, loop, last), size = placed((touch(before), inner, touch(after)))
    places = [one.body[0].buffer.offset for one in loop.body]
    assert size == 3 * 64
    assert len({places[0], places[1], places[2]}) == 3
    assert places[3] == places[1]
    assert (first.body[0].buffer.offset, last.body[0].buffer.offset) == (places[0], places[2])


def test_a_long_step_is_several_functions() -> None:
    def f(w: Any, x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            for _ in range(LONGEST // 2):
                c = np.tanh(c @ w)
            return c, None

        return scan(step, x, length=2)[0]

    found = lowered(f, np.ones((2, 2)), np.ones((2, 2)))
    (loop,) = serial(found.program.body)
    functions = NativeProgram(found).llvm.count(f".{loop.index}.")
    assert functions >= 4  # each is defined, and called


def random_function(seed: int) -> tuple[Any, list[Any]]:
    """Return a function with a scan of random steps, and arguments for it."""
    rng = np.random.default_rng(seed)
    dtype = "float32" if seed % 3 == 0 else "float64"
    steps, nested = int(rng.integers(0, 5)), rng.random() < 0.3

    def arrays(low: int, high: int, *first: int) -> list[Any]:
        shapes = [SHAPES[rng.integers(len(SHAPES))] for _ in range(rng.integers(low, high))]
        return [rng.normal(size=(*first, *shape)).astype(dtype) for shape in shapes]

    def f(carry: Any, xs: Any, fixed: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            draw = np.random.default_rng(seed)
            (carry, count), pool = c, [*c[0], *x, *fixed]

            def one(shape: Any = None) -> Any:
                fit = [v for v in pool if shape is None or v.shape == shape]
                return fit[draw.integers(len(fit))]

            size = len(pool) + draw.integers(1, 12)
            while len(pool) < size:
                pool.append(_invented(draw.integers(9), one(), one(), count, nested))
            new = [
                v + np.tanh(one(v.shape)) * 0.5 if draw.random() < 0.3 else one(v.shape)
                for v in carry
            ]
            kept = [one() for _ in range(draw.integers(0, 3))]
            return (new, count + 1), [*kept, new[0], count]

        return scan(step, (carry, 0), xs, length=steps)

    return f, [arrays(1, 5), arrays(0, 3, steps), arrays(0, 3)]


def _invented(what: int, a: Any, b: Any, count: Any, nested: bool) -> Any:
    """Return something made of two arrays, whose shapes may not fit."""
    together = {len(set(pair) - {1}) for pair in zip(a.shape[::-1], b.shape[::-1], strict=False)}
    if what <= 1 and together <= {0, 1}:
        return np.tanh(a * b) if what else a * 0.5 + b * 0.25
    if what == 2 and a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0]:
        return np.tanh(a @ b)
    if not a.ndim:
        return np.sin(a)
    if what == 3:
        return a.sum()
    if what == 4:
        return a.T
    if what == 5:
        return a[::-1]
    if what == 6:
        return a[0]
    if what == 7:
        return a[np.minimum(count, len(a) - 1)]
    if nested:
        return scan(lambda c, x: (np.tanh(c + x), c * 2.0), a[0] * 0.0, a)[what % 2]
    return np.maximum(a, 0.1)


def loss_of(f: Any) -> Any:
    def loss(*args: Any) -> Any:
        found = [v for v in tree.leaves(f(*args)) if v.dtype.kind == "f"]
        return sum((v * v * 0.5 + v).sum() for v in found)

    return loss


@pytest.mark.parametrize("seed", range(24))
def test_random_steps(seed: int) -> None:
    f, args = random_function(seed)
    by = tuple(k for k, arrays in enumerate(args) if arrays)
    digits = 1e-3 if seed % 3 == 0 else 1e-8
    for g in (f, grad(loss_of(f), by)):
        expected = tree.leaves(g(*args))
        traced = trace(g, *args)
        found = lower(optimise(traced.graph)[0])
        check(found.program, {name: space.nbytes for name, space in found.spaces().items()})
        assert not any(isinstance(one, Call) for one in found.program.body)
        arrays = Arguments(g, tuple(args), {}).arrays
        full = {**found.spaces(), "arena": np.full(found.arena_bytes, 0xA5, np.uint8)}
        for results in (run(found, arrays, full), guarded(NativeProgram(found), found, arrays)):
            got = tree.leaves(traced.rebuild(results))
            for x, value in zip(got, expected, strict=True):
                x, value = (
                    np.asarray(t.numpy() if isinstance(t, Tensor) else t) for t in (x, value)
                )
                assert x.dtype == value.dtype
                np.testing.assert_allclose(x, value, rtol=digits, atol=digits)
