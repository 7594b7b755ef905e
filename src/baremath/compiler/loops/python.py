"""Printing a loop program as Python: to be read, and to be run as the oracle of other printers.

The source takes a flat NumPy array for each space, of any dtype, and cuts the buffers out of them.
Every name is rounded to its dtype when it is given, and division in an integer dtype cuts the
fraction off, so the numbers are those of machine code but for sums: these are added up one number
after the other, those of float32 in float64, and rounded when they are stored or computed with.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath import scalar
from baremath.compiler.loops.bounds import check_computed, check_given
from baremath.compiler.loops.language import (
    Accumulate,
    Buffer,
    Call,
    Cast,
    Comment,
    Index,
    Let,
    Load,
    Loop,
    MatMul,
    Matrix,
    Program,
    Start,
    Statement,
    Store,
    Words,
)
from baremath.compiler.loops.lower import Lowered
from baremath.compiler.loops.memory import view

_INDENT = "    "

#: What a source may import, by the module that has it.
_MODULES = {
    "numpy": {*scalar.FUNCTIONS, "inf", "nan", "ndarray"} - {"abs", "erf"},
    "baremath.compiler.loops.python": {"erf"},
    "baremath.autodiff": {"OPERATIONS"},
    "baremath.autodiff.ops.philox": {"random_words"},
}
_IMPORTS = {name: module for module, names in _MODULES.items() for name in names}


def source(program: Program) -> str:
    """Return a program as the Python source of a function.

    Parameters
    ----------
    program : Program
        What to print.
    """
    return _Source(program).text()


def run(
    lowered: Lowered, inputs: Mapping[str, Any], spaces: Mapping[str, NDArray[Any]] | None = None
) -> dict[str, NDArray[Any]]:
    """Compute the outputs of a lowered graph by its Python source.

    Parameters
    ----------
    lowered : Lowered
        What to run.
    inputs : mapping of str to array
        The values of the graph's inputs.
    spaces : mapping of str to array of uint8, optional
        Memory to work in, as `Lowered.spaces` returns it; new by default, and zero.

    Returns
    -------
    dict of str to ndarray
        The outputs, copied.

    Raises
    ------
    IndexError
        If an index is out of bounds.
    OverflowError
        If the seed or the step of random numbers is.
    """
    spaces = lowered.spaces() if spaces is None else spaces
    for name, buffer in lowered.inputs.items():
        view(buffer, spaces)[...] = inputs[name]
    printed = _Source(lowered.program)
    names = dict(printed.attributes)
    exec(printed.text(), names)
    arguments = [spaces[name] for name in lowered.program.spaces]
    checks = (*lowered.index_checks, *lowered.word_checks)
    check_given(checks, spaces)
    with np.errstate(all="ignore"):
        names[printed.function](*arguments)
    check_computed(checks, spaces)
    return {name: view(buffer, spaces).copy() for name, buffer in lowered.outputs.items()}


def erf(x: Any) -> Any:
    """Return the error function of a NumPy number, as a number of its type."""
    return type(x)(math.erf(x))


class _Source:
    """A source in the making.

    Attributes
    ----------
    attributes : dict of str to object
        Arguments of calls that can't be written as text, under the names that stand for them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.attributes: dict[str, Any] = {}
        self._kinds: dict[str, str] = {}
        self._imported: set[str] = set()
        taken = {*_names_inside(program.body), *_IMPORTS, *keyword.kwlist, *dir(builtins)}
        taken |= {str(np.dtype(kind)) for kind in np.typecodes["All"]}
        self.function = _identifier(program.name, taken)
        self._spaces = {name: _identifier(name, taken) for name in program.spaces}
        self._buffers: dict[str, str] = {}
        for buffer in program.buffers:
            alone = buffer.name == buffer.space
            own = self._spaces[buffer.space] if alone else _identifier(buffer.name, taken)
            self._buffers[buffer.name] = own

    def text(self) -> str:
        """Return the whole source."""
        cuts = [f"{_INDENT}{line}\n" for line in self._cuts()]
        body = [f"{line}\n" for line in self._block(self.program.body, 1)]
        head = f"def {self.function}({', '.join(self._spaces.values())}):\n"
        return f"{self._imports()}\n\n{head}{''.join([*cuts, *body])}"

    def _imports(self) -> str:
        """Return the imports of what has been used."""
        modules: dict[str, list[str]] = {}
        for name in sorted(self._imported):
            modules.setdefault(_IMPORTS.get(name, "numpy"), []).append(name)
        return "".join(
            f"from {module} import {', '.join(names)}\n"
            for module, names in sorted(modules.items())
        )

    def _cuts(self) -> Iterator[str]:
        """Yield lines that cut buffers out of spaces; last what takes the name of its space."""
        for buffer in sorted(self.program.buffers, key=lambda b: b.name == b.space):
            own, space = self._buffers[buffer.name], self._spaces[buffer.space]
            dtype = self._dtype(buffer.dtype)
            first, last = buffer.offset, buffer.offset + buffer.room
            yield f"{own} = {space}.view({dtype})[{first}:{last}]"

    # Statements

    def _block(self, body: tuple[Statement, ...], depth: int) -> Iterator[str]:
        margin = _INDENT * depth
        for statement in body:
            if isinstance(statement, Loop):
                note = "  # lanes" if statement.lanes else "  # steps" if statement.serial else ""
                yield f"{margin}for {statement.index} in range({statement.extent}):{note}"
                yield from self._block(statement.body, depth + 1)
            else:
                yield from (f"{margin}{line}" for line in self._statement(statement))
        if not any(not isinstance(statement, Comment) for statement in body):
            yield f"{margin}pass"

    def _statement(self, statement: Statement) -> Iterator[str]:
        match statement:
            case Comment(text):
                yield from (f"# {line}" for line in text.split("\n"))
            case Load(name, buffer, index):
                yield f"{name} = {self._element(buffer, index)}"
            case Let(name, dtype, expression):
                yield f"{name} = {self._dtype(dtype)}({self._expression(expression)})"
            case Cast(name, dtype, given):
                yield f"{name} = {given}.astype({self._dtype(dtype)})"
            case Start(name, dtype, kind):
                self._kinds[name] = kind
                wide = "float64" if dtype == "float32" and kind == "add" else dtype
                yield f"{name} = {self._dtype(wide)}({self._neutral(kind, dtype)})"
            case Accumulate(name, value):
                how = self._kinds[name]
                if how in ("maximum", "minimum"):
                    yield f"{name} = {self._use(how)}({name}, {value})"
                else:
                    yield f"{name} {'+' if how == 'add' else '*'}= {value}"
            case Store(buffer, index, name, add):
                yield f"{self._element(buffer, index)} {'+' if add else ''}= {name}"
            case MatMul():
                yield from self._product(statement)
            case Words():
                yield self._words(statement)
            case Call():
                yield self._call(statement)

    def _product(self, product: MatMul) -> Iterator[str]:
        """Yield the three loops of a product of matrices."""

        def element(matrix: Matrix, row: str, column: str) -> str:
            terms = ((row, matrix.row_stride), (column, matrix.column_stride))
            index = Index((*matrix.index.terms, *terms), matrix.index.offset)
            return self._element(matrix.buffer, index)

        dtype = self._dtype(product.c.buffer.dtype)
        yield f"for row in range({product.m}):"
        yield f"{_INDENT}for column in range({product.n}):"
        yield f"{_INDENT * 2}total = {dtype}(0)"
        yield f"{_INDENT * 2}for k in range({product.k}):"
        factors = f"{element(product.a, 'row', 'k')} * {element(product.b, 'k', 'column')}"
        yield f"{_INDENT * 3}total += {factors}"
        c = element(product.c, "row", "column")
        yield f"{_INDENT * 2}{c} {'+' if product.add else ''}= total"

    def _words(self, words: Words) -> str:
        """Return the line that draws random words."""
        seed, step = (f"int({self._buffers[x.name]}[0])" for x in (words.seed, words.step))
        target = f"{self._buffers[words.buffer.name]}[:{words.count}]"
        draw = self._use("random_words")
        if words.first is None:
            return f"{target} = {draw}({seed}, {step}, {words.draw}, {words.count})"
        first = f"int({self._buffers[words.first.name]}[0]) * {words.row_words}"
        count = f"{first} + {words.count}"
        return f"{target} = {draw}({seed}, {step}, {words.draw}, {count})[{first}:]"

    def _call(self, call: Call) -> str:
        """Return the line in which NumPy computes."""
        arguments = [self._array(buffer) for buffer in call.inputs]
        for name, value in call.attributes.items():
            arguments.append(f"{name}={self._literal(value)}")
        operations = self._use("OPERATIONS")
        value = f"{operations}[{call.operation!r}].value({', '.join(arguments)})"
        return f"{self._array(call.output)}[...] = {value}"

    # Parts of lines

    def _element(self, buffer: Buffer, index: Index) -> str:
        return f"{self._buffers[buffer.name]}[{_written(index)}]"

    def _array(self, buffer: Buffer) -> str:
        """Return the array that lies in a buffer."""
        size = np.dtype(buffer.dtype).itemsize
        strides = tuple(size * stride for stride in buffer.strides)
        dtype, flat = self._dtype(buffer.dtype), self._buffers[buffer.name]
        return f"{self._use('ndarray')}({buffer.shape}, {dtype}, {flat}, 0, {strides})"

    def _expression(self, expression: scalar.Expression) -> str:
        if not _variables(expression):
            return self._number(expression.evaluate({}))
        self._imported |= _names(expression) & _IMPORTS.keys()
        return str(expression)

    def _number(self, value: Any) -> str:
        text = repr(value)
        if text.lstrip("-") in ("inf", "nan"):
            self._use(text.lstrip("-"))
        return text

    def _neutral(self, kind: str, dtype: str) -> str:
        """Return what changes nothing when it is accumulated."""
        if kind in ("add", "multiply"):
            return "0" if kind == "add" else "1"
        if dtype == "bool":
            return str(kind == "minimum")
        if dtype.startswith("float"):
            return self._number(-math.inf if kind == "maximum" else math.inf)
        limits = np.iinfo(dtype)
        return str(limits.min if kind == "maximum" else limits.max)

    def _literal(self, value: Any) -> str:
        """Return an argument as Python writes it; a name for what it can't write."""
        if isinstance(value, np.dtype):
            return self._dtype(str(value))
        if isinstance(value, float | np.generic):
            return self._number(value.item() if isinstance(value, np.generic) else value)
        if isinstance(value, tuple):
            return f"({''.join(f'{self._literal(part)}, ' for part in value)})"
        if value is None or value is Ellipsis or isinstance(value, bool | int | str | slice):
            return repr(value)
        name = f"attribute{len(self.attributes)}"
        self.attributes[name] = value
        return name

    def _dtype(self, dtype: str) -> str:
        return self._use("bool_" if dtype == "bool" else dtype)

    def _use(self, name: str) -> str:
        """Import a name."""
        self._imported.add(name)
        return name


