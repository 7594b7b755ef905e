"""A loop program as machine code that is called with arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff.ops.operation import OPERATIONS
from baremath.compiler.backends.native import engine
from baremath.compiler.backends.native.module import Module
from baremath.compiler.backends.native.text import Function
from baremath.compiler.loops.language import Buffer, Call, Comment, Program, Statement
from baremath.compiler.loops.lower import Lowered
from baremath.compiler.memory import aligned, is_aligned

Addresses = Mapping[str, int]
Arrays = Mapping[str, NDArray[Any]]

#: Statements of one function, about.
LONGEST = 200


class NativeProgram:
    """Runs a lowered graph: machine code, and NumPy between its pieces where there is no loop form.

    Parameters
    ----------
    lowered : Lowered
        What to run.

    Attributes
    ----------
    llvm : str
        The module, as it was written.
    """

    def __init__(self, lowered: Lowered) -> None:
        self.spaces = lowered.program.spaces
        self._results = {buffer.space for buffer in lowered.outputs.values()}
        self._pieces = _pieces(lowered.program)
        module = Module(engine.vector_bytes())
        for k, piece in enumerate(self._pieces):
            if isinstance(piece, Program):
                module.add(piece, f"f{k}", streamed=self._results)
        self.llvm = str(module)
        self._engine = engine.compiled(self.llvm)
        self._steps = [self._step(k, piece) for k, piece in enumerate(self._pieces)]

    def __call__(self, spaces: Arrays) -> None:
        """Run it over arrays, one for each space: contiguous, large enough; results `aligned`."""
        if unfit := [name for name in self._results if not is_aligned(spaces[name])]:
            raise ValueError(f"the results {unfit} must begin on cache lines: see memory.aligned")
        addresses = {name: spaces[name].ctypes.data for name in self.spaces}
        for step in self._steps:
            step(spaces, addresses)

    @property
    def assembly(self) -> str:
        """What the processor gets."""
        return engine.assembly(self.llvm)

    def _step(self, k: int, piece: Program | Call) -> Callable[[Arrays, Addresses], None]:
        if isinstance(piece, Call):
            return lambda spaces, _: _call(piece, spaces)
        names = piece.spaces
        kinds = [ctypes.c_void_p] * len(names)
        function = ctypes.CFUNCTYPE(None, *kinds)(self._engine.get_function_address(f"f{k}"))
        return lambda _, addresses: function(*[addresses[name] for name in names])


def _pieces(program: Program) -> list[Program | Call]:
    """Cut a program at what only NumPy computes, and where it gets long.

    LLVM's time grows with the square of a function's length. A cut is before a comment: what
    follows reads nothing of what came before but from memory.
    """
    pieces: list[Program | Call] = []
    body: list[Statement] = []

    def close() -> None:
        if body:
            pieces.append(replace(program, body=tuple(body)))
            body.clear()

    for statement in program.body:
        described = isinstance(statement, Comment) and body and not isinstance(body[-1], Comment)
        if described and len(body) >= LONGEST:
            close()
        if isinstance(statement, Call):
            close()
            pieces.append(statement)
        else:
            body.append(statement)
    close()
    return pieces


def view(buffer: Buffer, spaces: Arrays) -> NDArray[Any]:
    """Return the array of a buffer."""
    dtype = np.dtype(buffer.dtype)
    strides = tuple(stride * dtype.itemsize for stride in buffer.strides)
    space = spaces[buffer.space]
    return np.ndarray(buffer.shape, dtype, space, buffer.offset * dtype.itemsize, strides)


def _call(call: Call, spaces: Arrays) -> None:
    inputs = [view(buffer, spaces) for buffer in call.inputs]
    with np.errstate(all="ignore"):
        value = OPERATIONS[call.operation].value(*inputs, **call.attributes)
    view(call.output, spaces)[...] = value


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
