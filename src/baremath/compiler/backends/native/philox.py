"""Philox4x32-10 in vectors: eight counters at a time, each in a lane of 64 bits.

The generator is described in `baremath.autodiff.ops.philox`; both give the same words.

References
----------
Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from baremath.autodiff.ops.philox import MULTIPLIERS, WEYL
from baremath.compiler.backends.native.text import Function
from baremath.compiler.loops.language import Words

if TYPE_CHECKING:
    from baremath.compiler.backends.native.printer import Printer

COUNTERS = 8
WORDS = 4 * COUNTERS
VECTOR = f"<{COUNTERS} x i64>"
LOW = 0xFFFFFFFF


def write(printer: Printer, words: Words) -> None:
    """Write the words of a draw into the function of a printer."""
    if words.count == 0:
        return
    function = printer.function
    origin = printer.memory.address(words.buffer, "0")
    seed, step = (printer.memory.scalar(one).text for one in (words.seed, words.step))
    first = "0"
    if words.first is not None:
        row = printer.memory.scalar(words.first).text
        before = function.let(f"mul i64 {row}, {words.row_words}")
        first = function.let(f"udiv i64 {before}, 4")
    arguments = f"i64 {seed}, i64 {step}, i64 {words.draw}, i64 {first}, i64 {words.count}"
    function.declared[_definition()] = None
    function.line(f"call void @bm.philox(ptr {origin}, {arguments})")


def _splat(number: int) -> str:
    return f"splat (i64 {number})"


@cache
def _definition() -> str:
    """Return the function that fills a buffer."""
    f = Function("internal void @bm.philox(ptr %to, i64 %seed, i64 %step, i64 %draw, i64 %first, "
                 "i64 %count)")  # fmt: skip
    whole = f.let(f"udiv i64 %count, {WORDS}")
    rest = f.let(f"urem i64 %count, {WORDS}")
    none = f.let(f"icmp eq i64 {whole}, 0")
    with f.unless(none), f.loop(whole) as group:
        before = f.let(f"mul i64 {group}, {WORDS}")
        _group(f, group, f.let(f"getelementptr i32, ptr %to, i64 {before}"))
    exact = f.let(f"icmp eq i64 {rest}, 0")
    with f.unless(exact):
        last = f.room("i32", WORDS)
        _group(f, whole, last)
        before = f.let(f"mul i64 {whole}, {WORDS}")
        to = f.let(f"getelementptr i32, ptr %to, i64 {before}")
        bytes_left = f.let(f"mul i64 {rest}, 4")
        f.call(
            "llvm.memcpy.p0.p0.i64", "void", f"ptr {to}", f"ptr {last}", f"i64 {bytes_left}",
            "i1 false",
        )  # fmt: skip
    f.line("ret void")
    return "\n".join([str(f), *f.declared])


def _group(f: Function, group: str, to: str) -> None:
    """Write the words of eight counters, group · 8 and those that follow, to an address."""

    def everywhere(number: str) -> str:
        one = f.let(f"insertelement {VECTOR} poison, i64 {number}, i64 0")
        zeros = f"<{COUNTERS} x i32> zeroinitializer"
        return f.let(f"shufflevector {VECTOR} {one}, {VECTOR} poison, {zeros}")

    def halves(number: str) -> tuple[str, str]:
        return f.let(f"and i64 {number}, {LOW}"), f.let(f"lshr i64 {number}, 32")

    own = f.let(f"mul i64 {group}, {COUNTERS}")
    start = f.let(f"add i64 {own}, %first")
    running = ", ".join(f"i64 {k}" for k in range(COUNTERS))
    block = f.let(f"add {VECTOR} {everywhere(start)}, <{running}>")
    step, key = halves("%step"), halves("%seed")
    even = [block, everywhere(step[0])]
    odd = [everywhere("%draw"), everywhere(step[1])]
    for added in WEYL[:, :, 0]:
        products = [
            f.let(f"mul nuw {VECTOR} {x}, {_splat(int(m))}")
            for x, m in zip(even, MULTIPLIERS[:, 0], strict=True)
        ]
        high = [f.let(f"lshr {VECTOR} {x}, {_splat(32)}") for x in reversed(products)]
        low = [f.let(f"and {VECTOR} {x}, {_splat(LOW)}") for x in reversed(products)]
        for k in range(2):
            moved = f.let(f"add i64 {key[k]}, {int(added[k])}")
            round_key = everywhere(f.let(f"and i64 {moved}, {LOW}"))
            mixed = f.let(f"xor {VECTOR} {high[k]}, {odd[k]}")
            even[k] = f.let(f"xor {VECTOR} {mixed}, {round_key}")
        odd = low
    pairs = []
    for k in range(2):
        upper = f.let(f"shl {VECTOR} {odd[k]}, {_splat(32)}")
        pairs.append(f.let(f"or {VECTOR} {even[k]}, {upper}"))
    order = ", ".join(f"i32 {k + half * COUNTERS}" for k in range(COUNTERS) for half in range(2))
    words = f.let(
        f"shufflevector {VECTOR} {pairs[0]}, {VECTOR} {pairs[1]}, <{2 * COUNTERS} x i32> <{order}>"
    )
    f.line(f"store <{2 * COUNTERS} x i64> {words}, ptr {to}, align 4")
