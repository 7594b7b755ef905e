"""Serial loops: what is done in a turn is in functions of its own, which the loop calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baremath.compiler.backends.native.cutting import cut
from baremath.compiler.backends.native.text import Function, Value
from baremath.compiler.loops.language import Loop, Statement
from baremath.compiler.loops.memory import buffers_of

if TYPE_CHECKING:
    from baremath.compiler.backends.native.printer import Printer


def write(printer: Printer, loop: Loop) -> None:
    """Write a serial loop into the function of a printer."""
    if not loop.extent:
        return
    printer.extents[loop.index] = loop.extent
    printer.steps.append(loop.index)
    with printer.function.loop(loop.extent) as step:
        printer.names[loop.index] = Value(step, "int64")
        for k, piece in enumerate(cut(loop.body)):
            _call(printer, f"{printer.function.name}.{loop.index}.{k}", piece)
    printer.steps.pop()


def _call(printer: Printer, name: str, piece: tuple[Statement, ...]) -> None:
    """Write the call of a function, and the function: it takes addresses and running numbers."""
    spaces = list(dict.fromkeys(buffer.space for buffer in buffers_of(piece)))
    pointers = {space: f"%space{k}" for k, space in enumerate(spaces)}
    steps = {step: Value(f"%step{k}", "int64") for k, step in enumerate(printer.steps)}
    given = [f"ptr {printer.memory.pointers[space]}" for space in spaces]
    given += [printer.names[step].typed for step in steps]
    taken = [f"ptr noalias {pointer}" for pointer in pointers.values()]
    taken += [value.typed for value in steps.values()]
    inner = Function(f"internal void @{name}({', '.join(taken)}) noinline nounwind")
    body = printer.inside(inner, pointers)
    body.names.update(steps)
    body.statements(piece)
    inner.line("ret void")
    printer.function.declared.update(inner.declared)
    printer.function.declared[str(inner)] = None
    printer.function.line(f"call void @{name}({', '.join(given)})")
