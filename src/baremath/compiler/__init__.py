"""Symbolic mode: describe first, compute later.

>>> import numpy as np
>>> import baremath as bm
>>> f = bm.compile(lambda x, w: np.sum(np.tanh(x @ w) ** 2))
>>> float(f(np.ones((2, 3)), np.zeros((3, 4))))
0.0
>>> [node.op for node in f.graph.nodes]
['input', 'input', 'matmul', 'tanh', 'square', 'sum']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from baremath.autodiff.symbol import TraceError
from baremath.compiler.export import export
from baremath.compiler.ir import Graph, Node
from baremath.compiler.scan import scan
from baremath.compiler.trace import trace

if TYPE_CHECKING:
    from baremath.compiler.compiled import Compiled, compile  # noqa: A004 - as in torch.compile
    from baremath.compiler.text import parse

__all__ = [
    "Compiled",
    "Graph",
    "Node",
    "TraceError",
    "compile",
    "export",
    "parse",
    "scan",
    "trace",
]

_HOMES = {"Compiled": "compiled", "compile": "compiled", "parse": "text"}


def __getattr__(name: str) -> Any:
    """Import what training doesn't need when it is first asked for."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"baremath.compiler.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'baremath.compiler' has no attribute {name!r}")
