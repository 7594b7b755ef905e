"""What a model is made of: as a tree, and as a table."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import numpy as np

from baremath.autodiff import Tensor, no_grad, tensor
from baremath.nn.checks import lengths
from baremath.nn.module import Module
from baremath.nn.table import Table
from baremath.nn.watching import predicting, watching


def tree(module: Module, path: str = "", seen: dict[int, str] | None = None) -> str:
    """Return a module and all below it as an indented tree, with shapes and counts.

    A module that was `seen` before is only named, by the path where it was.
    """
    seen = {} if seen is None else seen
    kind, children = type(module).__name__, module.children()
    if id(module) in seen:
        return f"{kind}, the same as {seen[id(module)]}"
    seen[id(module)] = path or "the whole"
    own = ", ".join(f"{name} {_times(t.shape)}" for name, t in _own_tensors(module).items())
    count = _counted(sum(p.size for p in module.parameters()))
    if not children:
        return f"{kind}({module.settings()})" + (f"    # {own}: {count}" if own else "")
    lines = [
        f"({name}): {tree(child, f'{path}.{name}' if path else name, seen)}"
        for name, child in children.items()
    ]
    below = textwrap.indent("\n".join(lines), "  ")
    return f"{kind}(\n{below}\n)    # {own + ' and all above: ' if own else ''}{count}"


class SummaryRow(NamedTuple):
    """A layer in a `Summary`.

    Parameters
    ----------
    layer : str
        Its path.
    kind : str
        Its class and what it was made with.
    output : tuple of int
        The shape that it returns for each row of X.
    parameters : int
        The numbers that it learns.
    """

    layer: str
    kind: str
    output: tuple[int, ...]
    parameters: int


class Summary(Table):
    """The layers of a model, in the order in which they compute.

    Parameters
    ----------
    model : Module
        Any; it computes one row of zeros, as in predicting.
    input_shape : int or tuple of int
        The shape of one row of X.

    Attributes
    ----------
    rows : list of SummaryRow
        The table as data.
    n_parameters : int
        What the whole model learns; what is used twice counts once.
    """

    def __init__(self, model: Module, input_shape: int | tuple[int, ...]) -> None:
        shape = lengths("input_shape", input_shape)
        dtypes = [p.dtype for p in model.parameters()] or [np.dtype(np.float32)]
        with predicting(model), no_grad(), watching(model, _is_layer) as calls:
            output = model(tensor(np.zeros((1, *shape)), dtype=dtypes[0]))
        self.rows: list[SummaryRow] = []
        counted: set[int] = set()
        for path, module, _, y in calls:
            new = [t for t in _own_tensors(module).values() if id(t) not in counted]
            counted.update(map(id, new))
            size = sum(t.size for t in new if t.requires_grad)
            kind = type(module).__name__
            if not module.children():
                kind += f"({module.settings()})"
            self.rows.append(SummaryRow(path, kind, y.shape[1:], size))
        self.n_parameters = sum(p.size for p in model.parameters())
        frozen = sum(t.size for t in model.named_buffers().values())
        super().__init__(
            ["layer", "kind", "output", " parameters"],
            [[r.layer, r.kind, _times(("n", *r.output)), f"{r.parameters:,}"] for r in self.rows],
            [
                "total",
                type(model).__name__,
                _times(("n", *output.shape[1:])),
                f"{self.n_parameters:,}",
            ],
            [f"and {frozen:,} numbers in buffers, which are not learned"] if frozen else [],
        )


def _is_layer(module: Module) -> bool:
    return not module.children() or bool(_own_tensors(module))


def _own_tensors(module: Module) -> dict[str, Tensor]:
    return {name: t for name, t in vars(module).items() if isinstance(t, Tensor)}


def _times(shape: tuple[int | str, ...]) -> str:
    return " × ".join(map(str, shape)) or "one number"


def _counted(n: int) -> str:
    return f"{n:,} parameter{'' if n == 1 else 's'}"
