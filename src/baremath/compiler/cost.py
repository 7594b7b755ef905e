"""What a compiled function costs: its arithmetic, its memory, its time at best and as measured."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from baremath.blas import single_threaded_blas
from baremath.compiler.ir import CONSTANT, Graph, Node
from baremath.compiler.passes import flops, fuse
from baremath.compiler.passes.fuse import Group as Loop
from baremath.compiler.passes.views import is_view
from baremath.compiler.scan_operation import parsed

if TYPE_CHECKING:
    from rich.console import RenderableType

#: The probes: a product of square matrices of this length, a copy of as many bytes.
_LENGTH, _BYTES = 512, 32_000_000

#: How often a function is called to find the time that it takes; and for how long at most.
_CALLS, _SECONDS = 50, 1.0

#: So many rows of a table, then the others in one.
_ROWS = 12


@dataclass(frozen=True)
class Machine:
    """What one core of this machine can do at best.

    Parameters
    ----------
    peak : float
        Arithmetic operations a second, in a product of matrices.
    bandwidth : float
        Bytes a second that are read or written, in a long copy.
    """

    peak: float
    bandwidth: float

    def seconds(self, operations: int, moved: int) -> float:
        """Return the least time for so much arithmetic on so many bytes: the longer of the two.

        References
        ----------
        Williams, Waterman & Patterson (2009), Roofline: an insightful visual performance model for
        multicore architectures.
        """
        return max(operations / self.peak, moved / self.bandwidth)


@dataclass(frozen=True)
class Part:
    """What one kind of loop costs.

    Parameters
    ----------
    name : str
        Its operations, ``"add, tanh"``.
    count : int
        How many loops of the kind there are.
    operations : int
        Additions, multiplications and so on, by `flops`.
    bytes : int
        Read and written at least once.
    seconds : float
        At best.
    """

    name: str
    count: int
    operations: int
    bytes: int
    seconds: float


@dataclass(frozen=True, repr=False)
class Cost:
    """The cost of a graph: printed it is a table.

    Parameters
    ----------
    parts : tuple of Part
        The dearest first.
    dtype : dtype
        In which most is computed.
    machine : Machine
        On which.
    measured : float or None
        Seconds that a call took, the median of several.
    """

    parts: tuple[Part, ...]
    dtype: np.dtype[Any]
    machine: Machine
    measured: float | None = None

    @property
    def operations(self) -> int:
        """Arithmetic operations of a call."""
        return sum(part.operations for part in self.parts)

    @property
    def bytes(self) -> int:
        """Bytes that a call reads and writes, if every loop reads and writes each value once."""
        return sum(part.bytes for part in self.parts)

    @property
    def predicted(self) -> float:
        """Seconds of a call at best, on one core: each loop as fast as arithmetic or memory allow.

        Values that stay in a cache are faster; functions as tanh, which take several operations an
        element, are slower.
        """
        return sum(part.seconds for part in self.parts)

    @property
    def share_of_peak(self) -> float | None:
        """The arithmetic of a measured second, as a share of what one core can do."""
        return self.operations / self.measured / self.machine.peak if self.measured else None

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, show_footer=True)
        for heading, total in zip(_HEADINGS, self._total(), strict=True):
            side: Any = "right" if heading else "left"
            table.add_column(Text(heading), Text(total), justify=side, no_wrap=bool(heading))
        for part in self._rows():
            table.add_row(*map(Text, _cells(part)))
        return Group(table, Text(""), *map(Text, self._notes()))

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(file=io.StringIO(), width=100, color_system=None, legacy_windows=False)
        with console.capture() as capture:
            console.print(self)
        return "\n".join(line.rstrip() for line in capture.get().splitlines())

    __repr__ = __str__

    def _rows(self) -> list[Part]:
        if len(self.parts) <= _ROWS:
            return list(self.parts)
        shown, others = self.parts[: _ROWS - 1], self.parts[_ROWS - 1 :]
        return [*shown, _added("others", others)]

    def _total(self) -> list[str]:
        return _cells(_added("together", self.parts))

    def _notes(self) -> list[str]:
        machine = self.machine
        notes = [
            f"One core: {_scaled(machine.peak).strip()} {self.dtype} operations a second, "
            f"{_scaled(machine.bandwidth)}B a second."
        ]
        if self.measured:
            share = self.share_of_peak or 0.0
            notes.append(f"Measured: {_time(self.measured)}, {share:.1%} of the peak of one core.")
        return notes


_HEADINGS = ("", "loops", "operations", "bytes", "at best")


def cost(
    graph: Graph | Any, call: Callable[..., Any] | None = None, /, *args: Any, **kwargs: Any
) -> Cost:
    """Return what a graph costs; and what a call of it took, if there is one to be measured.

    Parameters
    ----------
    graph : Graph or compiled function
        A compiled function stands for what it ran last.
    call : callable, optional
        What computes it; it is called a few times.
    *args, **kwargs
        Its arguments.

    Returns
    -------
    Cost

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.compiler.trace import trace
    >>> graph = trace(lambda x, w: np.tanh(x @ w), np.ones((8, 5)), np.ones((5, 3))).graph
    >>> [(part.name, part.operations, part.bytes) for part in cost(graph).parts]
    [('matmul', 240, 632), ('tanh', 24, 384)]
    """
    graph = graph if isinstance(graph, Graph) else graph.graph
    dtype = _main_dtype(graph)
    here = machine(dtype)
    parts: dict[str, list[Part]] = {}
    for group in fuse(graph):
        if group.kind != "view":
            name = ", ".join(dict.fromkeys(node.op for node in group.nodes if not is_view(node)))
            operations, moved = sum(map(operations_of, group.nodes)), _moved(group)
            part = Part(name, 1, operations, moved, here.seconds(operations, moved))
            parts.setdefault(name, []).append(part)
    added = [_added(name, tuple(alike)) for name, alike in parts.items()]
    added.sort(key=lambda part: (-part.seconds, -part.operations, part.name))
    measured = _measured(call, args, kwargs) if call is not None else None
    return Cost(tuple(added), dtype, here, measured)


def operations_of(node: Node) -> int:
    """Return the arithmetic operations of a node: `flops`, and of a scan those of all its steps."""
    if node.op != "scan":
        return flops(node)
    return int(node.attributes["length"]) * sum(
        map(operations_of, parsed(node.attributes["body"]).nodes)
    )


def machine(dtype: Any) -> Machine:
    """Return what one core does at best; measured on the first call in a process."""
    return Machine(_peak(np.dtype(dtype)), _bandwidth())


@cache
def _peak(dtype: np.dtype[Any]) -> float:
    a = np.full((_LENGTH, _LENGTH), 0.5, dtype)
    out = np.empty_like(a)
    with single_threaded_blas():
        seconds = _fastest(lambda: np.matmul(a, a, out=out))
    return 2 * _LENGTH**3 / seconds


@cache
def _bandwidth() -> float:
    a, b = np.ones(_BYTES // 8), np.zeros(_BYTES // 8)
    return 2 * _BYTES / _fastest(lambda: np.copyto(b, a))


def _fastest(run: Callable[[], object]) -> float:
    return min(_timed(run) for _ in range(4))


def _timed(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def _measured(call: Callable[..., Any], args: Any, kwargs: Any) -> float:
    """Return the median of some calls, after one that may have to compile."""
    call(*args, **kwargs)
    times: list[float] = []
    while len(times) < 3 or (len(times) < _CALLS and sum(times) < _SECONDS):
        times.append(_timed(lambda: call(*args, **kwargs)))
    return median(times)


def _main_dtype(graph: Graph) -> np.dtype[Any]:
    """Return the dtype of the floats with which most is computed."""
    work = {np.dtype(np.float64): 0}
    for node in graph.nodes:
        if node.dtype in (np.float32, np.float64):
            work[node.dtype] = work.get(node.dtype, 0) + operations_of(node)
    return max(work, key=work.__getitem__)


def _moved(group: Loop) -> int:
    """Return the bytes that a group reads from others, and those that others read from it."""
    own = set(group.nodes)
    read: dict[Node, int] = {}
    for node in group.nodes:
        for x in node.inputs:
            if x not in own:
                source, size = _source(x)
                number = source.op == CONSTANT and source.size == 1  # which stands in the code
                if source not in own and not number:
                    read[source] = min(read.get(source, 0) + size, _size(source))
    return sum(read.values()) + sum(map(_size, group.escapes))


def _source(x: Node) -> tuple[Node, int]:
    """Return the value that a view lies in, and how much of it is read."""
    size = _size(x)
    while is_view(x):
        x = x.inputs[0]
        size = min(size, _size(x))
    return x, size


def _size(node: Node) -> int:
    return node.size * node.dtype.itemsize


def _added(name: str, parts: tuple[Part, ...]) -> Part:
    return Part(
        name,
        sum(part.count for part in parts),
        sum(part.operations for part in parts),
        sum(part.bytes for part in parts),
        sum(part.seconds for part in parts),
    )


def _cells(part: Part) -> list[str]:
    return [
        part.name,
        str(part.count),
        _scaled(part.operations).strip(),
        f"{_scaled(part.bytes)}B",
        _time(part.seconds),
    ]


def _scaled(number: float) -> str:
    """Return a number in thousands, millions and so on: ``"1.23 G"``."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.3g} "


def _time(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
