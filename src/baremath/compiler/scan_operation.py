"""The operation of a scan: a loop whose body is a graph, as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from baremath.autodiff import Operation
from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import OPERATIONS, Sample
from baremath.autodiff.ops.sampling import Draw
from baremath.compiler.ir import CONSTANT, INPUT, Graph, Node
from baremath.compiler.text import parse


class Scan(Operation):
    """A loop, as what it computes from its first carry, its sequences, and what all steps read.

    The value is flat: one after the other the results that are asked for, which have one dtype. A
    result is a carry after the last step, or what the steps gave, stacked. How a scan is
    differentiated is known where it is made: see `scan_graph`.

    Its attributes are ``body``, the graph of a step as text; ``length``; how many of the inputs are
    ``carries``, and ``sequences``; the ``results`` by number; and whether time runs in ``reverse``.
    """

    name = "scan"
    latex = r"\operatorname{{scan}}({0}, \dots)"
    differentiable = False

    def value(
        self,
        *inputs: Any,
        body: str,
        length: int,
        carries: int,
        sequences: int,
        results: tuple[int, ...],
        reverse: bool,
    ) -> Any:
        """Take the steps, one after the other."""
        graph = parsed(body)
        carry: Sequence[Any] = inputs[:carries]
        xs, fixed = inputs[carries : carries + sequences], inputs[carries + sequences :]
        ys = [
            np.empty((length, *node.shape), node.dtype)
            for node in list(graph.outputs.values())[carries:]
        ]
        for t in reversed(range(length)) if reverse else range(length):
            found = _computed(graph, [*carry, *[x[t] for x in xs], *fixed])
            carry = found[:carries]
            for y, new in zip(ys, found[carries:], strict=True):
                y[t] = new
        parts = [*carry, *ys]
        return np.concatenate([np.ravel(parts[k]) for k in results])

    def result(self, *inputs: Any, **attributes: Any) -> Like:
        """Return the room that the results need."""
        graph = parsed(attributes["body"])
        shapes = result_shapes(graph, attributes["carries"], attributes["length"])
        chosen = [shapes[k] for k in attributes["results"]]
        dtype = [*graph.outputs.values()][attributes["results"][0]].dtype
        return Like.of((sum(math.prod(shape) for shape in chosen),), dtype)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield running sums, with a factor that all steps read, of whole numbers."""
        body = """sums(total: int64[2], x: int64[2], factor: int64[]):
          %0 = multiply(factor, x) : int64[2]
          %1 = add(total, %0)      : int64[2]
          return next = %1, y = %1"""
        inputs = rng.integers(-9, 9, 2), rng.integers(-9, 9, (4, 2)), rng.integers(2, 5, ())
        for results, reverse in (((0,), False), ((0, 1), False), ((1,), True)):
            yield (
                inputs,
                {
                    "body": body,
                    "length": 4,
                    "carries": 1,
                    "sequences": 1,
                    "results": results,
                    "reverse": reverse,
                },
            )


SCAN = Scan()


def _computed(graph: Graph, arrays: Sequence[Any]) -> list[Any]:
    """Return the outputs of a graph, computed by NumPy."""
    values: dict[Node, Any] = dict(zip(graph.inputs.values(), arrays, strict=True))
    for node in graph.nodes:
        if node.op == CONSTANT:
            values[node] = node.attributes["value"]
        elif node.op != INPUT:
            operands = [values[x] for x in node.inputs]
            values[node] = np.asarray(node.operation.value(*operands, **node.attributes))
    return [values[node] for node in graph.outputs.values()]


@lru_cache(maxsize=256)
def parsed(body: str) -> Graph:
    """Return the graph of a step."""
    return parse(body)


def draws(graph: Graph) -> bool:
    """Return whether a graph draws random numbers, also in the steps of a scan."""
    return any(
        draws(parsed(node.attributes["body"]))
        if node.op == "scan"
        else isinstance(OPERATIONS.get(node.op), Draw)
        for node in graph.nodes
    )


def result_shapes(graph: Graph, carries: int, length: int) -> list[tuple[int, ...]]:
    """Return the shapes of all results: the carries, then what is stacked."""
    shapes = [node.shape for node in graph.outputs.values()]
    return [*shapes[:carries], *[(length, *shape) for shape in shapes[carries:]]]
