"""Elementwise operations: one number in, one number out, at every place of an array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from baremath import scalar as scalars
from baremath.autodiff.node import Like
from baremath.autodiff.ops.operation import (
    NUMPY,
    OPERATIONS,
    Operation,
    Sample,
    _read,
    dtype_of_value,
)

Rule = Callable[..., Any]

#: Shapes at which the tests sample operations of one, two and three inputs.
SAMPLE_SHAPES: list[list[tuple[tuple[int, ...], ...]]] = [
    [((3, 4),), ((),), ((0, 2),)],
    [((3, 4), (3, 4)), ((3, 1), (4,)), ((), (2, 3)), ((2, 0), (1, 1))],
    [((3, 4), (3, 4), (3, 4)), ((3, 1), (4,), ()), ((0,), (1,), ())],
]


class Elementwise(Operation):
    """An operation that treats every element alike and broadcasts its inputs.

    Parameters
    ----------
    name : str
        As in NumPy or PyTorch.
    value : callable
        The NumPy function of one or more arrays.
    vjp : callable or tuple of callable, optional
        For each input a rule ``(g, y, *inputs)``; none for an operation whose derivative is zero.
    scalar : callable
        The same function of `scalar.Expression`.
    latex : str
        The formula, ``{0}`` and ``{1}`` being the inputs.
    derivative_latex : str or tuple of str, optional
        The derivative by each input.
    domain : (float, float) or bool, or a sequence of them
        Where the tests sample each input: between two numbers, or from the two truth values.
    """

    def __init__(
        self,
        name: str,
        value: Rule,
        vjp: Rule | tuple[Rule, ...] | None = None,
        *,
        scalar: Callable[..., scalars.Expression],
        latex: str,
        derivative_latex: str | tuple[str, ...] = (),
        domain: Any,
    ) -> None:
        self.name = name
        self.value = value  # type: ignore[method-assign]
        self.rules = () if vjp is None else vjp if isinstance(vjp, tuple) else (vjp,)
        self.scalar = scalar
        self.latex = latex
        self.derivative_latex = (
            (derivative_latex,) if isinstance(derivative_latex, str) else derivative_latex
        )
        one = domain is bool or isinstance(domain[0], int | float)
        self.domain: list[Any] = [domain] if one else list(domain)
        self.differentiable = vjp is not None
        self.__name__ = name
        self.__doc__ = f"Return ``{scalar(*map(scalars.variable, 'abc'[: self.arity]))}``."
        super().__init__()
        self._reads = [_read(rule, skip=1) for rule in self.rules]
        if isinstance(value, np.ufunc):
            NUMPY.setdefault(value, self)  # a second operation of the same value is not NumPy's

    @property
    def arity(self) -> int:
        """The number of inputs."""
        return len(self.domain)

    def vjp(self, i: int, g: Any, y: Any, *inputs: Any) -> Any:
        """Return the derivative times `g`, summed over what broadcasting repeated."""
        gradient = self.rules[i](g, y, *inputs)
        shape = inputs[i].shape
        return gradient if gradient.shape == shape else sum_to(gradient, shape)

    def misfit(self, *inputs: Any) -> str:
        """Name the first dimension in which two shapes can't be broadcast."""
        shapes = [np.shape(x) for x in inputs]
        for back in range(1, max(map(len, shapes), default=0) + 1):
            lengths = [shape[-back] for shape in shapes if len(shape) >= back]
            if len(set(lengths) - {1}) > 1:
                return (
                    f"{self.name} of shapes {' and '.join(map(str, shapes))}: dimension -{back} is "
                    f"{' and '.join(map(str, lengths))}; the lengths must be equal, or one of "
                    "them 1."
                )
        return ""

    def result(self, *inputs: Any) -> Like:
        """Return the shape that all broadcast to, and the dtype of one element."""
        shape = np.broadcast_shapes(*[x.shape for x in inputs if hasattr(x, "shape")])
        return Like.of(shape, dtype_of_value(self, *inputs))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield inputs from the domain: alike, broadcast, of no dimensions, empty."""
        for shapes in SAMPLE_SHAPES[self.arity - 1]:
            pairs = zip(self.domain, shapes, strict=True)
            yield tuple(_sampled(rng, domain, shape) for domain, shape in pairs), {}


elementwise = Elementwise


def _sampled(rng: np.random.Generator, domain: Any, shape: tuple[int, ...]) -> Any:
    if domain is bool:
        return rng.random(shape) < 0.5
    low, high = domain
    return rng.uniform(low, high, shape)


def sum_to(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the dimensions that broadcasting from `shape` repeated."""
    if gradient.shape == shape:
        return gradient
    new = gradient.ndim - len(shape)
    repeated = [new + k for k, n in enumerate(shape) if n == 1 and gradient.shape[new + k] != 1]
    axes = (*range(new), *repeated)
    gradient = OPERATIONS["sum"](gradient, axis=axes, keepdims=bool(repeated))
    return gradient if gradient.shape == shape else OPERATIONS["reshape"](gradient, shape)
