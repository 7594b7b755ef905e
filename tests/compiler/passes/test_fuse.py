"""Fusion: a partition into groups that can run in their order."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baremath.compiler.ir import CONSTANT, INPUT, constant
from baremath.compiler.passes import fuse, optimise

ENDS = ("sum", "mean", "prod", "max", "min")


def core(shape):
    return tuple(n for n in shape if n != 1)


def check(graph):
    """Check all that a partition promises, and return it."""
    groups = fuse(graph)
    members = [node for group in groups for node in group.nodes]
    computed = [node for node in graph.nodes if node.op not in (INPUT, CONSTANT)]
    assert len(members) == len(computed)
    assert set(members) == set(computed)
    known = set(graph.nodes) - set(computed)
    for group in groups:
        inside = set()
        for node in group.nodes:
            assert all(x in known or x in inside for x in node.inputs)
            inside.add(node)
        read_outside = {x for node in computed if node not in inside for x in node.inputs}
        needed = inside & (read_outside | set(graph.outputs.values()))
        assert set(group.escapes) == needed
        assert needed  # nothing is computed in vain
        known |= needed
        check_loops(group, inside)
    return groups


def check_loops(group, inside):
    if group.kind != "elementwise":
        assert len(group.nodes) == 1
        assert group.axes == ()
        return
    rank = len(group.shape)
    for node in group.nodes:
        if node.op not in ENDS:
            assert core(node.shape) == group.shape
            assert not any(x in inside and x.op in ENDS for x in node.inputs)
            continue
        (x,) = node.inputs
        assert core(x.shape) == group.shape
        loops = [k for k, n in enumerate(x.shape) if n != 1]
        axes = tuple(loops.index(k) for k in node.attributes["axis"] if x.shape[k] != 1)
        assert axes == group.axes
        ends = [tuple(range(n)) for n in range(1, rank + 1)]
        assert axes in ends + [tuple(range(rank - n, rank)) for n in range(1, rank + 1)]


def ops(groups):
    """Return the names of the operations in each group."""
    return [" ".join(node.op for node in group.nodes) for group in groups]


@settings(
    max_examples=400,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_random_graphs(graphs, data):
    graph, _ = data.draw(graphs.random())
    check(graph)
    check(optimise(graph)[0])


def test_tangled_graphs_of_one_shape(graphs):
    """Chains of operations that may or may not fuse, so that cycles lurk everywhere."""
    rng = random.Random(0)
    for _ in range(60):
        pool = [graphs.taken("x", (3, 3)), graphs.taken("y", (3, 3))]
        for _ in range(40):
            a, b = rng.choice(pool[-8:]), rng.choice(pool)
            op = rng.choice(["add", "multiply", "tanh", "matmul", "transpose", "sum", "cumsum"])
            if op in ("add", "multiply", "matmul"):
                pool.append(graphs.made(op, a, b))
            elif op == "transpose":
                pool.append(graphs.made(op, a, axes=(1, 0)))
            elif op == "cumsum":
                pool.append(graphs.made(op, a, axis=0, reverse=False))
            elif op == "sum":
                total = graphs.made(op, a, axis=(rng.choice([0, 1]),), keepdims=True)
                pool.append(graphs.made("add", total, b))
            else:
                pool.append(graphs.made(op, a))
        check(graphs.of(*pool[-3:], rng.choice(pool)))


def test_a_chain_is_one_loop_and_only_its_end_escapes(graphs):
    x = graphs.taken("x", (4, 3))
    y = graphs.made("exp", graphs.made("tanh", graphs.made("multiply", x, constant(2.0))))
    (group,) = check(graphs.of(y))
    assert ops([group]) == ["multiply tanh exp"]
    assert (group.shape, group.escapes) == ((4, 3), (y,))


def test_several_results_of_one_loop(graphs):
    """A shared input makes one loop of two; what has nothing in common stays apart."""
    x, z = graphs.taken("x", (4, 3)), graphs.taken("z", (4, 3))
    outputs = [graphs.made("tanh", x), graphs.made("exp", x), graphs.made("exp", z)]
    first, second = check(graphs.of(*outputs))
    assert set(first.escapes) == set(outputs[:2])
    assert second.escapes == (outputs[2],)


def test_reductions_end_the_loop_of_their_input(graphs):
    x = graphs.taken("x", (4, 3))
    square = graphs.made("square", x)
    total = graphs.made("sum", square, axis=(1,), keepdims=True)
    share = graphs.made("divide", square, total)
    first, second = check(graphs.of(share))
    assert ops([first, second]) == ["square sum", "divide"]
    assert (first.shape, first.axes) == ((4, 3), (1,))
    assert first.escapes == (square, total)


def test_reductions_along_different_axes_need_two_loops(graphs):
    x = graphs.made("tanh", graphs.taken("x", (4, 3)))
    rows = graphs.made("sum", x, axis=(1,), keepdims=False)
    columns = graphs.made("max", x, axis=(0,), keepdims=False)
    most = graphs.made("min", x, axis=(1,), keepdims=True)
    first, second = check(graphs.of(rows, columns, most))
    assert ops([first, second]) == ["tanh sum min", "max"]
    assert second.axes == (0,)


@pytest.mark.parametrize(
    ("axis", "kind"), [((0,), "elementwise"), ((1,), "single"), ((0, 2), "single")]
)
def test_reductions_of_middle_axes_stand_alone(graphs, axis, kind):
    x = graphs.taken("x", (2, 3, 4))
    (group,) = check(graphs.of(graphs.made("sum", x, axis=axis, keepdims=False)))
    assert group.kind == kind


def test_axes_of_length_one_make_no_loop(graphs):
    """(5, 1) and (5,) are one loop; a view between them is free, but not a broadcast over both."""
    x, y = graphs.taken("x", (5, 1)), graphs.taken("y", (5,))
    flat = graphs.made("reshape", graphs.made("tanh", x), shape=(5,))
    error = graphs.made("square", graphs.made("subtract", flat, y))
    loss = graphs.made("sum", error, axis=(0,), keepdims=False)
    (group,) = check(graphs.of(loss))
    assert ops([group]) == ["tanh reshape subtract square sum"]
    assert group.escapes == (loss,)
    table = graphs.made("subtract", graphs.made("tanh", x), y)
    assert ops(check(graphs.of(table))) == ["tanh", "subtract"]


def test_a_view_that_others_read_stays_a_view(graphs):
    x, w = graphs.taken("x", (5,)), graphs.taken("w", (5, 2))
    row = graphs.made("reshape", graphs.made("tanh", x), shape=(1, 5))
    groups = check(graphs.of(graphs.made("matmul", row, w)))
    assert [group.kind for group in groups] == ["elementwise", "view", "single"]


def test_what_a_product_stands_between_stays_apart(graphs):
    """As one loop, tanh would need the product that needs tanh."""
    h = graphs.made("tanh", graphs.taken("x", (3, 3)))
    product = graphs.made("matmul", h, h)
    y = graphs.made("multiply", product, h)
    assert ops(check(graphs.of(y))) == ["tanh", "matmul", "multiply"]


def test_a_mask_is_made_where_it_is_needed(graphs):
    """The mask is first in the graph, and joins the loop behind the product."""
    u, x = graphs.taken("u", (3, 3)), graphs.taken("x", (3, 3))
    mask = graphs.made("less", u, constant(0.8))
    y = graphs.made("where", mask, graphs.made("tanh", graphs.made("matmul", x, x)), constant(0.0))
    groups = check(graphs.of(y))
    assert ops(groups) == ["matmul", "less tanh where"]
    assert groups[1].escapes == (y,)


def test_transposes_are_another_order(graphs):
    x = graphs.taken("x", (3, 3))
    h = graphs.made("tanh", x)
    y = graphs.made("add", h, graphs.made("transpose", h, axes=(1, 0)))
    assert ops(check(graphs.of(y))) == ["tanh", "transpose", "add"]


def test_numbers_make_a_loop_of_no_axes(graphs):
    rate = graphs.made("multiply", graphs.taken("rate"), constant(0.5))
    w = graphs.made("multiply", graphs.taken("w", (7,)), rate)
    first, second = check(graphs.of(w))
    assert (first.kind, first.shape, second.shape) == ("elementwise", (), (7,))


@pytest.mark.parametrize("every", ["matmul", "getitem", "tanh"])
def test_five_thousand_nodes(graphs, every):
    """A long chain, with a matmul, a view of another array, or nothing at each turn."""
    x = graphs.taken("x", (2, 2))
    table = graphs.taken("table", (1250, 2, 2))
    y, scale = x, graphs.taken("scale")
    for k in range(1250):
        if every == "matmul":
            scale = graphs.made("square", scale)
            y = graphs.made("multiply", graphs.made("matmul", y, x), scale)
        elif every == "getitem":
            y = graphs.made("add", y, graphs.made("getitem", table, pattern=(k,)))
        y = graphs.made("add", graphs.made(every if every == "tanh" else "exp", y), x)
    groups = check(graphs.of(y)) if every == "tanh" else fuse(graphs.of(y))
    assert sum(group.kind == "elementwise" for group in groups) == (
        1251 if every == "matmul" else 1
    )
