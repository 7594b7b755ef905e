"""scan is the loop that it says, at once and compiled, and so are its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath.autodiff import grad, hessian, random, value_and_grad
from baremath.autodiff.symbol import TraceError
from baremath.compiler.arguments import Arguments
from baremath.compiler.compiled import compile as compiled
from baremath.compiler.ir import verify
from baremath.compiler.loops.check import check
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run as run_loops
from baremath.compiler.passes import optimise
from baremath.compiler.scan import scan
from baremath.compiler.trace import trace

RNG = np.random.default_rng(4)
XS = RNG.normal(size=(5, 3, 2))
P = {
    "W": RNG.normal(size=(3, 3)) / 2,
    "U": RNG.normal(size=(2, 3)),
    "b": RNG.normal(size=3),
    "h": RNG.normal(size=(3, 3)),
}


def rnn(p: Any, xs: Any) -> Any:
    """A recurrent network: the last state, and of each step a number for each row."""

    def step(h: Any, x: Any) -> Any:
        h = np.tanh(h @ p["W"] + x @ p["U"] + p["b"])
        return h, h.sum(1)

    return scan(step, p["h"], xs)


def written_out(p: Any, xs: Any) -> Any:
    h, ys = p["h"], []
    for x in xs:
        h = np.tanh(h @ p["W"] + x @ p["U"] + p["b"])
        ys.append(h.sum(1))
    return h, np.stack(ys)


def loss_of(model: Callable[..., Any]) -> Callable[..., Any]:
    def loss(p: Any, xs: Any) -> Any:
        h, ys = model(p, xs)
        return (h**2).sum() + (ys**3).mean()

    return loss


def differences(f: Callable[..., Any], p: dict[str, Any], step: float = 1e-6) -> dict[str, Any]:
    """Return the central differences of f by each array."""
    found = {}
    for name, x in p.items():
        found[name] = np.zeros_like(x)
        for at in np.ndindex(x.shape):
            ends = []
            for sign in (1, -1):
                moved = x.copy()
                moved[at] += sign * step
                ends.append(float(f(p | {name: moved})))
            found[name][at] = (ends[0] - ends[1]) / (2 * step)
    return found


def as_python(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is lowered, checked, and run as Python, in memory full of NaN."""

    def run(*args: Any) -> Any:
        traced = trace(f, *args)
        lowered = lower(optimise(traced.graph)[0])
        spaces = lowered.spaces()
        check(lowered.program, {name: memory.nbytes for name, memory in spaces.items()})
        spaces["arena"][...] = 0xFF
        return traced.rebuild(run_loops(lowered, Arguments(f, args, {}).arrays, spaces))

    return run


@pytest.fixture(name="run", params=["native", "interpreter", "source", "at once"])
def fixture_run(request: pytest.FixtureRequest) -> Any:
    if request.param == "at once":
        return lambda f: f
    if request.param == "source":
        return as_python
    return lambda f: compiled(f, backend=request.param)


def test_is_a_python_loop(run: Any, same: Any) -> None:
    same(run(rnn)(P, XS), written_out(P, XS))


def test_derivative_is_that_of_the_loop(run: Any, same: Any) -> None:
    value, slope = run(value_and_grad(loss_of(rnn)))(P, XS)
    loss = loss_of(written_out)
    np.testing.assert_allclose(value, loss(P, XS), rtol=1e-12)
    expected = differences(lambda p: loss(p, XS), P)
    same([slope[k] for k in P], [expected[k] for k in P], rtol=1e-6, atol=1e-7)


def test_derivative_by_the_sequence(run: Any) -> None:
    got = run(grad(loss_of(rnn), 1))(P, XS)
    expected = differences(lambda p: loss_of(written_out)(P, p["xs"]), {"xs": XS})["xs"]
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7)


