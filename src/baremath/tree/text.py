"""export_text: a tree as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from baremath.tree.structure import LEAF, Tree
from baremath.tree.wording import Wording


def export_text(
    tree: Tree,
    *,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[Any] | None = None,
    category_names: Mapping[int, Sequence[Any]] | None = None,
    max_depth: int | None = None,
    details: bool = False,
    criterion: str = "impurity",
    digits: int = 5,
) -> str:
    """Return a tree as text, one line a node; a branch says which answer leads to it.

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
    max_depth : int, default=None
        The most questions one below the other; of the rest it is said how many there are. None for
        all.
    details : bool, default=False
        Whether to add the rows and the impurity of each node, and where missing values go.
    criterion : str, default="impurity"
        What the impurity is called.
    digits : int, default=5
        Significant digits of a number.

    Returns
    -------
    str
        Lines without a break at the end.

    Raises
    ------
    ValueError
        If there are fewer names than columns or classes.

    Examples
    --------
    >>> import numpy as np
    >>> stump = Tree(
    ...     feature=np.array([0, -1, -1], np.int32),
    ...     threshold=np.array([2.45, np.nan, np.nan]),
    ...     missing_left=np.array([True, False, False]),
    ...     left=np.array([1, -1, -1], np.int32),
    ...     right=np.array([2, -1, -1], np.int32),
    ...     categories=np.zeros((0, 4), np.uint64),
    ...     value=np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]]),
    ...     gain=np.array([1.0, 0.0, 0.0]),
    ...     impurity=np.array([0.5, 0.0, 0.0]),
    ...     n_samples=np.array([100, 50, 50]),
    ...     weight=np.array([100.0, 50.0, 50.0]),
    ... )
    >>> names = {"feature_names": ["petal_length"], "class_names": ["setosa", "versicolor"]}
    >>> print(export_text(stump, **names))
    petal_length ≤ 2.45
    ├─ yes: setosa
    └─ no: versicolor
    >>> print(export_text(stump, **names, details=True, criterion="gini"))
    petal_length ≤ 2.45  (100 rows, gini 0.5, missing: yes)
    ├─ yes: setosa  (50 rows, gini 0)
    └─ no: versicolor  (50 rows, gini 0)
    """
    words = Wording(tree, feature_names, class_names, category_names, digits)
    lines: list[str] = []
    waiting = [(0, 0, "", "")]
    while waiting:
        node, depth, before, below = waiting.pop()
        is_leaf = tree.feature[node] == LEAF
        cut = not is_leaf and max_depth is not None and depth >= max_depth
        said = words.answer(node) if is_leaf or cut else words.question(node)
        notes = [words.more_questions(node)] if cut else []
        if details:
            notes += [words.rows(node), f"{criterion} {words.amount(float(tree.impurity[node]))}"]
            if not is_leaf and not cut:
                notes.append(f"missing: {'yes' if tree.missing_left[node] else 'no'}")
        lines.append(before + said + (f"  ({', '.join(notes)})" if notes else ""))
        if not is_leaf and not cut:
            yes, no = int(tree.left[node]), int(tree.right[node])
            waiting.append((no, depth + 1, f"{below}└─ no: ", f"{below}   "))
            waiting.append((yes, depth + 1, f"{below}├─ yes: ", f"{below}│  "))
    return "\n".join(lines)
