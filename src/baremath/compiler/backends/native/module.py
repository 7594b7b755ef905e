"""A module of LLVM IR: functions of loop programs, and all that they call."""

from __future__ import annotations

import re
from collections.abc import Collection

from baremath.compiler.backends.native.expression import Called
from baremath.compiler.backends.native.functions import module_text
from baremath.compiler.backends.native.printer import Printer
from baremath.compiler.backends.native.text import Function
from baremath.compiler.loops.language import Program


class Module:
    """Functions that are compiled together.

    Parameters
    ----------
    vector_bytes : int
        The width of the machine's vectors.
    """

    def __init__(self, vector_bytes: int) -> None:
        self.vector_bytes = vector_bytes
        self._functions: list[str] = []
        self._declared: dict[str, None] = {}
        self._needed: set[Called] = set()

    def __str__(self) -> str:
        texts = [*self._functions, *self._declared, module_text(self._needed)]
        lines = "\n".join(texts).splitlines()
        declared = dict.fromkeys(line for line in lines if line.startswith("declare "))
        defined = (line for line in lines if not line.startswith("declare "))
        return "\n".join([*declared, "", *defined, ""])

    def add(
        self,
        program: Program,
        name: str,
        *,
        inlined: bool = False,
        streamed: Collection[str] = (),
    ) -> None:
        """Add the function of a program; its arguments are the addresses of the spaces."""
        arguments = ", ".join(f"ptr noalias %{space}" for space in map(_quoted, program.spaces))
        how = "internal " if inlined else ""
        function = Function(
            f"{how}void @{name}({arguments}){' alwaysinline' if inlined else ''} nounwind"
        )
        pointers = {space: f"%{_quoted(space)}" for space in program.spaces}
        printer = Printer(function, pointers, self.vector_bytes, self._needed, streamed)
        printer.statements(program.body)
        function.line("ret void")
        self.add_text(function)

    def add_text(self, function: Function) -> None:
        """Add a function that is written already."""
        self._functions.append(str(function))
        self._declared.update(function.declared)


def _quoted(space: str) -> str:
    """Return a name as LLVM writes it."""
    if re.fullmatch(r"[A-Za-z_]\w*", space, re.ASCII):
        return space
    plain = re.compile(r"[^ !#-\[\]-~]")  # a quote, a backslash, and what isn't ASCII
    return '"' + plain.sub(lambda c: "".join(f"\\{b:02X}" for b in c[0].encode()), space) + '"'
