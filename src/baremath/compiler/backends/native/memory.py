"""Loads and stores of a loop program as LLVM IR: one element, neighbours, or picked ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from baremath.compiler.backends.native.padding import padded
from baremath.compiler.backends.native.text import (
    Value,
    first_lanes,
    in_memory,
    literal,
    suffix,
    type_of,
)
from baremath.compiler.loops.language import Buffer, Index, Store

if TYPE_CHECKING:
    from baremath.compiler.backends.native.printer import Printer

#: Arrays of so many bytes don't stay in a cache until they are read.
STREAMED_BYTES = 8 * 2**20

#: The name of LLVM's note that a store goes past the caches.
STREAMED = "!0"


class Memory:
    """Writes the loads and stores of a printer.

    Inside a loop with lanes an access is one vector where the lanes are neighbours in memory, a
    gather or one store for each lane where they aren't, and one number where they share it.

    Parameters
    ----------
    printer : Printer
        Whose function, names and lanes these are.
    pointers : mapping of str to str
        The register that holds the address of each space.
    streamed : collection of str
        Spaces on addresses that are multiples of 64, whose large arrays go past the caches.
    """

    def __init__(
        self, printer: Printer, pointers: Mapping[str, str], streamed: Collection[str]
    ) -> None:
        self.printer = printer
        self.function = printer.function
        self.expressions = printer.expressions
        self.pointers = pointers
        self.streamed = streamed

    def place(self, index: Index) -> tuple[str, Value | None]:
        """Return an index as a number, and what the lanes add to it, if they aren't neighbours."""
        function, lanes = self.function, self.printer.lanes
        total, spread = str(index.offset), None
        factors = {
            name: self.expressions.cast(self.printer.value(name), "int64")
            for name, _ in index.terms
        }
        picked = any(factor.lanes > 1 for factor in factors.values())
        for name, stride in index.terms:
            factor = factors[name]
            if stride == 0:
                continue
            if lanes and lanes.width > 1 and name == lanes.index and (picked or stride != 1):
                steps = ", ".join(f"i64 {k * stride}" for k in range(lanes.width))
                spread = self._sum(spread, Value(f"<{steps}>", "int64", lanes.width))
            if factor.lanes > 1:
                by = literal(stride, "int64", factor.lanes)
                part = function.let(f"mul {factor.typed}, {by}")
                spread = self._sum(spread, Value(part, "int64", factor.lanes))
                continue
            part = factor.text
            if stride != 1:
                part = function.let(f"mul nsw i64 {part}, {stride}")
            total = part if total == "0" else function.let(f"add nsw i64 {total}, {part}")
        return total, spread

    def _sum(self, a: Value | None, b: Value) -> Value:
        if a is None:
            return b
        return Value(self.function.let(f"add {a.typed}, {b.text}"), "int64", b.lanes)

    def address(self, buffer: Buffer, place: str) -> str:
        """Return the address of an element."""
        base, kind = self.pointers[buffer.space], in_memory(buffer.dtype)
        if buffer.offset:
            base = self.function.let(
                f"getelementptr inbounds {kind}, ptr {base}, i64 {buffer.offset}"
            )
        if place == "0":
            return base
        return self.function.let(f"getelementptr inbounds {kind}, ptr {base}, i64 {place}")

    def scalar(self, buffer: Buffer) -> Value:
        """Return the one number of a buffer."""
        return self.load(buffer, Index())

    def load(self, buffer: Buffer, index: Index) -> Value:
        """Return the elements at an index: one, or one for each lane."""
        place, spread = self.place(index)
        pointer, kind = self.address(buffer, place), in_memory(buffer.dtype)
        align = f"align {np.dtype(buffer.dtype).itemsize}"
        lanes = self.printer.lanes
        if spread is not None:
            width = spread.lanes
            places = self.function.let(f"getelementptr {kind}, ptr {pointer}, {spread.typed}")
            count = lanes.count if lanes else width
            vector = f"<{width} x {kind}>"
            mask = f"<{width} x i1> {first_lanes(count, width)}"
            name = f"llvm.masked.gather.{suffix(vector)}.v{width}p0"
            text = self.function.call(
                name, vector, f"<{width} x ptr> {places}", mask, f"{vector} zeroinitializer"
            )
        elif lanes and index.stride(lanes.index) == 1:
            width = lanes.width
            vector = kind if width == 1 else f"<{width} x {kind}>"
            if lanes.count == width or self._reach(index) < buffer.room:
                text = self.function.let(f"load {vector}, ptr {pointer}, {align}")
            else:
                mask = f"<{width} x i1> {first_lanes(lanes.count, width)}"
                text = self.function.call(
                    f"llvm.masked.load.{suffix(vector)}.p0",
                    vector,
                    f"ptr {align} {pointer}",
                    mask,
                    f"{vector} zeroinitializer",
                )
        else:
            width = 1
            text = self.function.let(f"load {kind}, ptr {pointer}, {align}")
        if buffer.dtype == "bool":
            byte = Value(text, "uint8", width)
            return self.expressions.cast(byte, "bool")
        return Value(text, buffer.dtype, width)

    def store(self, store: Store) -> None:
        """Write a name's value to the elements at an index."""
        buffer, index, lanes = store.buffer, store.index, self.printer.lanes
        value = self.expressions.cast(self.printer.value(store.name), buffer.dtype)
        if store.add:
            before = self.load(buffer, index)
            value = self.printer.combined("add", *self.expressions.alike(before, value))
        place, spread = self.place(index)
        if spread is not None:
            value = self.expressions.spread(value, spread.lanes)
            for k in range(lanes.count if lanes else spread.lanes):
                step = self.function.let(f"extractelement {spread.typed}, i64 {k}")
                own = self.function.let(f"add i64 {place}, {step}")
                one = self.function.let(f"extractelement {value.typed}, i64 {k}")
                self._put(Value(one, value.dtype), buffer, self.address(buffer, own))
            return
        pointer = self.address(buffer, place)
        if lanes and index.stride(lanes.index) == 1:
            value = self.expressions.spread(value, lanes.width)
            if lanes.count < lanes.width and not self._spills_into_padding(store):
                self._put_first(value, buffer, pointer, lanes.count)
                return
            if lanes.count == lanes.width and self._is_streamed(store, value):
                self.function.declared[f"{STREAMED} = !{{i32 1}}"] = None
                how = f"align 64, !nontemporal {STREAMED}"
                self.function.line(f"store {value.typed}, ptr {pointer}, {how}")
                return
        self._put(value, buffer, pointer)

    def _is_streamed(self, store: Store, value: Value) -> bool:
        """Whether a vector is better written to memory without reading what is there first."""
        buffer, lanes = store.buffer, self.printer.lanes
        assert lanes is not None
        size = np.dtype(buffer.dtype).itemsize
        steps = [stride for name, stride in store.index.terms if name != lanes.index]
        return (
            buffer.space in self.streamed
            and not store.add
            and size * value.lanes == self.printer.vector_bytes
            and size * buffer.room >= STREAMED_BYTES
            and all(step % value.lanes == 0 for step in (buffer.offset, store.index.offset, *steps))
        )

    def _put(self, value: Value, buffer: Buffer, pointer: str) -> None:
        if buffer.dtype == "bool":
            byte = type_of("uint8", value.lanes)
            text = self.function.let(f"zext {value.typed} to {byte}")
            value = Value(text, "uint8", value.lanes)
        align = np.dtype(buffer.dtype).itemsize
        self.function.line(f"store {value.typed}, ptr {pointer}, align {align}")

    def _put_first(self, value: Value, buffer: Buffer, pointer: str, count: int) -> None:
        """Store the first lanes only."""
        if buffer.dtype == "bool":
            byte = type_of("uint8", value.lanes)
            text = self.function.let(f"zext {value.typed} to {byte}")
            value = Value(text, "uint8", value.lanes)
        self.function.call(
            f"llvm.masked.store.{suffix(value.type)}.p0",
            "void",
            value.typed,
            f"ptr align {np.dtype(buffer.dtype).itemsize} {pointer}",
            f"<{value.lanes} x i1> {first_lanes(count, value.lanes)}",
        )

    def _reach(self, index: Index) -> int:
        """Return the largest place that a vector at this index touches; far where unknown."""
        assert self.printer.lanes is not None
        reach = index.offset + self.printer.lanes.last + self.printer.lanes.width - 1
        for name, stride in index.terms:
            if name != self.printer.lanes.index:
                if name not in self.printer.extents:
                    return 2**62
                reach += max(stride, 0) * (self.printer.extents[name] - 1)
        return reach

    def _spills_into_padding(self, store: Store) -> bool:
        """Whether the lanes that are no turns of the loop write to nothing but padding."""
        lanes = self.printer.lanes
        assert lanes is not None
        others = [stride for name, stride in store.index.terms if name != lanes.index]
        return self._reach(store.index) < store.buffer.room and padded(
            store.buffer, store.index.offset, others, lanes.last + lanes.count, lanes.width
        )
