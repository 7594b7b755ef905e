"""LLVM IR: loops over buffers of numbers, and their machine code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from baremath.compiler.backends.native import engine

F64 = ir.DoubleType()
I64 = ir.IntType(64)
POINTER = ir.PointerType()


def compiled(module: ir.Module) -> Any:
    """Optimise a module for this processor and load it; the engine owns the machine code."""
    return engine.compiled(str(module), vectorise=True)


def define(
    module: ir.Module, name: str, arguments: Sequence[ir.Type], result: ir.Type | None = None
) -> ir.IRBuilder:
    """Begin a function whose pointers never overlap; return a builder at its entry."""
    signature = ir.FunctionType(result or ir.VoidType(), arguments)
    function = ir.Function(module, signature, name)
    for argument in function.args:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    return ir.IRBuilder(function.append_basic_block("entry"))


@contextmanager
def loop(
    builder: ir.IRBuilder, start: ir.Value, stop: ir.Value, step: ir.Value | int = 1
) -> Iterator[ir.Value]:
    """Emit ``for i in range(start, stop, step)``."""
    before = builder.block
    body = builder.append_basic_block("loop")
    after = builder.append_basic_block("after")
    builder.cbranch(builder.icmp_signed("<", start, stop), body, after)
    builder.position_at_end(body)
    index = builder.phi(I64)
    index.add_incoming(start, before)
    yield index
    step = I64(step) if isinstance(step, int) else step
    following = builder.add(index, step, flags=["nsw"])
    index.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, stop), body, after)
    builder.position_at_end(after)


def at(builder: ir.IRBuilder, pointer: ir.Value, offset: ir.Value, of: ir.Type = F64) -> ir.Value:
    """Return the address of the `offset`-th number behind a pointer."""
    return builder.gep(pointer, [offset], source_etype=of)


def variable(builder: ir.IRBuilder, of: ir.Type) -> ir.Value:
    """Return room for a variable; LLVM makes it a register."""
    with builder.goto_entry_block():
        return builder.alloca(of)
