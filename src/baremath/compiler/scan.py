"""scan: a loop whose steps hand a carry on; in a graph it is one operation."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from baremath.autodiff import Tensor, ops, random, tree
from baremath.autodiff.node import Leaf
from baremath.autodiff.recording import mode, no_grad
from baremath.autodiff.symbol import Symbol
from baremath.compiler.scan_graph import Body, cut_off, placeholder, run, strong

Step = Callable[[Any, Any], tuple[Any, Any]]


def scan(f: Step, carry: Any, xs: Any = None, length: int | None = None) -> tuple[Any, Any]:
    r"""Return what a loop ends with, and what each of its steps gave.

    .. math:: c_{t+1}, y_t = f(c_t, x_t)

    Called at once it is a loop in Python. While a function is compiled, `f` is run once, and the
    loop becomes one operation, however many steps it takes. Machine code takes all of them; NumPy
    does if a step solves linear equations, picks by a mask, or takes integers to a power. A call of
    machine code hears Ctrl-C at its end: take a loop of many minutes in several calls.

    Parameters
    ----------
    f : callable
        Takes the carry and one step's part of `xs`, and returns the next carry, of the same form,
        shapes and dtypes, and what is to be kept of this step, or None.
    carry : tensor, array, number, or tree of them
        What the first step begins with.
    xs : tensor or array, or tree of them, optional
        What the steps take one after the other: ``xs[0]``, ``xs[1]``, ...
    length : int, optional
        The number of steps; needed without `xs`.

    Returns
    -------
    carry : tensor or tree of tensors
        After the last step.
    ys : tensor or tree of tensors
        What was kept, stacked along a new first axis.

    Raises
    ------
    ValueError
        If the number of steps isn't known, or the parts of `xs` differ in it.
    TypeError
        If `f` doesn't return a pair, or another kind of carry than it was given.

    Examples
    --------
    >>> (a, b), ys = scan(lambda c, _: ((c[1], c[0] + c[1]), c[0]), (0, 1), length=8)
    >>> print(ys.numpy(), b.item())
    [ 0  1  1  2  3  5  8 13] 34
    """
    n = _length(xs, length)
    dtype = _common_float(carry, xs)
    first = tree.mapped(lambda x: _tensor(x, dtype), carry)
    parts = tree.mapped(lambda x: _tensor(x, dtype), xs)
    if mode.recorder is not None:
        return _traced(f, first, parts, n, (*tree.leaves(carry), *tree.leaves(xs)))
    carry, ys = first, []
    for t in range(n):
        carry, y = _called(f, carry, tree.mapped(operator.itemgetter(t), parts))
        ys.append(y)
    if not ys:
        with no_grad():
            one = tree.mapped(lambda x: Tensor(np.zeros(x.shape[1:], x.dtype)), parts)
            _, y = _called(f, first, one)
        return first, tree.mapped(lambda y: Tensor(np.zeros((0, *y.shape), y.dtype)), y)
    stacked = map(ops.stack, zip(*map(tree.leaves, ys), strict=True))
    return carry, tree.rebuilt(ys[0], stacked)


def _traced(f: Step, carry: Any, xs: Any, length: int, given: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the results of a scan in a trace."""
    recorder = mode.recorder
    born = Leaf(np.empty(0)).order
    one = tree.mapped(lambda x: placeholder(recorder, x.shape, x.dtype), carry)
    part = tree.mapped(lambda x: placeholder(recorder, x.shape[1:], x.dtype), xs)
    with random.stream(0):  # which a trace refuses to draw from: each step would draw the same
        new, y = _called(f, one, part)
    taken, made = tree.leaves((one, part)), tree.leaves((new, y))
    starts, sequences = tree.leaves(carry), tree.leaves(xs)
    made, outside, stand_ins = cut_off(made, born)
    body = Body(getattr(f, "__name__", "step"), taken, made, len(starts), stand_ins)
    parts = run(recorder, body, starts, sequences, outside, length, False, given)
    ys = parts[len(starts) : len(made)]
    return tree.rebuilt(carry, parts[: len(starts)]), tree.rebuilt(y, ys)


# What a user gives


def _called(f: Step, carry: Any, x: Any) -> tuple[Any, Any]:
    """Take one step, and check what it returns."""
    result = f(carry, x)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TypeError(
            f"scan: the step returned a {type(result).__name__}; it must return a pair, the next "
            "carry and what is to be kept of the step (or None)"
        )
    new, y = (tree.mapped(lambda x: _tensor(x, None), part) for part in result)
    before, after = tree.paths(carry), tree.paths(new)
    if [path for path, _ in before] != [path for path, _ in after]:
        raise TypeError(
            f"scan: the step was given a carry of {len(before)} arrays, {_places(before)}, and "
            f"returned one of {len(after)}, {_places(after)}: each step needs the same form"
        )
    for (path, a), (_, b) in zip(before, after, strict=True):
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            raise TypeError(
                f"scan: carry{path} is {a.dtype} of shape {a.shape}, and the step returned "
                f"{b.dtype} of shape {b.shape} for it: begin with what a step returns, or convert "
                "with astype or reshape"
            )
    return tree.rebuilt(carry, [b for _, b in after]), y


def _places(paths: list[tuple[str, Any]]) -> str:
    return ", ".join(f"carry{path}" for path, _ in paths) or "nothing"


def _tensor(x: Any, dtype: Any) -> Tensor:
    """Return a leaf as a tensor; a Python float in the dtype of those beside it."""
    if isinstance(x, Tensor) and not (isinstance(x.data, Symbol) and x.data.weak):
        return x
    if isinstance(x, Tensor | Symbol):
        weak = getattr(x, "weak", True) and x.dtype.kind == "f" and dtype is not None
        x = ops.astype(x, dtype) if weak else x
        return x if isinstance(x, Tensor) else Tensor(strong(x))
    array = np.array(x, dtype if type(x) is float else None)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"scan: a {type(x).__name__} is no array of numbers; carry and xs are tensors, arrays "
            "and numbers, in tuples, lists and dicts"
        )
    return Tensor(array if type(x) in (int, float, bool) else np.asarray(x))


def _common_float(*given: Any) -> Any:
    """Return the dtype of the float arrays, if they have one."""
    arrays = [x for x in tree.leaves(given) if hasattr(x, "dtype") and x.dtype.kind == "f"]
    strong = {x.dtype for x in arrays if not getattr(getattr(x, "data", x), "weak", False)}
    return strong.pop() if len(strong) == 1 else None


def _length(xs: Any, length: int | None) -> int:
    """Return the number of steps."""
    found = {}
    for path, x in tree.paths(xs):
        shape = np.shape(x) if not hasattr(x, "shape") else x.shape
        if not shape:
            raise ValueError(f"scan: xs{path} is one number; its first axis is that of the steps")
        found[f"xs{path}"] = shape[0]
    if length is not None:
        found["length"] = operator.index(length)
    if not found:
        raise ValueError("scan: give xs or length, so that the number of steps is known")
    if len(set(found.values())) > 1 or min(found.values()) < 0:
        lengths = ", ".join(f"{name}: {n}" for name, n in found.items())
        raise ValueError(f"scan: there must be one number of steps, and not {lengths}")
    return int(next(iter(found.values())))
