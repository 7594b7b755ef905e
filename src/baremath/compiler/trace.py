"""Tracing: a function of tensors is run once on symbols, and what it does becomes a graph."""

from __future__ import annotations

import inspect
import random
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from baremath.autodiff import Tensor, tree
from baremath.autodiff.recording import recording_by
from baremath.autodiff.symbol import Symbol, TraceError
from baremath.compiler.arguments import STATIC, Arguments, paths
from baremath.compiler.captures import Captures
from baremath.compiler.ir import Graph, Node
from baremath.compiler.recorder import Recorder

Places = list[tuple[dict[str, Any], str]]
Update = tuple[str, Tensor, Places]

#: Held while symbols stand in modules, which all threads share.
_lock = threading.RLock()


@dataclass(frozen=True)
class Output:
    """The place of an output in the tree that a function returns: as a tensor, or an array."""

    name: str
    tensor: bool


class Traced:
    """What a function does to arguments like those it was traced with.

    Attributes
    ----------
    graph : Graph
        Its inputs are the arrays of the arguments, by name; the outputs ``"out"``,
        ``"out[0]"``, ``"out['loss']"``, or ``"out_"`` if an argument is called that. After them,
        as ``"model.layers.1.running_mean'"``, the tensors that the function gave the modules
        among its arguments.
    key : tuple
        What such arguments have in common: `Arguments.key`.
    result : tree
        What the function returns, an `Output` in the place of each array.
    weak : frozenset of str
        The inputs that are Python numbers.
    captures : Captures
        What it reads beside its arguments.
    remembers : bool
        Whether a tensor that it returns remembers how it was made, from the weights of modules or
        other tensors that require a gradient, for `backward` to go there.
    """

    def __init__(
        self,
        graph: Graph,
        arguments: Arguments,
        result: Any,
        updates: dict[str, Places],
        recorder: Recorder,
        captures: Captures,
        remembers: bool,
    ) -> None:
        self.graph = graph
        self.key = arguments.key
        self.result = result
        self.weak = frozenset(arguments.numbers)
        self.captures = captures
        self.remembers = remembers
        self._updates = updates
        self._fits = recorder.fits
        self._tests = recorder.tests

    def stale(self) -> str:
        """Return in words what else the function reads that has changed since; "" if nothing."""
        return self.captures.stale()

    def check_values(self, values: Mapping[str, Any]) -> None:
        """Refuse labels that name no class, and integers that don't fit the arrays beside them."""
        for name, test in self._tests:
            test(values[name])
        for name, dtypes in self._fits.items():
            for dtype in dtypes:
                info = np.iinfo(dtype)
                if not info.min <= values[name].item() <= info.max:
                    raise OverflowError(
                        f"the argument {name}, {values[name]}, is used as {dtype}, which holds "
                        f"numbers from {info.min} to {info.max}"
                    )

    def rebuild(self, values: Mapping[str, Any]) -> Any:
        """Return what the function returns, given the values of the outputs.

        The tensors that it gave to modules are given to them.
        """
        for name, places in self._updates.items():
            new = Tensor(values[name])
            for attributes, attribute in places:
                attributes[attribute] = new

        def leaf(x: Any) -> Any:
            if not isinstance(x, Output):
                return x
            value = values[x.name]
            if x.tensor:
                return Tensor(value)
            return value if value.ndim else value[()]

        return tree.mapped(leaf, self.result)


def trace(
    f: Callable[..., Any], *args: Any, static_argnames: str | Collection[str] = (), **kwargs: Any
) -> Traced:
    """Return the graph of what a function does to arguments like these.

    Parameters
    ----------
    f : callable
        A function of tensors.
    *args, **kwargs : tensor, array, number, module, or tree of them
        Each array becomes an input, and so does a number, a module's parameters and its buffers.
        A truth value, a text or a function is what the graph is made for.
    static_argnames : str or collection of str, default=()
        The names of further arguments that the graph is made for.

    Returns
    -------
    Traced

    Raises
    ------
    TraceError
        If what the function does can't be known without the values, or would happen only once.

    Examples
    --------
    >>> import numpy as np
    >>> traced = trace(lambda x: np.tanh(2.0 * x), np.ones(3))
    >>> [node.op for node in traced.graph.nodes]
    ['input', 'constant', 'multiply', 'tanh']
    """
    arguments = Arguments(f, args, kwargs, static_argnames)
    captures = Captures(f, *arguments.constants, modules=tuple(arguments.modules.values()))
    draws = _random_states()
    recorder = Recorder()
    symbols = {
        name: recorder.input(name, array, weak=name in arguments.numbers)
        for name, array in arguments.arrays.items()
    }

    def alias(name: str, x: Any) -> Any:
        return Tensor(symbols[name]) if isinstance(x, Tensor) else symbols.get(name, x)

    given = arguments.replaced(alias)
    with _lock, recording_by(recorder), _in_modules(arguments.modules, symbols) as changed:
        containers = _containers(given)
        try:
            result = f(*given[0], **given[1])
            side_effect = captures.side_effect() or _changed(containers)
        except Exception as error:
            if recorder.refused in (None, error) or isinstance(error, TraceError):
                raise
            raise recorder.refused from error  # which NumPy replaces by an error of its own
        finally:
            captures.put_back()
        if recorder.refused is not None:
            raise TraceError(
                f"{recorder.refused} The function catches this error and goes on, so that it would "
                "be compiled as if it always failed there"
            )
        _refuse_side_effects(side_effect, draws, f)
        out = "out"
        while out in arguments.given:
            out += "_"
        outputs = dict(_outputs(out, result, recorder))
        updates = {
            f"{name}'": (recorder.node_of(new.data), places) for name, new, places in changed()
        }
    recorder.open = False
    captures.add(recorder.captured)
    found = {**outputs, **{name: node for name, (node, _) in updates.items()}}
    graph = Graph(recorder.inputs, found, _name(f))
    names = iter([name for name, _ in paths(out, result)])
    shown = tree.mapped(lambda x: _shown(x, next(names)), result)
    places = {name: where for name, (_, where) in updates.items()}
    remembers = any(isinstance(x, Tensor) and x.requires_grad for x in tree.leaves(result))
    return Traced(graph, arguments, shown, places, recorder, captures, remembers)


