"""Captures: what a function reads beside its arguments, so that a change of it is noticed.

A trace runs the Python once. What that read from closures, globals, defaults and attributes is
frozen in the graph; here is written down what it was.
"""

from __future__ import annotations

import array as arrays
import copy
import enum
import random
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from baremath.autodiff import Tensor
from baremath.autodiff.symbol import is_symbol

#: Code from here isn't the user's: it is taken not to change.
_HERE = str(Path(__file__).resolve().parents[1])
_INSTALLED = (
    _HERE,
    *{str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "purelib", "platlib")},
)
_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or")
_PLAIN = (bool, int, float, complex, str, bytes, type(None), enum.Enum, np.generic, np.dtype)
_CONTAINERS = (tuple, list, dict, set, frozenset, deque)
_RANDOM = (np.random.Generator, np.random.RandomState, random.Random)

#: Functions and attributes that read a variable or an attribute whose name is a text.
_BY_TEXT = {"getattr", "globals", "vars", "__dict__", "attrgetter"}

#: Methods that Python calls without naming them.
_IMPLICIT = frozenset(
    f"__{name}__"
    for name in (
        *("call", "getitem", "getattr", "iter", "next", "len", "contains", "enter", "exit"),
        *("float", "int", "index", "bool", "neg", "pos", "abs", "invert", "wrapped"),
        *(f"{side}{name}" for side in ("", "r") for name in _OPERATORS),
    )
)
#: What operations and compiled functions remember of themselves, which changes nothing.
_MEMOS = {"_unread", "_made", "_methods", "_last", "_keeping"}
_MISSING = object()


class Place(NamedTuple):
    """Where something was read.

    In a dict (of globals, of attributes) by a key, in a closure's cell, in a class itself, or as an
    attribute that no dict holds: a slot, a function's defaults.

    Parameters
    ----------
    name : str
        What a message calls it.
    owner : dict, cell, class or object
        Where it is.
    key : str
        Of a dict, or an attribute's name.
    value : object
        What was there.
    same : callable
        Says whether something is still the value, and as it was.
    """

    name: str
    owner: Any
    key: str
    value: Any
    same: Callable[[Any], bool]

    def read(self) -> Any:
        """Return what is there now."""
        return _read(self.owner, self.key)

    def put_back(self) -> None:
        """Put what was there where it was."""
        if isinstance(self.owner, dict):
            self.owner[self.key] = self.value
        elif isinstance(self.owner, CellType):
            self.owner.cell_contents = self.value
        else:
            setattr(self.owner, self.key, self.value)


