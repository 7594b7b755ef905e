"""Weights: a module's tensors, and the flat vectors that training works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff.node import kept
from baremath.nn import Module
from baremath.training.layout import Layout


class Weights:
    """The parameters of a module as one flat vector, and its buffers as another.

    Parameters
    ----------
    module : Module
        Whose tensors they are.

    Attributes
    ----------
    parameters, buffers : Layout
        Where each has its place in its vector.
    dtype : dtype
        Of the parameters.
    parts : dict of str to Module
        All modules of the tree, by path.
    places : dict of str to list of (Module, str)
        Where each tensor is an attribute; one that layers share has many places.

    Raises
    ------
    ValueError
        If the module has no parameters, or not all of one dtype.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.parts, self.places = _scan(module)
        tensors = {path: getattr(*places[0]) for path, places in self.places.items()}
        learned = {path: tensor for path, tensor in tensors.items() if tensor.requires_grad}
        measured = {path: tensor for path, tensor in tensors.items() if not tensor.requires_grad}
        dtypes = {tensor.dtype for tensor in learned.values()}
        if not learned:
            raise ValueError(
                f"module: this {type(module).__name__} has no parameters to learn; a parameter is "
                "a tensor with requires_grad=True that is an attribute of a module."
            )
        if len(dtypes) > 1:
            raise ValueError(
                f"module: its parameters are of {' and '.join(sorted(map(str, dtypes)))}; convert "
                "them to one: module.astype(np.float32)."
            )
        self.dtype = dtypes.pop()
        self.parameters = Layout(learned)
        self.buffers = Layout(measured)
        self._written: dict[str, NDArray[Any]] = {}

    def fits(self, module: Module) -> bool:
        """Whether this is still the tree of that module.

        A new tensor that isn't learned makes no difference: a forward may keep what it computes.
        """
        parts, places = _scan(module)
        known = {
            path: where
            for path, where in places.items()
            if path in self.places or getattr(*where[0]).requires_grad
        }
        if (self.parts, self.places) != (parts, known):
            return False
        for layout, learned in ((self.parameters, True), (self.buffers, False)):
            for path, shape in layout.shapes.items():
                tensor = getattr(*self.places[path][0])
                if tensor.shape != shape or tensor.requires_grad is not learned:
                    return False
                if learned and tensor.dtype != self.dtype:
                    return False
        return True

    def read(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the module's parameters and its buffers, each as a new vector."""
        return self._vector(self.parameters), self._vector(self.buffers)

    def write(self, parameters: NDArray[Any], buffers: NDArray[Any]) -> None:
        """Let the module's tensors be views of these vectors."""
        pieces = {**self.parameters.pieces(parameters), **self.buffers.pieces(buffers)}
        tensors = [getattr(*self.places[path][0]) for path in pieces]
        # One call in C, so that Ctrl-C finds all of them written, or none
        list(map(setattr, tensors, repeat("data"), pieces.values()))
        self._written = pieces
        for tensor in tensors:
            if tensor.node is not None:
                tensor.node.output = kept(tensor.data)

    def changed(self) -> bool:
        """Whether the module holds other arrays than were written last."""
        return not self._written or any(
            getattr(*self.places[path][0]).data is not array
            for path, array in self._written.items()
        )

    @contextmanager
    def using(self, tensors: Mapping[str, Any]) -> Iterator[None]:
        """Compute with these in place of the module's own; as `Module.using`, without a search."""
        own = []
        try:
            for path, tensor in tensors.items():
                for module, name in self.places[path]:
                    attributes = vars(module)
                    own.append((attributes, name, attributes[name]))
                    attributes[name] = tensor
            yield
        finally:
            for attributes, name, original in own:
                attributes[name] = original

    @contextmanager
    def mode(self, *, training: bool) -> Iterator[None]:
        """Set the tree to training or predicting, and back."""
        before = [(vars(part), part.training) for part in self.parts.values()]
        try:
            for attributes, _ in before:
                attributes["training"] = training
            yield
        finally:
            for attributes, was in before:
                attributes["training"] = was

    def current(self, layout: Layout) -> dict[str, Any]:
        """Return the module's tensors that have a place in this layout, by path."""
        tensors = {path: getattr(*self.places[path][0]) for path in layout.shapes}
        for path, shape in layout.shapes.items():
            if tensors[path].shape != shape:
                raise ValueError(
                    f"module: its forward sets {path}, of shape {shape}, to a tensor of shape "
                    f"{tensors[path].shape}; a buffer keeps its shape. If it is none, delete it, "
                    f"or keep an array in its place: self.{path.rpartition('.')[2]} = x.data."
                )
        return tensors

    def _vector(self, layout: Layout) -> NDArray[Any]:
        arrays = [tensor.data.reshape(-1) for tensor in self.current(layout).values()]
        return np.concatenate([np.empty(0, self.dtype), *arrays], dtype=self.dtype)


def _scan(module: Module) -> tuple[dict[str, Module], dict[str, list[tuple[Module, str]]]]:
    """Return the modules of the tree by path, and where each of its tensors is an attribute.

    What a forward has computed and kept is no tensor of the tree.
    """
    places = module.places().items()
    return module.named_modules(), {
        path: place.attributes for path, place in places if place.tensor.is_leaf
    }
