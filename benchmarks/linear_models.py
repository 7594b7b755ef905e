"""The linear models against scikit-learn's, at equal coefficients or no higher objective."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import sklearn.linear_model as sk

from baremath.linear_model import LinearRegression, LogisticRegression
from benchmarks.measure import REST, Row, in_new_process, seconds, side_by_side

LARGE, SMALL = (1_000_000, 50), (1_000, 10)


def data(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, a target with noise, and classes that overlap."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape)
    w = rng.normal(size=shape[1])
    y = X @ w + rng.normal(size=shape[0]) + 3
    return X, y, (0.3 * X @ w + rng.logistic(size=shape[0]) > 0).astype(int)


def log_loss_objective(model: object, X: np.ndarray, y: np.ndarray) -> float:
    """Return the objective that both minimise, worked out anew."""
    z = (X @ model.coef_.T + model.intercept_).ravel()
    return float(np.logaddexp(0, np.where(y == 1, -z, z)).sum() + np.sum(model.coef_**2) / 2)


def shown(value: float) -> str:
    """Return seconds in a readable unit."""
    return f"{value:.2f} s" if value >= 1 else f"{1e3 * value:.3g} ms"


def rows() -> Iterator[Row]:
    """Measure, one row after another."""
    for shape in (LARGE, SMALL):
        X, y, classes = data(shape)
        times, rest = (9, REST) if shape == LARGE else (301, 0.0)
        size = f"{shape[0]:,} × {shape[1]}"
        peers = [("LinearRegression", sk.LinearRegression(), 25 if shape == LARGE else 1)]
        if shape == LARGE:
            peers.append(("Ridge(solver='cholesky')", sk.Ridge(solver="cholesky"), 3))
        for name, peer, mark in peers:
            alpha = 1 / len(X) if "Ridge" in name else 0.0
            ours = LinearRegression(alpha=alpha)
            pair = side_by_side(partial(ours.fit, X, y), partial(peer.fit, X, y), times, rest)
            error = np.max(np.abs(ours.coef_ / peer.coef_ - 1))
            yield Row(
                f"LinearRegression, {size}",
                name,
                shown(pair.ours),
                shown(pair.theirs),
                f"{pair.ratio:.1f}" if mark > 1 else f"{pair.ratio:.2f}",
                f"≥ {mark}",
                pair.ratio >= mark and error < 1e-8,
                f"coefficients differ by {error:.0e}, relative",
            )
        for name, peer, mark in (
            ("LogisticRegression (lbfgs)", sk.LogisticRegression(), 3 if shape == LARGE else 1),
            (
                "LogisticRegression (newton-cholesky)",
                sk.LogisticRegression(solver="newton-cholesky"),
                0,
            ),
        ):
            ours = LogisticRegression()
            pair = side_by_side(
                partial(ours.fit, X, classes), partial(peer.fit, X, classes), times, rest
            )
            excess = log_loss_objective(ours, X, classes) / log_loss_objective(peer, X, classes) - 1
            yield Row(
                f"LogisticRegression, {size}",
                name,
                shown(pair.ours),
                shown(pair.theirs),
                f"{pair.ratio:.1f}" if shape == LARGE else f"{pair.ratio:.2f}",
                f"≥ {mark}" if mark else "–",
                not mark or (pair.ratio >= mark and excess <= 0),
                f"objective {excess:+.0e}, relative",
            )


COLD = """
import time
from benchmarks.linear_models import LARGE, data
import sklearn.linear_model as sk
from baremath.linear_model import LinearRegression, LogisticRegression
X, y, classes = data(LARGE)
for model, target in (
    (LinearRegression(), y), (sk.LinearRegression(), y),
    (LogisticRegression(), classes), (sk.LogisticRegression(), classes),
):
    start = time.perf_counter()
    model.fit(X, target)
    print(time.perf_counter() - start)
"""


def cold() -> list[float]:
    """Return the seconds of the first fit in a new process: ours, theirs, for both models."""
    return [float(line) for line in in_new_process(COLD).splitlines()]


MEMORY = """
from pathlib import Path
from benchmarks.linear_models import LARGE, data
from baremath.linear_model import LinearRegression
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
X, y, _ = data(LARGE)
LinearRegression().fit(X[:1000], y[:1000])
before = resident()
Path("/proc/self/clear_refs").write_text("5")
LinearRegression().fit(X, y)
print((peak() - before) / 1024)
"""


def extra_megabytes() -> float:
    """Return by how many MiB a fit raises the process above its data (Linux)."""
    return float(in_new_process(MEMORY))


def limits(X: np.ndarray) -> tuple[float, float]:
    """Return this machine's floating-point peak (GFLOP/s) and reading speed (GB/s), measured."""
    square = np.random.default_rng(0).normal(size=(2048, 2048))
    peak = 2 * len(square) ** 3 / min(seconds(lambda: square @ square) for _ in range(5)) / 1e9
    speed = X.nbytes / min(seconds(lambda: X.max()) for _ in range(5)) / 1e9
    return peak, speed
