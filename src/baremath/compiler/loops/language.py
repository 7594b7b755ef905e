"""The loop language: typed buffers, loops with literal bounds, scalars, matrix products.

A program has no branches and no pointers: each access is a buffer and an affine index, so that it
can be checked when the program is built. Inside a loop each line gives a name to one number:

>>> from baremath import scalar
>>> x = Buffer("x", "float32", (10,), (1,), "x", 0, 10)
>>> y = Buffer("y", "float32", (10,), (1,), "arena", 0, 16)
>>> program = Program("double", (x, y), (
...     Loop("i", 10, (
...         Load("a", x, Index((("i", 1),))),
...         Let("b", "float32", 2 * scalar.variable("a")),
...         Store(y, Index((("i", 1),)), "b"),
...     ), lanes=True),
... ))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from baremath.scalar import Expression

Kind: TypeAlias = Literal["add", "multiply", "maximum", "minimum"]


@dataclass(frozen=True)
class Buffer:
    """A place in memory for an array.

    Parameters
    ----------
    name : str
        As in the source.
    dtype : str
        NumPy's name of the type: ``"float32"``, ``"bool"``, ``"uint32"``, …
    shape, strides : tuple of int
        Lengths, and the distance of neighbours in elements; 0 where one element stands for all.
    space : str
        ``"arena"``, which the program owns, or the name of an argument.
    offset : int
        Where it begins in its space, in elements of its own dtype; in the arena on 64 bytes.
    room : int
        How many elements from there on belong to it: padding may be written to, and holds anything.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    space: str
    offset: int
    room: int


@dataclass(frozen=True)
class Index:
    """The place of an element in a buffer: ``offset + sum(stride * name)``.

    Parameters
    ----------
    terms : tuple of (str, int)
        Names of loops, or of integers loaded before, and how far one more of it leads.
    offset : int, default=0
        The rest.
    """

    terms: tuple[tuple[str, int], ...] = ()
    offset: int = 0

    def stride(self, name: str) -> int:
        """Return how far one step of a loop leads."""
        return sum(stride for term, stride in self.terms if term == name)

    def moved(self, by: int) -> Index:
        """Return the place that is so many elements farther."""
        return Index(self.terms, self.offset + by)


@dataclass(frozen=True)
class Load:
    """``name = buffer[index]``."""

    name: str
    buffer: Buffer
    index: Index


@dataclass(frozen=True)
class Let:
    """``name = expression``, computed in a dtype; ``"bool"`` for comparisons and logic.

    The operands are names given before; constants have their dtype. ``where`` chooses by a bool.
    """

    name: str
    dtype: str
    expression: Expression


@dataclass(frozen=True)
class Cast:
    """``name = dtype(source)``: the number of another name in another dtype."""

    name: str
    dtype: str
    source: str


@dataclass(frozen=True)
class Start:
    """``name = 0``, or the neutral element of another kind of accumulation."""

    name: str
    dtype: str
    kind: Kind


@dataclass(frozen=True)
class Accumulate:
    """``name = name + value``, or ``*``, ``maximum``, ``minimum``: by the kind of its `Start`.

    The order in which numbers are accumulated is the printer's choice; it never depends on timing.
    """

    name: str
    value: str


@dataclass(frozen=True)
class Store:
    """``buffer[index] = name``; ``+=`` if `add`.

    No two turns of a loop store to one place, if it isn't serial.
    """

    buffer: Buffer
    index: Index
    name: str
    add: bool = False


@dataclass(frozen=True)
class Loop:
    """``for index in range(extent)``: turns don't depend on each other but by accumulating.

    The turns of a serial loop are done one after the other, and each may read what those before it
    stored. All its body reads of names is the loop's index and those of serial loops around it. A
    buffer of the arena that is used only in its body holds nothing when a turn begins.

    Parameters
    ----------
    index : str
        The name of the running number.
    extent : int
        How many turns.
    body : tuple of Statement
        What is done in each.
    lanes : bool, default=False
        Whether several turns may be done at once, as the lanes of a vector; then the body has no
        loop with lanes.
    serial : bool, default=False
        Whether the turns follow one another, as the steps of a scan do.
    """

    index: str
    extent: int
    body: tuple[Statement, ...]
    lanes: bool = False
    serial: bool = False


@dataclass(frozen=True)
class Matrix:
    """A matrix in a buffer: where it begins, and how far the next row and column are."""

    buffer: Buffer
    index: Index
    row_stride: int
    column_stride: int


@dataclass(frozen=True)
class MatMul:
    r"""``c[i, j] = sum(a[i, l] * b[l, j] for l in range(k))``; ``+=`` if `add`.

    c of shape (m, n) overlaps neither a nor b.
    """

    c: Matrix
    a: Matrix
    b: Matrix
    m: int
    n: int
    k: int
    add: bool = False


@dataclass(frozen=True)
class Words:
    """Random words of a draw, by Philox, into a buffer of uint32.

    The words from ``first * row_words`` on, a multiple of 4: where a batch is cut into tiles, its
    tile draws the numbers of its own rows. `seed`, `step` and `first`, the number of the tile's
    first row, are buffers of one uint64; without `first` it is 0.
    """

    buffer: Buffer
    seed: Buffer
    step: Buffer
    draw: int
    count: int
    first: Buffer | None = None
    row_words: int = 0


@dataclass(frozen=True)
class Call:
    """``output[...] = operation.value(*inputs, **attributes)``: what has no form as loops."""

    operation: str
    attributes: dict[str, Any]
    inputs: tuple[Buffer, ...]
    output: Buffer


@dataclass(frozen=True)
class Comment:
    """A line for the reader: a formula, and where the user wrote it."""

    text: str


Statement: TypeAlias = (
    Load | Let | Cast | Start | Accumulate | Store | Loop | MatMul | Words | Call | Comment
)


@dataclass(frozen=True)
class Program:
    """A function over buffers.

    Parameters
    ----------
    name : str
        Of the function.
    buffers : tuple of Buffer
        All that the body reads and writes.
    body : tuple of Statement
        What it does, in order.
    """

    name: str
    buffers: tuple[Buffer, ...]
    body: tuple[Statement, ...]

    @property
    def spaces(self) -> tuple[str, ...]:
        """The spaces in the order of the function's arguments; the arena last."""
        names = dict.fromkeys(buffer.space for buffer in self.buffers)
        return (*(name for name in names if name != "arena"), "arena")
