"""The cost of a graph: counted by hand, and by what a machine can do that is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath.autodiff import grad
from baremath.compiler import cost as module
from baremath.compiler.compiled import compile as compiled
from baremath.compiler.cost import Machine, cost, machine
from baremath.compiler.scan import scan
from baremath.compiler.trace import trace


@pytest.fixture(name="slow", autouse=True)
def fixture_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have 100 operations and 1,000 bytes a second."""
    monkeypatch.setattr(module, "machine", lambda _: Machine(100.0, 1000.0))


def graph_of(f: Any, *args: Any) -> Any:
    return trace(f, *args).graph


def test_counts_each_loop_by_what_it_reads_and_writes() -> None:
    x, w, b = np.ones((8, 5)), np.ones((5, 3)), np.ones(3)
    found = cost(graph_of(lambda x, w, b: np.tanh(x @ w + b), x, w, b))
    product, sums = found.parts
    assert (product.name, product.operations) == ("matmul", 2 * 8 * 5 * 3)
    assert product.bytes == 8 * (8 * 5 + 5 * 3 + 8 * 3)
    assert (sums.name, sums.operations) == ("add, tanh", 2 * 8 * 3)
    assert sums.bytes == 8 * (8 * 3 + 3 + 8 * 3)  # what is between them is never written
    assert found.operations == 240 + 48
    assert found.bytes == 632 + 408
    assert found.predicted == pytest.approx(240 / 100 + 48 / 100)


def test_memory_may_be_what_takes_the_time() -> None:
    found = cost(graph_of(lambda x: x + 1.0, np.ones(1000)))
    assert found.predicted == 16_000 / 1000


def test_results_that_a_loop_keeps_are_written_once() -> None:
    def f(x: Any) -> Any:
        y = np.exp(x)
        return y, (y * 2.0).sum()

    assert cost(graph_of(f, np.ones(100))).bytes == 800 + 800 + 8


def test_views_cost_nothing_and_of_their_source_only_a_part_is_read() -> None:
    x = np.ones((10, 4))
    assert cost(graph_of(lambda x: x.T, x)).parts == ()
    assert cost(graph_of(lambda x: x[:2] * 2.0, x)).bytes == 64 + 64
    spread = cost(graph_of(lambda b, x: np.broadcast_to(b, (10, 4)) @ x.T, x[0], x))
    assert spread.bytes == 8 * (4 + 40 + 100)


def test_a_scan_counts_all_of_its_steps() -> None:
    def f(w: Any, xs: Any) -> Any:
        return scan(lambda c, x: (np.tanh(w @ c + x), None), xs[0], xs)[0]

    (part,) = cost(graph_of(f, np.ones((4, 4)), np.ones((7, 4)))).parts
    assert part.operations == 7 * (2 * 16 + 4 + 4)


def test_loops_of_one_kind_are_one_row() -> None:
    def f(x: Any, w: Any) -> Any:
        return x @ w @ w @ w

    (part,) = cost(graph_of(f, np.ones((5, 5)), np.ones((5, 5)))).parts
    assert (part.name, part.count, part.operations) == ("matmul", 3, 3 * 250)


def test_the_dtype_is_that_of_most_work() -> None:
    a = np.ones((9, 9), np.float32)
    assert cost(graph_of(lambda a, b: ((a @ a).sum(), b + 1.0), a, np.ones(3))).dtype == np.float32
    assert cost(graph_of(lambda b: b * 2, np.arange(3))).dtype == np.float64


def test_measures_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([5.0, 1.0, 2.0, 3.0, 4.0] * 30)
    monkeypatch.setattr(module, "_timed", lambda run: (run(), next(times))[1])
    calls = []
    f = compiled(grad(lambda x: (x @ x).sum()), backend="interpreter")
    f(np.ones((5, 5)))

    def call(*args: Any, scale: float) -> Any:
        calls.append(scale)
        return f(*args)

    found = cost(f, call, np.ones((5, 5)), scale=2.0)
    assert found.measured == 2.0  # of 5, 1, 2
    assert len(calls) == 4
    assert found.share_of_peak == pytest.approx(found.operations / 2.0 / 100.0)
    assert "Measured: 2 s" in str(found)
    assert cost(f).measured is None


def test_prints_as_a_table() -> None:
    def f(x: Any, w: Any) -> Any:
        return np.tanh(x @ w)

    lines = str(cost(graph_of(f, np.ones((8, 5)), np.ones((5, 3))))).splitlines()
    assert [line.split("  ")[0] for line in lines[:4]] == ["", "matmul", "tanh", "together"]
    assert lines[1].split() == ["matmul", "1", "240", "632", "B", "2.4", "s"]
    assert lines[3].split() == ["together", "2", "264", "1.02", "kB", "2.78", "s"]
    assert lines[-1] == "One core: 100 float64 operations a second, 1 kB a second."


def test_the_cheapest_of_many_kinds_of_loops_are_one_row() -> None:
    functions = [np.exp, np.sin, np.cos, np.tanh, np.sqrt, np.abs, np.square, np.floor]

    def f(x: Any) -> Any:
        for k in range(40):
            x = np.cumsum(functions[k % 8](functions[k // 8](x)))
        return x

    found = cost(graph_of(f, np.ones(4)))
    assert len(found.parts) > 20
    lines = str(found).splitlines()
    assert len(lines) == 1 + 12 + 1 + 2
    assert lines[12].startswith("others")


def test_machine_is_measured_once() -> None:
    for dtype in (np.float32, np.float64):
        here = machine(dtype)
        assert here.peak > 1e6
        assert here.bandwidth > 1e6
        assert machine(np.dtype(dtype)) == here
