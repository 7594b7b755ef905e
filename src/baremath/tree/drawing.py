"""draw_tree: a tree as a picture."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from baremath.tree.picture import Picture, is_cut, is_shown
from baremath.tree.structure import LEAF, Tree
from baremath.tree.text import export_text
from baremath.tree.wording import Wording

Direction = Literal["down", "right"]

_FEW_LEAVES = 10


class TreeDrawing:
    """A drawn tree: what `draw_tree` returns. Printed it is text; in a notebook it is a picture.

    Parameters
    ----------
    words : Wording
        The tree, and what its parts are called.
    criterion : str
        What the impurity is called.
    max_depth : int or None
        The most questions one below the other.
    direction : {"down", "right"}
        Where the tree grows to.
    """

    def __init__(
        self, words: Wording, criterion: str, max_depth: int | None, direction: Direction
    ) -> None:
        self.words = words
        self.criterion = criterion
        self.max_depth = max_depth
        self.direction = direction

    def __str__(self) -> str:
        words = self.words
        return export_text(
            words.tree,
            feature_names=words.feature_names,
            class_names=words.class_names,
            category_names=words.category_names,
            max_depth=self.max_depth,
            digits=words.digits,
        )

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x: auto">\n{self.to_svg()}</div>\n'

    def to_svg(self) -> str:
        """Return an ``<svg>`` element, in light or dark colours as the reader prefers."""
        picture = Picture(
            self.words, self.criterion, self.max_depth, grows_down=self.direction == "down"
        )
        return "\n".join(picture.elements()) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing into a file; all of it, or nothing.

        Parameters
        ----------
        path : str or path
            Where; it ends in .svg or .txt.

        Raises
        ------
        ValueError
            If it ends in anything else.
        OSError
            If it can't be written.
        """
        from baremath.files import atomic_write

        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                text = self.to_svg()
            case ".txt":
                text = f"{self}\n"
            case _:
                raise ValueError(f"save to a .svg or .txt file, not {target.name!r}")
        with atomic_write(path) as partial:
            partial.write_text(text, encoding="utf-8")


def draw_tree(
    tree: Tree,
    *,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[Any] | None = None,
    category_names: Mapping[int, Sequence[Any]] | None = None,
    criterion: str = "impurity",
    max_depth: int | None = None,
    direction: Direction | None = None,
    digits: int = 4,
) -> TreeDrawing:
    """Draw a tree: its questions, and at each node the rows, the impurity and the answer.

    A branch is as wide as its part of the rows. A node has the colour of its likeliest class, the
    stronger the surer; of amounts, blue is below and red above the mean of all rows. A bar under a
    question shows the shares of the classes.

    Parameters
    ----------
    tree : Tree
        The tree.
    feature_names : sequence of str, default=None
        The columns' names; None for x_0, x_1, …
    class_names : sequence, default=None
        The classes' names, in the order of the values; None if the values are amounts.
    category_names : mapping of int to sequence, default=None
        The categories' names of a column, by their numbers; None for the numbers.
    criterion : str, default="impurity"
        What the impurity is called.
    max_depth : int, default=None
        The most questions one below the other; None for all.
    direction : {"down", "right"}, default=None
        Where the tree grows to; None for down with up to 10 leaves, and to the right with more,
        where lines of text take the least room.
    digits : int, default=4
        Significant digits of a number.

    Returns
    -------
    TreeDrawing
        To be shown, or saved with ``.save("tree.svg")``.

    Raises
    ------
    ValueError
        If there are fewer names than columns or classes, or the direction is another.

    Examples
    --------
    >>> import numpy as np
    >>> stump = Tree(
    ...     feature=np.array([0, -1, -1], np.int32),
    ...     threshold=np.array([0.5, np.nan, np.nan]),
    ...     missing_left=np.array([True, False, False]),
    ...     left=np.array([1, -1, -1], np.int32),
    ...     right=np.array([2, -1, -1], np.int32),
    ...     categories=np.zeros((0, 4), np.uint64),
    ...     value=np.array([[2.0], [1.0], [3.0]]),
    ...     gain=np.array([1.0, 0.0, 0.0]),
    ...     impurity=np.array([1.0, 0.0, 0.0]),
    ...     n_samples=np.array([4, 2, 2]),
    ...     weight=np.array([4.0, 2.0, 2.0]),
    ... )
    >>> drawing = draw_tree(stump, feature_names=["age"])
    >>> drawing
    age ≤ 0.5
    ├─ yes: 1
    └─ no: 3
    >>> drawing.to_svg()[:4]
    '<svg'
    """
    if direction not in ("down", "right", None):
        raise ValueError(f"direction is {direction!r}; a tree grows 'down' or 'right'")
    words = Wording(tree, feature_names, class_names, category_names, digits)
    if direction is None:
        n_ends = int((is_shown(tree, max_depth) & (tree.feature == LEAF)).sum())
        n_ends += int(is_cut(tree, max_depth).sum())
        direction = "down" if n_ends <= _FEW_LEAVES else "right"
    return TreeDrawing(words, criterion, max_depth, direction)
