"""The drawing in each of its forms: complete, aligned, nothing in the way, well-formed."""

import re
from collections import Counter
from html import unescape
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from baremath import autodiff as ad
from baremath.autodiff import tensor
from baremath.autodiff.drawing import show
from baremath.autodiff.drawing.rails import rows
from baremath.autodiff.ops import stack
from baremath.maths import plain

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = '<script>alert("\\N")</script> & "\x1b[31m\n'


@pytest.fixture
def awkward():
    x = tensor([1.0, 2.0], requires_grad=True, name=AWKWARD)
    return show(ad.sum(x * [3.0, 4.0]))


def edges(drawing):
    return Counter((arrow.start, arrow.end) for arrow in drawing.graph.arrows)


# Text


@pytest.mark.parametrize("width", [40, 72, 100])
def test_text_fits_its_width(drawing, width):
    assert all(cell_len(line) <= width for line in drawing.to_text(width).splitlines())


def test_text_has_every_box_and_derivative(drawing):
    text = drawing.to_text(160)
    graph = drawing.graph
    for box in graph.boxes:
        assert plain(box.symbol) in text
        if box.formula:
            assert f"{plain(box.symbol)} = {plain(box.formula)}" in text
    for arrow in graph.arrows:
        if arrow.formula:
            assert plain(arrow.symbol) in text


def test_rails_join_exactly_the_inputs(drawing):
    """Follow each rail down from the box that it begins at."""
    graph, waiting = drawing.graph, {}
    for row in rows(graph):
        (own,) = (k for k, mark in enumerate(row.node) if mark in "○□●")
        inputs = {arrow.start for arrow in graph.into(row.box)}
        meeting = {k for k, rail in enumerate(row.joining) if rail not in " │─"}
        from_above = {k for k in meeting if row.joining[k] in "├┤┼╯╰┴"}
        assert {waiting[k] for k in from_above or ({own} if inputs else set())} == inputs
        assert not meeting or own in meeting
        for k in range(min(meeting, default=0), max(meeting, default=0)):
            assert row.joining[k] != " "
        kept = {k: box for k, box in waiting.items() if row.node[k : k + 1] == "│"}
        assert {k for k, rail in enumerate(row.node) if rail == "│"} == set(kept)
        waiting = {**kept, own: row.box}
    assert waiting == {own: len(graph.boxes) - 1}


def test_rich_prints_the_same_lines(drawing):
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(drawing)
    printed = [line.rstrip() for line in capture.get().splitlines()]
    assert printed == drawing.to_text().splitlines()


def test_many_waiting_values_are_drawn_without_rails():
    leaves = [tensor(float(k), requires_grad=True) for k in range(40)]
    text = show(ad.sum(stack(leaves)), max_nodes=500).to_text()
    assert all(cell_len(line) <= 100 for line in text.splitlines())
    assert "│" not in text


# SVG


def rectangles(drawing):
    root = ElementTree.fromstring(drawing.to_svg())
    found = {}
    for group in root.iter(f"{SVG}g"):
        if "data-node" in group.attrib:
            box = group.find(f"{SVG}rect")
            x, y, w, h = (float(box.get(k)) for k in ("x", "y", "width", "height"))
            found[int(group.get("data-node"))] = (x, y, x + w, y + h)
    return root, found


def test_svg_has_every_node_and_edge(drawing):
    root, found = rectangles(drawing)
    assert sorted(found) == list(range(len(drawing.graph.boxes)))
    drawn = Counter(
        tuple(map(int, group.get("data-edge").split()))
        for group in root.iter(f"{SVG}g")
        if "data-edge" in group.attrib
    )
    assert drawn == edges(drawing)
    text = " ".join(root.itertext())
    for box in drawing.graph.boxes:
        assert plain(box.symbol).split("_")[0] in text


