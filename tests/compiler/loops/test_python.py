"""The Python source: to be read, and to run."""

import numpy as np
import pytest

from baremath import scalar
from baremath.compiler.ir import Graph
from baremath.compiler.loops.language import Buffer, Cast, Index, Let, Load, Loop, Program, Store
from baremath.compiler.loops.lower import lower
from baremath.compiler.loops.python import run, source
from baremath.compiler.trace import trace


def one_loop(dtype, result, *body):
    """Return a program that computes y of x, element by element."""
    x = Buffer("x", dtype, (4,), (1,), "x", 0, 4)
    y = Buffer("y", result, (4,), (1,), "y", 0, 4)
    here = Index((("i", 1),))
    inner = (Load("a", x, here), *body, Store(y, here, "b"))
    return Program("f", (x, y), (Loop("i", 4, inner, lanes=True),))


def executed(program, x, result):
    names = {}
    exec(source(program), names)
    y = np.zeros(len(x), result)
    with np.errstate(all="ignore"):
        names["f"](x, y, np.zeros(0, np.uint8))
    return y


def test_the_source_reads_like_what_a_person_would_write():
    a = scalar.variable("a")
    program = one_loop("float32", "float32", Let("b", "float32", scalar.tanh(a) * 2))
    assert source(program) == (
        "from numpy import float32, tanh\n"
        "\n"
        "\n"
        "def f(x, y, arena):\n"
        "    x = x.view(float32)[0:4]\n"
        "    y = y.view(float32)[0:4]\n"
        "    for i in range(4):  # lanes\n"
        "        a = x[i]\n"
        "        b = float32(tanh(a) * 2)\n"
        "        y[i] = b\n"
    )


def test_it_names_what_the_user_wrote_and_where(network_source):
    assert "= tanh(" in network_source
    assert "test_python.py:" in network_source
    assert "total += " in network_source


@pytest.fixture(name="network_source")
def fixture_network_source():
    x, w = np.ones((3, 2)), np.ones((2, 4))
    return source(lower(trace(lambda x, w: np.tanh(x @ w), x, w).graph).program)


def test_numbers_are_rounded_to_their_dtype():
    a = scalar.variable("a")
    x = np.array([1, 2, 3, 4], np.float32) / 3
    y = executed(one_loop("float32", "float32", Let("b", "float32", a * a + 0.1)), x, np.float32)
    np.testing.assert_array_equal(y, x * x + np.float32(0.1))


def test_division_of_integers_cuts_off():
    x = np.array([0, 255, 256, 2**32 - 1], np.uint32)
    let = Let("b", "uint32", scalar.variable("a") / 256)
    np.testing.assert_array_equal(executed(one_loop("uint32", "uint32", let), x, x.dtype), x >> 8)


def test_casts_are_numpys():
    x = np.array([1.9, -1.9, 0.0, 3.0])
    y = executed(one_loop("float64", "int64", Cast("b", "int64", "a")), x, np.int64)
    np.testing.assert_array_equal(y, [1, -1, 0, 3])


def test_functions_beyond_their_domain_are_numpys():
    x = np.array([-1.0, 0.0, np.inf, np.nan])
    log = Let("b", "float64", scalar.log(scalar.variable("a")))
    with np.errstate(all="ignore"):
        expected = np.log(x)
    np.testing.assert_array_equal(executed(one_loop("float64", "float64", log), x, float), expected)


@pytest.mark.parametrize("name", ["exp", "x", "k", "row", "float32", "for", "out", "range", "é"])
def test_any_name_will_do(loops, name):
    """Names of arguments never hide what the source calls."""
    x, w = loops.taken(name, (3, 2)), loops.taken("out['w']", (2, 2))
    y = loops.node("exp", loops.node("matmul", x, w))
    graph = Graph({name: x, "out['w']": w}, {"y": y})
    arrays = {name: np.ones((3, 2)), "out['w']": np.eye(2)}
    loops.close(run(lower(graph), arrays), loops.computed(graph, arrays))


def test_what_has_no_loops_is_a_call(loops):
    a, b = np.eye(3) + 1, np.ones((3, 2))
    lowered = loops.run_traced(lambda a, b: np.linalg.solve(a.T, b)[1:] * 2, a, b)
    assert "OPERATIONS['solve'].value(" in source(lowered.program)
