"""The text of an LLVM function: values with their types, loops, loads and stores."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

TYPES = {
    "float32": "float",
    "float64": "double",
    "int64": "i64",
    "uint64": "i64",
    "int32": "i32",
    "uint32": "i32",
    "int16": "i16",
    "uint16": "i16",
    "int8": "i8",
    "uint8": "i8",
    "bool": "i1",
}
SHORT = {"float": "f32", "double": "f64"}


def type_of(dtype: str, lanes: int = 1) -> str:
    """Return LLVM's name of a number, or of a vector of them."""
    return TYPES[dtype] if lanes == 1 else f"<{lanes} x {TYPES[dtype]}>"


def in_memory(dtype: str) -> str:
    """Return LLVM's name of a number as an array holds it: a bool is a byte."""
    return "i8" if dtype == "bool" else TYPES[dtype]


def suffix(type_name: str) -> str:
    """Return what LLVM puts behind the name of an intrinsic for a type: ``"v16f32"``."""
    if type_name.startswith("<"):
        lanes, element = type_name[1:-1].split(" x ")
        return f"v{lanes}{SHORT.get(element, element)}"
    return SHORT.get(type_name, type_name)


def literal(value: Any, dtype: str, lanes: int = 1) -> str:
    """Return a number as LLVM writes it; the same in all lanes."""
    if dtype in ("float32", "float64"):
        with np.errstate(over="ignore"):
            number = float(np.dtype(dtype).type(value))
        text = f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
    elif dtype == "bool":
        text = "true" if value else "false"
    else:
        text = str(int(value))
    return text if lanes == 1 else f"splat ({TYPES[dtype]} {text})"


def first_lanes(count: int, lanes: int) -> str:
    """Return the mask of the first lanes."""
    return f"<{', '.join(f'i1 {int(k < count)}' for k in range(lanes))}>"


@dataclass(frozen=True)
class Value:
    """A number, or one in each lane: a register or a literal, and its type.

    Parameters
    ----------
    text : str
        As LLVM writes it.
    dtype : str
        NumPy's name of the type.
    lanes : int, default=1
        How many; one that is the same everywhere has one.
    """

    text: str
    dtype: str
    lanes: int = 1

    @property
    def type(self) -> str:
        """LLVM's name of its type."""
        return type_of(self.dtype, self.lanes)

    @property
    def typed(self) -> str:
        """The value with its type before it, as an operand."""
        return f"{self.type} {self.text}"


@dataclass
class Function:
    """A function under construction.

    Attributes
    ----------
    signature : str
        What stands between ``define`` and the brace.
    declared : dict of str
        The ``declare`` lines of what is called, and definitions shared by functions.
    """

    signature: str
    declared: dict[str, None] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _rooms: list[str] = field(default_factory=list)
    _count: int = 0

    @property
    def name(self) -> str:
        """What it is called."""
        return self.signature.partition("@")[2].partition("(")[0]

    def __str__(self) -> str:
        return "\n".join([f"define {self.signature} {{", "entry:", *self._rooms, *self._lines, "}"])

    def line(self, text: str) -> None:
        """Append an instruction."""
        self._lines.append(f"  {text}")

    def new(self, hint: str = "v") -> str:
        """Return a register of a name that is still free."""
        self._count += 1
        return f"%{hint}.{self._count}"

    def let(self, text: str) -> str:
        """Append an instruction that gives a value, and return its register."""
        register = self.new()
        self._lines.append(f"  {register} = {text}")
        return register

    def room(self, type_name: str, count: int = 1) -> str:
        """Return room for a variable; LLVM makes it a register if it can."""
        register = self.new("room")
        many = f", i64 {count}" if count > 1 else ""
        self._rooms.append(f"  {register} = alloca {type_name}{many}, align 64")
        return register

    def label(self, name: str) -> None:
        """Begin a block, which the one before falls into."""
        self._lines.append(f"  br label %{name}")
        self.begin(name)

    def begin(self, name: str) -> None:
        """Begin a block after a branch."""
        self._lines.append(f"{name}:")

    @contextmanager
    def loop(self, stop: str | int, step: str | int = 1, start: str | int = 0) -> Iterator[str]:
        """Repeat what is emitted inside for an index of type i64; at least once."""
        self._count += 1
        head = f"loop.{self._count}"
        room = self.room("i64")
        self.line(f"store i64 {start}, ptr {room}")
        self.label(head)
        index = self.let(f"load i64, ptr {room}")
        yield index
        following = self.let(f"add nuw nsw i64 {index}, {step}")
        self.line(f"store i64 {following}, ptr {room}")
        again = self.let(f"icmp ult i64 {following}, {stop}")
        self.line(f"br i1 {again}, label %{head}, label %{head}.after")
        self._lines.append(f"{head}.after:")

    @contextmanager
    def loop_if_any(
        self, stop: str | int, step: str | int = 1, start: str | int = 0
    ) -> Iterator[str]:
        """Repeat, as `loop`, or do nothing where the start isn't below the stop."""
        none = self.let(f"icmp uge i64 {start}, {stop}")
        with self.unless(none), self.loop(stop, step, start) as index:
            yield index

    @contextmanager
    def unless(self, condition: str) -> Iterator[None]:
        """Do what is emitted inside only where an i1 is false."""
        self._count += 1
        name = f"unless.{self._count}"
        self.line(f"br i1 {condition}, label %{name}.after, label %{name}")
        self._lines.append(f"{name}:")
        yield
        self.label(f"{name}.after")

    def call(self, name: str, result: str, *operands: str) -> str:
        """Call an intrinsic or function, and declare it; operands have their types before them."""
        types = ", ".join(map(_type_of_operand, operands))
        self.declared[f"declare {result} @{name}({types})"] = None
        text = f"call {result} @{name}({', '.join(operands)})"
        if result == "void":
            self.line(text)
            return ""
        return self.let(text)


def _type_of_operand(operand: str) -> str:
    """Return the type that stands before an operand."""
    end = operand.index(">") + 1 if operand.startswith("<") else operand.index(" ")
    return operand[:end]
