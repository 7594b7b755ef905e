r"""Small matrix products as loops: a block of the result stays in registers.

Of the three loops of :math:`c_{ij} = \sum_l a_{il} b_{lj}` one runs along vectors: where c and b
have neighbours in memory along j, that one; where c and a have them along i, that one (the same
product transposed); where a and b have them along l, that one, and the lanes are added up at the
end. A block of rows times vectors is accumulated in registers over l.

References
----------
Goto, van de Geijn (2008), Anatomy of high-performance matrix multiplication.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from baremath.compiler.backends.native.expression import FLAGS
from baremath.compiler.backends.native.padding import padded
from baremath.compiler.backends.native.text import (
    Value,
    first_lanes,
    in_memory,
    literal,
    suffix,
    type_of,
)
from baremath.compiler.loops.language import MatMul, Matrix

if TYPE_CHECKING:
    from baremath.compiler.backends.native.printer import Printer

#: Registers for the block, of the 32 vectors of AVX-512 and the 16 of its elders.
ACCUMULATORS = {64: 24, 32: 12, 16: 12}

#: Turns of a loop over l that adding up the lanes at its end costs.
ACROSS = 12


@dataclass(frozen=True)
class Block:
    """Rows and vectors of the result that are computed together.

    Parameters
    ----------
    rows : int
        How many rows.
    vectors : int
        How many vectors in each.
    count : int
        How many lanes of the last vector belong to the result.
    """

    rows: int
    vectors: int
    count: int


def write(printer: Printer, product: MatMul) -> None:
    """Write a product into the function of a printer."""
    if product.k == 0 and product.add:
        return
    lanes = printer.vector_bytes // np.dtype(product.c.buffer.dtype).itemsize
    turned = _transposed(product)
    ways = []
    if product.b.column_stride == 1 and product.c.column_stride == 1:
        ways.append((_filled(product.n, lanes), _Along(printer, product, lanes).write))
    if turned.b.column_stride == 1 and turned.c.column_stride == 1:
        ways.append((_filled(turned.n, lanes), _Along(printer, turned, lanes).write))
    if product.a.column_stride == 1 and product.b.row_stride == 1:
        share = _filled(product.k, lanes) * product.k / (product.k + ACROSS * lanes)
        ways.append((share, _Across(printer, product, lanes).write))
    if ways:
        max(ways, key=lambda way: way[0])[1]()
    else:
        _Along(printer, product, 1).write()


def _filled(extent: int, lanes: int) -> float:
    """Return the share of the lanes that compute something."""
    return extent / (-(-extent // lanes) * lanes)


def _transposed(p: MatMul) -> MatMul:
    """Return the same product as that of the transposes."""
    c, a, b = (Matrix(x.buffer, x.index, x.column_stride, x.row_stride) for x in (p.c, p.b, p.a))
    return MatMul(c, a, b, p.n, p.m, p.k, p.add)


class _Product:
    """What both ways share: addresses of elements, loads, blocks."""

    def __init__(self, printer: Printer, product: MatMul, lanes: int) -> None:
        self.printer = printer
        self.function = printer.function
        self.product = product
        self.lanes = lanes
        self.dtype = product.c.buffer.dtype
        self.element = in_memory(self.dtype)
        self.vector = type_of(self.dtype, lanes)
        self.align = np.dtype(self.dtype).itemsize
        #: Where each matrix begins.
        self.base = {
            id(x): printer.memory.address(x.buffer, printer.memory.place(x.index)[0])
            for x in (product.c, product.a, product.b)
        }

    def at(self, x: Matrix, row: str, column: str, rows: int = 0, columns: int = 0) -> str:
        """Return the address of x[row + rows, column + columns]."""
        function = self.function
        fixed = rows * x.row_stride + columns * x.column_stride
        pointer = self.base[id(x)]
        for place, stride in ((row, x.row_stride), (column, x.column_stride)):
            if place == "0" or stride == 0:
                continue
            if place.isdigit():
                fixed += int(place) * stride
                continue
            step = place if stride == 1 else function.let(f"mul nsw i64 {place}, {stride}")
            pointer = function.let(
                f"getelementptr inbounds {self.element}, ptr {pointer}, i64 {step}"
            )
        if fixed:
            pointer = function.let(
                f"getelementptr inbounds {self.element}, ptr {pointer}, i64 {fixed}"
            )
        return pointer

    def vector_at(self, pointer: str, count: int) -> str:
        """Load a vector of which `count` lanes belong to the matrix; the others are zero."""
        if count == self.lanes:
            return self.function.let(f"load {self.vector}, ptr {pointer}, align {self.align}")
        return self.function.call(
            f"llvm.masked.load.{suffix(self.vector)}.p0",
            self.vector,
            f"ptr align {self.align} {pointer}",
            f"<{self.lanes} x i1> {first_lanes(count, self.lanes)}",
            f"{self.vector} zeroinitializer",
        )

    def everywhere(self, pointer: str) -> str:
        """Load a number into all lanes."""
        number = self.function.let(f"load {self.element}, ptr {pointer}, align {self.align}")
        return self.printer.expressions.spread(Value(number, self.dtype), self.lanes).text

    def rooms(self, count: int) -> list[str]:
        """Return accumulators that are zero."""
        rooms = [self.function.room(self.vector) for _ in range(count)]
        zero = literal(0, self.dtype, self.lanes)
        for room in rooms:
            self.function.line(f"store {self.vector} {zero}, ptr {room}")
        return rooms

    def read(self, room: str) -> str:
        """Return what an accumulator holds."""
        return self.function.let(f"load {self.vector}, ptr {room}")

    def fused(self, a: str, b: str, room: str) -> None:
        """Add a product to an accumulator, with one rounding."""
        total = self.function.call(
            f"llvm.fma.{suffix(self.vector)}",
            self.vector,
            f"{self.vector} {a}",
            f"{self.vector} {b}",
            f"{self.vector} {self.read(room)}",
        )
        self.function.line(f"store {self.vector} {total}, ptr {room}")


class _Along(_Product):
    """Vectors along the columns of the result: a number of a times a vector of b."""

    def write(self) -> None:
        """Cut the result into blocks: full ones in two loops, and the rests."""
        vectors = -(-self.product.n // self.lanes)
        wide = min(vectors, 4)
        tall = min(self.product.m, max(1, ACCUMULATORS[self.printer.vector_bytes] // wide), 12)
        last = self.product.n - (vectors - 1) * self.lanes
        full = vectors if last == self.lanes else vectors - 1
        whole, rest = divmod(full, wide)
        if whole:
            self._columns("0", whole, Block(tall, wide, self.lanes))
        done = whole * wide
        if rest + (full < vectors):
            count = last if full < vectors else self.lanes
            block = Block(tall, rest + (full < vectors), count)
            self._columns(str(done * self.lanes), 1, block)

    def _columns(self, first: str, times: int, block: Block) -> None:
        if times == 1:
            self._rows(first, block)
            return
        step = block.vectors * self.lanes
        with self.function.loop(times * step, step) as column:
            self._rows(column, block)

    def _rows(self, column: str, block: Block) -> None:
        times, rest = divmod(self.product.m, block.rows)
        if times == 1:
            self._block("0", column, block)
        elif times:
            with self.function.loop(times * block.rows, block.rows) as row:
                self._block(row, column, block)
        if rest:
            part = Block(rest, block.vectors, block.count)
            self._block(str(times * block.rows), column, part)

    def _block(self, row: str, column: str, block: Block) -> None:
        p = self.product
        rooms = self.rooms(block.rows * block.vectors)
        places = [(r, v) for r in range(block.rows) for v in range(block.vectors)]

        def turn(middle: str) -> None:
            numbers = [self.everywhere(self.at(p.a, row, middle, r)) for r in range(block.rows)]
            vectors = [
                self.vector_at(
                    self.at(p.b, middle, column, 0, v * self.lanes), self._count(v, block)
                )
                for v in range(block.vectors)
            ]
            for (r, v), room in zip(places, rooms, strict=True):
                self.fused(numbers[r], vectors[v], room)

        if p.k == 1:
            turn("0")
        elif p.k:
            with self.function.loop(p.k) as middle:
                turn(middle)
        for (r, v), room in zip(places, rooms, strict=True):
            pointer = self.at(p.c, row, column, r, v * self.lanes)
            self._put(pointer, self.read(room), v, block)

    def _count(self, vector: int, block: Block) -> int:
        """Return how many lanes of a vector of b are read: all if what lies behind is padding."""
        whole = vector < block.vectors - 1 or self._inside(self.product.b, self.product.k)
        return self.lanes if whole else block.count

    def _put(self, pointer: str, total: str, vector: int, block: Block) -> None:
        p, function = self.product, self.function
        last = vector == block.vectors - 1
        whole = block.count == self.lanes or not last or self._padded()
        count = self.lanes if whole else block.count
        if p.add:
            before = self.vector_at(pointer, count)
            total = function.let(f"fadd {FLAGS} {self.vector} {before}, {total}")
        if whole:
            function.line(f"store {self.vector} {total}, ptr {pointer}, align {self.align}")
            return
        function.call(
            f"llvm.masked.store.{suffix(self.vector)}.p0",
            "void",
            f"{self.vector} {total}",
            f"ptr align {self.align} {pointer}",
            f"<{self.lanes} x i1> {first_lanes(count, self.lanes)}",
        )

    def _inside(self, x: Matrix, rows: int) -> bool:
        """Whether whole vectors end inside the buffer."""
        columns = -(-self.product.n // self.lanes) * self.lanes
        end = x.index.offset + (rows - 1) * x.row_stride + columns
        return x.buffer.space == "arena" and not x.index.terms and end <= x.buffer.room

    def _padded(self) -> bool:
        """Whether whole vectors of the result write to nothing but padding behind it."""
        c, p = self.product.c, self.product
        return self._inside(c, p.m) and padded(
            c.buffer, c.index.offset, [c.row_stride], p.n, self.lanes
        )


class _Across(_Product):
    """Vectors along the sum: rows of a times columns of b, the lanes added up at the end.

    A full block has as many numbers as a vector has lanes, so that adding up its lanes makes one
    vector of them.
    """

    def write(self) -> None:
        """Cut the result into blocks: as square as can be, then flatter ones for the rest."""
        first = 0
        rows = 1 << (self.lanes.bit_length() // 2)
        while rows:
            times = (self.product.m - first) // rows
            if times:
                with self._turns(first, times, rows) as row:
                    self._columns(row, rows)
            first += times * rows
            rows //= 2

    def _columns(self, row: str, rows: int) -> None:
        columns = self.lanes // rows
        times, rest = divmod(self.product.n, columns)
        if times:
            with self._turns(0, times, columns) as column:
                self._block(row, column, rows, columns)
        if rest:
            self._block(row, str(times * columns), rows, rest)

    def _turns(self, first: int, times: int, size: int) -> AbstractContextManager[str]:
        if times == 1:
            return nullcontext(str(first))
        return self.function.loop(first + times * size, size, first)

    def _block(self, row: str, column: str, rows: int, columns: int) -> None:
        p = self.product
        rooms = self.rooms(rows * columns)

        def turn(middle: str, count: int) -> None:
            left = [self.vector_at(self.at(p.a, row, middle, r), count) for r in range(rows)]
            right = [
                self.vector_at(self.at(p.b, middle, column, 0, c), count) for c in range(columns)
            ]
            for k, room in enumerate(rooms):
                self.fused(left[k // columns], right[k % columns], room)

        whole = p.k - p.k % self.lanes
        if whole == self.lanes:
            turn("0", self.lanes)
        elif whole:
            with self.function.loop(whole, self.lanes) as middle:
                turn(middle, self.lanes)
        if p.k > whole:
            turn(str(whole), p.k - whole)
        sums = self._added_up([self.read(room) for room in rooms])
        for r in range(rows):
            self._put(row, column, r, sums[r * columns : (r + 1) * columns])

    def _added_up(self, vectors: list[str]) -> list[Value]:
        """Return the sum of the lanes of each vector.

        Two vectors become one of half sums, two of these one of quarter sums, and so on.
        """
        if len(vectors) != self.lanes or self.lanes == 1:
            return [
                self.printer.across("add", Value(vector, self.dtype, self.lanes))
                for vector in vectors
            ]
        group = self.lanes
        while group > 1:
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [self._halved(x, y, group) for x, y in pairs]
            group //= 2
        return [Value(f"{vectors[0]} {k}", self.dtype) for k in range(self.lanes)]

    def _halved(self, x: str, y: str, group: int) -> str:
        """Add the first half of each group of lanes to the second, of two vectors into one."""
        halves = []
        for first in (0, group // 2):
            places = [
                f"i32 {start + first + k}"
                for start in range(0, 2 * self.lanes, group)
                for k in range(group // 2)
            ]
            mask = f"<{self.lanes} x i32> <{', '.join(places)}>"
            halves.append(
                self.function.let(f"shufflevector {self.vector} {x}, {self.vector} {y}, {mask}")
            )
        return self.function.let(f"fadd {FLAGS} {self.vector} {halves[0]}, {halves[1]}")

    def _put(self, row: str, column: str, r: int, sums: list[Value]) -> None:
        """Store the numbers of a row of the block: together, if they lie in one vector."""
        c, count = self.product.c, len(sums)
        together = " " in sums[0].text and c.column_stride == 1 and count > 1
        if together:
            vector, first = sums[0].text.split()
            places = ", ".join(f"i32 {int(first) + k}" for k in range(count))
            part = type_of(self.dtype, count)
            mask = f"<{count} x i32> <{places}>"
            text = self.function.let(
                f"shufflevector {self.vector} {vector}, {self.vector} poison, {mask}"
            )
            self._store(self.at(c, row, column, r), Value(text, self.dtype, count), part)
            return
        for k, total in enumerate(sums):
            if " " in total.text:
                vector, place = total.text.split()
                text = self.function.let(f"extractelement {self.vector} {vector}, i64 {place}")
                total = Value(text, self.dtype)
            self._store(self.at(c, row, column, r, k), total, self.element)

    def _store(self, pointer: str, total: Value, kind: str) -> None:
        if self.product.add:
            before = self.function.let(f"load {kind}, ptr {pointer}, align {self.align}")
            text = self.function.let(f"fadd {FLAGS} {total.typed}, {before}")
            total = Value(text, self.dtype, total.lanes)
        self.function.line(f"store {total.typed}, ptr {pointer}, align {self.align}")
