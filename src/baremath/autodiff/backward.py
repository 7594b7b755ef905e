"""The reverse sweep: the chain rule, once."""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any

import numpy as np

from baremath.autodiff.anomaly import check_share
from baremath.autodiff.node import Node
from baremath.autodiff.recording import mode, tracing
from baremath.autodiff.symbol import Symbol, refuse
from baremath.autodiff.tensor import Tensor

_order_of = attrgetter("order")


def backward(
    output: Tensor, gradient: Any = None, *, retain_graph: bool, create_graph: bool
) -> None:
    """Add the gradient of `output` to the `grad` of its leaves; see `Tensor.backward`."""
    if tracing and mode.recorder is not None:
        raise refuse(
            "backward() leaves gradients in tensors, which would happen once and not at every call",
            "use grad or value_and_grad, and return the gradients",
        )
    start = starting_gradient(output, gradient)
    leaves: dict[Any, Any] = sweep(  # Leaf: the default of what is wanted
        output, start, retain_graph=retain_graph, create_graph=create_graph
    )
    for leaf, g in leaves.items():
        if type(g) is not Tensor:
            g = Tensor(g)
        leaf.gradient = g if leaf.gradient is None else leaf.gradient + g


def sweep(
    output: Tensor,
    gradient: Any,
    *,
    wanted: Collection[Node] | None = None,
    retain_graph: bool = True,
    create_graph: bool = False,
) -> dict[Node, Any]:
    r"""Return the gradient of `output` by the wanted nodes.

    Every node that was made on the way from them to the output is visited once, the last first;
    by then the gradient by its result g is complete, and it sends each of its inputs its share:

    .. math:: g_{x_i} \mathrel{+}= \frac{\partial y}{\partial x_i}^T g

    Parameters
    ----------
    output : Tensor
        Where the sweep begins.
    gradient : Tensor or ndarray
        The gradient by the output.
    wanted : collection of Node, optional
        Where gradients are asked for; all leaves when None.
    retain_graph : bool, default=True
        False releases the arrays of each node once it has been visited.
    create_graph : bool, default=False
        Compute the gradients with tensors, so that they can be differentiated.

    Returns
    -------
    dict of Node to Tensor or ndarray
        Tensors if `create_graph`; no entry for a node that the output doesn't depend on.
    """
    wanted = None if wanted is None else set(wanted)
    way, _ = way_back(output.node, wanted)
    return walk(way, gradient, wanted, retain_graph, create_graph) if way else {}


def way_back(end: Node | None, wanted: Collection[Node] | None = None) -> tuple[list[Node], bool]:
    """Return the nodes from the end back to the wanted ones, the latest first.

    Returns
    -------
    way : list of Node
        Empty if nothing leads there.
    older : bool
        Whether the end depends on nodes made before the wanted ones, too.
    """
    if end is None:
        return [], False
    first = min(map(_order_of, wanted)) if wanted else 0
    seen, way, older = {end}, [end], end.order < first
    for node in way:
        for parent in node.parents:
            if parent is not None and parent not in seen:
                if parent.order < first:
                    older = True
                else:
                    seen.add(parent)
                    way.append(parent)
    way.sort(key=_order_of, reverse=True)
    if older and wanted is not None:
        leading: set[Node | None] = set()
        for node in reversed(way):
            if node in wanted or not leading.isdisjoint(node.parents):
                leading.add(node)
        way = [node for node in way if node in leading]
    return way, older


def walk(
    way: list[Node],
    gradient: Any,
    wanted: Collection[Node] | None,
    retain_graph: bool,
    create_graph: bool,
) -> dict[Node, Any]:
    """Carry the gradient along a way back, and return what arrives at the wanted nodes."""
    # Rules compute with arrays alone, or with tensors alone.
    if create_graph and not isinstance(gradient, Tensor):
        gradient = Tensor(gradient)
    elif isinstance(gradient, Tensor) and not create_graph:
        gradient = gradient.data
    gradients: dict[Node | None, Any] = dict.fromkeys(way)  # None until a share arrives
    gradients[way[0]] = gradient
    found: dict[Node, Any] = {}
    detecting_anomalies = mode.detecting_anomalies
    before, mode.recording = mode.recording, create_graph
    try:
        for node in way:
            g = gradients.pop(node)
            operation = node.operation
            if operation is None if wanted is None else node in wanted:
                found[node] = g
            if operation is None:
                continue
            inputs, y, attributes = node.inputs, node.output, node.attributes
            if inputs is None:
                raise _released(node)
            if create_graph:
                inputs, y = _as_tensors(node)
            for i, parent in enumerate(node.parents):
                if parent not in gradients:
                    continue  # a constant, or not on the way
                share = (
                    operation.vjp(i, g, y, *inputs, **attributes)
                    if attributes
                    else operation.vjp(i, g, y, *inputs)
                )
                if detecting_anomalies:
                    check_share(node, i, share)
                if gradients[parent] is None:
                    gradients[parent] = share
                else:
                    gradients[parent] = gradients[parent] + share
                    share = None  # its memory is needed
            if not (retain_graph or create_graph):
                node.release()
    finally:
        mode.recording = before
    return found


def _released(node: Node) -> RuntimeError:
    assert node.operation is not None
    return RuntimeError(
        f"the graph behind this {node.operation.name} was released as an earlier sweep passed it: "
        "by backward(retain_graph=False), grad or value_and_grad. Leave retain_graph=False away, "
        "or compute the value again."
    )


def _as_tensors(node: Node) -> tuple[list[Any], Any]:
    """Return the inputs and the value of a node as the tensors that they were."""
    inputs = [_tensor(x, parent) for x, parent in zip(node.inputs, node.parents, strict=True)]
    return inputs, _tensor(node.output, node)


def _tensor(x: Any, node: Node | None) -> Any:
    return Tensor(x, node) if isinstance(x, np.ndarray | Symbol) else x


def reachable(end: Node) -> list[Node]:
    """Return all nodes that `end` was made from, and itself, in the order they were made."""
    return way_back(end)[0][::-1]


def starting_gradient(output: Tensor, gradient: Any) -> Any:
    """Return the gradient with which a sweep from this tensor begins.

    Raises
    ------
    RuntimeError
        If nothing here requires a gradient, or the tensor isn't one number and none is given.
    """
    if output.node is None:
        raise RuntimeError(
            "this tensor was made from constants only, so it has no gradient; make one of them "
            "with requires_grad=True (and outside no_grad)."
        )
    if gradient is None:
        if output.size != 1:
            raise RuntimeError(
                f"backward() begins with one number, and this tensor has shape {output.shape}: "
                "take .sum() or .mean() of it first, or give gradient=, of that shape."
            )
        one = output.dtype.type(1)
        if isinstance(output.data, Symbol):
            return output.data.recorder.known(np.full(output.shape, one))
        return one if output.shape == () else np.full(output.shape, one)
    known = isinstance(gradient, Tensor | Symbol)
    g = gradient if known else np.array(gradient, output.dtype)
    if g.shape != output.shape:
        raise ValueError(f"gradient has shape {g.shape}; the tensor has {output.shape}")
    return g
