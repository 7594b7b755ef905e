"""Printing a loop program as LLVM IR: loops with lanes become loops over vectors."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from baremath.compiler.backends.native import matmul, philox, steps
from baremath.compiler.backends.native.cutting import is_inlined
from baremath.compiler.backends.native.expression import FLAGS, Called, Expressions, is_float
from baremath.compiler.backends.native.memory import Memory
from baremath.compiler.backends.native.text import Function, Value, first_lanes, literal, type_of
from baremath.compiler.loops.language import (
    Accumulate,
    Cast,
    Comment,
    Let,
    Load,
    Loop,
    MatMul,
    Start,
    Statement,
    Store,
    Words,
)

#: Numbers are added up in as many vectors at a time: one would have to wait for its last sum.
CHAINS = 4

#: From so many turns on numbers are added up in blocks, and the blocks' sums by themselves.
LONG = 256


@dataclass(frozen=True)
class Lanes:
    """The turns of a loop that are done at once.

    Parameters
    ----------
    index : str
        The loop's.
    width : int
        How many lanes.
    count : int
        How many of them are turns of the loop; the rest is padding.
    last : int
        The first turn of the last vector, at most.
    """

    index: str
    width: int
    count: int
    last: int


@dataclass
class Accumulator:
    """A number that is accumulated: where it stands, and in how many lanes."""

    room: str
    dtype: str
    kind: str
    lanes: int


#: Several sets of accumulators, by name.
Sums: TypeAlias = list[dict[str, Accumulator]]


class Printer:
    """Writes the statements of a program into a function.

    Parameters
    ----------
    function : Function
        Where the instructions go.
    pointers : mapping of str to str
        The register that holds the address of each space.
    vector_bytes : int
        The width of the machine's vectors.
    needed : set
        Takes up the elementary functions that are called.
    streamed : collection of str, default=()
        Spaces on addresses that are multiples of 64, whose large arrays go past the caches.
    """

    def __init__(
        self,
        function: Function,
        pointers: Mapping[str, str],
        vector_bytes: int,
        needed: set[Called],
        streamed: Collection[str] = (),
    ) -> None:
        self.function = function
        self.vector_bytes = vector_bytes
        self.expressions = Expressions(function, needed)
        self.memory = Memory(self, pointers, streamed)
        self.names: dict[str, Value] = {}
        self.accumulators: dict[str, Accumulator] = {}
        self.extents: dict[str, int] = {}
        self.lanes: Lanes | None = None
        #: The serial loops around, by their indices.
        self.steps: list[str] = []

    def inside(self, function: Function, pointers: Mapping[str, str]) -> Printer:
        """Return a printer for what is done inside of the serial loops, in another function."""
        needed, streamed = self.expressions.needed, self.memory.streamed
        inner = Printer(function, pointers, self.vector_bytes, needed, streamed)
        inner.extents.update(self.extents)
        inner.steps.extend(self.steps)
        return inner

    def statements(self, body: tuple[Statement, ...]) -> None:
        """Write statements one after the other."""
        around = self.expressions.inlined
        self.expressions.inlined = is_inlined(body)
        for statement in body:
            self.statement(statement)
        self.expressions.inlined = around

    def statement(self, statement: Statement) -> None:
        """Write one statement."""
        match statement:
            case Comment(text):
                self.function.line(f"; {text}".replace("\n", " "))
            case Load():
                self.names[statement.name] = self.memory.load(statement.buffer, statement.index)
            case Let(name, dtype, expression):
                names = _Names(self)
                self.names[name] = self.expressions.compute(expression, dtype, names)
            case Cast(name, dtype, source):
                self.names[name] = self.expressions.cast(self.value(source), dtype)
            case Start():
                self._start(statement)
            case Accumulate(name, value):
                self._accumulate(name, self.value(value))
            case Store():
                self.memory.store(statement)
            case Loop(serial=True):
                steps.write(self, statement)
            case Loop():
                self._lanes(statement) if statement.lanes else self._turns(statement)
            case MatMul():
                if min(statement.m, statement.n) > 0:
                    matmul.write(self, statement)
            case Words():
                philox.write(self, statement)
            case _:
                raise TypeError(f"{type(statement).__name__} has no native form")

    def value(self, name: str) -> Value:
        """Return the value of a name, or what has been accumulated under it."""
        if name in self.accumulators:
            return self._loaded(self.accumulators[name])
        return self.names[name]

    def _loaded(self, accumulator: Accumulator) -> Value:
        kind = type_of(accumulator.dtype, accumulator.lanes)
        register = self.function.let(f"load {kind}, ptr {accumulator.room}")
        return Value(register, accumulator.dtype, accumulator.lanes)

    # Loops

    def _turns(self, loop: Loop) -> None:
        self.extents[loop.index] = loop.extent
        if loop.extent == 1:
            self.names[loop.index] = Value("0", "int64")
            self.statements(loop.body)
        elif loop.extent > 1:
            sums = {name: self.accumulators[name] for name in self._accumulated(loop)}

            def turn(index: str, sums: Sums) -> None:
                self.accumulators.update(sums[0])
                self.names[loop.index] = Value(index, "int64")
                self.statements(loop.body)

            self._repeat(0, loop.extent, 1, [sums], turn)
            self.accumulators.update(sums)

    def _accumulated(self, loop: Loop) -> list[str]:
        """Return what a loop accumulates that began before it."""
        names = [s.name for s in _walk(loop.body) if isinstance(s, Accumulate)]
        return [name for name in dict.fromkeys(names) if name in self.accumulators]

    def _repeat(
        self, first: int, count: int, step: int, sums: Sums, turn: Callable[[str, Sums], None]
    ) -> None:
        """Write `count` turns from `first` on.

        Of many turns there are about as many blocks as turns in a block, and each is accumulated by
        itself: so rounding errors grow like the square root of their number.
        """
        block = math.isqrt(count) if count >= LONG and any(sums) else count
        if block < count:
            whole = count // block
            end = first + whole * block * step
            with self.function.loop(end, block * step, first) as start:
                parts = [{name: self._fresh(one) for name, one in own.items()} for own in sums]
                stop = self.function.let(f"add nuw nsw i64 {start}, {block * step}")
                with self.function.loop(stop, step, start) as index:
                    turn(index, parts)
                for own, part in zip(sums, parts, strict=True):
                    for name, one in own.items():
                        self._add_to(one, self._loaded(part[name]))
            first, count = end, count - whole * block
        if count == 1:
            turn(str(first), sums)
        elif count:
            with self.function.loop(first + count * step, step, first) as index:
                turn(index, sums)

    def _lanes(self, loop: Loop) -> None:
        """Write a loop over whole vectors, and a last one for the turns that are left."""
        width = self.width(loop)
        full, rest = divmod(loop.extent, width)
        outer = self._accumulated(loop)
        chains = CHAINS if outer and full >= 2 * CHAINS else 1
        sums = self._in_lanes(outer, width, chains) if full else []
        bulk = full - full % chains
        if bulk:
            self._vectors(loop, width, 0, bulk // chains, sums)
        if full > bulk:
            self._vectors(loop, width, bulk * width, full - bulk, sums[:1])
        self._gather_up(sums)
        if rest:
            self._rest(loop, outer, width, full * width, rest)

    def _vectors(
        self,
        loop: Loop,
        width: int,
        first: int,
        count: int,
        sums: Sums,
    ) -> None:
        """Write `count` turns from `first` on, of one vector for each set of accumulators."""
        repeated = max(len(sums), 1)
        step = width * repeated
        last = first + (count - 1) * step

        def turn(index: str, sums: Sums) -> None:
            for k in range(repeated):
                place = index
                if k:
                    place = self.function.let(f"add nuw nsw i64 {index}, {k * width}")
                lanes = Lanes(loop.index, width, width, last + k * width)
                with self._inside(lanes, place, sums[k] if sums else {}):
                    self.statements(loop.body)

        self._repeat(first, count, step, sums, turn)

    def _rest(self, loop: Loop, outer: list[str], width: int, first: int, count: int) -> None:
        """Write the turns that don't fill a vector."""
        narrow = count if count & (count - 1) == 0 else width
        sums = self._in_lanes(outer, narrow, 1) if narrow > 1 else []
        with self._inside(
            Lanes(loop.index, narrow, count, first), str(first), sums[0] if sums else {}
        ):
            self.statements(loop.body)
        self._gather_up(sums)

    @contextmanager
    def _inside(self, lanes: Lanes, index: str, sums: Mapping[str, Accumulator]) -> Iterator[None]:
        """Write the body of a loop with lanes."""
        own = {name: self.accumulators[name] for name in sums}
        self.accumulators.update(sums)
        self.names[lanes.index] = Value(index, "int64")
        self.lanes = lanes
        yield
        self.lanes = None
        self.accumulators.update(own)

    def width(self, loop: Loop) -> int:
        """Return the number of lanes for a loop: as many as fit of its widest numbers."""
        sizes = [
            np.dtype(s.buffer.dtype if isinstance(s, Load | Store) else s.dtype).itemsize
            for s in _walk(loop.body)
            if isinstance(s, Load | Store | Let | Cast | Start)
        ]
        return self.vector_bytes // max([*sizes, 4])

    # Accumulating

    def _start(self, start: Start) -> None:
        lanes = self.lanes.width if self.lanes else 1
        self.accumulators[start.name] = self._fresh(Accumulator("", start.dtype, start.kind, lanes))

    def _fresh(self, like: Accumulator) -> Accumulator:
        """Return an accumulator like another, in which there is nothing yet."""
        kind = type_of(like.dtype, like.lanes)
        room = self.function.room(kind)
        neutral = literal(_neutral(like.kind, like.dtype), like.dtype, like.lanes)
        self.function.line(f"store {kind} {neutral}, ptr {room}")
        return replace(like, room=room)

    def _in_lanes(self, names: list[str], width: int, copies: int) -> Sums:
        """Return accumulators for each lane, several sets of them."""
        if not names:
            return []
        like = {name: replace(self.accumulators[name], lanes=width) for name in names}
        return [{name: self._fresh(one) for name, one in like.items()} for _ in range(copies)]

    def _gather_up(self, sums: Sums) -> None:
        """Accumulate what the lanes have accumulated, in a fixed order."""
        for name in sums[0] if sums else ():
            before = self.accumulators[name]
            total = None
            for one in sums:
                here = self._loaded(one[name])
                total = here if total is None else self.combined(before.kind, total, here)
            assert total is not None
            self._accumulate(name, self.across(before.kind, total))

    def _accumulate(self, name: str, value: Value) -> None:
        accumulator = self.accumulators[name]
        value = self.expressions.cast(value, accumulator.dtype)
        value = self.expressions.spread(value, accumulator.lanes)
        lanes = self.lanes
        if lanes and lanes.count < lanes.width and accumulator.lanes == lanes.width:
            neutral = literal(_neutral(accumulator.kind, value.dtype), value.dtype, value.lanes)
            mask = f"<{lanes.width} x i1> {first_lanes(lanes.count, lanes.width)}"
            kept = self.function.let(f"select {mask}, {value.typed}, {value.type} {neutral}")
            value = Value(kept, value.dtype, value.lanes)
        self._add_to(accumulator, value)

    def _add_to(self, accumulator: Accumulator, value: Value) -> None:
        total = self.combined(accumulator.kind, self._loaded(accumulator), value)
        self.function.line(f"store {total.typed}, ptr {accumulator.room}")

    def combined(self, kind: str, a: Value, b: Value) -> Value:
        """Return what two numbers come to together."""
        if kind in ("maximum", "minimum"):
            return self.expressions.larger(kind, a, b)
        how = {"add": "add", "multiply": "mul"}[kind]
        if is_float(a.dtype):
            how = f"f{how} {FLAGS}"
        return Value(self.function.let(f"{how} {a.typed}, {b.text}"), a.dtype, a.lanes)

    def across(self, kind: str, x: Value) -> Value:
        """Return what the lanes of a vector come to together: halves first."""
        while x.lanes > 1:
            half = x.lanes // 2
            parts = []
            for first in (0, half):
                places = ", ".join(f"i32 {first + k}" for k in range(half))
                if half == 1:
                    text = f"extractelement {x.typed}, i64 {first}"
                else:
                    text = f"shufflevector {x.typed}, {x.type} poison, <{half} x i32> <{places}>"
                parts.append(Value(self.function.let(text), x.dtype, half))
            x = self.combined(kind, *parts)
        return x


class _Names(Mapping[str, Value]):
    """The values of names, looked up when they are asked for."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer

    def __getitem__(self, name: str) -> Value:
        return self.printer.value(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.printer.names)

    def __len__(self) -> int:
        return len(self.printer.names)


def _walk(body: tuple[Statement, ...]) -> Iterator[Statement]:
    for statement in body:
        yield statement
        if isinstance(statement, Loop):
            yield from _walk(statement.body)


def _neutral(kind: str, dtype: str) -> float:
    """Return what changes nothing when it is accumulated."""
    if kind == "add":
        return 0
    if kind == "multiply":
        return 1
    if is_float(dtype):
        return -np.inf if kind == "maximum" else np.inf
    if dtype == "bool":
        return kind == "minimum"
    limits = np.iinfo(dtype)
    return int(limits.min if kind == "maximum" else limits.max)
