"""Operations that have loops of their own: who writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from baremath.compiler.ir import Node
from baremath.compiler.loops import draws, joining, picking, products, searching, stepping
from baremath.compiler.loops.access import Access
from baremath.compiler.loops.nest import write_reduction
from baremath.compiler.passes.fuse import ENDS

if TYPE_CHECKING:
    from baremath.compiler.loops.lower import Lowering

Write = Callable[["Lowering", Node, Access, bool], None]

#: By an operation's name, what writes its value to a place; what isn't here is a `Call`.
SINGLES: dict[str, Write] = {
    **dict.fromkeys(sorted(ENDS), write_reduction),
    "add_at": picking.write_add_at,
    "argmax": searching.write_search,
    "argmin": searching.write_search,
    "concatenate": joining.write_concatenate,
    "cumsum": searching.write_cumsum,
    "gather": picking.write_gather,
    "getitem": picking.write_getitem,
    "linear": products.write_linear,
    "matmul": products.write_matmul,
    "normal": draws.write_draw,
    "pad": joining.write_pad,
    "scan": stepping.write_scan,
    "scatter_add": picking.write_scatter_add,
    "uniform": draws.write_draw,
}
