"""Lowering: the loops compute what the operations do."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import baremath.nn
import baremath.optim  # noqa: F401 - activations and the root of optim are operations too
from baremath import nn, optim
from baremath.autodiff import OPERATIONS, value_and_grad
from baremath.compiler.arguments import Arguments
from baremath.compiler.ir import Graph, constant
from baremath.compiler.loops.language import Call, Load, Loop, MatMul
from baremath.compiler.loops.lower import Binding, lower
from baremath.compiler.loops.memory import buffers_of, view
from baremath.compiler.loops.python import run
from baremath.compiler.passes import optimise
from baremath.compiler.trace import trace
from baremath.training.step import Batch, TrainingStep

MANY = settings(
    max_examples=200,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def is_array(x):
    return isinstance(x, np.ndarray | np.generic)


def converted(x, name, dtype):
    """Return a sample's input in another dtype; a number of a seed as one of 64 bits."""
    if isinstance(x, list):
        return [converted(part, name, dtype) for part in x]
    if name in ("uniform", "normal"):
        return np.uint64(x)
    return x.astype(dtype) if is_array(x) and x.dtype.kind == "f" else x


CASES = [
    pytest.param(name, *sample, id=f"{name}-{k}")
    for name, operation in sorted(OPERATIONS.items())
    for k, sample in enumerate(operation.samples(np.random.default_rng(3)))
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "inputs", "attributes"), CASES)
def test_every_operation(loops, name, inputs, attributes, dtype):
    inputs = [converted(x, name, dtype) for x in inputs]
    if name in ("getitem", "add_at"):
        _, index = inputs
        if is_array(index) and index.dtype == bool:
            pytest.skip("what a mask picks has no shape that is known")
        known = not is_array(index)
        given = inputs[:1] if known else inputs
    else:
        known, given = False, [x for x in inputs if is_array(x) or isinstance(x, list)]

    def f(*arrays):
        rest = iter(arrays)
        if known:
            return OPERATIONS[name](next(rest), inputs[1], **attributes)
        all_inputs = [next(rest) if is_array(x) or isinstance(x, list) else x for x in inputs]
        return OPERATIONS[name](*all_inputs, **attributes)

    loops.run_traced(f, *given)


@MANY
@given(data=st.data(), dtype=st.sampled_from(["float32", "float64"]))
def test_random_graphs(loops, data, dtype):
    graph, arrays = data.draw(loops.random(dtype))
    got = run(loops.checked(graph), arrays)
    expected = loops.computed(graph, arrays)
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert (got[name].dtype, got[name].shape) == (value.dtype, value.shape)
        np.testing.assert_allclose(got[name], value, rtol=1e-3, atol=1e-4)


@MANY
@given(data=st.data())
def test_other_layouts_give_the_same_numbers(loops, data):
    graph, arrays = data.draw(loops.random())

    def columns_first(node):
        """Column by column, the columns padded."""
        if node.ndim != 2:
            return None
        return (1, node.shape[0] + data.draw(st.integers(0, 3)))

    plain, other = run(loops.checked(graph), arrays), loops.checked(graph, layout=columns_first)
    loops.close(run(other, arrays), plain)


def test_a_flat_group_is_one_loop(loops):
    x = np.ones((4, 5, 6))
    lowered = loops.run_traced(lambda x: np.tanh(x) * 2 + x, x)
    (loop,) = [s for s in lowered.program.body if isinstance(s, Loop)]
    assert (loop.extent, loop.lanes) == (120, True)
    assert not any(isinstance(s, Loop) for s in loop.body)
    assert sum(isinstance(s, Load) for s in loop.body) == 1
    assert {buffer.space for buffer in buffers_of(lowered.program.body)} == {"x", "out"}


def test_lanes_run_along_neighbours(loops):
    """A sum over rows: each lane a column. Over columns of a column-major array: each a row."""
    by_rows = loops.run_traced(lambda x: x.sum(0), np.ones((7, 5)))
    (loop,) = [s for s in by_rows.program.body if isinstance(s, Loop)]
    assert (loop.extent, loop.lanes) == (5, True)
    binding = {"x": Binding("x", strides=(1, 8))}
    x = loops.taken("x", (7, 3))
    graph = Graph({"x": x}, {"y": loops.node("softmax", x, axis=(1,))})
    lowered = loops.checked(graph, binding, lambda n: (1, 8) if n.shape == (7, 3) else None)
    for loop in (s for s in lowered.program.body if isinstance(s, Loop)):
        if loop.extent == 7:
            assert loop.lanes
    values = np.random.default_rng(0).normal(size=(7, 3))
    loops.close(run(lowered, {"x": values}), loops.computed(graph, {"x": values}))


def test_what_is_the_same_in_every_turn_is_computed_once(loops):
    lowered = loops.run_traced(lambda x, rate: x / (rate + 1.0), np.ones(5), np.float64(3))
    (loop,) = [s for s in lowered.program.body if isinstance(s, Loop)]
    assert sum(isinstance(s, Load) for s in loop.body) == 1


