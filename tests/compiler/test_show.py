"""A compiled function drawn: every node with its formula, dtype and shape, loops in colours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baremath.autodiff import value_and_grad
from baremath.autodiff.drawing import GraphDrawing
from baremath.compiler.compiled import compile as compiled
from baremath.compiler.ir import CONSTANT, INPUT
from baremath.compiler.passes import fuse
from baremath.compiler.scan import scan
from baremath.compiler.show import show
from baremath.compiler.trace import trace

SVG = "{http://www.w3.org/2000/svg}"


def loss(p: Any, x: Any) -> Any:
    h = np.maximum(x @ p["W"] + p["b"], 0)
    return (np.tanh(h) ** 2).mean()


P = {"W": np.ones((4, 3), np.float32), "b": np.ones(3, np.float32)}
X = np.ones((5, 4), np.float32)


@pytest.fixture(name="drawn")
def fixture_drawn() -> GraphDrawing:
    return show(trace(value_and_grad(loss), P, X).graph)


def boxes_of(svg: str) -> list[ET.Element]:
    return [g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("data-node")]


def test_text_names_each_value_its_formula_and_type() -> None:
    text = str(show(trace(lambda x, w: np.exp(x @ w - 1.5), np.ones((2, 3)), np.ones(3)).graph))
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["type", "and", "shape"]
    assert ["○", "x", "float64[2,3]"] in lines
    assert ["●", "v₂", "=", "v₁", "−", "1.5,", "loop", "1", "float64[2]"] in lines
    assert ["●", "out", "=", "e^(v₂),", "loop", "1", "float64[2]"] in lines


def test_every_operation_has_a_box(drawn: GraphDrawing) -> None:
    graph = trace(value_and_grad(loss), P, X).graph
    computed = [node for node in graph.nodes if node.op not in (INPUT, CONSTANT)]
    shown = [box for box in drawn.graph.boxes if box.kind == "operation"]
    assert [box.operation for box in shown] == [*[node.op for node in computed], "return"]
    assert [box.name for box in drawn.graph.boxes if box.kind == "leaf"] == [
        "x", "p['W']", "p['b']",
    ]  # fmt: skip
    for node, box in zip(computed, shown, strict=False):
        assert (box.value.shape, box.value.dtype) == (node.shape, node.dtype)
        read = {id(x) for x in node.inputs if not (x.op == CONSTANT and x.size == 1)}
        assert len(drawn.graph.into(drawn.graph.boxes.index(box))) == len(read)


def test_operations_of_a_loop_have_one_number_and_one_colour(drawn: GraphDrawing) -> None:
    graph = trace(value_and_grad(loss), P, X).graph
    sizes = sorted(len(group.nodes) for group in fuse(graph) if len(group.nodes) > 1)
    loops: dict[int, list[Any]] = {}
    for k, box in enumerate(drawn.graph.boxes):
        assert (f"loop {box.loop}" in box.details) == (box.loop > 0)
        if box.loop:
            loops.setdefault(box.loop, []).append(k)
    assert sorted(map(len, loops.values())) == sizes
    elements = boxes_of(drawn.to_svg())
    colours = []
    for members in loops.values():
        bars = [elements[k].findall(f"{SVG}rect")[1] for k in members]
        (colour,) = {bar.get("fill") for bar in bars}
        colours.append(colour)
        for bar, k in zip(bars, members, strict=True):
            whole = elements[k].find(f"{SVG}rect")
            assert whole is not None
            assert bar.get("x") == whole.get("x")
            assert float(bar.get("height", 0)) < float(whole.get("height", 0))
    assert len(set(colours)) == len(loops)
    dot = drawn.to_dot()
    assert all(
        dot.count(f'color="{colour}"') == len(k)
        for colour, k in zip(colours, loops.values(), strict=True)
    )


def test_all_results_come_together_in_the_last_box(drawn: GraphDrawing) -> None:
    last = len(drawn.graph.boxes) - 1
    names = [drawn.graph.boxes[arrow.start].name for arrow in drawn.graph.into(last)]
    assert names == ["out[0]", "out[1]['W']", "out[1]['b']"]
    single = show(trace(lambda x: x * 2.0, 3.0).graph)
    assert single.graph.boxes[-1].name == "out"


def test_a_result_that_is_an_input_or_another_result() -> None:
    def f(x: Any) -> Any:
        y = x * 2.0
        return x, y, y

    text = str(show(trace(f, np.ones(3)).graph))
    assert "out[0] = x" in text
    assert "out[2] = out[1]" in text
    assert "out = x" in str(show(trace(lambda x: x, np.ones(3)).graph))


def test_constants_and_scans() -> None:
    def f(x: Any) -> Any:
        return scan(lambda c, x: (c * x, None), np.array([1.0, 2.0]), x)[0]

    text = str(show(trace(f, np.ones((9, 2))).graph))
    assert "[1  2]" in text
    assert "9 steps" in text


def test_of_a_large_graph_the_end_is_drawn() -> None:
    def f(x: Any) -> Any:
        for _ in range(30):
            x = np.tanh(x) * x
        return x

    graph = trace(f, np.ones(3)).graph
    text = str(show(graph, max_nodes=5))
    assert "55 earlier operations not shown" in text
    assert len(re.findall("tanh", text)) == 2
    with pytest.raises(ValueError, match="max_nodes=0"):
        show(graph, max_nodes=0)


def test_a_compiled_function_is_drawn_after_the_passes(tmp_path: Path) -> None:
    f = compiled(lambda x: np.exp(x) + np.exp(x), backend="interpreter")
    f(np.ones(3))
    drawing = show(f)
    assert str(drawing).count("eˣ") == 1
    for name, beginning in {"g.svg": "<svg", "g.html": "<!DOCTYPE", "g.dot": "digraph"}.items():
        drawing.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)
    assert "<summary>The formulas</summary>" in drawing._repr_html_()
