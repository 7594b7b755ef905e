"""Rules of simplification for the order of numbers: shapes, slices, joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from baremath.compiler.ir import Node
from baremath.compiler.passes.nodes import broadcast, reshaped
from baremath.compiler.passes.views import is_view

Rule = Callable[[Node], Node | None]


def rearranges_one_number(node: Node) -> Node | None:
    """Repeat a number to the shape of a view at once, not first to that of the array viewed."""
    if not is_view(node) or node.op == "broadcast_to" or node.inputs[0].op != "broadcast_to":
        return None
    (source,) = node.inputs[0].inputs
    if source.size != 1:
        return None
    return broadcast(reshaped(source, (), node.line), node.shape, node.line)


def shape_after_shape(node: Node) -> Node | None:
    """Drop a reshape to the shape that it has, and all but the last of several."""
    (x,) = node.inputs
    if x.shape == node.shape:
        return x
    return reshaped(x.inputs[0], node.shape, node.line) if x.op == "reshape" else None


def repeat_after_repeat(node: Node) -> Node | None:
    """Drop a broadcast_to the shape that it has, and all but the last of several."""
    (x,) = node.inputs
    if x.shape == node.shape:
        return x
    return broadcast(x.inputs[0], node.shape, node.line) if x.op == "broadcast_to" else None


def order_after_order(node: Node) -> Node | None:
    """Drop a transpose that moves no axis, and make one of two."""
    (x,) = node.inputs
    axes = node.attributes["axes"]
    if axes == tuple(range(node.ndim)):
        return x
    if x.op != "transpose":
        return None
    before = x.attributes["axes"]
    attributes = {"axes": tuple(before[k] for k in axes)}
    return Node("transpose", x.inputs, attributes, node.shape, node.dtype, node.line)


def joined_alone(node: Node) -> Node | None:
    """Join no empty arrays; one array joined is that array."""
    parts = tuple(x for x in node.inputs if x.shape[node.attributes["axis"]])
    if not parts or any(x.dtype != node.dtype for x in node.inputs):
        return node.inputs[0] if len(node.inputs) == 1 else None
    if len(parts) == 1:
        return parts[0]
    return node.with_inputs(parts) if len(parts) < len(node.inputs) else None


def everything_picked(node: Node) -> Node | None:
    """Turn an index that picks all elements in their order into a reshape."""
    if len(node.inputs) > 1 or not picks_everything(node.attributes["pattern"], node.inputs[0]):
        return None
    return reshaped(node.inputs[0], node.shape, node.line)


def put_everywhere(node: Node) -> Node | None:
    """Turn updates that are added at all places of zeros, in order, into a reshape of them."""
    updates = node.inputs[0]
    if len(node.inputs) > 1 or updates.size != node.size:
        return None
    if not picks_everything(node.attributes["pattern"], node):
        return None
    return reshaped(updates, node.shape, node.line)


def cut_from_joined(node: Node) -> Node | None:
    """Cut out of one array, not out of arrays joined, if the cut lies in that one."""
    joined = node.inputs[0]
    if len(node.inputs) > 1 or joined.op != "concatenate":
        return None
    axis = joined.attributes["axis"]
    pattern = split_pattern(node.attributes["pattern"], joined.ndim)
    place = [k for k, part in enumerate(pattern) if part is not None][axis]
    length = joined.shape[axis]
    single = isinstance(pattern[place], int)
    run = range(length)[_as_slice(pattern[place])]
    begin = 0
    for x in joined.inputs:
        end = begin + x.shape[axis]
        if run and run.step == 1 and begin <= run[0] and run[-1] < end and x.dtype == node.dtype:
            cut = run[0] - begin if single else slice(run[0] - begin, run[-1] + 1 - begin)
            attributes = {"pattern": (*pattern[:place], cut, *pattern[place + 1 :])}
            return Node("getitem", (x,), attributes, node.shape, node.dtype, node.line)
        begin = end
    return None


def picks_everything(pattern: tuple[Any, ...], x: Node) -> bool:
    """Return whether ``x[pattern]`` has all elements of x in their order; without arrays."""
    parts = [part for part in split_pattern(pattern, x.ndim) if part is not None]
    return all(
        range(n)[part] == range(n) if isinstance(part, slice) else n == 1
        for part, n in zip(parts, x.shape, strict=True)
    )


def split_pattern(pattern: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Return a pattern without Ellipsis: a slice or an integer for every axis, and each None."""
    missing = ndim - sum(part is not None and part is not Ellipsis for part in pattern)
    rest = (slice(None),) * missing
    for k, part in enumerate(pattern):
        if part is Ellipsis:
            return (*pattern[:k], *rest, *pattern[k + 1 :])
    return (*pattern, *rest)


def _as_slice(part: int | slice) -> slice:
    """Return a slice that picks what an integer picks."""
    if isinstance(part, slice):
        return part
    return slice(part, part + 1 if part != -1 else None)


REARRANGING: Mapping[str, tuple[Rule, ...]] = {
    "reshape": (shape_after_shape,),
    "broadcast_to": (repeat_after_repeat,),
    "transpose": (order_after_order,),
    "concatenate": (joined_alone,),
    "getitem": (everything_picked, cut_from_joined),
    "add_at": (put_everywhere,),
}
