"""A tree in words: its questions and its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from baremath.maths import number, plain
from baremath.tree.structure import LEAF, Tree

_MOST_CATEGORIES = 4
_MOST_OUTPUTS = 4


@dataclass(frozen=True)
class Wording:
    """What the columns, the categories and the classes of a tree are called.

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
    digits : int, default=5
        Significant digits of a number.

    Raises
    ------
    ValueError
        If there are fewer names than columns or classes.
    """

    tree: Tree
    feature_names: Sequence[str] | None = None
    class_names: Sequence[Any] | None = None
    category_names: Mapping[int, Sequence[Any]] | None = None
    digits: int = 5

    def __post_init__(self) -> None:
        needed = int(self.tree.feature.max()) + 1
        if self.feature_names is not None and len(self.feature_names) < needed:
            raise ValueError(
                f"feature_names has {len(self.feature_names)} names and the tree asks for "
                f"{needed} columns; give a name for each column of the table"
            )
        n_outputs = self.tree.value.shape[1]
        if self.class_names is not None and len(self.class_names) != n_outputs:
            raise ValueError(
                f"class_names has {len(self.class_names)} names and the tree's values are of "
                f"{n_outputs} classes; give one name a class"
            )

    def feature(self, column: int) -> str:
        """Return the name of a column."""
        return f"x_{column}" if self.feature_names is None else str(self.feature_names[column])

    def amount(self, x: float) -> str:
        """Return a number as text."""
        return plain(number(x, self.digits))

    def category(self, column: int, code: int) -> str:
        """Return the name of a category."""
        names = (self.category_names or {}).get(column)
        return str(code) if names is None or code >= len(names) else str(names[code])

    def left_categories(self, node: int) -> list[str]:
        """Return the names of the categories that go left."""
        column = int(self.tree.feature[node])
        words = self.tree.categories[node].astype("<u8").view(np.uint8)
        codes = np.flatnonzero(np.unpackbits(words, bitorder="little")).tolist()
        names = (self.category_names or {}).get(column)
        return [self.category(column, code) for code in codes if names is None or code < len(names)]

    def question(self, node: int, most: int = _MOST_CATEGORIES) -> str:
        """Return what is asked at an inner node; yes goes left."""
        name = self.feature(int(self.tree.feature[node]))
        if not self.tree.asks_for_categories(node):
            threshold = float(self.tree.threshold[node])
            if np.isposinf(threshold):
                return f"{name} is known"
            return f"{name} ≤ {self.amount(threshold)}"
        left = self.left_categories(node)
        if len(left) == 1:
            return f"{name} = {left[0]}"
        if len(left) > most:
            left = [*left[: most - 1], f"… {len(left) - most + 1} more"]
        return f"{name} ∈ {{{', '.join(left)}}}"

    def answer(self, node: int) -> str:
        """Return the answer if the path ends at a node: the likeliest class, or the amounts."""
        if self.class_names is not None:
            return str(self.class_names[int(np.argmax(self.tree.value[node]))])
        amounts = [self.amount(float(x)) for x in self.tree.value[node, :_MOST_OUTPUTS]]
        more = ["…"] if self.tree.value.shape[1] > _MOST_OUTPUTS else []
        return ", ".join(amounts + more)

    def rows(self, node: int) -> str:
        """Return how many rows have come to a node."""
        n = int(self.tree.n_samples[node])
        return f"{n:,} row" if n == 1 else f"{n:,} rows"

    def shares(self, node: int) -> list[float]:
        """Return the shares of the classes at a node, which sum to 1."""
        value = self.tree.value[node]
        total = float(value.sum())
        return [float(x) / total if total else 0.0 for x in value]

    def more_questions(self, node: int) -> str:
        """Return how many questions there are from a node on."""
        below = {node}
        for inner in np.flatnonzero(self.tree.feature != LEAF):
            if inner in below:
                below |= {int(self.tree.left[inner]), int(self.tree.right[inner])}
        n = sum(int(self.tree.feature[k]) != LEAF for k in below)
        return "1 more question" if n == 1 else f"{n:,} more questions"
