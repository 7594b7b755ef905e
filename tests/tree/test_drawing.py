"""A drawn tree shows every node once, nothing on top of anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from baremath.tree.drawing import TreeDrawing, draw_tree
from baremath.tree.structure import LEAF, Tree
from baremath.tree.tidy import tidy

Build = Callable[..., Tree]
SVG = "{http://www.w3.org/2000/svg}"


def _boxes(drawing: TreeDrawing) -> dict[int, tuple[float, float, float, float]]:
    root = ElementTree.fromstring(drawing.to_svg())
    boxes = {}
    for group in root.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        assert rect is not None
        x, y, width, height = (float(rect.attrib[k]) for k in ("x", "y", "width", "height"))
        boxes[int(group.attrib["data-node"])] = (x, y, width, height)
    return boxes


def _texts(drawing: TreeDrawing) -> Iterator[str]:
    for text in ElementTree.fromstring(drawing.to_svg()).iter(f"{SVG}text"):
        yield text.text or ""


@pytest.mark.parametrize("direction", ["down", "right"])
@pytest.mark.parametrize("n_leaves", [1, 2, 7, 31])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_no_box_covers_another_and_all_are_in_the_picture(
    random_tree: Build, direction: str, n_leaves: int, n_outputs: int
) -> None:
    tree = random_tree(n_leaves, n_leaves=n_leaves, n_outputs=n_outputs)
    drawing = draw_tree(tree, direction=direction)
    boxes = _boxes(drawing)
    assert sorted(boxes) == list(range(len(tree)))
    for (x, y, w, h), (u, v, s, t) in combinations(boxes.values(), 2):
        assert x + w < u or u + s < x or y + h < v or v + t < y
    picture = ElementTree.fromstring(drawing.to_svg()).attrib
    for x, y, w, h in boxes.values():
        assert x > 0
        assert y > 0
        assert x + w < float(picture["width"])
        assert y + h < float(picture["height"])


def test_yes_is_on_the_left_or_above_and_a_parent_before_its_children(random_tree: Build) -> None:
    tree = random_tree(1, n_leaves=20)
    for direction, across in (("down", 0), ("right", 1)):
        boxes = _boxes(draw_tree(tree, direction=direction))
        middle = {k: (x + w / 2, y + h / 2) for k, (x, y, w, h) in boxes.items()}
        for node in np.flatnonzero(tree.feature != LEAF):
            left, right = int(tree.left[node]), int(tree.right[node])
            assert middle[left][across] < middle[node][across] < middle[right][across]
            assert boxes[node][1 - across] < boxes[left][1 - across]


def test_a_parent_stands_in_the_middle() -> None:
    children = {0: (1, 2), 1: (3, 4), 4: (5, 6)}
    middle = tidy(children, dict.fromkeys(range(7), 10.0), 4.0)
    for parent, (first, second) in children.items():
        assert middle[parent] == pytest.approx((middle[first] + middle[second]) / 2)
    assert min(middle.values()) == 5.0


def test_the_depth_can_be_cut(random_tree: Build) -> None:
    tree = random_tree(2, n_leaves=31)
    drawing = draw_tree(tree, max_depth=2)
    assert sorted(_boxes(drawing)) == np.flatnonzero(tree.depth <= 2).tolist()
    n_below = int(((tree.feature != LEAF) & (tree.depth >= 2)).sum())
    counts = [text.split("·")[1].split()[0] for text in _texts(drawing) if "more question" in text]
    assert sum(map(int, counts)) == n_below


def test_classes_and_names_are_written_as_they_are(random_tree: Build) -> None:
    tree = random_tree(3, n_leaves=3, n_outputs=2, with_categories=False)
    value = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 3.0], [0.0, 2.0], [1.0, 0.0]])
    tree = Tree(**{**vars(tree), "value": value})
    names = [f"<{k}> & co" for k in range(5)]
    drawing = draw_tree(tree, feature_names=names, class_names=["good", "bad"], criterion="gini")
    texts = list(_texts(drawing))
    assert any("& co ≤" in text for text in texts)
    assert {"good", "bad"} <= set(texts)
    assert any(text.endswith("· 100 %") for text in texts)


def test_few_leaves_grow_down_and_many_to_the_right(random_tree: Build) -> None:
    assert draw_tree(random_tree(0, n_leaves=10)).direction == "down"
    many = random_tree(0, n_leaves=11)
    assert draw_tree(many).direction == "right"
    assert draw_tree(many, max_depth=2).direction == "down"


def test_a_drawing_is_saved(random_tree: Build, tmp_path: Path) -> None:
    drawing = draw_tree(random_tree(0))
    drawing.save(tmp_path / "tree.svg")
    assert (tmp_path / "tree.svg").read_text("utf-8") == drawing.to_svg()
    drawing.save(tmp_path / "tree.txt")
    assert (tmp_path / "tree.txt").read_text("utf-8") == f"{drawing}\n"
    assert drawing.to_svg() in drawing._repr_html_()
    with pytest.raises(ValueError, match=r"save to a \.svg or \.txt file, not 'tree\.png'"):
        drawing.save(tmp_path / "tree.png")
    with pytest.raises(ValueError, match="direction is 'up'; a tree grows 'down' or 'right'"):
        draw_tree(random_tree(0), direction="up")
