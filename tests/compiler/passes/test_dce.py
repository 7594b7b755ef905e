"""Dead code."""

from baremath.compiler.ir import Graph
from baremath.compiler.passes import dce


def test_only_what_outputs_need_and_the_inputs(graphs):
    x, unread = graphs.taken("x"), graphs.taken("unread")
    y = graphs.made("tanh", x)
    graphs.made("exp", y)
    after = dce(Graph({"x": x, "unread": unread}, {"y": y}, "layer"))
    assert after.nodes == (x, unread, y)
    assert after.name == "layer"
