"""Compiled functions: a function of tensors, traced, optimised and turned into machine code."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

import numpy as np

from baremath.compiler.arguments import Arguments
from baremath.compiler.backends import BACKENDS
from baremath.compiler.ir import Graph
from baremath.compiler.loops.bounds import check_computed, check_given
from baremath.compiler.loops.lower import Lowered, lower
from baremath.compiler.loops.python import source
from baremath.compiler.memory import Results, aligned
from baremath.compiler.passes import Record, optimise
from baremath.compiler.trace import Traced, trace

if TYPE_CHECKING:
    from baremath.autodiff.drawing import GraphDrawing
    from baremath.compiler.cost import Cost


#: For how many kinds of arguments a function stays compiled.
MOST_KEPT = 128


class Specialised:
    """A function compiled for arguments of certain shapes and dtypes.

    Attributes
    ----------
    traced : Traced
        What the function does.
    graph : Graph
        After the passes.
    passes : list of Record
        The graph before and after each pass.
    lowered : Lowered
        The graph as a loop program.
    """

    def __init__(self, traced: Traced, backend: str) -> None:
        self.traced = traced
        self.graph, self.passes = optimise(traced.graph)
        self.lowered: Lowered = lower(self.graph)
        self.run = BACKENDS[backend](self.graph, self.lowered)
        self._lock = threading.Lock()
        self._results = Results()
        self._arena = aligned(self.lowered.arena_bytes, np.uint8)
        self._constants = self.lowered.constants
        self._checks = (*self.lowered.index_checks, *self.lowered.word_checks)
        check_given(self._checks, {"constants": self._constants})

    def __call__(self, arguments: Arguments) -> Any:
        """Compute the results, in arrays of their own."""
        spaces = {name: np.ascontiguousarray(arguments.arrays[name]) for name in self.graph.inputs}
        self.traced.check_numbers(arguments.arrays)
        check_given(self._checks, spaces)
        with self._lock:  # one arena
            values = {
                name: self._results.array(name, node.shape, node.dtype)
                for name, node in self.graph.outputs.items()
            }
            self.run({**spaces, **values, "arena": self._arena, "constants": self._constants})
            check_computed(self._checks, {"arena": self._arena})
        return self.traced.rebuild(values)


class Compiled:
    """What `compile` returns: the function, and everything that became of it."""

    def __init__(
        self, f: Callable[..., Any], static_argnames: Collection[str], backend: str
    ) -> None:
        update_wrapper(self, f)
        self._f = f
        self._static = static_argnames
        self._backend = backend
        self._made: OrderedDict[Any, Specialised] = OrderedDict()
        self._keeping = threading.Lock()
        self._last: Specialised | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute; on the first call of its kind compile."""
        arguments = Arguments(self._f, args, kwargs, self._static)
        made = self._made.get(arguments.key)
        if made is None or made.traced.stale():
            traced = trace(self._f, *args, static_argnames=self._static, **kwargs)
            made = Specialised(traced, self._backend)
        self._keep(arguments.key, made)
        self._last = made
        return made(arguments)

    def _keep(self, key: Any, made: Specialised) -> None:
        """Keep what was made, as the most recent; forget what hasn't been used for longest."""
        with self._keeping:
            self._made[key] = made
            self._made.move_to_end(key)
            if len(self._made) > MOST_KEPT:
                self._made.popitem(last=False)

    def __repr__(self) -> str:
        return f"<compiled {getattr(self._f, '__qualname__', self._f)}, {self._backend}>"

    @property
    def last(self) -> Specialised:
        """What ran last."""
        if self._last is None:
            raise RuntimeError("nothing has been compiled: call the function first")
        return self._last

    @property
    def graph(self) -> Graph:
        """What is computed, after the passes."""
        return self.last.graph

    @property
    def passes(self) -> list[Record]:
        """The graph before and after each pass."""
        return self.last.passes

    @property
    def source(self) -> str:
        """The loops, as Python that runs."""
        return source(self.last.lowered.program)

    @property
    def llvm(self) -> str:
        """The loops, as LLVM IR."""
        return str(self._native().llvm)

    @property
    def assembly(self) -> str:
        """What the processor gets."""
        return str(self._native().assembly)

    def show(self, **options: Any) -> GraphDrawing:
        """Return a drawing of what is computed, as `baremath.show` draws; see `compiler.show`."""
        from baremath.compiler.show import show

        return show(self, **options)

    def cost(self, *args: Any, **kwargs: Any) -> Cost:
        """Return what it costs: operations, bytes, time predicted, and measured for arguments."""
        from baremath.compiler.cost import cost

        return cost(self, self if args or kwargs else None, *args, **kwargs)

    def _native(self) -> Any:
        if self._backend != "native":
            raise RuntimeError(
                f"the {self._backend} makes no machine code: compile(f, backend='native') does"
            )
        return self.last.run


def compile(  # noqa: A001 - as in torch.compile
    f: Callable[..., Any] | None = None,
    *,
    static_argnames: Collection[str] = (),
    backend: str = "native",
) -> Any:
    """Return a function compiled: the same results, computed by machine code made for it.

    The function is traced on its first call, and again for arguments of other shapes or dtypes:
    run once on symbols, which write down what is done to them. It stays compiled for the 128 kinds
    of arguments that were used last; each function among the arguments is a kind of its own.

    Parameters
    ----------
    f : callable
        Takes and returns tensors, arrays, numbers and modules, in tuples, lists and dicts.
    static_argnames : collection of str, default=()
        Arguments that the code is made for: another value makes it anew.
    backend : {"native", "interpreter"}, default="native"
        Machine code, or NumPy operation by operation, without the loops.

    Returns
    -------
    Compiled
        Takes what `f` takes.

    Raises
    ------
    TraceError
        From the call: if what `f` does depends on values, or would happen only once.
    IndexError
        From the call: if an index, given or computed, is out of bounds.

    Examples
    --------
    >>> import numpy as np
    >>> f = compile(lambda x: np.sum(np.tanh(x) ** 2))
    >>> float(f(np.zeros(3)))
    0.0
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend={backend!r} must be one of {', '.join(map(repr, BACKENDS))}")
    if f is None:
        return lambda f: compile(f, static_argnames=static_argnames, backend=backend)
    return Compiled(f, static_argnames, backend)
