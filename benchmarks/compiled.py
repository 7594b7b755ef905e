"""A compiled chain of elementwise operations beside a copy of the same memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import baremath as bm
from benchmarks.measure import Row, side_by_side

SIZE = 10_000_000


def chain(x: Any) -> Any:
    """Compute ten operations, one after the other."""
    for k in range(5):
        x = x * (0.5 + 0.1 * k) + 0.25
    return x


def rows() -> Iterator[Row]:
    """Measure; both sides return a new array."""
    x = np.random.default_rng(0).normal(size=SIZE).astype(np.float32)
    f = bm.compile(chain)
    error = float(np.abs(f(x) - chain(x)).max())
    pair = side_by_side(lambda: f(x), x.copy, 15, rest=0.0)
    yield Row(
        f"ten elementwise operations on {SIZE:,} float32",
        "NumPy's copy of the same memory",
        f"{1e3 * pair.ours:.1f} ms",
        f"{1e3 * pair.theirs:.1f} ms",
        f"{pair.ratio:.2f}",
        "≥ 0.8",
        pair.ratio >= 0.8 and error < 1e-6,
        f"differs from NumPy's result by {error:.0e}",
    )
    pair = side_by_side(lambda: f(x), lambda: chain(x), 7, rest=0.0)
    yield Row(
        f"ten elementwise operations on {SIZE:,} float32",
        "NumPy, one after the other",
        f"{1e3 * pair.ours:.1f} ms",
        f"{1e3 * pair.theirs:.1f} ms",
        f"{pair.ratio:.1f}",
        "–",
        True,
        "",
    )
