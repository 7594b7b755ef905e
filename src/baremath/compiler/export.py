"""Export: a function or a trained module as an object file and a C header, without Python."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baremath.autodiff import no_grad
from baremath.compiler.loops.language import Buffer, Call
from baremath.compiler.loops.lower import Lowered, lower
from baremath.compiler.passes import optimise
from baremath.compiler.scan_operation import draws
from baremath.compiler.trace import Traced, trace
from baremath.files import atomic_write

if TYPE_CHECKING:
    from baremath.compiler.ir import Graph

#: Bytes of the stack that an exported function may take.
MOST_SCRATCH = 256 * 1024

_C_TYPES = {
    "float32": "float",
    "float64": "double",
    "bool": "uint8_t",
    **{f"{sign}int{bits}": f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}

#: What can't name anything in C, or in C++, which may include the header.
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
    alignas alignof and asm auto bitand bitor bool break case catch char class compl concept const
    constexpr continue default delete do double else enum explicit export extern false float for
    friend goto if inline int long main mutable namespace new noexcept not nullptr operator or
    private protected public register requires restrict return short signed sizeof static struct
    switch template this throw true try typedef typeid typename union unsigned using virtual void
    volatile wchar_t while xor
    """,
    )
)


def export(
    f: Callable[..., Any],
    path: str | os.PathLike[str],
    *example_args: Any,
    name: str = "",
    note: str = "",
) -> tuple[Path, Path]:
    """Write a function as machine code that a C program can be linked with.

    What the function reads beside its arguments, as the weights of a module, is in the code as it
    is now. The code needs no library, keeps nothing between calls, may be called by several
    threads at once, and can lie at any address, as in a shared library. It is made for the
    processor that it is exported on, and may not run on an older one.

    Parameters
    ----------
    f : callable
        A module, which is exported in eval mode, or a function of arrays or tensors.
    path : str or path
        Where to write: ``PATH.o``, the object file, and ``PATH.h``, the C header. Each appears
        whole or not at all.
    *example_args : array, tensor or number
        Arguments of the shapes and dtypes that the function is made for. Their values don't
        matter.
    name : str, optional
        What the function is called in C; the last part of the path by default.
    note : str, optional
        What the header tells beside the shapes.

    Returns
    -------
    object_file, header : Path

    Raises
    ------
    TraceError
        If what the function does depends on values.
    ValueError
        If the name can't be one in C; if the function has an operation that only NumPy computes,
        picks by indices that it is given or computes, draws random numbers, sets something in a
        module, or needs more scratch memory than fits the stack.
    OSError
        If a file can't be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from baremath import nn
    >>> model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _, header = export(model, f"{folder}/model", np.zeros((1, 2), np.float32))
    ...     print(next(line for line in header.read_text().splitlines() if "void" in line))
    void model(const float *x, float *out);

    In C, ``float x[2] = {1, 2}, out[1]; model(x, out);``, built by ``cc main.c model.o``.
    """
    path = Path(path)
    name = name or path.name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in _KEYWORDS:
        raise ValueError(
            f"{name!r} can't be the name of a function in C: give name=, a letter and then "
            "letters, digits and underscores"
        )
    traced = _traced(f, example_args)
    graph = optimise(traced.graph)[0]
    lowered = lower(graph)
    _check(traced, graph, lowered)
    arguments = _arguments(lowered)
    code = _object_file(lowered, name, arguments)
    header = _header(lowered, name, arguments, note)
    files = (path.with_name(f"{path.name}.o"), path.with_name(f"{path.name}.h"))
    with atomic_write(files[0]) as first, atomic_write(files[1]) as second:
        first.write_bytes(code)
        second.write_text(header, encoding="utf-8")
    return files


def _traced(f: Callable[..., Any], args: tuple[Any, ...]) -> Traced:
    if not hasattr(f, "named_modules"):
        return trace(f, *args)

    def one(x: Any) -> Any:
        return f(x)

    def several(*inputs: Any) -> Any:
        return f(*inputs)

    with _predicting(f), no_grad():
        return trace(one if len(args) == 1 else several, *args)


@contextmanager
def _predicting(module: Any) -> Iterator[None]:
    """Set the tree to predicting, and back."""
    before = [(vars(part), part.training) for part in module.named_modules().values()]
    try:
        for attributes, _ in before:
            attributes["training"] = False
        yield
    finally:
        for attributes, was in before:
            attributes["training"] = was


