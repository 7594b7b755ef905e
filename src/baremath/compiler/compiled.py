"""Compiled functions: a function of tensors, traced, optimised and turned into machine code."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from functools import update_wrapper
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from baremath.autodiff import Tensor, no_grad, tree
from baremath.autodiff.recording import mode
from baremath.compiler.arguments import Arguments
from baremath.compiler.backends import BACKENDS
from baremath.compiler.ir import Graph
from baremath.compiler.loops.bounds import check_computed, check_given
from baremath.compiler.loops.lower import Lowered, lower
from baremath.compiler.loops.python import source
from baremath.compiler.memory import Results, aligned
from baremath.compiler.passes import Records, optimise
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
        self.traced.check_values(arguments.arrays)
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
    """What `compile` returns: the function, and everything that became of it.

    A call computes by machine code, unless what it is a part of has to see the operations: while
    another function is traced, while it is differentiated (inside `grad`, or where the result would
    remember how it was made, for `backward`), it runs the plain function. Inside `no_grad` the
    result remembers nothing, so machine code computes it. `detect_anomaly` looks at operations
    one by one, and doesn't reach into machine code.

    Decorating a method compiles it for each of the last 128 objects that it was called on; that of
    a module takes the module as an argument. A copy, and what comes back from a pickle, is compiled
    anew when it is first called.

    Attributes
    ----------
    graph : Graph
        What was computed last, after the passes; printed it reads like mathematics.
    passes : list of Record
        The graph before and after each pass; printed it is a table.
    source : str
        Its loops, as Python that runs.
    llvm : str
        Its loops, as LLVM IR.
    assembly : str
        What the processor gets.

    See Also
    --------
    Compiled.show : A drawing: printed it is text; it has to_svg, to_html, to_dot and save.
    Compiled.cost : Operations, bytes and time.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.autodiff import grad
    >>> f = compile(lambda x: x**2)
    >>> float(f(3.0)), float(grad(f)(3.0))
    (9.0, 6.0)
    >>> [node.op for node in f.graph.nodes]
    ['input', 'square']
    """

    def __init__(
        self, f: Callable[..., Any], static_argnames: Collection[str], backend: str
    ) -> None:
        update_wrapper(self, f)
        self._f = f
        self._made_of = (f, static_argnames, backend)
        self._static = static_argnames
        self._backend = backend
        self._made: OrderedDict[Any, Specialised] = OrderedDict()
        self._keeping = threading.Lock()
        self._last: Specialised | None = None
        self._methods: OrderedDict[int, tuple[Any, Compiled]] = OrderedDict()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute; on the first call of its kind compile."""
        if _is_seen_into(args, kwargs):
            return self._f(*args, **kwargs)
        arguments = Arguments(self._f, args, kwargs, self._static)
        key = (arguments.key, mode.recording)
        made = self._made.get(key)
        if made is None or made.traced.stale():
            traced = trace(self._f, *args, static_argnames=self._static, **kwargs)
            made = Specialised(traced, self._backend)
        self._keep(self._made, key, made)
        self._last = made
        if made.traced.remembers and mode.recording:
            return self._f(*args, **kwargs)
        return made(arguments)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Return the method of an object."""
        if instance is None:
            return self
        method = MethodType(self, instance)
        if hasattr(instance, "named_modules"):
            return method
        _, made = self._methods.get(id(instance), (None, None))
        if made is None:
            bound = MethodType(self._f, instance)
            made = Compiled(bound, self._static, self._backend)
        self._keep(self._methods, id(instance), (instance, made))
        return made

    def __reduce__(self) -> Any:
        """Copy and store the function; what was compiled stays behind."""
        home: Any = sys.modules.get(getattr(self, "__module__", ""))
        path = str(getattr(self, "__qualname__", ""))
        for name in path.split("."):
            home = getattr(home, name, None)
        return path if home is self else (Compiled, self._made_of)

    def _keep(self, kept: OrderedDict[Any, Any], key: Any, made: Any) -> None:
        """Keep what was made, as the most recent; forget what hasn't been used for longest."""
        with self._keeping:
            kept[key] = made
            kept.move_to_end(key)
            if len(kept) > MOST_KEPT:
                kept.popitem(last=False)

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
    def passes(self) -> Records:
        """The graph before and after each pass; printed it is a table."""
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

        with no_grad():
            return cost(self, self if args or kwargs else None, *args, **kwargs)

    def _native(self) -> Any:
        if self._backend != "native":
            raise RuntimeError(
                f"the {self._backend} makes no machine code: compile(f, backend='native') does"
            )
        return self.last.run


def _is_seen_into(args: Any, kwargs: Any) -> bool:
    """Whether the operations of a call are recorded: in a trace, or to be differentiated."""
    if mode.recorder is not None or (mode.transforms and mode.recording):
        return True
    return mode.recording and any(
        isinstance(x, Tensor) and x.requires_grad for x in tree.leaves((args, kwargs))
    )


def compile(  # noqa: A001 - as in torch.compile
    f: Callable[..., Any] | None = None,
    *,
    static_argnames: Collection[str] = (),
    backend: str = "native",
) -> Any:
    """Return a function compiled: the same results, computed by machine code made for it.

    The function is traced on its first call, and again for arguments of other shapes or dtypes:
    run once on symbols, which write down what is done to them. It stays compiled for the 128 kinds
    of arguments that were used last (each other shape and dtype is a kind, and so is each function
    among the arguments); each takes about a megabyte, and what its arrays take.

    What the function reads beside its arguments is baked in, and it is traced again when that has
    changed. So give what changes often as an argument: a module whose weights are trained is
    looked up in microseconds as an argument, and compiled at every step as a captured variable.

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
        Takes what `f` takes. What it has become is in its attributes `graph`, `passes`, `source`,
        `llvm` and `assembly`, and in `show()` and `cost()`: see `Compiled`. While it is
        differentiated, or traced as a part of another function, it is the plain function.

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