def test_views_cost_nothing(loops):
    x = np.arange(24.0).reshape(4, 6)
    lowered = loops.run_traced(lambda x: np.exp(x.T[1:5:2, ::-1]).sum(), x)
    assert len([s for s in lowered.program.body if isinstance(s, Loop)]) == 1


def test_a_transposed_operand_of_a_product_is_read_where_it_lies(loops):
    a, b = np.random.default_rng(0).normal(size=(2, 5, 3))
    lowered = loops.run_traced(lambda a, b: a.T @ b, a, b)
    (product,) = [s for s in lowered.program.body if not isinstance(s, Load) and hasattr(s, "m")]
    assert isinstance(product, MatMul)
    assert (product.a.row_stride, product.a.column_stride) == (1, 3)


def test_integers_and_truth(loops):
    a, b = np.array([3, -2, 7], np.int32), np.array([2, 5, -1])
    loops.run_traced(lambda a, b: (a * b, a / b, abs(a), a < b, a < 0.5, (a < b) | (b > 2)), a, b)
    loops.run_traced(lambda m: (m.sum(), m.mean(), m.max(), ~m), np.array([True, False, True]))


def test_picking_by_arrays(loops):
    rng = np.random.default_rng(0)
    x, k, j = rng.normal(size=(4, 3, 5)), np.array([0, -1, 2]), np.array([[1], [0]])
    loops.run_traced(
        lambda x, k, j: (x[k], x[:, k], x[k, :, k], x[:, j, k], x[1, :, k], x[None, k, ..., None]),
        x,
        k,
        j,
    )
    loops.run_traced(lambda x, k: x[np.argmax(x, 0)[:, 0], k], x, k)


def test_the_first_nan_is_the_extreme(loops):
    x = np.array([[1.0, np.nan, 3.0, np.nan], [2.0, 5.0, 5.0, 1.0]])
    loops.run_traced(lambda x: (x.argmax(1), np.argmin(x, 1), x.T.argmax(0), x.argmax()), x)


def test_only_turns_that_meet_no_other_are_done_at_once(loops):
    """Updates of one place are added one after the other; running sums wait for their last."""
    x, k = np.ones((5, 3)), np.array([1, 1, 0, 1, 1])

    def f(x, k):
        from baremath.autodiff.ops.indexing import add_at

        return add_at(x, k, (2, 3)), np.cumsum(x[:, 0])

    lowered = loops.run_traced(f, x, k)
    added = next(s for s in lowered.program.body if isinstance(s, Loop) and s.extent == 5)
    assert not added.lanes
    assert [s.lanes for s in added.body if isinstance(s, Loop)] == [True]
    assert "Loop(index='i" in str(lowered.program.body[-1])
    assert "lanes=True" not in str(lowered.program.body[-1])


def test_bounds_of_indices_from_outside_are_listed(loops):
    x, k = np.ones((4, 3)), np.array([0, -4, 3])
    lowered = loops.run_traced(lambda x, k: x[k], x, k)
    (found,) = lowered.index_checks
    assert (found.buffer.space, found.low, found.high, found.computed) == ("k", -4, 4, False)
    assert not loops.run_traced(lambda x: x[x.argmax(0)], x).index_checks


def test_computed_indices_stay_inside(loops):
    """Nobody can check them before they are used: NaN is picked, and the error comes after."""
    x, k = loops.taken("x", (4,)), loops.taken("k", (3,), "int64")
    far = loops.node("multiply", k, constant(100))
    graph = Graph({"x": x, "k": k}, {"y": loops.node("getitem", x, far, pattern=("array",))})
    lowered = loops.checked(graph)
    assert [one.computed for one in lowered.index_checks] == [True]
    spaces = lowered.spaces()
    with pytest.raises(IndexError, match=r"the index -100, computed at model.py:1, is out of"):
        run(lowered, {"x": np.arange(4.0), "k": np.array([0, 1, -1])}, spaces)
    np.testing.assert_array_equal(view(lowered.outputs["y"], spaces), [0, np.nan, np.nan])


def test_einsum_is_products_of_matrices(loops):
    a, b, c = (np.random.default_rng(k).normal(size=(3, 4)) for k in range(3))
    lowered = loops.run_traced(lambda a, b, c: np.einsum("ij,kj,kl->il", a, b, c), a, b, c)
    assert not any(isinstance(s, Call) for s in lowered.program.body)
    assert sum(isinstance(s, MatMul) for s in lowered.program.body) == 2


# Where inputs and outputs lie


def loss(params, x, y):
    h = np.tanh(x @ params["w"].T + params["b"])
    return ((h @ params["v"] - y) ** 2).mean()


