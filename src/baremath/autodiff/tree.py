"""Trees: tuples, lists and dicts of arrays, nested in any way; None is an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

BRANCHES = (tuple, list, dict)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return the tree with `function` applied to each leaf, from left to right.

    A leaf is whatever is no tuple, list, dict or None.

    Examples
    --------
    >>> mapped(abs, {"w": [-1, 2], "b": (-3, None)})
    {'w': [1, 2], 'b': (3, None)}
    """
    if not isinstance(tree, BRANCHES):
        return None if tree is None else function(tree)
    if isinstance(tree, dict):
        return {key: mapped(function, part) for key, part in tree.items()}
    parts = [mapped(function, part) for part in tree]
    kind = type(tree)
    if kind is list:
        return parts
    return kind(parts) if kind is tuple or not hasattr(kind, "_fields") else kind(*parts)


def leaves(tree: Any) -> list[Any]:
    """Return the leaves from left to right.

    Examples
    --------
    >>> leaves({"w": [1, 2], "b": (3, None)})
    [1, 2, 3]
    """
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def rebuilt(tree: Any, values: Iterable[Any]) -> Any:
    """Return a tree of the same form with other leaves, given from left to right.

    Examples
    --------
    >>> rebuilt({"w": [1, 2], "b": (3, None)}, "abc")
    {'w': ['a', 'b'], 'b': ('c', None)}
    """
    following = iter(values)
    return mapped(lambda _: next(following), tree)


def paths(tree: Any) -> list[tuple[str, Any]]:
    """Return each leaf with the way to it, from left to right.

    Examples
    --------
    >>> paths({"w": [1, 2], "b": 3})
    [("['w'][0]", 1), ("['w'][1]", 2), ("['b']", 3)]
    """
    if not isinstance(tree, BRANCHES):
        return [] if tree is None else [("", tree)]
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [(f"[{key!r}]{rest}", leaf) for key, part in parts for rest, leaf in paths(part)]
