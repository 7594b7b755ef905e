"""A loop program as machine code that is run over blocks of rows, one behind the other."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.compiler.backends.native import engine
from baremath.compiler.backends.native.module import Module
from baremath.compiler.backends.native.text import Function
from baremath.compiler.loops.lower import Lowered
from baremath.compiler.memory import aligned

Arrays = Mapping[str, NDArray[Any]]


class Blocks:
    """Runs a lowered graph over blocks of rows that lie one behind the other in some spaces.

    Parameters
    ----------
    lowered : Lowered
        What to compute for a block; all of it has loops.
    moving : mapping of str to int
        The spaces that hold a block after the other, and the bytes of a block.
    """

    def __init__(self, lowered: Lowered, moving: Mapping[str, int]) -> None:
        self._lowered = lowered
        self._names = [name for name in lowered.program.spaces if name != "arena"]
        module = Module(engine.vector_bytes())
        module.add(lowered.program, "block", inlined=True)
        module.add_text(self._loop(moving))
        self._engine = engine.compiled(str(module))
        kinds = [ctypes.c_int64, *[ctypes.c_void_p] * (len(self._names) + 1)]
        address = self._engine.get_function_address("blocks")
        self._function = ctypes.CFUNCTYPE(None, *kinds)(address)

    def __call__(self, spaces: Arrays, n_blocks: int) -> None:
        """Run it over arrays: contiguous, and large enough for so many blocks; at least one."""
        arena = aligned(self._lowered.arena_bytes, np.uint8)
        given = {**spaces, "constants": self._lowered.constants}
        addresses = [given[name].ctypes.data for name in self._names]
        self._function(n_blocks, *addresses, arena.ctypes.data)

    def _loop(self, moving: Mapping[str, int]) -> Function:
        """Return ``@blocks``, which calls ``@block`` again and again."""
        names = [*self._names, "arena"]
        given = ", ".join(f"ptr noalias %space{k}" for k in range(len(names)))
        f = Function(f"void @blocks(i64 %count, {given}) nounwind")
        with f.loop("%count") as block:
            arguments = []
            for k, name in enumerate(names):
                before = f.let(f"mul i64 {block}, {moving.get(name, 0)}")
                arguments.append(f.let(f"getelementptr i8, ptr %space{k}, i64 {before}"))
            f.line(f"call void @block({', '.join(f'ptr {one}' for one in arguments)})")
        f.line("ret void")
        return f