def test_second_derivative(run: Any) -> None:
    def f(w: Any) -> Any:
        return scan(lambda c, x: (np.sin(c * w[0] + x), c * w[1]), w[2], XS[:, 0, 0])[1].sum()

    w = np.array([0.5, -0.3, 0.8])
    slope = grad(f)
    expected = [(slope(w + d) - slope(w - d)) / 2e-6 for d in np.eye(3) * 1e-6]
    np.testing.assert_allclose(run(hessian(f))(w), expected, rtol=1e-6, atol=1e-8)


def test_one_node_however_many_steps() -> None:
    def loop(c: Any, n: int) -> Any:
        return scan(lambda c, _: (c * 2, None), c, length=n)

    graphs = [trace(loop, np.float64(1), n=n, static_argnames="n").graph for n in (2, 1000)]
    for graph in graphs:
        verify(graph)
        assert [node.op for node in graph.nodes].count("scan") == 1
    assert len(graphs[0]) == len(graphs[1])


def test_fibonacci_and_a_carry_of_several_arrays(run: Any) -> None:
    def f(start: Any) -> Any:
        return scan(lambda c, _: ({"a": c["b"], "b": c["a"] + c["b"]}, c["a"]), start, length=90)

    end, ys = run(f)({"a": 0, "b": 1})
    a, b, numbers = 0, 1, []
    for _ in range(90):
        numbers.append(a)
        a, b = b, a + b
    assert ys.numpy().tolist() == numbers
    assert (end["a"].item(), end["b"].item()) == (a, b)


