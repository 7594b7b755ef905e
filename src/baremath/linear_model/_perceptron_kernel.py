"""Rosenblatt's rule, row by row, as machine code."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

from llvmlite import ir

from baremath.linear_model._llvm import F64, I64, POINTER, at, compiled, define, loop, variable

FAST = ("reassoc", "contract", "nsz")  # a sum may run in vector registers


@dataclass(frozen=True)
class PerceptronKernel:
    """One pass of the rule over a table.

    Parameters
    ----------
    one_pass : callable
        ``one_pass(n_rows, order, width, table, codes, step, n_scores, W, scores, before, rows,
        predicted, n_kept, path)`` goes through the rows of `table`, of `width` float64 each, in
        this order. `step` holds each row's η times its weight. A row on the wrong side moves W, of
        shape (n_scores, width), and is written to `rows`, the class it was taken for to
        `predicted`, W to `path` while there were fewer than `n_kept` such rows, and what W was to
        `before`. Returns how many rows were on the wrong side. `scores` is scratch.
    """

    one_pass: Any
    _engine: Any  # owns the machine code


@cache
def perceptron_kernel() -> PerceptronKernel:
    """Compile the kernel for this processor, once for each process."""
    module = ir.Module("perceptron")
    _define_pass(module)
    engine = compiled(module)
    integer, pointer = ctypes.c_int64, ctypes.c_void_p
    signature = ctypes.CFUNCTYPE(
        integer,
        *(integer, pointer, integer, pointer, pointer, pointer, integer),
        *(pointer, pointer, pointer, pointer, pointer, integer, pointer),
    )
    return PerceptronKernel(signature(engine.get_function_address("one_pass")), engine)


def _define_pass(module: ir.Module) -> None:
    arguments = [I64, POINTER, I64, POINTER, POINTER, POINTER, I64, *[POINTER] * 5, I64, POINTER]
    b = define(module, "one_pass", arguments, result=I64)
    n_rows, order, width, table, codes, step, n_scores = b.function.args[:7]
    W, scores, before, rows, predicted, n_kept, path = b.function.args[7:]
    size = b.mul(n_scores, width)
    mistakes = variable(b, I64)
    b.store(I64(0), mistakes)
    with loop(b, I64(0), n_rows) as i:
        row = b.load(at(b, order, i, I64), typ=I64)
        x = at(b, table, b.mul(row, width))
        with loop(b, I64(0), n_scores) as k:
            b.store(_dot(b, at(b, W, b.mul(k, width)), x, width), at(b, scores, k))
        guess = _decide(b, scores, n_scores)
        actual = b.load(at(b, codes, row, I64), typ=I64)
        with b.if_then(b.icmp_signed("!=", guess, actual), likely=False):
            count = b.load(mistakes, typ=I64)
            _copy(b, W, before, size)
            _move(b, W, x, width, n_scores, guess, actual, b.load(at(b, step, row), typ=F64))
            b.store(row, at(b, rows, count, I64))
            b.store(guess, at(b, predicted, count, I64))
            with b.if_then(b.icmp_signed("<", count, n_kept)):
                _copy(b, W, at(b, path, b.mul(count, size)), size)
            b.store(b.add(count, I64(1)), mistakes)
    b.ret(b.load(mistakes, typ=I64))


def _dot(b: ir.IRBuilder, left: ir.Value, right: ir.Value, width: ir.Value) -> ir.Value:
    total = variable(b, F64)
    b.store(F64(0.0), total)
    with loop(b, I64(0), width) as j:
        product = b.fmul(
            b.load(at(b, left, j), typ=F64), b.load(at(b, right, j), typ=F64), flags=FAST
        )
        b.store(b.fadd(b.load(total, typ=F64), product, flags=FAST), total)
    return b.load(total, typ=F64)


def _decide(b: ir.IRBuilder, scores: ir.Value, n_scores: ir.Value) -> ir.Value:
    """Return 1 or 0 for one score above zero or not, else the place of the largest, the first."""
    best, place = variable(b, F64), variable(b, I64)
    first = b.load(scores, typ=F64)
    b.store(first, best)
    b.store(I64(0), place)
    with loop(b, I64(1), n_scores) as k:
        score = b.load(at(b, scores, k), typ=F64)
        with b.if_then(b.fcmp_ordered(">", score, b.load(best, typ=F64))):
            b.store(score, best)
            b.store(k, place)
    fires = b.zext(b.fcmp_ordered(">", first, F64(0.0)), I64)
    return b.select(b.icmp_signed("==", n_scores, I64(1)), fires, b.load(place, typ=I64))


def _move(
    b: ir.IRBuilder,
    W: ir.Value,
    x: ir.Value,
    width: ir.Value,
    n_scores: ir.Value,
    guess: ir.Value,
    actual: ir.Value,
    step: ir.Value,
) -> None:
    """Emit the update: one score moves by y - ŷ; of several, two move against each other."""
    alone = b.icmp_signed("==", n_scores, I64(1))
    back = b.fneg(step)
    own = at(b, W, b.select(alone, I64(0), b.mul(actual, width)))
    with b.if_else(alone) as (one, several):
        with one:
            _add(b, own, x, width, b.select(b.icmp_signed("==", actual, I64(1)), step, back))
        with several:
            _add(b, own, x, width, step)
            _add(b, at(b, W, b.mul(guess, width)), x, width, back)


def _add(b: ir.IRBuilder, row: ir.Value, x: ir.Value, width: ir.Value, factor: ir.Value) -> None:
    with loop(b, I64(0), width) as j:
        move = b.fmul(factor, b.load(at(b, x, j), typ=F64))
        b.store(b.fadd(b.load(at(b, row, j), typ=F64), move), at(b, row, j))


def _copy(b: ir.IRBuilder, source: ir.Value, target: ir.Value, size: ir.Value) -> None:
    with loop(b, I64(0), size) as j:
        b.store(b.load(at(b, source, j), typ=F64), at(b, target, j))
