"""Watching a model compute: what each of its modules was given and returned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from baremath.nn.module import Module


class Call(NamedTuple):
    """One call of a module.

    Parameters
    ----------
    path : str
        The module's, in the model.
    module : Module
        What was called.
    x, y : Tensor
        What it was given and what it returned.
    """

    path: str
    module: Module
    x: Any
    y: Any


@contextmanager
def watching(model: Module, wanted: Callable[[Module], bool]) -> Iterator[list[Call]]:
    """Write down the calls of some modules of a model, in their order, while the block runs.

    Parameters
    ----------
    model : Module
        The tree.
    wanted : callable
        Says of a module whether its calls are.

    Yields
    ------
    list of Call
        It grows as the model computes.
    """
    calls: list[Call] = []
    with ExitStack() as stack:
        for path, module in model.named_modules().items():
            if wanted(module):
                vars(module)["forward"] = _recorder(path, module, calls)
                stack.callback(vars(module).pop, "forward")
        yield calls


def _recorder(path: str, module: Module, calls: list[Call]) -> Callable[..., Any]:
    forward = module.forward

    def recorded(x: Any, *others: Any, **options: Any) -> Any:
        y = forward(x, *others, **options)
        calls.append(Call(path, module, x, y))
        return y

    return recorded


@contextmanager
def predicting(model: Module) -> Iterator[None]:
    """Set the whole tree to predicting, and each module back to what it was."""
    before = [(module, module.training) for module in model.named_modules().values()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training
