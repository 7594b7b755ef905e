"""Sequential: one layer after the other."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, overload

from baremath.nn.module import Module


class Sequential(Module):
    r"""Layers, each given what the one before it returned: :math:`y = f_n(\dots f_2(f_1(x)))`.

    Parameters
    ----------
    *layers : Module
        In their order; or one list of them.

    Attributes
    ----------
    layers : list of Module
        Named ``"layers.0"``, ``"layers.1"``, ….

    Examples
    --------
    >>> from baremath import nn
    >>> model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    >>> model
    Sequential(
      (layers.0): Linear(2, 4)    # weight 4 × 2, bias 4: 12 parameters
      (layers.1): Tanh()
      (layers.2): Linear(4, 1)    # weight 1 × 4, bias 1: 5 parameters
    )    # 17 parameters
    >>> model([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]).shape
    (3, 1)
    """

    def __init__(self, *layers: Module | list[Module] | tuple[Module, ...]) -> None:
        given = layers[0] if len(layers) == 1 and isinstance(layers[0], list | tuple) else layers
        self.layers = [_layer(i, layer) for i, layer in enumerate(given)]

    def forward(self, x: Any) -> Any:
        """Return what the last layer returns."""
        for layer in self.layers:
            x = layer(x)
        return x

    def append(self, layer: Module) -> Sequential:
        """Add a layer at the end, and return the whole."""
        self.layers = [*self.layers, _layer(len(self.layers), layer)]
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module:
        """Return a layer; of a slice, the same layers in a `Sequential` of their own."""
        if not isinstance(index, slice):
            return self.layers[index]
        part = Sequential()
        vars(part)["layers"] = self.layers[index]  # errors go on calling them what they are in here
        return part


def _layer(i: int, layer: Any) -> Module:
    if isinstance(layer, Module):
        return layer
    if isinstance(layer, type) and issubclass(layer, Module):
        raise TypeError(f"layer {i} is the class {layer.__name__}: write {_example(layer)}")
    raise TypeError(
        f"layer {i} is {_described(layer)}; Sequential is made of layers{_advice(layer)}"
    )


def _described(given: Any) -> str:
    """Say what was given: a name, a function, or something else."""
    if isinstance(given, str):
        return f"the text {given!r}"
    name = getattr(given, "__name__", "")
    return f"the function {name}" if name and callable(given) else f"a {type(given).__name__}"


def _advice(given: Any) -> str:
    """Return the layer that was meant by a name or a function, or examples of layers."""
    from baremath.nn.activations import ACTIVATIONS

    name = given if isinstance(given, str) else getattr(given, "__name__", "")
    kind = ACTIVATIONS.get(name.lower())
    return f": write {_example(kind)}" if kind else ", such as nn.Linear(2, 4) and nn.ReLU()"


def _example(kind: type[Module]) -> str:
    """Return how a layer of this class is made."""
    needed = any(
        p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        for p in inspect.signature(kind).parameters.values()
    )
    prefix = "nn." if kind.__module__.startswith("baremath.nn") else ""
    return f"{prefix}{kind.__name__}({'…' if needed else ''})"
