"""Running a loop program natively, with margins round every space that must stay as they are."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from baremath.compiler.backends.native import engine
from baremath.compiler.backends.native.module import Module
from baremath.compiler.backends.native.program import NativeProgram
from baremath.compiler.loops.language import Program
from baremath.compiler.loops.lower import Lowered
from baremath.compiler.loops.memory import view

MARGIN = 256
POISON = 0xA5


def run(program: Program, arrays: dict[str, Any], vector_bytes: int | None = None) -> None:
    """Run a program in place on flat arrays, one for each space, and check the margins."""
    module = Module(vector_bytes or engine.vector_bytes())
    module.add(program, "f")
    code = engine.compiled(str(module))
    kinds = [ctypes.c_void_p] * len(program.spaces)
    function = ctypes.CFUNCTYPE(None, *kinds)(code.get_function_address("f"))
    spaces = {name: arrays.get(name, np.zeros(0, np.uint8)) for name in program.spaces}
    _between_margins(spaces, lambda inside: function(*[x.ctypes.data for x in inside.values()]))


def guarded(
    native: NativeProgram, lowered: Lowered, inputs: Mapping[str, Any]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the outputs of a lowered graph, computed between margins."""
    spaces = {**lowered.spaces(), "arena": np.full(lowered.arena_bytes, POISON, np.uint8)}
    for name, buffer in lowered.inputs.items():
        view(buffer, spaces)[...] = inputs[name]
    sizes = {
        name: max(b.room * np.dtype(b.dtype).itemsize for b in buffers)
        for name, buffers in _of_spaces(lowered).items()
    }
    spaces = {name: space[: sizes.get(name, space.size)] for name, space in spaces.items()}
    _between_margins(spaces, native)
    return {name: view(buffer, spaces).copy() for name, buffer in lowered.outputs.items()}


def _of_spaces(lowered: Lowered) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for buffer in (*lowered.inputs.values(), *lowered.outputs.values()):
        found.setdefault(buffer.space, []).append(buffer)
    return found


def _between_margins(spaces: dict[str, Any], call: Callable[[dict[str, Any]], object]) -> None:
    """Call with copies of the spaces between margins, take what it wrote, and check the margins."""
    rooms = {}
    for name, space in spaces.items():
        room = np.full(space.nbytes + 2 * MARGIN + 64, POISON, np.uint8)
        first = MARGIN + -(room.ctypes.data + MARGIN) % 64
        room[first : first + space.nbytes] = space.reshape(-1).view(np.uint8)
        rooms[name] = (room, first)
    call({name: room[first:] for name, (room, first) in rooms.items()})
    for name, (room, first) in rooms.items():
        space = spaces[name]
        end = first + space.nbytes
        assert (room[:first] == POISON).all(), f"wrote before {name}"
        assert (room[end:] == POISON).all(), f"wrote behind {name}"
        if space.flags.writeable:
            space.reshape(-1).view(np.uint8)[:] = room[first:end]