@pytest.fixture(name="network")
def fixture_network():
    rng = np.random.default_rng(1)
    params = {"w": rng.normal(size=(4, 2)), "b": rng.normal(size=4), "v": rng.normal(size=(4, 1))}
    return params, rng.normal(size=(10, 2)), rng.normal(size=(10, 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loss_and_its_gradient(loops, network, dtype):
    params, x, y = network
    params = {name: value.astype(dtype) for name, value in params.items()}
    loops.run_traced(value_and_grad(loss), params, x.astype(dtype), y.astype(dtype))


def test_parameters_and_gradients_in_one_space_each(loops, network):
    f = value_and_grad(loss)
    traced = trace(f, *network)
    places = {"w": 0, "b": 8, "v": 12}
    bindings = {f"params['{name}']": Binding("params", at) for name, at in places.items()}
    bindings |= {
        f"out[1]['{name}']": Binding("gradients", at, add=True) for name, at in places.items()
    }
    lowered = loops.checked(traced.graph, bindings)
    assert not any(b.space == "params['w']" for b in lowered.program.buffers)
    spaces, arrays = lowered.spaces(), Arguments(f, network, {}).arrays
    run(lowered, arrays, spaces)
    twice = run(lowered, arrays, spaces)
    once = f(*network)[1]
    for name, gradient in once.items():
        np.testing.assert_allclose(twice[f"out[1]['{name}']"], 2 * gradient, rtol=1e-12)
    assert spaces["params"].view(float)[8:12] == pytest.approx(network[0]["b"])


@MANY
@given(data=st.data())
def test_outputs_are_added_to_what_is_there(loops, data):
    graph, arrays = data.draw(loops.random())
    names = [name for name, node in graph.outputs.items() if node.dtype.kind == "f"]
    lowered = loops.checked(graph, {name: Binding(name, add=True) for name in names})
    spaces = lowered.spaces()
    for name in names:
        view(lowered.outputs[name], spaces)[...] = 3
    got, expected = run(lowered, arrays, spaces), loops.computed(graph, arrays)
    loops.close(got, {k: v + v.dtype.type(3) if k in names else v for k, v in expected.items()})


def test_an_output_may_be_an_input_a_constant_a_view_or_another_output(loops):
    x = np.arange(6.0).reshape(2, 3)

    def f(x):
        y = x + 1
        return x, np.full(3, 7.0), x.T, y, y, y.reshape(3, 2), y.T, y[1]

    loops.run_traced(f, x)


def test_a_result_is_computed_where_it_is_wanted(loops):
    """Neither the parts of a joined output nor what a view shows are copied."""
    x = np.arange(6.0)

    def f(x):
        joined = np.concatenate([np.exp(x), (x * 2).reshape(2, 3).reshape(6)])
        return joined, np.tanh(x.reshape(2, 3)).T

    lowered = loops.run_traced(f, x)
    assert not any(b.space == "arena" for b in lowered.program.buffers)
    assert str(lowered.program.body).count("Store(") == 3


def test_an_input_and_an_output_of_one_name_need_a_place(loops):
    x = loops.taken("out", (4,))
    graph = Graph({"out": x}, {"out": loops.node("exp", x)})
    with pytest.raises(ValueError, match="an input and an output are both called 'out'"):
        lower(graph)
    loops.checked(graph, {"out": Binding("numbers")})


def test_the_arena_is_used_again(loops):
    def f(x):
        for _ in range(20):
            x = np.tanh(x @ x)
        return x

    lowered = loops.run_traced(f, np.full((8, 8), 0.1))
    assert lowered.arena_bytes <= 3 * 8 * 8 * 8


def test_a_training_step(loops):
    """The real thing: dropout, batch statistics, Adam, after the passes.

    Without the bias that batch statistics cancel: Adam would scale its rounding errors up.
    """
    rng = np.random.default_rng(0)
    layers = [
        nn.Linear(3, 8, bias=False),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(8, 4),
    ]
    step = TrainingStep(nn.Sequential(*layers), nn.CrossEntropyLoss(), optim.Adam())
    params, buffers = step.weights.read()
    X, y = rng.normal(size=(16, 3)).astype(np.float32), rng.integers(0, 4, 16)

    def one_step(params, state, hyper, X, y, seed, number):
        return step(params, state, hyper, Batch(X, y, None, seed, number))

    given = (params, step.init(params, buffers), step.hyper(), X, y, 7, 1)
    graph, _ = optimise(trace(one_step, *given).graph)
    arrays = Arguments(one_step, given, {}, ()).arrays
    lowered = loops.checked(graph)
    loops.close(run(lowered, arrays), loops.computed(graph, arrays))
    assert not any(isinstance(s, Call) for s in lowered.program.body)


def test_lowering_the_same_graph_twice_gives_the_same_program(loops, network):
    graph = trace(value_and_grad(loss), *network).graph
    assert str(lower(graph).program) == str(lower(graph).program)