def _check(traced: Traced, graph: Graph, lowered: Lowered) -> None:
    """Refuse what C code alone can't do."""
    if updates := [name for name in graph.outputs if name.endswith("'")]:
        raise ValueError(
            f"the function sets {updates[0][:-1]}; an exported one only returns: give it a module "
            "in eval mode"
        )
    if calls := [one.operation for one in lowered.program.body if isinstance(one, Call)]:
        raise ValueError(
            f"{calls[0]} is computed by NumPy, which an exported function doesn't have"
        )
    if draws(graph):
        raise ValueError("the function draws random numbers: give it an array of them")
    given = {buffer.space for buffer in lowered.inputs.values()}
    for one in lowered.index_checks:
        if one.computed or one.buffer.space in given:
            raise ValueError(
                f"an index {one.source} must be from {one.low} to {one.high - 1}, which an "
                "exported function can't check: pick before the call"
            )
    if lowered.arena_bytes > MOST_SCRATCH:
        raise ValueError(
            f"the function needs {lowered.arena_bytes:,} bytes of scratch memory, and may take "
            f"{MOST_SCRATCH:,} of the stack: export it for fewer rows, and call it for one block "
            "after the other"
        )


def _arguments(lowered: Lowered) -> dict[str, str]:
    """Return what the inputs and outputs are called in C."""
    found: dict[str, str] = {}
    for space in (*lowered.inputs, *lowered.outputs):
        plain = re.sub(r"[^A-Za-z0-9]+", "_", space).strip("_")
        plain = f"{plain}_" if plain in _KEYWORDS or not plain[:1].isalpha() else plain
        free = plain
        while free in found.values():
            free += "_"
        found[space] = free
    return found


def _object_file(lowered: Lowered, name: str, arguments: Mapping[str, str]) -> bytes:
    """Compile a function around the program, with its constants beside it."""
    from baremath.compiler.backends.native import engine  # LLVM takes a while
    from baremath.compiler.backends.native.module import Module
    from baremath.compiler.backends.native.text import Function

    module = Module(engine.vector_bytes())
    module.add(lowered.program, "bm.program", inlined=True)
    pointers = {space: f"%given{k}" for k, space in enumerate(arguments)}
    given = ", ".join(f"ptr noalias {pointer}" for pointer in pointers.values())
    f = Function(f"void @{name}({given}) nounwind")
    pointers |= {"constants": "@bm.constants", "arena": f.room("i8", lowered.arena_bytes + 64)}
    f.line(
        f"call void @bm.program({', '.join(f'ptr {pointers[s]}' for s in lowered.program.spaces)})"
    )
    f.line("ret void")
    bytes_ = "".join(f"\\{byte:02X}" for byte in lowered.constants.tobytes())
    size = lowered.constants.nbytes
    f.declared[f'@bm.constants = internal constant [{size} x i8] c"{bytes_}", align 64'] = None
    module.add_text(f)
    return engine.object_file(str(module))


def _header(lowered: Lowered, name: str, arguments: Mapping[str, str], note: str) -> str:
    def declared(buffer: Buffer, how: str) -> str:
        return f"{how}{_C_TYPES[buffer.dtype]} *{arguments[buffer.name]}"

    def described(buffer: Buffer, how: str) -> str:
        shape = " by ".join(map(str, buffer.shape)) or "1"
        return f" * {arguments[buffer.name]}: {how}, {shape}, row after row"

    inputs, outputs = lowered.inputs.values(), lowered.outputs.values()
    parameters = [
        *(declared(buffer, "const ") for buffer in inputs),
        *(declared(buffer, "") for buffer in outputs),
    ]
    guard = f"{name.upper()}_H"
    scratch = f"{lowered.arena_bytes:,} bytes of the stack"
    return "\n".join(
        [
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            "#include <stdint.h>",
            "",
            "#ifdef __cplusplus",
            'extern "C" {',
            "#endif",
            "",
            f"/* Written by baremath. It takes {scratch}; arrays must not overlap.",
            " *",
            *(described(buffer, "read") for buffer in inputs),
            *(described(buffer, "written") for buffer in outputs),
            *_told(note),
            " */",
            f"void {name}({', '.join(parameters)});",
            "",
            "#ifdef __cplusplus",
            "}",
            "#endif",
            "",
            "#endif",
            "",
        ]
    )


def _told(note: str) -> Iterator[str]:
    """Yield the lines of a comment; nothing in the note ends it, or begins another."""
    for line in note.replace("*/", "* /").replace("/*", "/ *").splitlines():
        yield " *"
        for part in textwrap.wrap(line, 92, break_long_words=False, break_on_hyphens=False):
            yield f" * {part}"
