"""Passes over the rows of a matrix, a block at a time, on every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TypeVar

import joblib
import numpy as np
from numpy.typing import NDArray

from baremath.blas import single_threaded_blas

Floats = NDArray[np.float64]
Result = TypeVar("Result")

BLOCK_ROWS = 2048  # a block of 50 columns fits in a core's second-level cache
MOST_CHUNK_ROWS = 32 * BLOCK_ROWS
FEWEST_CHUNKS = 16  # enough that the cores of most machines are busy to the end
WORTH_THREADS = 5e6  # multiplications; below this, starting threads costs more than it saves


def n_threads() -> int:
    """Return ``OMP_NUM_THREADS`` where it is set, else the number of cores this process may use."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return int(wanted) if wanted.isdigit() and int(wanted) > 0 else int(joblib.cpu_count())


def quietly(function: Callable[[int, int], Result]) -> Callable[[int, int], Result]:
    """Let NaN and infinity pass through `function` without a warning, in whatever thread it runs.

    One pass over the data both computes and finds the numbers that are not finite; who calls it
    looks at the result and says so.
    """

    def quiet(start: int, stop: int) -> Result:
        with np.errstate(all="ignore"):
            return function(start, stop)

    return quiet


def map_chunks(
    function: Callable[[int, int], Result], n_rows: int, work_per_row: float
) -> Iterator[Result]:
    """Yield ``function(start, stop)`` for consecutive chunks of rows, in the order of the rows.

    The chunks depend on `n_rows` alone, so that sums over them are the same on any machine.

    Parameters
    ----------
    function : callable
        Releases the GIL for most of its time and writes only what belongs to its rows.
    n_rows : int
        Rows in all.
    work_per_row : float
        Multiplications for each row; decides whether threads are worth starting.
    """
    if n_rows <= BLOCK_ROWS:
        yield quietly(function)(0, n_rows)
        return
    even = -(-n_rows // (FEWEST_CHUNKS * BLOCK_ROWS)) * BLOCK_ROWS
    size = min(even, MOST_CHUNK_ROWS)
    chunks = [(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
    threads = min(n_threads(), len(chunks)) if n_rows * work_per_row > WORTH_THREADS else 1
    if threads == 1:
        with single_threaded_blas() if len(chunks) > 1 else nullcontext():
            yield from (quietly(function)(start, stop) for start, stop in chunks)
        return
    with single_threaded_blas(), ThreadPoolExecutor(threads) as pool:
        yield from pool.map(quietly(function), *zip(*chunks, strict=True))


def blocks(start: int, stop: int, size: int = BLOCK_ROWS) -> Iterator[slice]:
    """Yield the slices that cut the rows from `start` to `stop` into blocks of `size` rows."""
    for first in range(start, stop, size):
        yield slice(first, min(first + size, stop))
