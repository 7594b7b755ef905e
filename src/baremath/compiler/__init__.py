"""Symbolic mode: describe first, compute later.

>>> import numpy as np
>>> import baremath as bm
>>> f = bm.compile(lambda x, w: np.sum(np.tanh(x @ w) ** 2))
>>> float(f(np.ones((2, 3)), np.zeros((3, 4))))
0.0
>>> [node.op for node in f.graph.nodes]
['input', 'input', 'matmul', 'tanh', 'square', 'sum']
"""

from baremath.autodiff.symbol import TraceError
from baremath.compiler.compiled import Compiled, compile  # noqa: A004 - as in torch.compile
from baremath.compiler.ir import Graph, Node
from baremath.compiler.scan import scan
from baremath.compiler.text import parse
from baremath.compiler.trace import trace

__all__ = ["Compiled", "Graph", "Node", "TraceError", "compile", "parse", "scan", "trace"]
