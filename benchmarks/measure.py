"""How time and memory are measured."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """Seconds of both sides, run in turn, and the median of the ratios of neighbours."""

    ours: float
    theirs: float
    ratio: float


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    work: str
    peer: str
    ours: str
    theirs: str
    ratio: str
    mark: str
    met: bool
    check: str


REST = 0.2  # seconds in which the threads of a BLAS stop spinning, so that neither side disturbs


def seconds(action: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def rested(action: Callable[[], object], rest: float) -> float:
    """Time one call after a rest."""
    time.sleep(rest)
    return seconds(action)


def side_by_side(
    ours: Callable[[], object], theirs: Callable[[], object], times: int, rest: float = REST
) -> Pair:
    """Run both in turn, each after a rest; one run of each comes first and is not counted."""
    ours(), theirs()
    runs = [(rested(ours, rest), rested(theirs, rest)) for _ in range(times)]
    return Pair(
        ours=statistics.median(run[0] for run in runs),
        theirs=statistics.median(run[1] for run in runs),
        ratio=statistics.median(run[1] / run[0] for run in runs),
    )


def micro(time: float) -> str:
    """Return seconds as microseconds."""
    return f"{1e6 * time:.3g} µs" if time < 1e-3 else f"{1e6 * time:,.0f} µs"


def in_new_process(code: str) -> str:
    """Run Python code in a process of its own and return what it prints.

    Python may keep the bytecode of what it imports, as it does of every installed package.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


def process_seconds(arguments: list[str], times: int = 7) -> float:
    """Return the median time of a whole process."""
    run = partial(subprocess.run, arguments, capture_output=True, check=True)
    run()
    return statistics.median(seconds(run) for _ in range(times))


def processor() -> str:
    """Return the processor's name and the number of cores this process may use."""
    import joblib

    info = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip()
        for line in (info.read_text().splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    return f"{names[0] if names else 'unknown processor'}, {joblib.cpu_count()} cores"
