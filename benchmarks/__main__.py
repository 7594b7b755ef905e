"""Measure everything, print the tables, and write them to RESULTS.md.

``python -m benchmarks boosting forests`` measures these parts alone, and prints them only;
``--share 0.01`` takes a hundredth of the rows that boosting, forests and stacking learn from.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks import (
    bias_variance,
    boosting,
    boosting_start,
    compiled,
    eager,
    ensembles_quality,
    forests,
    linear_models,
    mlp,
    networks,
    playground,
    stacking,
    start_up,
    training,
    widths,
)
from benchmarks.measure import Row, processor

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("baremath", "scikit-learn", "numpy", "scipy", "llvmlite", "numba")

HEADER = ("| work | peer | ours | theirs | times faster | mark | met | check |", "|" + "---|" * 8)

Part = Callable[[], Iterable[Row | str]]


def main() -> None:
    """Run all benchmarks, or some of them."""
    rows, others = row_parts(), line_parts()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of: {', '.join(rows | others)}; default: all")
    parser.add_argument("--share", type=float, default=1.0, help="of the rows; default: 1")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(rows | others):
        parser.error(f"no part is called {', '.join(sorted(unknown))}: see --help")
    rows = row_parts(asked.share)
    if asked.parts:
        rows, others = (
            {name: part for name, part in parts.items() if name in asked.parts}
            for parts in (rows, others)
        )
    lines = introduction()
    for line in measured(rows, others):
        lines.append(line)
        print(line, flush=True)
    if not asked.parts and asked.share == 1.0:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"\nwritten to {RESULTS.relative_to(Path.cwd())}")


def introduction() -> list[str]:
    """Return how everything is measured, where and when."""
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`. Both sides run in one process, in turn, after one run that is",
        "not counted; each large run begins after 0.2 s of rest, so that the other side's threads",
        "no longer spin. Times are medians, the ratio is the median of the ratios of neighbours.",
        "scikit-learn runs with its own defaults and all cores, the step of an engine as its",
        "documentation writes it, boosting with the settings of `boosting_peers.py`. A mark counts",
        "as met only if the check beside it holds.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, Python {platform.python_version()}, "
        + ", ".join(f"{package} {version(package)}" for package in PACKAGES),
        "",
    ]


def row_parts(share: float = 1.0) -> dict[str, Part]:
    """Return what is measured row by row, the large tables with a share of their rows."""
    return {
        "linear_models": linear_models.rows,
        "eager": eager.rows,
        "training": training.rows,
        "mlp": mlp.rows,
        "compiled": compiled.rows,
        "boosting": partial(boosting.rows, share),
        "boosting_start": boosting_start.rows,
        "forests": partial(forests.rows, share),
        "stacking": partial(stacking.rows, share),
        "bias_variance": bias_variance.rows,
        "playground": playground.rows,
    }


def line_parts() -> dict[str, Part]:
    """Return what has a table of its own, or a line."""
    return {
        "networks": networks.lines,
        "widths": widths.lines,
        "ensembles_quality": ensembles_quality.lines,
        "cold": cold_lines,
        "memory": memory_lines,
        "limits": limit_lines,
        "start_up": start_up_lines,
    }


def measured(rows: dict[str, Part], others: dict[str, Part]) -> Iterator[str]:
    """Measure, and yield line by line."""
    if rows:
        yield from HEADER
    for name, part in rows.items():
        for row in timed(name, part):
            yield (
                f"| {row.work} | {row.peer} | {row.ours} | {row.theirs} | {row.ratio} | {row.mark} "
                f"| {'yes' if row.met else '**no**'} | {row.check} |"
            )
    for name, part in others.items():
        yield ""
        yield from timed(name, part)


def timed(name: str, part: Part) -> Iterator[Row | str]:
    """Measure a part, and print how long that took."""
    start = time.perf_counter()
    yield from part()
    print(f"({name}: {time.perf_counter() - start:.0f} s)", flush=True)


def cold_lines() -> list[str]:
    """Return the first fit of a new process, which compiles the kernel."""
    linear, their_linear, logistic, their_logistic = map(linear_models.shown, linear_models.cold())
    return [
        "The first fit in a new process, 1,000,000 × 50 (ours compiles its kernel in it): "
        f"LinearRegression {linear} against {their_linear}, LogisticRegression {logistic} against "
        f"{their_logistic}.",
    ]


def memory_lines() -> list[str]:
    """Return the memory that a fit takes beside its data."""
    extra = linear_models.extra_megabytes()
    return [
        "Memory beside the data, LinearRegression on 1,000,000 × 50 (381 MiB): "
        f"{extra:.0f} MiB (mark: under 64; {'met' if extra < 64 else '**not met**'})."
    ]


def limit_lines() -> list[str]:
    """Return what share of this machine's limits the large regression reaches."""
    from baremath.linear_model import LinearRegression
    from benchmarks.measure import seconds

    X, y, _ = linear_models.data(linear_models.LARGE)
    took = min(seconds(lambda: LinearRegression().fit(X, y)) for _ in range(7))
    peak, speed = linear_models.limits(X)
    n, width = len(X), X.shape[1] + 2
    work = n * width * (width + 1) / 1e9
    return [
        f"Limits: LinearRegression on 1,000,000 × 50 needs {work:.1f} GFLOP and reads "
        f"{X.nbytes / 1e9:.1f} GB. At best it took {1e3 * took:.0f} ms: {work / took:.0f} GFLOP/s, "
        f"{100 * work / took / peak:.0f}% of the {peak:.0f} GFLOP/s of a large matrix product "
        f"here, while reading {X.nbytes / took / 1e9:.1f} GB/s ({speed:.0f} GB/s is what one core "
        "reads when it does nothing else).",
    ]


def start_up_lines() -> list[str]:
    """Return what a user waits for."""
    importing = start_up.import_seconds()
    first, again = start_up.make_run_seconds()
    return [
        f"`import baremath`: {1e3 * importing:.0f} ms (mark: under 300; "
        f"{'met' if importing < 0.3 else '**not met**'}). "
        f"`make run` in a fresh clone: {first:.0f} s from nothing, {again:.1f} s after set-up "
        f"(mark: under 20; {'met' if again < 20 else '**not met**'}).",
    ]


if __name__ == "__main__":
    main()