def test_several_dtypes(run: Any) -> None:
    def f(x: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            total, largest, count = c
            return (total + x, np.maximum(largest, x), count + 1), (x > 0, count, total)

        (total, _, _), (_, count, totals) = found = scan(step, (0.0, -np.inf, 0), x)
        return (total * totals).sum() * count.astype(np.float32).sum(), found

    x = np.array([1.5, -2.0, 3.0], np.float32)
    (value, found), slope = run(value_and_grad(f, has_aux=True))(x)
    (total, largest, count), (positive, counts, totals) = found
    assert (float(total), float(largest), int(count)) == (2.5, 3.0, 3)
    assert np.asarray(positive).tolist() == [True, False, True]
    assert np.asarray(counts).tolist() == [0, 1, 2]
    assert np.asarray(totals).tolist() == [0.0, 1.5, -0.5]
    assert total.dtype == totals.dtype == np.float32
    assert float(value) == 7.5  # 3 · 2.5 · (0 + 1.5 − 0.5)
    np.testing.assert_allclose(slope, [3 * (1 + 2 * 2.5), 3 * (1 + 2.5), 3 * 1.0])


def test_nested(run: Any) -> None:
    def product(w: Any, m: Any) -> Any:
        def row(total: Any, r: Any) -> Any:
            inner, _ = scan(lambda c, x: (c * np.cos(w * x), None), total * 0 + 1.0, r)
            return total + inner, None

        return scan(row, 0.0, m)[0]

    m = RNG.normal(size=(3, 4))
    np.testing.assert_allclose(
        float(run(product)(0.7, m)), np.cos(0.7 * m).prod(1).sum(), rtol=1e-12
    )
    expected = (np.cos(0.700001 * m).prod(1).sum() - np.cos(0.699999 * m).prod(1).sum()) / 2e-6
    np.testing.assert_allclose(run(grad(product))(0.7, m), expected, rtol=1e-6)


def test_detached_parts_have_no_derivative(run: Any) -> None:
    def f(w: Any, xs: Any) -> Any:
        return scan(lambda c, x: (c.detach() * w + x * w.detach(), None), w * 1.0, xs)[0]

    xs = np.array([2.0, 3.0, 5.0])
    before = (3.0 * 3 + 2 * 3) * 3 + 3 * 3
    assert float(run(grad(f))(3.0, xs)) == before


def test_what_all_steps_read_may_be_made_of_each_other(run: Any) -> None:
    def f(w: Any) -> Any:
        twice = 2.0 * w
        c, ys = scan(lambda c, x: (c * np.sin(w + x) + twice, w), w * twice, XS[:, 0, 0])
        return c * ys.sum()

    expected = (float(f(0.500001)) - float(f(0.499999))) / 2e-6
    np.testing.assert_allclose(run(grad(f))(0.5), expected, rtol=1e-6)


def test_a_step_that_reads_nothing_that_is_differentiated(run: Any) -> None:
    def f(w: Any) -> Any:
        c, ys = scan(lambda c, x: (c + x, c > 0), 0.0, XS[:, 0, 0])
        return w * c + w * ys.astype(float).sum()

    c = np.cumsum([0, *XS[:, 0, 0]])
    np.testing.assert_allclose(run(grad(f))(2.0), c[-1] + (c[:-1] > 0).sum(), rtol=1e-12)


def test_a_carry_that_changes_places(run: Any, same: Any) -> None:
    def f(a: Any, b: Any, c: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            a, b, c, fixed = carry
            return (b, c[::-1], a, fixed), (a, b[1:])

        return scan(step, (a, b, c, 2.0), length=4)

    a, b, c = arrays = RNG.normal(size=(3, 5))
    ys = []
    for _ in range(4):
        ys.append((a, b[1:]))
        a, b, c = b, c[::-1], a
    expected = (a, b, c, np.float64(2)), tuple(np.stack(part) for part in zip(*ys, strict=True))
    same(run(f)(*arrays), expected)


def test_one_tensor_as_the_carry_and_as_what_is_kept(run: Any) -> None:
    def f(w: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            c = c * x + w
            return c, c

        c, ys = scan(step, w * 0, XS[:, 0, 0])
        return c + 2 * ys.sum()

    expected = (float(f(0.500001)) - float(f(0.499999))) / 2e-6
    np.testing.assert_allclose(run(grad(f))(0.5), expected, rtol=1e-7)


def test_integers_that_pick(run: Any) -> None:
    def f(table: Any, words: Any) -> Any:
        def step(carry: Any, word: Any) -> Any:
            total, place = carry
            return (total + table[word] * table[place], np.minimum(place + 1, 2)), place

        return scan(step, (table[0] * 0, 0), words)

    table, words = RNG.normal(size=(3, 4)), np.array([2, 0, -1, 1])
    (total, place), places = run(f)(table, words)
    assert places.numpy().tolist() == [0, 1, 2, 2]
    assert place.item() == 2
    np.testing.assert_allclose(total, (table[words] * table[[0, 1, 2, 2]]).sum(0), rtol=1e-12)


def test_an_index_of_a_sequence_is_checked() -> None:
    f = compiled(lambda table, words: scan(lambda c, k: (c + table[k], None), 0.0, words)[0])
    table = np.array([1.0, 2.0, 4.0])
    assert float(f(table, np.array([0, -1, 2]))) == 9.0
    with pytest.raises(IndexError, match="the index 3, in words, is out of bounds"):
        f(table, np.array([0, 3, 2]))


def test_parts_of_parts(run: Any, same: Any) -> None:
    def f(m: Any) -> Any:
        def row(c: Any, r: Any) -> Any:
            return scan(lambda c, x: (np.sin(c + x), c * x), c, r)

        return scan(row, 0.5, m)

    m = RNG.normal(size=(3, 4))
    c, ys = np.float64(0.5), np.empty((3, 4))
    for at in np.ndindex(m.shape):
        ys[at] = c * m[at]
        c = np.sin(c + m[at])
    same(run(f)(m), (c, ys))


def test_a_long_step(run: Any, same: Any) -> None:
    def f(w: Any, xs: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            for _ in range(70):
                c = np.tanh(c @ w + x)
            return c, None

        return scan(step, xs[0], xs)[0]

    w, xs = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 2, 3))
    same(run(f)(w, xs), f(w, xs))


def test_a_step_that_only_numpy_takes(run: Any, same: Any) -> None:
    def f(a: Any, xs: Any) -> Any:
        return scan(lambda c, x: (np.linalg.solve(a, c + x), None), xs[0], xs)[0]

    a, xs = RNG.normal(size=(3, 3)) + 3 * np.eye(3), RNG.normal(size=(4, 3))
    same(run(f)(a, xs), f(a, xs))
    c = xs[0]
    for x in xs:
        c = np.linalg.solve(a, c + x)
    np.testing.assert_allclose(run(f)(a, xs), c, rtol=1e-10)


@pytest.mark.parametrize("n", [0, 1])
def test_few_steps(n: int, run: Any) -> None:
    carry, ys = run(lambda p, xs: rnn(p, xs))(P, XS[:n])
    assert carry.shape == (3, 3)
    assert ys.shape == (n, 3)
    slope = run(grad(lambda p, xs: rnn(p, xs)[0].sum()))(P, XS[:n])
    if not n:
        np.testing.assert_array_equal(slope["h"], np.ones((3, 3)))
        np.testing.assert_array_equal(slope["W"], np.zeros((3, 3)))


def test_text_of_a_graph_holds_the_body(run_traced: Any, same: Any) -> None:
    same(run_traced(grad(loss_of(rnn)), P, XS), grad(loss_of(rnn))(P, XS))


def test_a_random_stream_of_each_step_agrees(run: Any) -> None:
    def f(seed: Any) -> Any:
        def step(c: Any, t: Any) -> Any:
            with random.stream(seed, t):
                return c, random.uniform((2,))

        return scan(step, 0.0, np.arange(3))[1]

    expected = []
    for t in range(3):
        with random.stream(7, t):
            expected.append(random.uniform((2,)).numpy())
    np.testing.assert_array_equal(run(f)(np.int64(7)), expected)


def test_refuses_to_draw_the_same_in_each_step() -> None:
    def f(seed: Any) -> Any:
        with random.stream(seed):
            return scan(lambda c, _: (c, random.uniform()), 0.0, length=2)[1]

    with pytest.raises(TraceError, match="random numbers would be drawn once"):
        trace(f, np.int64(7))


WRONG = [
    (lambda c, _: (c, None), 0.0, None, None, ValueError, "give xs or length"),
    (lambda c, _: (c, None), 0.0, {"a": XS, "b": XS[:2]}, None, ValueError,
     r"xs\['a'\]: 5, xs\['b'\]: 2"),
    (lambda c, _: (c, None), 0.0, XS, 4, ValueError, "xs: 5, length: 4"),
    (lambda c, _: (c, None), 0.0, None, -1, ValueError, "length: -1"),
    (lambda c, _: (c, None), 0.0, np.ones(()), None, ValueError, "first axis"),
    (lambda c, x: c, 0.0, XS, None, TypeError, "must return a pair"),
    (lambda c, x: (c + x, None), np.zeros(2), XS, None, TypeError,
     r"carry is float64 of shape \(2,\), and the step returned float64 of shape \(3, 2\)"),
    (lambda c, x: ((c[0].astype(np.float32),), None), (0.0,), XS, None, TypeError,
     r"carry\[0\] is float64 of shape \(\), and the step returned float32"),
    (lambda c, x: ((c, c), None), 0.0, XS, None, TypeError, "each step needs the same form"),
    (lambda c, x: (c, None), "a", XS, None, TypeError, "str is no array of numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "carry", "xs", "length", "error", "words"), WRONG)
@pytest.mark.parametrize("traced", [False, True])
def test_says_what_is_wrong(
    f: Any, carry: Any, xs: Any, length: Any, error: Any, words: str, traced: bool
) -> None:
    def run(y: Any) -> Any:
        return scan(f, carry, xs, length), y

    with pytest.raises(error, match=words):
        trace(run, np.ones(2)) if traced else run(np.ones(2))
