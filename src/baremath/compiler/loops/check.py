"""Checking a loop program: no index leaves its buffer, no buffer its space."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from baremath.compiler.loops.language import (
    Accumulate,
    Buffer,
    Call,
    Cast,
    Index,
    Let,
    Load,
    Loop,
    MatMul,
    Matrix,
    Program,
    Start,
    Statement,
    Store,
    Words,
)


class ProgramError(ValueError):
    """A loop program that would read or write what isn't its own."""


def check(program: Program, space_bytes: Mapping[str, int] | None = None) -> None:
    """Check that every access stays where it belongs.

    An index with an integer from memory in it isn't known before the program runs: whoever calls it
    checks the integer.

    Parameters
    ----------
    program : Program
        What to check.
    space_bytes : mapping of str to int, optional
        The sizes of spaces; only those given are checked.

    Raises
    ------
    ProgramError
        At the first that doesn't.
    """
    checked = _Check(program)
    for buffer in program.buffers:
        checked.buffer(buffer, space_bytes or {})
    checked.body(program.body, {}, lanes=False)


class _Check:
    """What is known on the way through a program: its buffers, and the names given so far."""

    def __init__(self, program: Program) -> None:
        self.buffers = {buffer.name: buffer for buffer in program.buffers}
        self.names: set[str] = set()

    def buffer(self, buffer: Buffer, space_bytes: Mapping[str, int]) -> None:
        """Check where a buffer lies."""
        if self.buffers.get(buffer.name) != buffer:
            raise ProgramError(f"the buffer {buffer.name} isn't the program's of that name")
        size = np.dtype(buffer.dtype).itemsize
        first, last = buffer.offset * size, (buffer.offset + buffer.room) * size
        if buffer.offset < 0 or last > space_bytes.get(buffer.space, last):
            raise ProgramError(
                f"the buffer {buffer.name} takes the bytes {first} to {last} of {buffer.space}, "
                f"which has {space_bytes.get(buffer.space)}"
            )

    def body(self, body: tuple[Statement, ...], extents: dict[str, int], *, lanes: bool) -> None:
        """Check statements inside of loops of these extents."""
        for statement in body:
            match statement:
                case Loop():
                    if lanes and statement.lanes:
                        raise ProgramError(f"the loop {statement.index} has lanes inside of lanes")
                    inner = {**extents, statement.index: statement.extent}
                    given = set(self.names)
                    if statement.serial:
                        self.names.clear()
                    self.body(statement.body, inner, lanes=lanes or statement.lanes)
                    self.names |= given
                case Load(name, buffer, index) | Store(buffer, index, name):
                    if isinstance(statement, Store):
                        self._known(name)
                    self._place(buffer, index, extents)
                    self.names.add(name)
                case MatMul():
                    self._product(statement, extents)
                case Words():
                    self._room(statement.buffer, statement.count)
                    self._room(statement.seed, 1)
                    self._room(statement.step, 1)
                case Call():
                    for buffer in (*statement.inputs, statement.output):
                        corner = _span(buffer.shape, buffer.strides)
                        self._range(buffer, *corner)
                case Cast(name, _, source):
                    self._known(source)
                    self.names.add(name)
                case Accumulate(name, value):
                    self._known(name)
                    self._known(value)
                case Let(name) | Start(name):
                    self.names.add(name)

    def _place(self, buffer: Buffer, index: Index, extents: dict[str, int]) -> None:
        low = high = index.offset
        for name, stride in index.terms:
            if name not in extents:
                self._known(name)
                return
            if extents[name] == 0:
                return
            reach = stride * (extents[name] - 1)
            low, high = low + min(reach, 0), high + max(reach, 0)
        if 0 not in extents.values():
            self._range(buffer, low, high)

    def _product(self, product: MatMul, extents: dict[str, int]) -> None:
        m, n, k = product.m, product.n, product.k
        for matrix, rows, columns in ((product.c, m, n), (product.a, m, k), (product.b, k, n)):
            self._matrix(matrix, rows, columns, extents)

    def _matrix(self, matrix: Matrix, rows: int, columns: int, extents: dict[str, int]) -> None:
        steps = (("row", matrix.row_stride), ("column", matrix.column_stride))
        index = Index((*matrix.index.terms, *steps), matrix.index.offset)
        self._place(matrix.buffer, index, {**extents, "row": rows, "column": columns})

    def _room(self, buffer: Buffer, count: int) -> None:
        self._range(buffer, 0, count - 1)

    def _range(self, buffer: Buffer, low: int, high: int) -> None:
        """Check a range of places; one that ends before it begins is none."""
        if self.buffers.get(buffer.name) != buffer:
            raise ProgramError(f"the buffer {buffer.name} isn't one of the program's")
        if low <= high and not (low >= 0 and high < buffer.room):
            raise ProgramError(
                f"{buffer.name} has room for {buffer.room} elements, and is accessed from {low} to "
                f"{high}"
            )

    def _known(self, name: str) -> None:
        if name not in self.names:
            raise ProgramError(f"{name} is read before it is given")


def _span(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, int]:
    """Return the first and the last place of an array."""
    if 0 in shape:
        return 0, -1
    reaches = [(n - 1) * stride for n, stride in zip(shape, strides, strict=True)]
    low = sum(min(reach, 0) for reach in reaches)
    return low, low + sum(map(abs, reaches))
