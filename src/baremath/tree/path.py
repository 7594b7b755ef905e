"""explain_path: how a tree comes to its answer for one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath.maths import Derivation, Step, Terms, factor, name, number
from baremath.tree.structure import LEAF, Tree
from baremath.tree.wording import Wording


def path_of(tree: Tree, row: ArrayLike) -> list[int]:
    """Return the nodes that a row comes to, from the root to its leaf.

    Parameters
    ----------
    tree : Tree
        The tree.
    row : array-like of shape (n_features,)
        Its numbers; NaN is a missing value, categories are their numbers.

    Returns
    -------
    list of int
    """
    numbers = np.asarray(row, dtype=float)
    nodes = [0]
    while tree.feature[nodes[-1]] != LEAF:
        node = nodes[-1]
        goes_left = _goes_left(tree, node, float(numbers[tree.feature[node]]))
        nodes.append(int(tree.left[node] if goes_left else tree.right[node]))
    return nodes


def explain_path(
    tree: Tree,
    row: ArrayLike,
    *,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[Any] | None = None,
    category_names: Mapping[int, Sequence[Any]] | None = None,
    criterion: str | None = "impurity",
    title: str = "The path through the tree",
) -> Derivation:
    r"""Return the questions that a row is asked, what each was worth, and the answer.

    Of each question: the row's number put in, and by how much the question lowers the impurity,

    .. math:: \Delta = I - \frac{w_1}{w} I_1 - \frac{w_2}{w} I_2

    with w the weight of the training rows at the node, and 1 for yes, left, and 2 for no, right.

    Parameters
    ----------
    tree : Tree
        The tree.
    row : array-like of shape (n_features,)
        Its numbers; NaN is a missing value, categories are their numbers.
    feature_names : sequence of str, default=None
        The columns' names; None for x_0, x_1, …
    class_names : sequence, default=None
        The classes' names, in the order of the values; None if the values are amounts.
    category_names : mapping of int to sequence, default=None
        The categories' names of a column, by their numbers; None for the numbers.
    criterion : str or None, default="impurity"
        What the impurity is called; None for a tree whose gain isn't a difference of impurities, as
        in boosting: then the gain is only told.
    title : str, default="The path through the tree"
        The title of the derivation.

    Returns
    -------
    Derivation

    Raises
    ------
    ValueError
        If the row has fewer numbers than the tree asks for, or there are too few names.

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
    ...     value=np.array([[2.5], [1.0], [3.0]]),
    ...     gain=np.array([3.0, 0.0, 0.0]),
    ...     impurity=np.array([0.75, 0.0, 0.0]),
    ...     n_samples=np.array([4, 1, 3]),
    ...     weight=np.array([4.0, 1.0, 3.0]),
    ... )
    >>> print(explain_path(stump, [1.4], feature_names=["length"], criterion="variance"))
    The path through the tree
    <BLANKLINE>
    1. Question 1: length ≤ 2.45
       q₁ = [length ≤ 2.45]
          = [1.4 ≤ 2.45]
          = yes
       4 rows came to this question, 1 row went the same way.
    <BLANKLINE>
    2. What the question was worth: variance before and after
       Δ = I − w₁/w I₁ − w₂/w I₂
         = 0.75 − 1/4 · 0 − 3/4 · 0
         = 0.75
    <BLANKLINE>
       side     rows   w   I = variance
       ────────────────────────────────
       before      4   4           0.75
       1: yes      1   1              0
       2: no       3   3              0
    <BLANKLINE>
    3. The leaf's answer
       ŷ = v₁
         = 1
       1 row came to this leaf, with variance 0.
    """
    words = Wording(tree, feature_names, class_names, category_names)
    numbers = np.asarray(row, dtype=float)
    needed = int(tree.feature.max()) + 1
    if numbers.ndim != 1 or len(numbers) < needed:
        raise ValueError(
            f"row has shape {numbers.shape}; the tree asks for {needed} numbers or more, one a "
            "column"
        )
    nodes = path_of(tree, numbers)
    steps: list[Step] = []
    for k, node in enumerate(nodes[:-1]):
        steps.append(_question(words, node, numbers, k + 1, nodes[k + 1]))
        steps.append(_gain(words, node, criterion))
    steps.append(_answer(words, nodes[-1], criterion))
    return Derivation(title, tuple(steps))


def _goes_left(tree: Tree, node: int, x: float) -> bool:
    """Answer a question."""
    if not tree.asks_for_categories(node):
        return bool(tree.missing_left[node]) if np.isnan(x) else x <= float(tree.threshold[node])
    if not 0 <= x < 256:
        return bool(tree.missing_left[node])
    word, bit = divmod(int(x), 64)
    return bool(int(tree.categories[node, word]) >> bit & 1)


def _question(
    words: Wording, node: int, numbers: NDArray[np.float64], k: int, next_node: int
) -> Step:
    tree = words.tree
    column = int(tree.feature[node])
    x, symbol = float(numbers[column]), name(words.feature(column))
    answer = "yes" if next_node == tree.left[node] else "no"
    of_categories = tree.asks_for_categories(node)
    is_missing = not 0 <= x < 256 if of_categories else np.isnan(x)
    inputs: dict[str, Any] = {"x": x}
    if of_categories:
        left = words.left_categories(node)
        shown = rf"\{{{', '.join(name(text) for text in left)}\}}"
        formula = rf"{symbol} \in {shown}"
        substituted = rf"{name(words.category(column, -1 if is_missing else int(x)))} \in {shown}"
        expression = "'yes' if x in left else 'no'"
        codes = [c for c in range(256) if _goes_left(tree, node, float(c))]
        inputs["left"] = codes
    else:
        threshold = float(tree.threshold[node])
        formula = rf"{symbol} \le {number(threshold)}"
        substituted = rf"{number(x)} \le {number(threshold)}"
        expression = "'yes' if x <= t else 'no'"
        inputs["t"] = threshold
    note = f"{words.rows(node)} came to this question, {words.rows(next_node)} went the same way."
    if is_missing:
        substituted, expression = "", f"'{answer}'"
        note = f"The value is missing; at this question missing values count as {answer}. {note}"
    return Step(
        title=f"Question {k}: {words.question(node)}",
        symbol=f"q_{{{k}}}",
        formula=rf"\left[ {formula} \right]",
        substituted=rf"\left[ {substituted} \right]" if substituted else "",
        value=answer,
        expression=expression,
        inputs=inputs,
        note=note,
    )


def _gain(words: Wording, node: int, criterion: str | None) -> Step:
    tree = words.tree
    sides = (int(tree.left[node]), int(tree.right[node]))
    if criterion is None:
        return Step(
            title="What the question was worth",
            symbol=r"\Delta",
            formula="",
            substituted="",
            value=float(tree.gain[node]),
            expression="gain",
            inputs={"gain": float(tree.gain[node])},
            note="By so much it lowers the loss of the training rows that came here.",
        )
    weight, impurity = tree.weight, tree.impurity
    w, i = float(weight[node]), float(impurity[node])
    (w_1, i_1), (w_2, i_2) = ((float(weight[k]), float(impurity[k])) for k in sides)
    inputs = {"I": i, "w": w, "w_1": w_1, "I_1": i_1, "w_2": w_2, "I_2": i_2}
    parts = "".join(
        rf" - \frac{{{number(part)}}}{{{number(w)}}} \cdot {factor(inside)}"
        for part, inside in ((w_1, i_1), (w_2, i_2))
    )
    rows = tuple(
        (said, int(tree.n_samples[k]), float(weight[k]), float(impurity[k]))
        for said, k in (("before", node), ("1: yes", sides[0]), ("2: no", sides[1]))
    )
    return Step(
        title=f"What the question was worth: {criterion} before and after",
        symbol=r"\Delta",
        formula=r"I - \frac{w_1}{w} I_1 - \frac{w_2}{w} I_2",
        substituted=f"{number(i)}{parts}",
        value=i - w_1 / w * i_1 - w_2 / w * i_2,
        expression="I - w_1 / w * I_1 - w_2 / w * I_2",
        inputs=inputs,
        terms=Terms((r"\text{side}", r"\text{rows}", "w", rf"I = \text{{{criterion}}}"), rows),
    )


def _answer(words: Wording, node: int, criterion: str | None) -> Step:
    tree = words.tree
    value = [float(x) for x in tree.value[node]]
    note = f"{words.rows(node)} came to this leaf"
    if criterion is not None:
        note += f", with {criterion} {words.amount(float(tree.impurity[node]))}"
    if words.class_names is None:
        many = len(value) > 1
        return Step(
            title="The leaf's answer",
            symbol=r"\hat{y}",
            formula=f"v_{{{node}}}",
            substituted="",
            value=value if many else value[0],
            expression="v",
            inputs={"v": value if many else value[0]},
            note=f"{note}.",
        )
    shares = words.shares(node)
    classes = [str(one) for one in words.class_names]
    return Step(
        title="The leaf's answer: the likeliest class",
        symbol=r"\hat{y}",
        formula=r"\operatorname{argmax}_k p_k",
        substituted="",
        value=words.answer(node),
        expression="classes[argmax(p)]",
        inputs={"p": shares, "classes": classes},
        terms=Terms((r"\text{class}", "p_k"), tuple(zip(classes, shares, strict=True))),
        note=f"{note}.",
    )
