"""One call of a function on fresh variables, and the way back from its result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from baremath.autodiff import ops, tree
from baremath.autodiff.backward import starting_gradient, walk, way_back
from baremath.autodiff.node import Leaf, Node
from baremath.autodiff.recording import mode
from baremath.autodiff.symbol import Symbol
from baremath.autodiff.tensor import Tensor

NUMBERS = (int, float)

#: Held while aliases stand for the parameters of modules, which all threads share.
_lending = threading.RLock()

Function = Callable[..., Any]
ArgNums = int | tuple[int, ...]

identity = ops.elementwise(
    "identity",
    np.positive,
    lambda g, _y, _x: g,
    scalar=lambda x: x,
    latex="{0}",
    derivative_latex="1",
    domain=(-3, 3),
)


class Call:
    """One call of a function on fresh variables, and the way back from its result.

    Each argument is replaced by an alias with a node of its own, so that only what goes through
    the arguments counts, whatever else the result depends on. Where older nodes lie behind it too
    (a tensor from outside that requires a gradient, the alias of an outer transform), the gradient
    may itself be differentiated by them: then it is computed with tensors, and recorded.
    """

    def __init__(
        self, f: Function, args: Any, kwargs: Any, argnums: ArgNums, has_aux: bool = False
    ) -> None:
        self.name = getattr(f, "__name__", type(f).__name__)
        self.recording = mode.recording
        self.as_tensors = mode.transforms > 0
        self.aliases: dict[Node, Tensor] = {}
        self.args = args
        self.given: list[Any] = []  # what the function gets for each leaf
        self.has_modules = False
        self.lent: dict[int, tuple[Tensor, Tensor]] = {}  # by id: a module's parameter, its alias
        given = list(args)
        try:
            if isinstance(argnums, int):
                self.variables, given[argnums] = self._replaced(args[argnums])
            else:
                chosen = tuple([args[k] for k in argnums])
                self.variables, replaced = self._replaced(chosen)
                for k, argument in zip(argnums, replaced, strict=True):
                    given[k] = argument
        except IndexError:
            raise ValueError(
                f"argnums={argnums}, but {self.name} was called with {len(args)} positional "
                "arguments; they are counted from 0."
            ) from None
        self.result, self.aux = self._run(f, given, kwargs), None
        if self.result is None:
            raise TypeError(f"{self.name} returned nothing: is a `return` missing?")
        if has_aux:
            if not (isinstance(self.result, tuple) and len(self.result) == 2):
                raise TypeError(f"has_aux=True, so {self.name} must return a pair (number, aux)")
            self.result, self.aux = self.result
        self.outputs = tree.leaves(self.result)
        self.ways: list[list[Node]] = []
        self.recorded = False
        for y in self.outputs:
            self._check(y)
            way, older = way_back(y.node, self.aliases)
            self.ways.append(way)
            self.recorded |= older and self.recording
        self.as_tensors |= self.recorded

    def _replaced(self, chosen: Any) -> tuple[Any, Any]:
        """Return the aliases in the form of the gradient, and in that of the arguments."""
        variables = tree.mapped(self._variable, chosen)
        return variables, tree.rebuilt(chosen, self.given) if self.has_modules else variables

    def _variable(self, x: Any) -> Tensor | dict[str, Tensor]:
        """Return the alias of one leaf; of a module, those of its parameters."""
        if type(x) is np.ndarray:
            # A copy, as what is recorded may outlive the call, and the caller may write to x.
            alias = self._alias(x.copy(), None)
        elif isinstance(x, Tensor):
            self.as_tensors = True
            alias = self._alias(x.data, x.node)
        elif isinstance(x, Symbol):
            alias = self._alias(x.astype(_common_dtype(self.args)) if x.weak else x, None)
        elif hasattr(x, "named_parameters"):
            return self._borrowed(x)
        else:
            dtype = _common_dtype(self.args) if type(x) in NUMBERS else None
            alias = self._alias(np.array(x, dtype), None)
        self.given.append(alias)
        return alias

    def _borrowed(self, module: Any) -> dict[str, Tensor]:
        """Return aliases of a module's parameters, which will stand for them."""
        self.as_tensors = self.has_modules = True
        self.given.append(module)
        aliases = {}
        for path, p in module.named_parameters().items():
            if id(p) in self.lent:  # of a module that is given twice
                aliases[path] = self.lent[id(p)][1]
                continue
            with _lending:  # not while it stands for another thread's
                node = p.node
            # A module's own leaves are what is differentiated by: they don't lie outside.
            own = isinstance(node, Leaf) and not mode.transforms
            aliases[path] = self._alias(p.data, None if own else node)
            self.lent[id(p)] = p, aliases[path]
        return aliases

    def _alias(self, array: Any, parent: Node | None) -> Tensor:
        if array.dtype.kind != "f":
            raise TypeError(
                f"{self.name} can't be differentiated by {array.dtype} data, only by floats: write "
                "x.astype(float), or leave that argument out of argnums."
            )
        if parent is None or not self.recording:
            node: Node = Leaf(array)
        else:
            node = Node(identity, {}, [parent], [array], array)
        alias = self.aliases[node] = Tensor(array, node)
        return alias

    def _run(self, f: Function, given: list[Any], kwargs: Any) -> Any:
        """Return what the function makes of the aliases; modules' parameters stand for theirs."""
        before, mode.recording = mode.recording, True
        mode.transforms += 1
        try:
            with _lent(list(self.lent.values())):
                return f(*given, **kwargs)
        finally:
            mode.recording = before
            mode.transforms -= 1

    def _check(self, y: Any) -> None:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"{self.name} returned {y!r} of type {type(y).__name__}, whose way back to the "
                "arguments is lost: x.item() and x.detach().numpy() do that; use NumPy's functions "
                "or those of baremath.autodiff. A constant is written tensor(...)."
            )
        if y.dtype.kind != "f":
            raise TypeError(f"{self.name} returned {y.dtype} data, which have no derivative")

    def pull(self, gradient: Any = None, *, retain_graph: bool = True) -> Any:
        """Return the gradient by the arguments, given that by the result; 1 when None."""
        seeds = [None] * len(self.outputs) if gradient is None else tree.leaves(gradient)
        if len(seeds) != len(self.outputs):
            raise ValueError(
                f"{self.name} returned {len(self.outputs)} arrays, and {len(seeds)} gradients are "
                "given"
            )
        found: dict[Any, Any] = {}
        for y, seed, way in zip(self.outputs, seeds, self.ways, strict=True):
            if way:
                start = starting_gradient(y, seed)
                record = self.recorded or (isinstance(seed, Tensor) and seed.requires_grad)
                shares = walk(way, start, self.aliases, retain_graph, record and mode.recording)
                for node, g in shares.items() if found else ():
                    found[node] = found[node] + g if node in found else g
                found = found or shares

        def gradient_by(alias: Tensor) -> Any:
            g = found.get(alias.node)
            if g is None:
                g = np.zeros_like(alias.data)
            if self.as_tensors:
                return g if isinstance(g, Tensor) else Tensor(g)
            return g if isinstance(g, Symbol) else np.array(g)[()]

        return tree.mapped(gradient_by, self.variables)

    def out(self, x: Any) -> Any:
        """Return a leaf of the result as the caller gets it: an array of his own, or a tensor."""
        if not isinstance(x, Tensor):
            return x
        if self.as_tensors:
            return x if self.recorded else x.detach()
        return x.data if isinstance(x.data, Symbol) else x.data.copy()[()]

    def rows(self, y: Tensor) -> Any:
        """Return the gradient by the arguments of each element of one result."""
        units = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
        others = [np.zeros_like(output.data) for output in self.outputs]
        at = next(k for k, output in enumerate(self.outputs) if output is y)
        found = [self.pull([*others[:at], unit, *others[at + 1 :]]) for unit in units]
        columns = iter(zip(*map(tree.leaves, found), strict=True))

        def together(x: Tensor) -> Any:
            shape = (*y.shape, *x.shape)
            if not y.size:
                empty = np.zeros(shape, x.dtype)
                return Tensor(empty) if self.as_tensors else empty
            return ops.reshape(ops.stack(next(columns)), shape)

        return tree.mapped(together, self.variables)


@contextmanager
def _lent(aliases: list[tuple[Tensor, Tensor]]) -> Iterator[None]:
    """Let aliases stand for the parameters of modules, for one thread at a time."""
    if not aliases:
        yield
        return
    with _lending:
        own = [p.node for p, _ in aliases]
        try:
            for p, alias in aliases:
                p.node = alias.node
            yield
        finally:
            for (p, _), node in zip(aliases, own, strict=True):
                p.node = node


def _common_dtype(args: Any) -> Any:
    """Return the dtype of the floats among arguments, which a Python number follows."""
    floats = set()
    for leaf in tree.leaves(list(args)):
        parts = leaf.named_parameters().values() if hasattr(leaf, "named_parameters") else [leaf]
        kinds = Tensor | np.ndarray | np.generic | Symbol
        arrays = [x for x in parts if isinstance(x, kinds) and not getattr(x, "weak", False)]
        floats |= {x.dtype for x in arrays if x.dtype.kind == "f"}
    return floats.pop() if len(floats) == 1 else np.float64
