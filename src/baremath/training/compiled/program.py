"""A training step in machine code: traced, cut, lowered, compiled."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from baremath.compiler.backends.native import engine
from baremath.compiler.backends.native.driver import Cut, Driver, Table
from baremath.compiler.backends.native.module import Module
from baremath.compiler.ir import INPUT, Graph, Node
from baremath.compiler.loops.language import (
    Buffer,
    Index,
    Let,
    Load,
    Loop,
    Program,
    Statement,
    Store,
    Words,
)
from baremath.compiler.loops.lower import Binding, Lowered, lower
from baremath.compiler.loops.memory import buffers_of
from baremath.scalar import variable
from baremath.training.compiled import graphs
from baremath.training.compiled.cutting import LANES, cut_of
from baremath.training.compiled.graphs import Shapes, bound
from baremath.training.step import TrainingStep

_ALIGNED = 64

#: Columns of a table from which it is copied as it lies.
WIDE = 64


@dataclass(frozen=True)
class CompiledStep:
    """The machine code of a training step, and what is to be known of its memory.

    Parameters
    ----------
    train : callable
        ``train(job, thread)``.
    parts : bool
        Whether a batch may be cut, and may be smaller.
    cut : Cut
        How a batch is cut.
    thread_bytes : int
        Memory that each thread needs.
    hyper : list of str
        The numbers that a job gives for each step, in order.
    vectors, scalars : list of str
        What the optimizer remembers: vectors as long as the parameters, and numbers.
    constants, update_constants : ndarray of uint8
        Arrays that the programs read.
    engine : object
        Owns the machine code.
    stale : callable
        Says what has changed since that the user's own functions read: "" if nothing has.
    """

    train: Any
    parts: bool
    cut: Cut
    thread_bytes: int
    hyper: list[str]
    vectors: list[str]
    scalars: list[str]
    constants: Any
    update_constants: Any
    engine: Any
    stale: Callable[[], str] = str


def compile_step(step: TrainingStep, shapes: Shapes) -> CompiledStep:
    """Compile a training step for batches of these shapes."""
    layout = step.weights.parameters
    parts = graphs.separable(step, shapes)
    own = graphs.elementwise(step, shapes)
    cut = cut_of(shapes.rows, layout.size, parts=parts, elementwise=own)
    tile, tile_is_stale = graphs.tile_graph(step, shapes, cut.rows, parts=parts)
    update, update_is_stale = graphs.update_graph(step, shapes, cut.chunk)
    code = _Assembly(step, shapes, cut, parts).compiled(tile, update)
    return replace(code, stale=lambda: tile_is_stale() or update_is_stale())


class _Assembly:
    """Puts the programs of a step and the loop over steps together."""

    def __init__(self, step: TrainingStep, shapes: Shapes, cut: Cut, parts: bool) -> None:
        self.step = step
        self.shapes = shapes
        self.cut = cut
        self.parts = parts
        self.dtype = str(step.weights.dtype)
        self.hyper = graphs.hyper_names(step, shapes)
        state = step.optimizer.init(np.zeros(2, self.dtype))
        for name, value in state.items():
            kind = np.asarray(value)
            if kind.dtype != self.dtype or kind.shape not in ((), (2,)):
                raise ValueError(
                    f"optimizer: its state {name!r} is {kind.dtype} of shape {kind.shape} for 2 "
                    f"parameters; machine code keeps {self.dtype}, one number or one for each "
                    'parameter. Make it so in init(params), or take backend="eager".'
                )
        self.vectors = [name for name, value in state.items() if np.ndim(value)]
        self.scalars = [name for name, value in state.items() if not np.ndim(value)]

    def compiled(self, tile: Graph, update: Graph) -> CompiledStep:
        """Lower, print and compile."""
        first = self._tile(tile)
        second = self._update(update)
        module = Module(engine.vector_bytes())
        module.add(first.program, "tile", inlined=True)
        module.add(second.program, "update", inlined=True)
        module.add(self._add(), "add", inlined=True)
        own, size = self._memory(first, second)
        driver = Driver(
            self.cut,
            self._tables(tile),
            first.program.spaces,
            second.program.spaces,
            self.dtype,
            self.step.weights.buffers.size,
            len(self.scalars),
            own,
        )
        module.add_text(driver.function())
        code = engine.compiled(str(module))
        train = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(
            code.get_function_address("train")
        )
        return CompiledStep(
            train,
            self.parts,
            self.cut,
            size,
            self.hyper,
            self.vectors,
            self.scalars,
            first.constants,
            second.constants,
            code,
        )

    # The programs

    def _tile(self, graph: Graph) -> Lowered:
        layout = self.step.weights.parameters
        add = self.cut.tiles_of_shard > 1
        strides = self.layout()
        bindings = {
            "params": Binding("params", 0),
            "buffers": Binding("buffers", 0),
            "seed": Binding("seed", 0),
            "step_number": Binding("step", 0),
            "out['total']": Binding("sums", 0, add=add),
            "out['weight']": Binding("sums", 1, add=add),
            "out['buffers']": Binding("next.buffers", 0),
        }
        for name in ("X", "y", "weight"):
            if name in graph.inputs:
                own = strides(graph.inputs[name])
                bindings[name] = Binding(f"batch.{name}", 0, strides=own)
        for key, name in bound(graph.outputs, "out['gradients']").items():
            bindings[name] = Binding("gradients", layout.offsets[key], add=add)
        for key, name in bound(graph.inputs, "hyper").items():
            bindings[name] = Binding("hyper", self.hyper.index(key))
        names = {*graph.inputs, *graph.outputs}
        lowered = lower(graph, {n: b for n, b in bindings.items() if n in names}, strides)
        if not self.parts or self.cut.tiles == 1:
            return lowered
        return replace(lowered, program=_of_own_rows(lowered.program, self.cut.rows))

    def layout(self) -> Any:
        """Return where the values of a tile have their strides from.

        They lie column by column, so that vectors run along the rows of the batch; but for wide
        inputs, which are copied from a table that lies row by row.
        """
        rows = self.cut.rows
        if not self.parts:
            return lambda node: None
        padded = -(-rows // LANES) * LANES

        def strides(node: Node) -> tuple[int, ...] | None:
            if node.ndim != 2 or node.shape[0] != rows:
                return None
            return None if node.op == INPUT and node.shape[1] > WIDE else (1, padded)

        return strides

    def _update(self, graph: Graph) -> Lowered:
        """Lower the update: in place if that is safe, else into ``"next."``."""
        in_place = self._lowered_update(graph, "")
        vectors = {"params", *(f"state.{k}" for k in range(len(self.vectors)))}
        if all(_is_safe_in_place(in_place.program, space) for space in vectors):
            return in_place
        return self._lowered_update(graph, "next.")

    def _lowered_update(self, graph: Graph, prefix: str) -> Lowered:
        bindings = {
            "params": Binding("params", 0),
            "gradient": Binding("gradient", 0),
            "totals": Binding("totals", 0),
            "out['params']": Binding(f"{prefix}params", 0),
            "out['loss']": Binding("next.loss", 0),
        }
        for key, name in bound(graph.inputs, "state").items():
            bindings[name] = self._state(key, "", "")
        for key, name in bound(graph.outputs, "out['state']").items():
            bindings[name] = self._state(key, prefix, "next.")
        for key, name in bound(graph.inputs, "hyper").items():
            bindings[name] = Binding("hyper", self.hyper.index(key))
        names = {*graph.inputs, *graph.outputs}
        return lower(graph, {n: b for n, b in bindings.items() if n in names})

    def _state(self, key: str, vectors: str, scalars: str) -> Binding:
        if key in self.scalars:
            return Binding(f"{scalars}scalars", self.scalars.index(key))
        return Binding(f"{vectors}state.{self.vectors.index(key)}", 0)

    def _add(self) -> Program:
        """Return the program that adds the second chunk to the first."""
        n = self.cut.chunk
        a, b = (Buffer(name, self.dtype, (n,), (1,), name, 0, n) for name in "ab")
        here = Index((("i", 1),))
        body: tuple[Statement, ...] = (
            Load("x", a, here),
            Load("y", b, here),
            Let("total", self.dtype, variable("x") + variable("y")),
            Store(a, here, "total"),
        )
        return Program("add", (a, b), (Loop("i", n, body, lanes=True),))

    # Memory

    def _tables(self, graph: Graph) -> tuple[Table, ...]:
        found = []
        strides = self.layout()
        for name in ("X", "y", "weight"):
            if name not in graph.inputs:
                continue
            node = graph.inputs[name]
            columns = math.prod(node.shape[1:])
            row, column = strides(node) or (columns, 1)
            given = name != "weight" or self.shapes.weighted
            found.append(Table(name, str(node.dtype), columns, row, column, given))
        return tuple(found)

    def _memory(self, tile: Lowered, update: Lowered) -> tuple[dict[str, int], int]:
        """Return where a thread's own spaces begin, and how much memory it needs."""
        own: dict[str, int] = {}
        end = 0
        for prefix, lowered in (("", tile), ("update.", update)):
            sizes = {"arena": lowered.arena_bytes}
            for buffer in lowered.program.buffers:
                if buffer.space.startswith(("next.", "batch.")):
                    room = (buffer.offset + buffer.room) * np.dtype(buffer.dtype).itemsize
                    sizes[buffer.space] = max(sizes.get(buffer.space, 0), room)
            for name in ("batch.X", "batch.y", "batch.weight"):  # a table that no program reads
                if not prefix:
                    sizes.setdefault(name, 0)
            for space, size in sizes.items():
                own[prefix + space] = end
                end += -(-(size + _ALIGNED) // _ALIGNED) * _ALIGNED
        own.setdefault("update.next.scalars", end)
        return own, end + _ALIGNED


def _is_safe_in_place(program: Program, space: str) -> bool:
    """Whether a space is read only before it is written, or just there, at the same place."""
    written = False
    for statement in program.body:
        loads, stores = _touched(statement, space)
        if written and (loads or stores):
            return False
        if stores:
            written = True
            if not isinstance(statement, Loop) or len(loads | stores) > 1:
                return False
    return True


def _touched(statement: Statement, space: str) -> tuple[set[Index], set[Index]]:
    """Return the places of a space that a statement reads and writes."""
    loads: set[Index] = set()
    stores: set[Index] = set()
    stack: list[Statement] = [statement]
    while stack:
        one = stack.pop()
        if isinstance(one, Loop):
            stack.extend(one.body)
        elif isinstance(one, Load | Store):
            if one.buffer.space == space:
                (loads if isinstance(one, Load) else stores).add(one.index)
        elif any(buffer.space == space for buffer in buffers_of(one)):
            return {Index(), Index((), 1)}, {Index()}
    return loads, stores


def _of_own_rows(program: Program, rows: int) -> Program:
    """Return the program of a tile, in which random numbers are drawn for its own rows."""
    first = Buffer("first", "uint64", (), (), "first", 0, 1)

    def own(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(
            replace(s, first=first, row_words=s.count // rows)
            if isinstance(s, Words)
            else replace(s, body=own(s.body))
            if isinstance(s, Loop)
            else s
            for s in body
        )

    body = own(program.body)
    draws = body != program.body
    return replace(program, body=body, buffers=(*program.buffers, *([first] if draws else [])))