def _refuse_side_effects(changed: str, draws: Any, f: Any) -> None:
    """Refuse what the function did beside returning something: it would happen only once."""
    code = getattr(inspect.unwrap(f), "__code__", None)
    where = f"{Path(code.co_filename).name}:{code.co_firstlineno}: " if code else ""
    if changed:
        raise TraceError(
            f"{where}{changed} while the function was traced. Its Python runs once, and not at "
            "every call: return what is to be kept, and let the caller keep it"
        )
    if draws != _random_states():
        raise TraceError(
            f"{where}the function draws from np.random or random: the numbers would be drawn once, "
            "and be the same at every call. Draw from baremath.autodiff.random, inside "
            "`with random.stream(seed, step)`, where seed or step is an argument; a Trainer opens "
            "such a stream for each step, and a module only draws from it"
        )


def _random_states() -> str:
    """Return where the generators are that all share."""
    shared: Any = np.random.get_state(legacy=False)  # noqa: NPY002 - which a user may have called
    return f"{shared['state']['key'].tobytes()!r}, {shared['state']['pos']}, {random.getstate()}"


def _containers(given: Any) -> list[tuple[Any, list[Any]]]:
    """Return the lists and dicts among arguments, and what is in each."""
    found: list[tuple[Any, list[Any]]] = []
    stack = [given]
    while stack:
        parent = stack.pop()
        if isinstance(parent, list | dict):
            found.append((parent, _content(parent)))
        if isinstance(parent, tree.BRANCHES):
            stack.extend(parent.values() if isinstance(parent, dict) else parent)
    return found


def _content(parent: Any) -> list[Any]:
    return [*parent, *parent.values()] if isinstance(parent, dict) else [*parent]


def _changed(containers: list[tuple[Any, list[Any]]]) -> str:
    for parent, before in containers:
        now = _content(parent)
        if len(now) != len(before) or any(x is not y for x, y in zip(now, before, strict=True)):
            return f"a {type(parent).__name__} among the arguments has changed"
    return ""


def _outputs(out: str, result: Any, recorder: Recorder) -> Iterator[tuple[str, Node]]:
    """Yield the name and the node of each array that a function returned."""
    for name, x in paths(out, result):
        array = x.data if isinstance(x, Tensor) else x
        if isinstance(array, Symbol | np.ndarray | np.generic):
            yield name, recorder.node_of(array)
        elif not isinstance(array, (*STATIC, int, float)):
            raise TraceError(
                f"the function returned a {type(x).__name__}, as {name}: a compiled function "
                "returns tensors, arrays and numbers, in tuples, lists and dicts"
            )


def _shown(x: Any, name: str) -> Any:
    if not isinstance(x, Tensor | Symbol | np.ndarray | np.generic):
        return x
    return Output(name, isinstance(x, Tensor))


@contextmanager
def _in_modules(
    modules: Mapping[str, Any], symbols: Mapping[str, Symbol]
) -> Iterator[Callable[[], list[Update]]]:
    """Let symbols stand for the tensors of modules; what the modules got for them can be asked."""
    places = [
        (f"{name}.{path}", place, [(vars(m), attribute) for m, attribute in place.attributes])
        for name, module in modules.items()
        for path, place in module.places().items()
    ]

    aliases = {name: Tensor(symbols[name]) for name, _, _ in places}

    def changed() -> list[Update]:
        found = []
        for name, place, where in places:
            new = {id(attributes[key]): attributes[key] for attributes, key in where}
            if new.keys() == {id(aliases[name])}:
                continue
            (t,) = new.values() if len(new) == 1 else (None,)
            if not isinstance(t, Tensor) or (t.shape, t.dtype) != _type(place.tensor):
                raise TraceError(
                    f"the function sets {name}, a tensor of shape {place.tensor.shape} and dtype "
                    f"{place.tensor.dtype}, to {t!r}: a compiled function can only set it to "
                    "another such tensor, in all the places where it is used"
                )
            found.append((name, t, where))
        return found

    try:
        for name, place, where in places:
            if place.tensor.requires_grad:
                aliases[name].requires_grad = True
            for attributes, key in where:
                attributes[key] = aliases[name]
        yield changed
    finally:
        for _, place, where in places:
            for attributes, key in where:
                attributes[key] = place.tensor


def _type(x: Any) -> tuple[tuple[int, ...], Any]:
    return x.shape, x.dtype


def _name(f: Any) -> str:
    return str(getattr(f, "__name__", type(f).__name__))