def test_svg_boxes_do_not_overlap_and_are_inside(drawing):
    root, found = rectangles(drawing)
    width, height = float(root.get("width")), float(root.get("height"))
    for left, top, right, bottom in found.values():
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for a, b in combinations(found.values(), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def points(path):
    """Yield points along a path of M, C and H."""
    x = y = 0.0
    for command, numbers in re.findall(r"([MCH])([^MCH]*)", path):
        values = [float(v) for v in numbers.split()]
        if command == "M":
            x, y = values
        elif command == "H":
            yield from ((x + t * (values[0] - x), y) for t in np.linspace(0, 1, 20))
            x = values[0]
        else:
            p = np.array([x, y, *values]).reshape(4, 2)
            for t in np.linspace(0, 1, 40):
                weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
                yield tuple(weights @ p)
            x, y = values[-2:]


def test_svg_edges_run_through_no_box_from_the_start_to_the_end(drawing):
    root, found = rectangles(drawing)
    for group in root.iter(f"{SVG}g"):
        if "data-edge" not in group.attrib:
            continue
        start, end = map(int, group.get("data-edge").split())
        way = list(points(group.find(f"{SVG}path[@class='edge']").get("d")))
        assert way[0][0] == pytest.approx(found[start][2], abs=0.11)
        assert found[start][1] < way[0][1] < found[start][3]
        assert 0 < found[end][0] - way[-1][0] < 10
        assert found[end][1] < way[-1][1] < found[end][3]
        for x, y in way:
            for left, top, right, bottom in found.values():
                assert not (left + 0.2 < x < right - 0.2 and top < y < bottom)


def test_svg_labels_do_not_overlap(drawing):
    root, _ = rectangles(drawing)
    spots = [
        (float(t.get("x")), float(t.get("y")))
        for t in root.iter(f"{SVG}text")
        if t.get("class") == "derivative"
    ]
    for (x, y), (u, v) in combinations(spots, 2):
        assert abs(x - u) > 20 or abs(y - v) >= 14


def test_svg_needs_nothing_from_outside(drawing):
    svg = drawing.to_svg()
    assert svg.count("http") == 1  # the namespace
    assert "<script" not in svg
    assert "prefers-color-scheme: dark" in svg
    assert "tabular-nums" in svg


# HTML


def test_html_is_a_fragment_with_the_picture_and_the_formulas(drawing):
    html = drawing.to_html()
    assert html.startswith("<figure")
    assert drawing.to_svg().rstrip() in html
    assert html.count("<math") == sum(bool(b.formula) for b in drawing.graph.boxes) + sum(
        bool(a.formula) for a in drawing.graph.arrows
    )
    ElementTree.fromstring(html.replace("&#8195;", " "))
    assert drawing._repr_html_() == html


# DOT

STRING = r'"(?:[^"\\]|\\.)*"'
ATTRIBUTES = rf"\[\w+=(?:{STRING}|\w+)(?:, \w+=(?:{STRING}|\w+))*\]"
DOT_LINE = re.compile(
    rf"digraph \w+ \{{|\}}|  \w+=(?:{STRING}|\w+);|  (?:node|edge|n\d+) {ATTRIBUTES};"
    rf"|  n\d+ -> n\d+(?: {ATTRIBUTES})?;"
)


def assert_is_dot(text):
    for line in text.splitlines():
        assert DOT_LINE.fullmatch(line), line


def test_dot_has_every_node_and_edge(drawing):
    dot = drawing.to_dot()
    assert_is_dot(dot)
    assert set(re.findall(r"^  n(\d+) \[", dot, re.M)) == {
        str(k) for k in range(len(drawing.graph.boxes))
    }
    found = Counter((int(a), int(b)) for a, b in re.findall(r"^  n(\d+) -> n(\d+)", dot, re.M))
    assert found == edges(drawing)


# Names that aren't safe


def test_names_are_escaped_everywhere(awkward):
    for markup in (awkward.to_svg(), awkward.to_html()):
        assert "<script" not in markup
        assert "\x1b" not in markup
        assert "<script>" in unescape(markup)
    ElementTree.fromstring(awkward.to_svg())
    assert_is_dot(awkward.to_dot())
    assert "\x1b" not in awkward.to_text()


@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot", ".txt"])
def test_saved_is_what_is_shown(tmp_path, suffix):
    w = tensor(2.0, requires_grad=True, name="w")
    drawing = show(w * 3)
    drawing.save(tmp_path / f"graph{suffix}")
    text = (tmp_path / f"graph{suffix}").read_text(encoding="utf-8")
    shown = {".svg": drawing.to_svg, ".html": drawing.to_html, ".dot": drawing.to_dot}
    assert shown.get(suffix, drawing.to_text)() in text
    assert [path.name for path in tmp_path.iterdir()] == [f"graph{suffix}"]


def test_a_write_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "graph.svg").mkdir()
    w = tensor(2.0, requires_grad=True, name="w")
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        show(w * 3).save(tmp_path / "graph.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.svg"]
