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
from baremath.compiler.backends.native.cutting import cut
from baremath.compiler.backends.native.module import Module
from baremath.compiler.loops.language import Call, Program
from baremath.compiler.loops.lower import Lowered
from baremath.compiler.loops.memory import view
from baremath.compiler.memory import is_aligned

Addresses = Mapping[str, int]
Arrays = Mapping[str, NDArray[Any]]


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
    """Return the parts of a program that are functions, and the calls between them."""
    pieces = ((body, body[0]) for body in cut(program.body))
    return [
        first if isinstance(first, Call) else replace(program, body=body) for body, first in pieces
    ]


def _call(call: Call, spaces: Arrays) -> None:
    inputs = [view(buffer, spaces) for buffer in call.inputs]
    with np.errstate(all="ignore"):
        value = OPERATIONS[call.operation].value(*inputs, **call.attributes)
    view(call.output, spaces)[...] = value
