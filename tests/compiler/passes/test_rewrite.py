"""Rewriting by a rule."""

from baremath.compiler.passes.rewrite import rewrite


def test_the_rule_sees_rewritten_inputs(graphs):
    x = graphs.taken("x", (3,))
    y = graphs.made("exp", graphs.made("tanh", graphs.made("tanh", x)))
    after = rewrite(graphs.of(y), lambda node: node.inputs[0] if node.op == "tanh" else node)
    assert [node.op for node in after.nodes] == ["input", "exp"]
    assert after.outputs["out0"].inputs == (x,)


def test_nothing_to_change_is_the_same_graph(graphs):
    graph = graphs.of(graphs.made("tanh", graphs.taken("x")))
    assert rewrite(graph, lambda node: node) is graph
