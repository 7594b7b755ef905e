"""The loop language, turn by turn in Python: what any printer must agree with."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.compiler.loops.language import (
    Accumulate,
    Cast,
    Index,
    Let,
    Load,
    Loop,
    Program,
    Start,
    Store,
)

NEUTRAL = {"add": 0, "multiply": 1, "maximum": -np.inf, "minimum": np.inf}
COMBINED = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "maximum": np.maximum,
    "minimum": np.minimum,
}


def evaluate(program: Program, arrays: dict[str, Any]) -> None:
    """Run a program in place on flat arrays, one for each space."""
    names: dict[str, Any] = {}
    kinds: dict[str, str] = {}

    def place(index: Index) -> int:
        return index.offset + sum(stride * int(names[name]) for name, stride in index.terms)

    def do(body: Any) -> None:
        for s in body:
            if isinstance(s, Load):
                names[s.name] = arrays[s.buffer.space][s.buffer.offset + place(s.index)]
            elif isinstance(s, Let):
                floats = {n: float(v) for n, v in names.items()}
                names[s.name] = np.dtype(s.dtype).type(s.expression.evaluate(floats))
            elif isinstance(s, Cast):
                names[s.name] = np.dtype(s.dtype).type(names[s.source])
            elif isinstance(s, Start):
                names[s.name], kinds[s.name] = np.dtype(s.dtype).type(NEUTRAL[s.kind]), s.kind
            elif isinstance(s, Accumulate):
                names[s.name] = COMBINED[kinds[s.name]](names[s.name], names[s.value])
            elif isinstance(s, Store):
                where = s.buffer.offset + place(s.index)
                before = arrays[s.buffer.space][where] if s.add else 0
                arrays[s.buffer.space][where] = before + names[s.name] if s.add else names[s.name]
            elif isinstance(s, Loop):
                for turn in range(s.extent):
                    names[s.index] = turn
                    do(s.body)

    do(program.body)
