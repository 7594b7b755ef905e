"""The loop over training steps, around two programs: one for some rows, one for the update.

A batch is cut into tiles of as many rows as stay in the cache. Tiles are dealt to shards, and
shards to threads; a shard adds up the gradients of its tiles in order, and the shards' are added
up in order. The cut depends on the problem and never on the machine, so that any number of threads
gives the same weights, bit by bit. For each step a thread

1. takes the rows of its tiles from the table and computes their gradients,
2. waits for the others,
3. adds up the shards' gradients and updates the weights, its share of them,
4. waits for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from baremath.compiler.backends.native import barrier
from baremath.compiler.backends.native.text import Function, in_memory, literal

#: What a job holds, in words of 64 bits: addresses, and numbers.
JOB = (
    "steps", "threads", "barrier", "stop", "done", "memory", "memory_bytes",
    "order", "starts", "counts", "losses", "X", "y", "weight",
    "params", "buffers", "gradients", "sums", "state", "scalars",
    "hyper", "hyper_stride", "seed", "number", "constants", "update_constants",
)  # fmt: skip

#: Spaces of the programs that lie in a thread's own memory, by the prefix of their names.
OWN = ("next.", "batch.", "arena")


@dataclass(frozen=True)
class Table:
    """Rows that a step takes from the memory of the user into its own.

    Parameters
    ----------
    name : {"X", "y", "weight"}
        The word of the job with the address.
    dtype : str
        Of the elements.
    columns : int
        Elements of a row.
    row_stride, column_stride : int
        Where a row and a column lie in the space ``"batch.NAME"``, in elements.
    given : bool, default=True
        Whether there is such a table; weights that aren't given are 1.
    """

    name: str
    dtype: str
    columns: int
    row_stride: int
    column_stride: int
    given: bool = True


@dataclass(frozen=True)
class Cut:
    """How the work of a step is cut: all of it is decided by the problem.

    Parameters
    ----------
    rows : int
        Of a tile.
    tiles : int
        Of a batch, at most.
    shards : int
        Of a batch.
    n_parameters : int
        Numbers in a gradient.
    chunk : int
        Parameters that are updated at a time; all of them where the update isn't elementwise.
    """

    rows: int
    tiles: int
    shards: int
    n_parameters: int
    chunk: int

    @property
    def tiles_of_shard(self) -> int:
        """Tiles that a shard takes, at most."""
        return -(-self.tiles // self.shards)

    @property
    def chunks(self) -> int:
        """How many chunks there are; the last may reach beyond the parameters."""
        return -(-self.n_parameters // self.chunk)

    @property
    def stride(self) -> int:
        """From one vector of parameters to the next, in elements: a multiple of the chunk."""
        return self.chunks * self.chunk


class Driver:
    """Writes ``@train(ptr job, i64 thread)``, which takes the steps of a job.

    The programs are the functions ``@tile``, ``@update`` and ``@add``, which adds the second
    chunk to the first. The spaces of their arguments are words of the job, or ``"next.…"`` and
    ``"batch.…"``, which are a thread's own; what an update leaves in ``"next.NAME"`` becomes NAME.

    Parameters
    ----------
    cut : Cut
        How a step is cut.
    tables : tuple of Table
        What is taken from the rows; ``"weight"`` is 0 where a tile isn't full.
    tile_spaces, update_spaces : tuple of str
        The arguments of the programs, in order.
    dtype : str
        Of the parameters.
    n_buffers, n_scalars : int
        How many numbers there are of each.
    own : mapping of str to int
        Where the spaces of a thread begin in its memory, in bytes: of the update with
        ``"update."`` before their names.
    """

    def __init__(
        self,
        cut: Cut,
        tables: tuple[Table, ...],
        tile_spaces: tuple[str, ...],
        update_spaces: tuple[str, ...],
        dtype: str,
        n_buffers: int,
        n_scalars: int,
        own: Mapping[str, int],
    ) -> None:
        self.cut = cut
        self.tables = tables
        self.tile_spaces = tile_spaces
        self.update_spaces = update_spaces
        self.element = in_memory(dtype)
        self.bytes = np.dtype(dtype).itemsize
        self.dtype = dtype
        self.n_buffers = n_buffers
        self.n_scalars = n_scalars
        self.own = own
        self.f = Function("void @train(ptr %job, i64 %thread)")
        self.words: dict[str, str] = {}

    def function(self) -> Function:
        """Return the function, with the barrier among what it needs."""
        f = self.f
        for place, name in enumerate(JOB):
            pointer = f.let(f"getelementptr i64, ptr %job, i64 {place}")
            self.words[name] = f.let(f"load i64, ptr {pointer}")
        before = f.let(f"mul i64 %thread, {self.words['memory_bytes']}")
        self.mine = self.at("memory", before, "uint8")
        self.first = f.room("i64")
        self.number = f.room("i64")
        self.totals = f.room(self.element, 2)
        self.is_first = f.let("icmp eq i64 %thread, 0")
        self.alone = f.let(f"icmp eq i64 {self.words['threads']}, 1")
        with f.loop_if_any(self.words["steps"]) as step:
            self._step(step)
        f.label("leave")
        f.line("ret void")
        f.declared[barrier.definition()] = None
        return f

    # A step

    def _step(self, step: str) -> None:
        f = self.f
        start, count = (
            self._integer("starts", step, "int64"),
            self._integer("counts", step, "int64"),
        )
        number = f.let(f"add i64 {self.words['number']}, {step}")
        f.line(f"store i64 {number}, ptr {self.number}")
        with self._mine(self.cut.shards) as shard:
            self._shard(step, shard, start, count)
        self._meet()
        self._add_totals()
        with self._mine(self.cut.chunks) as chunk:
            self._update(step, chunk)
        if "next.loss" not in self.update_spaces:
            self._mean_loss()
        not_first = f.let(f"xor i1 {self.is_first}, true")
        with f.unless(not_first):
            self._decide(step)
        self._meet()
        stop = f.let(f"load i64, ptr {self.at('stop', '1', 'int64')}")
        leave = f.let(f"icmp ne i64 {stop}, 0")
        with f.unless(not_first):
            self._copy(self.at("scalars"), self._own_space("update.next.scalars"), self.n_scalars)
        go_on = f.new("on").replace(".", "_")
        f.line(f"br i1 {leave}, label %leave, label {go_on}")
        f.begin(go_on[1:])

    def _shard(self, step: str, shard: str, start: str, count: str) -> None:
        """Compute the gradients of the tiles of a shard, one after the other."""
        f, cut = self.f, self.cut
        gradient = self.at("gradients", f.let(f"mul i64 {shard}, {cut.stride}"))
        sums = self.at("sums", f.let(f"mul i64 {shard}, 2"))
        tile = f.let(f"mul i64 {shard}, {cut.tiles_of_shard}")
        first = f.let(f"mul i64 {tile}, {cut.rows}")
        end = f.let(f"add i64 {first}, {cut.tiles_of_shard * cut.rows}")
        end = f.call("llvm.umin.i64", "i64", f"i64 {end}", f"i64 {count}")
        filled = f.let(f"icmp ult i64 {first}, {end}" if cut.tiles_of_shard == 1 else "and i1 0, 0")
        with f.unless(filled):
            self._clear(gradient, cut.n_parameters)
            self._clear(sums, 2)
        with f.loop_if_any(end, cut.rows, first) as row:
            left = f.let(f"sub i64 {count}, {row}")
            rows = f.call("llvm.umin.i64", "i64", f"i64 {left}", f"i64 {cut.rows}")
            self._take_rows(f.let(f"add i64 {start}, {row}"), rows)
            f.line(f"store i64 {row}, ptr {self.first}")
            self._call("tile", self.tile_spaces, step, {"gradients": gradient, "sums": sums})
            if self.n_buffers:
                self._copy(self.at("buffers"), self._own_space("next.buffers"), self.n_buffers)

    def _take_rows(self, start: str, count: str) -> None:
        """Copy rows of the tables to where the tile expects them."""
        f, rows = self.f, self.cut.rows
        last = f.let(f"sub i64 {count}, 1")
        with f.loop(rows) as r:
            # The last row fills the tile up: of zeros a logarithm would be infinite
            own = f.call("llvm.umin.i64", "i64", f"i64 {r}", f"i64 {last}")
            place = f.let(f"add i64 {start}, {own}")
            row = self._integer("order", place, "uint32")
            for table in self.tables:
                if table.given:
                    self._take_row(table, row, r)
        for table in self.tables:
            if table.name != "weight":
                continue
            one, kind = literal(1, table.dtype), in_memory(table.dtype)
            if not table.given:
                with f.loop(count) as r:
                    f.line(f"store {kind} {one}, ptr {self._place(table, r, 0)}")
            with f.loop_if_any(rows, 1, count) as r:
                f.line(f"store {kind} {literal(0, table.dtype)}, ptr {self._place(table, r, 0)}")

    def _take_row(self, table: Table, row: str, to: str) -> None:
        f, kind = self.f, in_memory(table.dtype)
        source = self.at(table.name, f.let(f"mul i64 {row}, {table.columns}"), table.dtype)
        if table.column_stride == 1 and table.columns > 1:
            size = table.columns * np.dtype(table.dtype).itemsize
            f.call(
                "llvm.memcpy.p0.p0.i64", "void", f"ptr {self._place(table, to, 0)}",
                f"ptr {source}", f"i64 {size}", "i1 false",
            )  # fmt: skip
            return

        def take(column: str) -> None:
            number = f.let(f"load {kind}, ptr {self._beyond(source, column, table.dtype)}")
            f.line(f"store {kind} {number}, ptr {self._place(table, to, column)}")

        if table.columns <= 16:
            for column in range(table.columns):
                take(str(column))
        else:
            with f.loop(table.columns) as running:
                take(running)

    def _place(self, table: Table, row: str, column: str | int) -> str:
        f = self.f
        place = f.let(f"mul i64 {row}, {table.row_stride}")
        step = f.let(f"mul i64 {column}, {table.column_stride}")
        place = f.let(f"add i64 {place}, {step}")
        return self._beyond(self._own_space(f"batch.{table.name}"), place, table.dtype)

    def _add_totals(self) -> None:
        """Add up the shards' losses and weights, in order."""
        f = self.f
        for part in range(2):
            total = f.let(f"load {self.element}, ptr {self.at('sums', str(part))}")
            for shard in range(1, self.cut.shards):
                one = f.let(f"load {self.element}, ptr {self.at('sums', str(2 * shard + part))}")
                total = f.let(f"fadd {self.element} {total}, {one}")
            f.line(f"store {self.element} {total}, ptr {self._beyond(self.totals, str(part))}")

    def _update(self, step: str, chunk: str) -> None:
        """Add up the shards' gradients by some parameters, and update these."""
        f, cut = self.f, self.cut
        first = f.let(f"mul i64 {chunk}, {cut.chunk}")
        gradient = self.at("gradients", first)
        if cut.shards > 1:
            with f.loop(cut.shards * cut.stride, cut.stride, cut.stride) as before:
                other = self._beyond(gradient, before)
                f.line(f"call void @add(ptr {gradient}, ptr {other})")
        vectors = {"gradient": gradient, "params": self.at("params", first)}
        for space in self.update_spaces:
            if space.startswith("state."):
                earlier = int(space.removeprefix("state.")) * cut.stride
                vectors[space] = self.at("state", f.let(f"add i64 {first}, {earlier}"))
        self._call("update", self.update_spaces, step, vectors, "update.")
        for space, vector in vectors.items():
            if f"next.{space}" in self.update_spaces:
                self._copy(vector, self._own_space(f"update.next.{space}"), cut.chunk)

    def _mean_loss(self) -> None:
        """Let the loss be the sum over the batch by the weight of its rows."""
        f = self.f
        total, weight = (
            f.let(f"load {self.element}, ptr {self._beyond(self.totals, part)}") for part in "01"
        )
        loss = f.let(f"fdiv {self.element} {total}, {weight}")
        f.line(f"store {self.element} {loss}, ptr {self.first}")

    def _decide(self, step: str) -> None:
        """Keep the loss; stop if it isn't finite, or if somebody wants to."""
        f = self.f
        source = (
            self._own_space("update.next.loss") if "next.loss" in self.update_spaces else self.first
        )
        loss = f.let(f"load {self.element}, ptr {source}")
        f.line(f"store {self.element} {loss}, ptr {self.at('losses', step)}")
        done = f.let(f"add i64 {step}, 1")
        f.line(f"store i64 {done}, ptr {self.at('done', '0', 'int64')}")
        nothing = f.let(f"fsub {self.element} {loss}, {loss}")
        finite = f.let(f"fcmp oeq {self.element} {nothing}, {literal(0, self.dtype)}")
        asked = f.let(f"load atomic i64, ptr {self.at('stop', '0', 'int64')} monotonic, align 8")
        quiet = f.let(f"icmp eq i64 {asked}, 0")
        on = f.let(f"and i1 {finite}, {quiet}")
        with f.unless(on):
            f.line(f"store i64 1, ptr {self.at('stop', '1', 'int64')}")

    # Threads

    def _mine(self, count: int) -> AbstractContextManager[str]:
        """Repeat for those of some pieces that are this thread's."""
        return self.f.loop_if_any(count, self.words["threads"], "%thread")

    def _meet(self) -> None:
        with self.f.unless(self.alone):
            here = self.at("barrier", "0", "uint8")
            self.f.line(f"call void @bm.barrier(ptr {here}, i64 {self.words['threads']})")

    # Memory

    def at(self, name: str, index: str = "0", dtype: str = "") -> str:
        """Return the address of an element behind a word of the job."""
        base = self.f.let(f"inttoptr i64 {self.words[name]} to ptr")
        return self._beyond(base, index, dtype)

    def _beyond(self, base: str, index: str, dtype: str = "") -> str:
        if index == "0":
            return base
        kind = in_memory(dtype) if dtype else self.element
        return self.f.let(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def _own_space(self, name: str) -> str:
        return self._beyond(self.mine, str(self.own[name]), "uint8")

    def _integer(self, name: str, index: str, dtype: str) -> str:
        kind = in_memory(dtype)
        number = self.f.let(f"load {kind}, ptr {self.at(name, index, dtype)}")
        return number if kind == "i64" else self.f.let(f"zext {kind} {number} to i64")

    def _clear(self, place: str, count: int) -> None:
        size = f"i64 {count * self.bytes}"
        self.f.call("llvm.memset.p0.i64", "void", f"ptr {place}", "i8 0", size, "i1 false")

    def _copy(self, to: str, source: str, count: int) -> None:
        if count:
            size = f"i64 {count * self.bytes}"
            self.f.call(
                "llvm.memcpy.p0.p0.i64", "void", f"ptr {to}", f"ptr {source}", size, "i1 false"
            )

    def _call(
        self,
        function: str,
        spaces: tuple[str, ...],
        step: str,
        given: Mapping[str, str],
        own: str = "",
    ) -> None:
        """Call a program with an address for each of its spaces."""

        def address(space: str) -> str:
            if space in given:
                return given[space]
            if space.startswith(OWN):
                return self._own_space(own + space)
            if space == "hyper":
                row = self.f.let(f"mul i64 {step}, {self.words['hyper_stride']}")
                return self.at("hyper", row, "float64")
            if space == "step":
                return self.number
            if space == "first":
                return self.first
            if space == "totals":
                return self.totals
            return self.at(own.replace(".", "_") + space if space == "constants" else space)

        arguments = ", ".join(f"ptr {address(space)}" for space in spaces)
        self.f.line(f"call void @{function}({arguments})")