def _names_inside(body: tuple[Statement, ...]) -> Iterator[str]:
    """Yield the names that are given inside of a program."""
    yield from ("row", "column", "k", "total")  # by a product of matrices
    for statement in body:
        if isinstance(statement, Loop):
            yield statement.index
            yield from _names_inside(statement.body)
        elif isinstance(statement, Load | Let | Cast | Start):
            yield statement.name


def _identifier(name: str, taken: set[str]) -> str:
    """Return a name that Python allows and nothing else has."""
    own = re.sub(r"\W+", "_", name).strip("_") or "f"
    own = f"_{own}" if own[0].isdigit() else own
    while own in taken:
        own += "_"
    taken.add(own)
    return own


def _written(index: Index) -> str:
    """Return an index as a sum."""
    parts = [(name, stride) for name, stride in index.terms if stride]
    text = ""
    for name, stride in parts:
        sign = (" - " if stride < 0 else " + ") if text else ("-" if stride < 0 else "")
        text += f"{sign}{name}" if abs(stride) == 1 else f"{sign}{abs(stride)} * {name}"
    if not text:
        return str(index.offset)
    if index.offset:
        text += f" {'-' if index.offset < 0 else '+'} {abs(index.offset)}"
    return text


def _variables(expression: scalar.Expression) -> bool:
    """Whether an expression has any."""
    return expression.kind == "variable" or any(map(_variables, expression.operands))


def _names(expression: scalar.Expression) -> set[str]:
    """Return the functions and numbers that an expression names."""
    own = {expression.name.lstrip("-")}
    return own.union(*map(_names, expression.operands))
