"""What a drawing shows: boxes of values and gradients, arrows of local derivatives."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff.backward import reachable, starting_gradient, sweep
from baremath.autodiff.drawing.formulas import (
    derivative_template,
    details,
    filled,
    value_formula,
)
from baremath.autodiff.drawing.naming import named, symbol
from baremath.autodiff.node import SHOWN, Leaf, Like, Node
from baremath.autodiff.ops.elementwise import Elementwise
from baremath.autodiff.recording import no_grad
from baremath.autodiff.tensor import Tensor
from baremath.maths import factor

Kind = Literal["leaf", "constant", "operation", "earlier"]
Key = Node | int  # a constant's key is the identity of its array


@dataclass(frozen=True, eq=False)
class Box:
    """A number or an array that was put in or computed.

    Parameters
    ----------
    kind : {"leaf", "constant", "operation", "earlier"}
        "earlier" stands for all that is left out.
    symbol : str
        What it is called, as LaTeX.
    name : str
        What it is called.
    operation : str, default=""
        What computed it.
    details : str, default=""
        How: the operation's attributes.
    formula : str, default=""
        The same as LaTeX over the symbols of other boxes.
    value, gradient : ndarray, Like or None
        Its value, and the gradient of the output by it.
    node : Node, optional
        Where it comes from.
    used_earlier : bool, default=False
        Whether an operation that is left out uses it too.
    loop : int, default=0
        Boxes of one number have one colour; 0 has none.
    """

    kind: Kind
    symbol: str
    name: str
    operation: str = ""
    details: str = ""
    formula: str = ""
    value: Any = None
    gradient: Any = None
    node: Node | None = None
    used_earlier: bool = False
    loop: int = 0


@dataclass(frozen=True, eq=False)
class Arrow:
    """From an input to what was computed of it.

    Parameters
    ----------
    start, end : int
        The boxes.
    place : int
        Which input of the operation it is.
    derivative : ndarray or None
        The local derivative: of an elementwise operation at each element, before the sum over
        what broadcasting repeated; of one with a single number as its result, by each element of
        the input. None where there is no such number, or too many.
    source : str
        What the input is called, even where its box is left out.
    symbol : str
        The local derivative's name, as LaTeX: the quotient of two symbols.
    formula : str
        The derivative as LaTeX; "" of a constant.
    maps : bool
        Whether `formula` is instead what the gradient g by the result becomes on its way back.
    """

    start: int
    end: int
    place: int
    derivative: NDArray[Any] | None
    source: str
    symbol: str
    formula: str
    maps: bool


@dataclass(frozen=True, eq=False)
class Graph:
    """Boxes in the order they were computed, and arrows between them.

    Parameters
    ----------
    boxes : list of Box
        The output is the last.
    arrows : list of Arrow
        In the order of their ends.
    notes : list of str
        What isn't shown, and why.
    values : str, default="value"
        What `Box.value` is called.
    """

    boxes: list[Box]
    arrows: list[Arrow]
    notes: list[str]
    values: str = "value"

    @property
    def has_gradients(self) -> bool:
        """Whether the gradients are known."""
        return self.boxes[-1].gradient is not None

    def into(self, end: int) -> list[Arrow]:
        """Return the arrows that end at a box."""
        return [arrow for arrow in self.arrows if arrow.end == end]


def read(
    function: str,
    tensor: Tensor,
    gradient: Any,
    max_nodes: int,
    names: Mapping[str, Tensor] | None,
) -> Graph:
    """Walk back from a tensor and return what `show` draws and `derivation` writes.

    Raises
    ------
    TypeError
        If what is given isn't a tensor.
    RuntimeError
        If it was made from constants only, or its arrays were released.
    ValueError
        If `max_nodes` isn't positive, or `gradient` has another shape than the tensor.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{function}() is given a Tensor, not {type(tensor).__name__}")
    if max_nodes < 1:
        raise ValueError(f"max_nodes={max_nodes}; at least one node must be shown")
    if tensor.node is None:
        raise RuntimeError(
            f"{function}() found no computation: this tensor was made from constants only; make "
            "one of them with requires_grad=True (and outside no_grad)."
        )
    return _Reader(tensor, gradient, max_nodes, names or {}).graph()


