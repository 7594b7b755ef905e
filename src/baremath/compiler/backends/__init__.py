"""What computes a compiled function: NumPy, or machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from baremath.autodiff.symbol import TraceError
from baremath.compiler.backends.interpreter import Interpreter
from baremath.compiler.ir import INPUT, Graph

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowered


def _native(graph: Graph, lowered: Lowered) -> Any:
    from baremath.compiler.backends.native.program import NativeProgram  # LLVM takes a while
    from baremath.compiler.backends.native.text import TYPES

    for node in graph.nodes:
        if str(node.dtype) not in TYPES:
            where = f"{node.line}: " if node.line else ""
            what = f"{where}{node.op} gives {node.dtype}"
            if node.op == INPUT:
                what = f"the argument {node.attributes['name']} is {node.dtype}"
            raise TraceError(
                f"{what}, and machine code computes in float32 and float64: convert it with "
                "x.astype(np.float32), or compile with backend='interpreter'"
            )

    return NativeProgram(lowered)


#: By name, what makes a function of arrays by name from a graph and its loops.
BACKENDS: dict[str, Callable[[Graph, Lowered], Any]] = {
    "native": _native,
    "interpreter": lambda graph, _: Interpreter(graph),
}
