"""Measure everything, print the table, and write it to RESULTS.md."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from benchmarks import (
    compiled,
    eager,
    linear_models,
    mlp,
    networks,
    start_up,
    training,
    widths,
)
from benchmarks.measure import processor

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("baremath", "scikit-learn", "numpy", "scipy", "llvmlite")


def main() -> None:
    """Run all benchmarks."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Both sides run in one process, in turn, after one run that is",
        "not counted; each large run begins after 0.2 s of rest, so that the other side's threads",
        "no longer spin. Times are medians, the ratio is the median of the ratios of neighbours.",
        "scikit-learn runs with its own defaults and all cores, the step of an engine as its",
        "documentation writes it. A mark counts as met only if the check beside it holds.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, Python {platform.python_version()}, "
        + ", ".join(f"{package} {version(package)}" for package in PACKAGES),
        "",
        "| work | peer | ours | theirs | times faster | mark | met | check |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in chain(
        linear_models.rows(), eager.rows(), training.rows(), mlp.rows(), compiled.rows()
    ):
        lines.append(
            f"| {row.work} | {row.peer} | {row.ours} | {row.theirs} | {row.ratio} | {row.mark} "
            f"| {'yes' if row.met else '**no**'} | {row.check} |"
        )
        print(lines[-1], flush=True)
    lines.append("")
    for line in networks.lines():
        lines.append(line)
        print(line, flush=True)
    lines.append("")
    for line in widths.lines():
        lines.append(line)
        print(line, flush=True)
    lines += ["", *cold_lines(), "", *memory_lines(), "", *limit_lines(), "", *start_up_lines()]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULTS.relative_to(Path.cwd())}")


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