class Captures:
    """What a function reads beside its arguments.

    Parameters
    ----------
    *roots : object
        Functions, and objects whose methods are called.
    modules : sequence of Module
        Whose tensors are arguments.

    Attributes
    ----------
    places : list of Place
        Where it reads, and what is there.
    arrays : list of (ndarray, bytes)
        Arrays that were met on another way, and their contents.
    tensors : list of (Tensor, ndarray)
        Tensors likewise, and their arrays.
    """

    def __init__(self, *roots: Any, modules: tuple[Any, ...] = ()) -> None:
        self.places: list[Place] = []
        self.arrays: list[tuple[Any, bytes]] = []
        self.tensors: list[tuple[Tensor, Any]] = []
        self._names: set[str] = set()  # of globals and attributes, in all the code
        self._owners: list[tuple[str, Any, set[str]]] = []  # with the attributes written down
        self._grown: list[tuple[str, dict[str, Any], set[str]]] = []
        self._seen: dict[int, Any] = {}
        for module in modules:
            self._module(module, type(module).__name__, own=False)
        for root in roots:
            if _is_in(_file_of(type(root)), (_HERE,)) and not hasattr(root, "named_modules"):
                continue  # such as a training step, which knows itself what it depends on
            self._visit(root, getattr(root, "__name__", type(root).__name__))
        while self._follow():
            pass

    def add(self, captured: dict[int, tuple[Any, Any]]) -> None:
        """Watch arrays and tensors that became constants, too, if anybody can change them."""
        for x, array in captured.values():
            if isinstance(x, Tensor):
                self.tensors.append((x, array))
            elif x.flags.writeable or x.base is not None:
                self.arrays.append((x, x.tobytes()))

    def stale(self) -> str:
        """Return in words what has changed since; "" if nothing has."""
        for place in self.places:
            now = place.read()
            if not place.same(now):
                after = f" to {_words(now)}" if isinstance(now, _PLAIN) else ""
                before = "" if place.value is _MISSING else f" from {_words(place.value)}"
                return f"{place.name} has changed{before}{after}"
        for x, array in self.tensors:
            if x.data is not array:
                return f"a tensor of shape {x.shape} that is no argument has got other values"
        for x, contents in self.arrays:
            if x.tobytes() != contents:
                return f"an array of shape {x.shape} that is no argument was written to"
        return ""

    def side_effect(self) -> str:
        """Return in words what a trace itself has changed; "" if nothing."""
        for name, attributes, before in self._grown:
            if new := attributes.keys() - before:
                return f"{name} has got the attribute {min(new)}"
        return self.stale()

    def put_back(self) -> None:
        """Take symbols out of where a trace has left them."""
        for _, attributes, before in self._grown:
            for key in attributes.keys() - before:
                if is_symbol(attributes[key]):
                    del attributes[key]
        for place in self.places:
            if is_symbol(place.read()):
                place.put_back()

    def _visit(self, value: Any, name: str) -> None:
        """Follow a value to what it reads."""
        if id(value) in self._seen or isinstance(value, (*_PLAIN, np.ndarray, Tensor)):
            return
        self._seen[id(value)] = value
        if isinstance(value, MethodType):
            self._visit(value.__self__, type(value.__self__).__name__)
            self._visit(value.__func__, name)
        elif isinstance(value, partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                self._take(f"a part of {name}", CellType(part), "")
        elif isinstance(value, staticmethod | classmethod):
            self._visit(value.__func__, name)
        elif isinstance(value, property):
            self._visit(value.fget, name)
        elif isinstance(value, type):
            if _is_users_module(value.__module__):
                self._owners.append((name, value, set()))
                self._classes(value)
        elif isinstance(value, FunctionType):
            if _is_users(value.__code__.co_filename):
                self._function(value)
        elif isinstance(value, _CONTAINERS):
            for part in list(value.values() if isinstance(value, dict) else value):
                self._visit(part, name)
        elif hasattr(value, "named_modules"):
            self._module(value, name)
        elif isinstance(value, ModuleType):
            if _is_users_module(value.__name__, value):
                self._owners.append((name, value, set()))
        else:
            self._classes(type(value))
            if hasattr(value, "__dict__"):
                self._owners.append((name, value, set()))
                self._grown.append((name, vars(value), set(vars(value))))
            for slot in _slots(type(value)):
                self._take(f"{name}.{slot}", value, slot)

    def _classes(self, kind: type) -> None:
        """Follow a class, and those that it inherits from."""
        for one in kind.__mro__:
            self._visit(one, one.__name__)

    def _follow(self) -> bool:
        """Write down the attributes that the code names, and whether there were new ones."""
        found = False
        for name, owner, done in list(self._owners):
            ours = _is_in(_file_of(type(owner)), (_HERE,))
            wanted = (vars(owner).keys() - _MEMOS if ours else self._names | _IMPLICIT) - done
            done |= wanted
            for key in sorted(wanted):
                if key in vars(owner):
                    self._take(f"{name}.{key}", *_place(owner, key))
                    found = True
                elif not isinstance(owner, type | ModuleType) and hasattr(type(owner), key):
                    self._take(f"{name}.{key}", vars(owner), key)  # it may hide the class's
        return found

    def _function(self, f: FunctionType) -> None:
        """Write down a function's defaults, the globals it names, and what it closes over."""
        names = set(_names_in(f.__code__))
        if names & _BY_TEXT:
            names.update(_texts_in(f.__code__))
        self._names |= names
        self._owners.append((f.__name__, f, set()))
        self._take(f"the code of {f.__name__}", f, "__code__")
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            self._take(f"{name}, from around {f.__name__},", cell, "")
        for name in sorted(names & f.__globals__.keys()):
            self._take(f"the global {name}", f.__globals__, name)
        for defaults in ("__defaults__", "__kwdefaults__"):
            self._take(f"a default of {f.__name__}", f, defaults)

    def _module(self, module: Any, name: str, *, own: bool = True) -> None:
        """Write down what a layer is set to; its tensors, too, unless they are arguments."""
        parts = module.named_modules()
        self._seen.update({id(part): part for part in parts.values()})
        for path, part in parts.items():
            called = f"{name}.{path}" if path else name
            attributes = vars(part)
            self._grown.append((called, attributes, {*attributes, "training"}))
            self._owners.append((called, part, {*attributes, "training"}))
            self._classes(type(part))
            self._visit(type(part).forward, f"{called}.forward")
            for key in {**attributes, "training": None}:
                if own or not isinstance(attributes.get(key), Tensor):
                    self._take(f"{called}.{key}", attributes, key)

    def _take(self, name: str, owner: Any, key: str) -> None:
        """Write down what is in one place, and follow it."""
        value = _read(owner, key)
        self.places.append(Place(name, owner, key, value, _same_as(value)))
        if value is not _MISSING:
            self._visit(value, name.split(",")[0].removeprefix("the global "))


def _read(owner: Any, key: str) -> Any:
    """Return what is in a place: see `Place`."""
    if isinstance(owner, dict):
        return owner.get(key, _MISSING)
    if isinstance(owner, type):
        return vars(owner).get(key, _MISSING)
    if not isinstance(owner, CellType):
        return getattr(owner, key, _MISSING)
    try:
        return owner.cell_contents
    except ValueError:  # nothing was assigned yet
        return _MISSING


def _place(owner: Any, key: str) -> tuple[Any, str]:
    """Return where an attribute is that an object's own dict holds."""
    return (owner if isinstance(owner, type) else vars(owner)), key


def _slots(kind: type) -> list[str]:
    """Return the attributes that objects of a user's class hold without a dict."""
    classes = [one for one in kind.__mro__ if _is_users_module(one.__module__)]
    found = [vars(one).get("__slots__", ()) for one in classes]
    names = [name for part in found for name in ((part,) if isinstance(part, str) else part)]
    return [name for name in names if not name.startswith("__")]


def _same_as(value: Any) -> Callable[[Any], bool]:
    """Return the function that says whether something is still this value, and as it is now."""
    if isinstance(value, _PLAIN):
        return lambda now: now is value or (type(now) is type(value) and repr(now) == repr(value))
    if isinstance(value, np.ndarray):
        before = value.tobytes()
        return lambda now: now is value and now.tobytes() == before
    if isinstance(value, Tensor):
        data = value.data
        return lambda now: now is value and now.data is data
    if isinstance(value, _RANDOM):
        state = _random_state(value)
        return lambda now: now is value and _random_state(now) == state
    if hasattr(value, "equals") and hasattr(value, "to_numpy"):  # of pandas, or polars
        table = copy.deepcopy(value)
        return lambda now: now is value and bool(now.equals(table))
    if isinstance(value, bytearray | arrays.array):
        contents = bytes(value)
        return lambda now: now is value and bytes(now) == contents
    if isinstance(value, Iterator) and type(value).__module__ in ("builtins", "itertools"):
        return lambda _: False  # to read it is to change it
    if isinstance(value, set | frozenset):
        members = set(value)
        return lambda now: type(now) is type(value) and now == members
    if isinstance(value, _CONTAINERS):
        return _same_parts(value)
    return lambda now: now is value


def _same_parts(value: Any) -> Callable[[Any], bool]:
    kind, keys = type(value), list(value) if isinstance(value, dict) else None
    tests = [_same_as(part) for part in (value.values() if keys is not None else value)]

    def same(now: Any) -> bool:
        if type(now) is not kind or len(now) != len(tests) or (keys and list(now) != keys):
            return False
        parts = now.values() if keys is not None else now
        return all(test(part) for test, part in zip(tests, parts, strict=True))

    return same


def _random_state(generator: Any) -> str:
    if isinstance(generator, np.random.Generator):
        return repr(generator.bit_generator.state)
    if isinstance(generator, random.Random):
        return repr(generator.getstate())
    state = generator.get_state(legacy=False)
    return repr({**state, "state": {k: np.asarray(v).tobytes() for k, v in state["state"].items()}})


def _texts_in(code: CodeType) -> Iterator[str]:
    """Yield the texts in code that may be names."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _texts_in(part)
        elif isinstance(part, str) and part.isidentifier():
            yield part


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names_in(part)


@cache
def _is_in(file: str, folders: tuple[str, ...]) -> bool:
    return bool(file) and str(Path(file).resolve()).startswith(folders)


def _is_users(file: str) -> bool:
    """Whether a file is the user's, rather than Python's, an installed package's or ours."""
    return bool(file) and not _is_in(file, _INSTALLED)


def _is_users_module(name: str, module: Any = None) -> bool:
    """Whether a module is the user's; one without a file may have been typed in."""
    file = getattr(module or sys.modules.get(name), "__file__", None)
    return _is_users(file) if file else name not in sys.builtin_module_names


def _file_of(kind: type) -> str:
    module = sys.modules.get(kind.__module__)
    return getattr(module, "__file__", None) or ""


def _words(value: Any) -> str:
    if isinstance(value, _PLAIN):
        return repr(value)
    return f"the {type(value).__name__} it was"
