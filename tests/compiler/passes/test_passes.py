"""All passes together: passes off = passes on."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baremath import nn, optim
from baremath.compiler.arguments import Arguments
from baremath.compiler.ir import constant, verify
from baremath.compiler.passes import PASSES, fuse, optimise
from baremath.compiler.trace import trace
from baremath.training.step import Batch, TrainingStep

MANY = settings(
    max_examples=300,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@MANY
@given(data=st.data())
def test_passes_off_is_passes_on(graphs, data):
    graph, arrays = data.draw(graphs.random())
    better, records = optimise(graph)
    assert list(better.inputs.values()) == list(graph.inputs.values())
    assert len({record.after for record in records}) == len(records) < 40
    graphs.identical(graphs.compute(better, arrays), graphs.compute(graph, arrays))


@MANY
@given(data=st.data())
@pytest.mark.parametrize("run", PASSES)
def test_each_pass_alone(graphs, run, data):
    graph, arrays = data.draw(graphs.random())
    after = run(graph)
    verify(after)
    graphs.identical(graphs.compute(after, arrays), graphs.compute(graph, arrays))


def test_a_training_step(graphs):
    """The real thing: dropout, batch statistics, Adam; fewer nodes, the same bits."""
    rng = np.random.default_rng(0)
    layers = [nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 4)]
    step = TrainingStep(nn.Sequential(*layers), nn.CrossEntropyLoss(), optim.Adam())
    params, buffers = step.weights.read()
    X, y = rng.normal(size=(16, 3)).astype(np.float32), rng.integers(0, 4, 16)

    def one_step(params, state, hyper, X, y, seed, number):
        return step(params, state, hyper, Batch(X, y, None, seed, number))

    given = (params, step.init(params, buffers), step.hyper(), X, y, 7, 1)
    traced = trace(one_step, *given)
    arrays = Arguments(one_step, given, {}, ()).arrays
    better, records = optimise(traced.graph)
    assert len(better) < len(traced.graph)
    assert records[-1].nodes[1] == len(better)
    graphs.identical(graphs.compute(better, arrays), graphs.compute(traced.graph, arrays))
    update = max(fuse(better), key=lambda group: len(group.nodes))
    assert update.shape == params.shape  # all of Adam is one loop


def test_records_tell_what_each_pass_did(graphs):
    """tanh(x) + tanh(x) * (3 - 2): three is two, one factor goes, one tanh is enough."""
    x = graphs.taken("x", (10,))
    one = graphs.made("subtract", constant(3.0), constant(2.0))
    scaled = graphs.made("multiply", graphs.made("tanh", x), one)
    graph = graphs.of(graphs.made("add", graphs.made("tanh", x), scaled))
    better, records = optimise(graph)
    assert [record.name for record in records] == ["fold", "simplify", "cse"]
    assert records[0].before is graph
    assert records[-1].after is better
    assert [record.nodes for record in records] == [(8, 6), (6, 4), (4, 3)]
    assert [record.flops for record in records] == [(41, 40), (40, 30), (30, 20)]
    assert [record.bytes[1] for record in records] == [408, 320, 240]
    assert optimise(better) == (better, [])


def test_five_thousand_nodes(graphs):
    x = graphs.taken("x", (2, 3))
    y = x
    for k in range(1250):
        square = graphs.made("power", graphs.made("negative", y), constant(2.0))
        y = graphs.made("subtract", square, graphs.made("broadcast_to", constant(k), shape=(2, 3)))
    better, records = optimise(graphs.of(y))
    assert {node.op for node in better.nodes} == {
        "input",
        "constant",
        "negative",
        "square",
        "subtract",
    }
    assert len(records) < 4


def test_the_records_are_a_table_of_what_each_pass_has_done() -> None:
    _, records = optimise(
        trace(lambda x: (x * 1.0) + np.tanh(x) * 0.5 + 2.0 * 3.0, np.ones(3)).graph
    )
    heading, *rows = repr(records).split("\n")
    assert heading.split() == ["pass", "nodes", "bytes", "FLOPs"]
    assert len(rows) == len(records) > 0
    first = records[0]
    (before, after), name = first.nodes, first.name
    assert rows[0].startswith(name)
    assert f"{before} → {after}" in rows[0]
    assert repr(first).startswith(f"{name}: nodes {before} → {after}, bytes ")
    assert "object at" not in str(records)
