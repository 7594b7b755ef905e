"""What a first fit waits for: the kernels of gradient boosting, compiled and kept on disk."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.linear_models import shown
from benchmarks.measure import Row, in_new_process, process_seconds

COLD = """
import contextlib, io, os
os.environ["NUMBA_CACHE_DIR"] = {folder!r}
import numpy as np
from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from benchmarks.measure import seconds
rng = np.random.default_rng(0)
X, y = rng.normal(size=(1000, 10)), rng.integers(3, size=1000)
models = [(GradientBoostingClassifier(n_estimators=5), y > 0)]
if {all_losses}:
    models.append((GradientBoostingClassifier(n_estimators=5), y))
    for loss in ("squared_error", "absolute_error", "huber", "quantile", "poisson"):
        models.append((GradientBoostingRegressor(loss, n_estimators=5), y))
def fit_and_predict():
    for model, target in models:
        for table in (X, X.astype(np.float32)) if {all_losses} else (X,):
            model.fit(table, target).predict(table)
said = io.StringIO()
with contextlib.redirect_stderr(said):
    first = seconds(fit_and_predict)
print(first - min(seconds(fit_and_predict) for _ in range(3)), "compiling" in said.getvalue())
"""

WARM = """
import os
os.environ["NUMBA_CACHE_DIR"] = {folder!r}
import numpy as np
from baremath.ensemble import GradientBoostingClassifier
from benchmarks.measure import seconds
rng = np.random.default_rng(0)
X, y = rng.normal(size=(1000, 10)), rng.integers(2, size=1000)
print(seconds(lambda: GradientBoostingClassifier().fit(X, y)))
"""


def cold(*, all_losses: bool) -> tuple[float, bool]:
    """Return what compiling takes where nothing is on disk, and whether the user is told."""
    with tempfile.TemporaryDirectory() as folder:
        took, told = in_new_process(COLD.format(folder=folder, all_losses=all_losses)).split()
    return float(took), told == "True"


def rows() -> Iterator[Row]:
    """Measure, one row after another."""
    took, told = cold(all_losses=True)
    of_one, _ = cold(all_losses=False)
    yield Row(
        "compile time, GradientBoosting, all losses, float32 and float64", "–", shown(took), "–",
        "–", "≤ 8 s", took <= 8 and told,
        f"first run less a later one, empty cache; two classes in float64 alone: {shown(of_one)}; "
        f"it {'says' if told else 'does not say'} what it waits for",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        code = WARM.format(folder=folder)
        in_new_process(code)
        took = statistics.median(float(in_new_process(code)) for _ in range(5))
        whole = process_seconds([sys.executable, "-c", code], times=3)
    yield Row(
        "GradientBoosting, first fit in a process, 1,000 × 10, kernels on disk", "–", shown(took),
        "–", "–", "< 0.5 s", took < 0.5, f"100 trees; the whole process, imports included: "
        f"{shown(whole)}",
    )  # fmt: skip
