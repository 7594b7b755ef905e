"""Places in the arena: buffers that are not needed at one time share one."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.compiler.loops.language import (
    Buffer,
    Call,
    Load,
    Loop,
    MatMul,
    Matrix,
    Statement,
    Store,
    Words,
)
from baremath.compiler.passes.memory import plan

#: The parts of a program that name buffers.
_WITH_BUFFERS = (Call, Load, Loop, Matrix, MatMul, Store, Words)


def placed(
    body: tuple[Statement, ...], kept: Collection[str] = ()
) -> tuple[tuple[Statement, ...], int]:
    """Return the statements with a place for each buffer of the arena, and the arena's size.

    Some buffers are kept to the end.
    """
    found = {buffer.name: buffer for buffer in buffers_of(body) if buffer.space == "arena"}
    lifetimes = _lifetimes(body)
    end = max((last for _, last in lifetimes.values()), default=0)
    lifetimes |= {name: (lifetimes[name][0], end) for name in kept}
    names = list(found)
    sizes = [found[n].room * np.dtype(found[n].dtype).itemsize for n in names]
    places = plan(sizes, [lifetimes[n] for n in names])
    new = {
        name: replace(found[name], offset=offset // np.dtype(found[name].dtype).itemsize)
        for name, offset in zip(names, places.offsets, strict=True)
    }
    return tuple(_replaced(statement, new) for statement in body), places.total


def _lifetimes(body: tuple[Statement, ...]) -> dict[str, tuple[int, int]]:
    """Return when each buffer is first and last used.

    What is used inside of a serial loop and outside of it keeps its place through all turns.
    """
    clock = itertools.count()
    times: dict[str, tuple[int, int]] = {}
    loops: list[tuple[int, int]] = []  # those inside of another before it

    def live(body: tuple[Statement, ...]) -> None:
        for statement in body:
            now = next(clock)
            if isinstance(statement, Loop) and statement.serial:
                live(statement.body)
                loops.append((now, next(clock)))
            else:
                for buffer in buffers_of(statement):
                    times[buffer.name] = times.get(buffer.name, (now,))[0], now

    live(body)
    for start, end in loops:
        for name, (first, last) in times.items():
            if first < start <= last <= end:
                times[name] = first, end
            elif start <= first <= end < last:
                times[name] = start, last
    return times


def view(buffer: Buffer, spaces: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Return the array of a buffer, in flat memory for each space."""
    dtype = np.dtype(buffer.dtype)
    strides = tuple(stride * dtype.itemsize for stride in buffer.strides)
    offset = buffer.offset * dtype.itemsize
    return np.ndarray(buffer.shape, dtype, spaces[buffer.space], offset, strides)


def buffers_of(part: Any) -> Iterator[Buffer]:
    """Yield the buffers that a statement reads and writes."""
    if isinstance(part, Buffer):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from buffers_of(one)
    elif isinstance(part, _WITH_BUFFERS):
        for field in fields(part):
            yield from buffers_of(getattr(part, field.name))


def _replaced(part: Any, new: dict[str, Buffer]) -> Any:
    """Return a part of a program with its buffers in their places."""
    if isinstance(part, Buffer):
        return new.get(part.name, part)
    if isinstance(part, tuple):
        return tuple(_replaced(one, new) for one in part)
    if isinstance(part, _WITH_BUFFERS):
        values = {field.name: getattr(part, field.name) for field in fields(part)}
        return replace(part, **{name: _replaced(value, new) for name, value in values.items()})
    return part
