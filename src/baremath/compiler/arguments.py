"""Arguments: a call taken apart into named arrays, and what a compiled function is known by."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Collection, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from baremath.autodiff import Operation, Tensor, tree
from baremath.autodiff.symbol import TraceError

#: Types of arguments that a graph is made for: another value needs another graph.
STATIC = (
    *(bool, str, bytes, type, enum.Enum, np.dtype, np.ufunc, Operation),
    *(FunctionType, BuiltinFunctionType, MethodType),
)


#: Names of memory that a program has for itself.
RESERVED = frozenset({"arena", "constants"})


class Arguments:
    """The arguments of one call.

    Parameters
    ----------
    f : callable
        Whose parameters name them.
    args, kwargs : tuple and dict
        The arguments.
    static : str or collection of str
        Names of the arguments that a graph is made for.

    Attributes
    ----------
    given : dict of str to object
        The arguments by the names of the parameters.
    names : dict of str to str
        What a parameter is called in a graph: its name, but for those that are `RESERVED`.
    arrays : dict of str to ndarray
        What a graph takes as inputs, by name: ``"x"``, ``"params['w'][0]"``,
        ``"model.layers.0.weight"``.
    key : tuple
        Equal for two calls that one graph can answer.
    numbers : set of str
        Which of them are Python numbers.
    modules : dict of str to Module
        The modules among the arguments, by name.
    constants : list of object
        The static arguments, and functions among the others.
    """

    def __init__(
        self, f: Callable[..., Any], args: Any, kwargs: Any, static: str | Collection[str] = ()
    ) -> None:
        self._bound = _bound(f, args, kwargs)
        self.given: dict[str, Any] = self._bound.arguments
        self.names = {name: _free(name, self.given) for name in self.given}
        self.arrays: dict[str, Any] = {}
        self.modules: dict[str, Any] = {}
        self.constants: list[Any] = []
        self.numbers: set[str] = set()
        self._fixed = static = frozenset({static} if isinstance(static, str) else static)
        if unknown := static - self._bound.signature.parameters.keys():
            raise TypeError(f"static_argnames names {sorted(unknown)}, which f has no argument for")
        self.key = tuple(
            [
                (
                    name,
                    self._static(name, value)
                    if name in static
                    else self._taken(self.names[name], value),
                )
                for name, value in self.given.items()
            ]
        )

    def replaced(self, function: Callable[[str, Any], Any]) -> tuple[Any, Any]:
        """Return args and kwargs with another value for each leaf, by its name."""
        new = {
            name: value
            if name in self._fixed
            else tree.rebuilt(
                value, [function(path, leaf) for path, leaf in paths(self.names[name], value)]
            )
            for name, value in self.given.items()
        }
        bound = inspect.BoundArguments(self._bound.signature, new)
        return bound.args, bound.kwargs

    def _static(self, name: str, value: Any) -> Any:
        """Return a static argument in a form in which 1, 1.0 and True differ."""
        try:
            hash(value)
        except TypeError:
            raise TraceError(
                f"the argument {name} is static, so a graph is kept for each value of it, but a "
                f"{type(value).__name__} can't be hashed: give a tuple, a number or a text"
            ) from None
        self.constants.append(value)
        return _exact(value)

    def _taken(self, name: str, x: Any) -> Any:
        """Put the arrays of an argument in their place, and return what it is known by."""
        if isinstance(x, tree.BRANCHES):
            parts = tuple([(key, self._taken(path, part)) for key, path, part in branches(name, x)])
            return type(x), parts
        if x is None:
            return None
        if isinstance(x, Tensor):
            return "tensor", self._array(name, x.data)
        if isinstance(x, np.ndarray) and type(x) not in (np.ndarray, np.memmap):
            raise TraceError(
                f"the argument {name} is {_a(type(x))}, whose own arithmetic a compiled "
                "function doesn't know: give np.asarray(x)"
            )
        if isinstance(x, np.ndarray | np.generic):
            return self._array(name, np.asarray(x))
        if isinstance(x, int | float) and not isinstance(x, bool):
            self.numbers.add(name)
            return "number", self._array(name, np.array(x))
        if hasattr(x, "named_parameters"):
            return self._module(name, x)
        if isinstance(x, STATIC) or hasattr(x, "__wrapped__"):
            return self._static(name, x)
        raise TraceError(
            f"the argument {name} is {_a(type(x))}: a compiled function takes tensors, "
            "arrays, numbers and modules, in tuples, lists and dicts; what it is to be compiled "
            "for is named in static_argnames"
        )

    def _array(self, name: str, array: Any) -> Any:
        if array.dtype.kind not in "fiub":
            raise TraceError(
                f"the argument {name} holds {array.dtype}; a compiled function computes with "
                "numbers: floats, integers and truth values"
            )
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        self.arrays[name] = array
        return array.dtype, array.shape

    def _module(self, name: str, module: Any) -> Any:
        """Take a module's tensors; it is known by itself, as they are its own."""
        self.modules[name] = module
        parts = []
        for path, place in module.places().items():
            known = self._array(f"{name}.{path}", place.tensor.data)
            parts.append((path, known, place.tensor.requires_grad))
        return _Same(module), tuple(parts)


class _Same:
    """Equal to another only if both are of one object, which stays alive."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def _free(name: str, taken: Collection[str]) -> str:
    """Return the name of an argument, or one like it where a program needs it for itself."""
    if name not in RESERVED:
        return name
    while name in taken:
        name += "_"
    return name


def branches(path: str, parent: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield key, path and value of what a tuple, list or dict holds, as a tree counts them."""
    if isinstance(parent, dict):
        for key, part in parent.items():
            yield key, f"{path}[{key!r}]", part
    elif hasattr(parent, "_fields"):
        for key, part in zip(parent._fields, parent, strict=True):
            yield key, f"{path}.{key}", part
    else:
        for k, part in enumerate(parent):
            yield k, f"{path}[{k}]", part


def paths(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each leaf of a tree with its name, in the order of `tree.leaves`."""
    if isinstance(value, tree.BRANCHES):
        for _, below, part in branches(path, value):
            yield from paths(below, part)
    elif value is not None:
        yield path, value


def _bound(f: Any, args: Any, kwargs: Any) -> inspect.BoundArguments:
    """Return the arguments by the names of the parameters."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # of a function written in C
        kinds = inspect.Parameter
        named = [kinds(f"x{k}", kinds.POSITIONAL_ONLY) for k in range(len(args))]
        signature = inspect.Signature([*named, *[kinds(k, kinds.KEYWORD_ONLY) for k in kwargs]])
    return signature.bind(*args, **kwargs)


def _a(kind: type) -> str:
    """Return the name of a class with its article."""
    return f"{'an' if kind.__name__[0] in 'aeiouAEIO' else 'a'} {kind.__name__}"


def _exact(value: Any) -> Any:
    if isinstance(value, tuple | frozenset):
        return type(value), type(value)(map(_exact, value))
    if isinstance(value, float):
        return float, repr(value)
    return type(value), value