class _Reader:
    """Walks the nodes behind a tensor once and describes them."""

    def __init__(
        self, tensor: Tensor, gradient: Any, max_nodes: int, names: Mapping[str, Tensor]
    ) -> None:
        assert tensor.node is not None
        self.output = tensor.node
        self.nodes = reachable(tensor.node)
        if any(node.inputs is None for node in self.nodes):
            raise RuntimeError(
                "the graph behind this tensor was released by backward(retain_graph=False): leave "
                "that argument away, or compute the tensor again."
            )
        self.operations = [node for node in self.nodes if node.operation is not None]
        self.names = self._named(names)
        self.notes: list[str] = []
        self.gradients = self._gradients(tensor, gradient)
        self.values = self._values(tensor)
        self.places: dict[Key, int] = {}
        self.used_earlier: set[Key] = set()
        self.boxes: list[Box] = []
        self.arrows: list[Arrow] = []
        self.shown = self._shown(max_nodes)

    def graph(self) -> Graph:
        """Return the boxes and arrows."""
        if self.shown < len(self.operations):
            self._leave_out(self.operations[: -self.shown or None])
        operations = self.operations[len(self.operations) - self.shown :]
        for node in operations:
            for place, key, _ in _inputs(node):
                if key not in self.places and not _is_operation(key):
                    self._put_in(key, node.inputs[place])
            self._compute(node)
        if not operations:
            self._put_in(self.output, self.values[self.output])
        return Graph(self.boxes, self.arrows, self.notes)

    def _shown(self, max_nodes: int) -> int:
        """Return how many operations, counted from the output, fit with what goes into them."""
        seen: set[Key] = set()
        count = 0
        for node in reversed(self.operations):
            seen.update(key for _, key, _ in _inputs(node))
            seen.add(node)
            boxes = sum(not _is_operation(key) for key in seen) + count + 1
            if count and boxes > max_nodes:
                break
            count += 1
        return count

    def _leave_out(self, left_out: list[Node]) -> None:
        n = len(left_out)
        what = f"{n:,} earlier operation{'s' if n > 1 else ''}"
        self.places.update(dict.fromkeys(left_out, 0))
        self.used_earlier.update(key for node in left_out for _, key, _ in _inputs(node))
        self.boxes.append(Box("earlier", r"\cdots", what))
        self.notes.append(f"{what} not shown; for more, raise max_nodes.")

    def _put_in(self, key: Key, value: Any) -> None:
        name = self.names[key]
        node = key if isinstance(key, Node) else None
        value = value if node is None else self.values[node]
        value = value if isinstance(value, Like) else np.asarray(value)
        kind: Kind = "constant" if node is None else "leaf"
        self.places[key] = len(self.boxes)
        self.boxes.append(
            Box(
                kind,
                symbol(name),
                name,
                value=value,
                gradient=self._gradient(node),
                node=node,
                used_earlier=key in self.used_earlier,
            )
        )

    def _compute(self, node: Node) -> None:
        operation = node.operation
        assert operation is not None
        terms = self._terms(node)
        name = self.names[node]
        for place, key, is_differentiated in _inputs(node):
            derivative, template = None, ""
            if is_differentiated:
                derivative = local_derivative(node, place)
                template = derivative_template(node, place)
            self.arrows.append(
                Arrow(
                    self.places[key],
                    len(self.boxes),
                    place,
                    derivative,
                    self.names[key],
                    rf"\frac{{\partial {symbol(name)}}}{{\partial {symbol(self.names[key])}}}",
                    filled(template, terms, y=symbol(name)),
                    "{g}" in template,
                )
            )
        self.places[node] = len(self.boxes)
        self.boxes.append(
            Box(
                "operation",
                symbol(name),
                name,
                operation.name,
                details(node),
                value_formula(node, terms),
                self.values[node],
                self._gradient(node),
                node,
            )
        )

    def _terms(self, node: Node) -> list[str]:
        """Return each input as LaTeX: its symbol, or the number that it is."""
        keys = {place: key for place, key, _ in _inputs(node)}
        return [
            symbol(self.names[keys[place]]) if place in keys else factor(np.asarray(x).item())
            for place, x in enumerate(node.inputs)
        ]

    def _named(self, given: Mapping[str, Tensor]) -> dict[Any, str]:
        for name, tensor in given.items():
            if not isinstance(tensor, Tensor):
                raise TypeError(f"names[{name!r}] is a Tensor, not {type(tensor).__name__}")
        keys: dict[Hashable, str] = {
            (id(t.data) if t.node is None else t.node): name for name, t in given.items()
        }
        return named(self._to_name(), keys)

    def _to_name(self) -> Iterator[tuple[Key, str, str]]:
        seen: set[int] = set()
        for node in self.nodes:
            if isinstance(node, Leaf):
                yield node, node.name, "w"
            else:
                yield node, "out" if node is self.output else "", "v"
            for _, key, _ in _inputs(node):
                if isinstance(key, int) and key not in seen:
                    seen.add(key)
                    yield key, "", "c"

    def _gradients(self, tensor: Tensor, gradient: Any) -> dict[Node, Any]:
        if gradient is None and tensor.size != 1:
            self.notes.append(
                f"No gradients: the output has shape {tensor.shape} and is not one number; take "
                ".sum() or .mean() of it, or give gradient=."
            )
            return {}
        with np.errstate(all="ignore"):
            start = starting_gradient(tensor, gradient)
            start = start.data if isinstance(start, Tensor) else start
            return sweep(tensor, start, wanted=set(self.nodes))

    def _gradient(self, node: Node | None) -> Any:
        gradient = None if node is None else self.gradients.get(node)
        return None if gradient is None else np.asarray(gradient)

    def _values(self, tensor: Tensor) -> dict[Node, Any]:
        """Return the value that each node had when it was used."""
        values = {node: node.output for node in self.nodes}
        for node in self.nodes:
            for place, key, _ in _inputs(node):
                used = node.inputs[place]
                if isinstance(key, Node) and isinstance(used, np.ndarray):
                    values[key] = used
        return {**values, self.output: tensor.data}


def _is_operation(key: Key) -> bool:
    return isinstance(key, Node) and key.operation is not None


def _inputs(node: Node) -> Iterator[tuple[int, Key, bool]]:
    """Yield place, key, and whether it has a derivative, of each input but single numbers."""
    for place, (x, parent) in enumerate(zip(node.inputs, node.parents, strict=True)):
        if parent is not None:
            yield place, parent, True
        elif isinstance(x, Like) or np.size(x) != 1:
            yield place, id(x), False


def local_derivative(node: Node, place: int) -> NDArray[Any] | None:
    """Return the numbers of the derivative by one input, or None; see `Arrow`."""
    operation, output = node.operation, node.output
    assert operation is not None
    elementwise = isinstance(operation, Elementwise)
    whole = output if elementwise else node.inputs[place]
    if math.prod(whole.shape) > SHOWN or not (elementwise or math.prod(output.shape) == 1):
        return None
    g = np.ones(output.shape, output.dtype)
    with no_grad(), np.errstate(all="ignore"):
        if isinstance(operation, Elementwise):
            result = operation.rules[place](g, node.output, *node.inputs)
        else:
            result = operation.vjp(place, g, node.output, *node.inputs, **node.attributes)
    return np.asarray(result)
