"""Running a loop program natively, with margins round every space that must stay as they are."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from baremath.compiler.backends.native import engine
from baremath.compiler.backends.native.module import Module
from baremath.compiler.loops.language import Program

MARGIN = 256
POISON = 0xA5


def run(program: Program, arrays: dict[str, Any], vector_bytes: int | None = None) -> None:
    """Run a program in place on flat arrays, one for each space, and check the margins."""
    module = Module(vector_bytes or engine.vector_bytes())
    module.add(program, "f")
    code = engine.compiled(str(module))
    kinds = [ctypes.c_void_p] * len(program.spaces)
    function = ctypes.CFUNCTYPE(None, *kinds)(code.get_function_address("f"))
    guarded = {}
    for name in program.spaces:
        size = arrays[name].nbytes if name in arrays else 0
        room = np.full(size + 2 * MARGIN + 64, POISON, np.uint8)
        first = MARGIN + -(room.ctypes.data + MARGIN) % 64
        if size:
            room[first : first + size] = arrays[name].reshape(-1).view(np.uint8)
        guarded[name] = (room, first, size)
    function(*(room.ctypes.data + first for room, first, _ in guarded.values()))
    for name, (room, first, size) in guarded.items():
        assert (room[:first] == POISON).all(), f"wrote before {name}"
        assert (room[first + size :] == POISON).all(), f"wrote behind {name}"
        if size:
            arrays[name].reshape(-1).view(np.uint8)[:] = room[first : first + size]
