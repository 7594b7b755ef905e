"""Module: a tree of layers and the parameters in it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from baremath.autodiff import Tensor, no_grad, tensor
from baremath.autodiff.recording import mode

if TYPE_CHECKING:
    from baremath.nn.summary import Summary


class Module:
    """A function with parameters: a layer, or a tree of layers.

    A subclass sets its parameters, its buffers and the modules that it is made of as attributes in
    ``__init__``, and has the method `forward`. A tensor that requires a gradient is a parameter;
    one that doesn't is a buffer (a running mean). A list, tuple or dict of modules is a branch too,
    and so are those within it. What is used in two places counts once, by the first of its paths.

    Attributes
    ----------
    training : bool
        Whether `Dropout` drops and `BatchNorm1d` measures; see `train` and `eval`.

    Examples
    --------
    >>> from baremath import nn
    >>> class TwoLayers(nn.Module):
    ...     def __init__(self):
    ...         self.hidden = nn.Linear(2, 4)
    ...         self.output = nn.Linear(4, 1)
    ...
    ...     def forward(self, x):
    ...         return self.output(self.hidden(x).tanh())
    >>> list(TwoLayers().named_parameters())
    ['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias']
    >>> print(TwoLayers())
    TwoLayers(
      (hidden): Linear(2, 4)    # weight 4 × 2, bias 4: 12 parameters
      (output): Linear(4, 1)    # weight 1 × 4, bias 1: 5 parameters
    )    # 17 parameters
    """

    training = True
    _name = ""  # in the module above, by which errors call it
    _frozen: tuple[tuple[str, str], ...] = ()  # attributes, and the names of their tensors

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(x)")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output, by `forward`; tables become arrays, and errors name the layer."""
        name, path = self._name, mode.path
        if not path:
            inputs = tuple([np.asarray(x) if _is_table(x) else x for x in inputs])
        if not name:
            return self.forward(*inputs, **options)
        path.append(name)
        try:
            return self.forward(*inputs, **options)
        except Exception as error:
            if not hasattr(error, "__notes__"):
                error.add_note(f"in {self.called}")
            raise
        finally:
            path.pop()

    @property
    def called(self) -> str:
        """What an error calls it while it computes: its path, and what it is."""
        kind = type(self).__name__
        return f"{'.'.join(mode.path)} ({kind})" if mode.path else kind

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor):
            return object.__setattr__(self, name, value)
        if isinstance(vars(self).get(name), Tensor) and not _can_be_a_tensor(value):
            raise TypeError(
                f"{type(self).__name__}.{name} is a tensor, and a {type(value).__name__} in its "
                "place would not be learned; write nn.parameter(values), or tensor(values) for a "
                "constant"
            )
        if isinstance(value, Module):
            vars(value)["_name"] = name
        elif isinstance(value, list | tuple | dict):
            for path, part in _parts(name, value):
                if isinstance(part, Module):
                    vars(part)["_name"] = path
                elif isinstance(part, Tensor) and part.requires_grad:
                    raise TypeError(
                        f"{type(self).__name__}.{name} holds parameters, and those in a "
                        f"{type(value).__name__} would not be learned: make each an attribute"
                    )
        return object.__setattr__(self, name, value)

    # What is in it

    def children(self) -> dict[str, Module]:
        """Return the modules directly below, by name; of a list, "layers.0" and so on."""
        found: dict[str, Module] = {}
        for name, value in vars(self).items():
            if isinstance(value, Module):
                found[name] = value
            elif isinstance(value, list | tuple | dict):
                found.update((path, m) for path, m in _parts(name, value) if isinstance(m, Module))
        return found

    def named_modules(self, prefix: str = "") -> dict[str, Module]:
        """Return this module, as ``""``, and all below it by their path."""
        return dict(self._modules(prefix, set()))

    def _modules(self, path: str, seen: set[int]) -> Iterator[tuple[str, Module]]:
        """Yield path and module of this and all below, once each."""
        if id(self) not in seen:
            seen.add(id(self))
            yield path, self
            for name, child in self.children().items():
                yield from child._modules(f"{path}.{name}" if path else name, seen)

    def places(self) -> dict[str, Place]:
        """Return each parameter and buffer by its path, with all the attributes that are it."""
        paths: dict[int, str] = {}
        found: dict[str, Place] = {}
        for prefix, module in self.named_modules().items():
            for name, value in vars(module).items():
                if isinstance(value, Tensor):
                    path = paths.setdefault(id(value), f"{prefix}.{name}" if prefix else name)
                    found.setdefault(path, Place(value, [])).attributes.append((module, name))
        return found

    def named_parameters(self) -> dict[str, Tensor]:
        """Return what is learned, by its path: ``"layers.0.weight"``."""
        return {path: p.tensor for path, p in self.places().items() if p.tensor.requires_grad}

    def named_buffers(self) -> dict[str, Tensor]:
        """Return what is measured, or frozen, rather than learned, by its path."""
        return {path: p.tensor for path, p in self.places().items() if not p.tensor.requires_grad}

    def parameters(self) -> list[Tensor]:
        """Return what is learned."""
        return list(self.named_parameters().values())

    # Setting all of it

    def reset_parameters(self, rng: np.random.Generator) -> None:
        """Draw the parameters anew; a layer that has some overrides this, by `refill`."""

    def initialise(self, seed: int | np.random.Generator) -> Self:
        """Draw the parameters of the whole tree anew, and return it.

        Parameters
        ----------
        seed : int or numpy.random.Generator
            The same seed gives the same weights.
        """
        rng = np.random.default_rng(seed)
        for module in self.named_modules().values():
            module.reset_parameters(rng)
        return self

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return a copy of every parameter and buffer, by its path."""
        return {path: place.tensor.data.copy() for path, place in self.places().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set every parameter and buffer; all of them, or none if something doesn't fit.

        Parameters
        ----------
        state : mapping of str to array_like
            As `state_dict` returns it. They are converted to this module's types.

        Raises
        ------
        ValueError
            If a name is missing or unknown, or a shape differs.
        TypeError
            If something isn't made of numbers.
        """
        own = {path: place.tensor for path, place in self.places().items()}
        if missing := own.keys() - state.keys():
            raise ValueError(f"the state has no {', '.join(sorted(missing))}")
        if unknown := state.keys() - own.keys():
            raise ValueError(f"this module has no {', '.join(sorted(unknown))}")
        arrays = {path: _numbers(path, state[path]) for path in own}
        for path, t in own.items():
            if arrays[path].shape != t.shape:
                raise ValueError(f"{path} has shape {t.shape}; the state's is {arrays[path].shape}")
        for path, t in own.items():
            refill(t, arrays[path])

    @contextmanager
    def using(self, tensors: Mapping[str, Any]) -> Iterator[None]:
        """Compute with other tensors in place of some parameters and buffers, and put them back.

        Parameters
        ----------
        tensors : mapping of str to Tensor
            By path, as in `named_parameters`.

        Raises
        ------
        ValueError
            If there is no such parameter or buffer.
        """
        places = self.places()
        if unknown := tensors.keys() - places.keys():
            raise ValueError(f"this module has no {', '.join(sorted(unknown))}")
        try:
            for path, replacement in tensors.items():
                for module, name in places[path].attributes:
                    vars(module)[name] = replacement
            yield
        finally:
            for path in tensors:
                for module, name in places[path].attributes:
                    vars(module)[name] = places[path].tensor

    def astype(self, dtype: DTypeLike) -> Self:
        """Convert all floats of the tree, and return it; gradients added up so far are dropped.

        Parameters
        ----------
        dtype : dtype
            float32, as layers are made, or float64.
        """
        dtype = np.dtype(dtype)
        if dtype.kind != "f":
            raise TypeError(f"parameters are floats: float32 or float64, not {dtype}")
        for place in self.places().values():
            t = place.tensor
            if t.dtype.kind == "f":
                wanted, name, t.requires_grad = t.requires_grad, t.name, False
                t.data = t.data.astype(dtype)
                t.requires_grad = wanted
                if name:
                    t.name = name
        return self

    def freeze(self) -> Self:
        """Learn no parameter of the tree from now on, and return it: they become buffers."""
        for place in self.places().values():
            if place.tensor.requires_grad:
                module, name = place.attributes[0]
                module._frozen += ((name, place.tensor.name),)
                place.tensor.requires_grad = False
        return self

    def unfreeze(self) -> Self:
        """Learn again what `freeze` froze, and return the tree."""
        for module in self.named_modules().values():
            for attribute, name in module._frozen:
                t = getattr(module, attribute)
                t.requires_grad, t.name = True, name
            module._frozen = ()
        return self

    def train(self, mode: bool = True) -> Self:
        """Set the whole tree to training, and return it."""
        for module in self.named_modules().values():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set the whole tree to predicting, and return it."""
        return self.train(False)

    # Showing

    def settings(self) -> str:
        """Return the arguments it was made with, those at their default left out."""
        shown = []
        for name, p in inspect.signature(type(self)).parameters.items():
            value = vars(self).get(name, self)  # of what isn't kept nothing can be said
            if isinstance(value, Tensor | Module) or callable(value):
                continue
            if p.default is p.empty:
                shown.append(f"{value!r}")
            elif repr(value) != repr(p.default):
                shown.append(f"{name}={value!r}")
        return ", ".join(shown)

    def __repr__(self) -> str:
        from baremath.nn.summary import tree

        return tree(self)

    def summary(self, input_shape: int | tuple[int, ...]) -> Summary:
        """Return a table of the layers: the shape that each returns and how much it learns.

        Parameters
        ----------
        input_shape : int or tuple of int
            The shape of one row of X.

        Examples
        --------
        >>> from baremath import nn
        >>> print(nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).summary(2))
        layer      kind           output   parameters
        ─────────────────────────────────────────────
        layers.0   Linear(2, 4)   n × 4            12
        layers.1   Tanh()         n × 4             0
        layers.2   Linear(4, 1)   n × 1             5
        ─────────────────────────────────────────────
        total      Sequential     n × 1            17
        """
        from baremath.nn.summary import Summary

        return Summary(self, input_shape)


class Place(NamedTuple):
    """A tensor, and every attribute that is it: (module, name)."""

    tensor: Tensor
    attributes: list[tuple[Module, str]]


def parameter(values: Any, name: str = "") -> Tensor:
    """Return a float32 tensor to be learned.

    Parameters
    ----------
    values : array_like
        Its first values.
    name : str, default=""
        What `show` calls it.
    """
    return tensor(values, requires_grad=True, dtype=np.float32, name=name)


def refill(t: Tensor, values: Any) -> None:
    """Give a parameter or buffer other values; it stays the same tensor, of the same type."""
    with no_grad():
        t[...] = values


def _can_be_a_tensor(value: Any) -> bool:
    """Say whether a value may stand where a tensor was: a symbol of a trace, or None."""
    return value is None or (
        hasattr(value, "shape") and not isinstance(value, np.ndarray | np.generic)
    )


def _is_table(x: Any) -> bool:
    """Say whether x is a list, or a table or column of pandas' or polars'."""
    return type(x) is list or hasattr(x, "to_numpy")


def _parts(path: str, branch: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is in a list, tuple or dict, and in those within it, with its path."""
    for key, part in branch.items() if isinstance(branch, dict) else enumerate(branch):
        if isinstance(part, list | tuple | dict):
            yield from _parts(f"{path}.{key}", part)
        else:
            yield f"{path}.{key}", part


def _numbers(path: str, values: Any) -> NDArray[Any]:
    array = values.data if isinstance(values, Tensor) else np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{path} in the state is of dtype {array.dtype}; it must be numbers")
    return array
