"""Gradient boosting: fits, their memory, and predictions, at equal settings and no worse scores."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks import boosting_peers as peers
from benchmarks import tabular
from benchmarks.boosting_peers import HISTOGRAM, LIGHTGBM, OURS, XGBOOST
from benchmarks.linear_models import shown
from benchmarks.measure import Row, in_new_process, micro, side_by_side
from benchmarks.rounds import Runs, in_rounds, pair

FEW = 1000  # rows of the run that isn't counted: it compiles, and starts the threads


def auc(model: Any, data: tabular.Split) -> float:
    """Return the area under the curve for the rows that a model is judged by."""
    return float(roc_auc_score(data.y_test, model.predict_proba(data.X_test)[:, 1]))


def accuracy(model: Any, data: tabular.Split) -> float:
    """Return the share of them whose class a model says."""
    return float(np.mean(model.predict(data.X_test) == data.y_test))


@dataclass(frozen=True)
class Work:
    """What is fitted: rows to learn from, a fifth as many more to be judged by, and how often.

    A mark counts only if no peer's score is higher by more than `tolerance`.
    """

    name: str
    generate: Callable[[int], tuple[Any, Any]]
    n_rows: int
    n_leaves: int
    n_rounds: int
    n_trees: int = 100
    marks: dict[str, float] = field(
        default_factory=lambda: {LIGHTGBM: 1.0, XGBOOST: 1.0, HISTOGRAM: 1.0}
    )
    score: Callable[[Any, tabular.Split], float] = auc
    tolerance: float = 0.0005

    def data(self, share: float) -> tabular.Split:
        """Return a share of the rows."""
        n = max(FEW, int(share * self.n_rows))
        return tabular.split(*self.generate(n + max(FEW, n // 5)), n)


LARGE = Work(
    "1,000,000 × 28 float32, 100 trees of 31 leaves", tabular.higgs_like, 1_000_000, 31, 3,
    marks={LIGHTGBM: 1.5, XGBOOST: 1.5},
)  # fmt: skip
WORKS = (
    Work("1,000,000 × 28 float32, 100 trees of 255 leaves", tabular.higgs_like, 1_000_000, 255, 2),
    Work(
        "10,000 × 20, 100 trees of 31 leaves", partial(tabular.higgs_like, width=20), 10_000, 31, 9,
        tolerance=0.01,
    ),
    Work(
        "50,000 × 20 of 100 classes, 10 stages of 100 trees of 31 leaves", tabular.many_classes,
        50_000, 31, 2, n_trees=10, score=accuracy, tolerance=0.01,
    ),
)  # fmt: skip


def rows(share: float = 1.0) -> Iterator[Row]:
    """Measure, one row after another, with a share of the rows."""
    warnings.filterwarnings("ignore", "X does not have valid feature names")  # by LightGBM
    data = LARGE.data(share)
    models = {side: peers.model(side) for side in (OURS, *peers.peers())}
    yield from fit_rows(LARGE, models, data)
    yield from prediction_rows(models, data)
    yield from memory_rows(list(models), data)
    if HISTOGRAM in models:
        yield one_row(models, data)
    del models, data
    for work in WORKS:
        models = {
            side: peers.model(side, work.n_trees, work.n_leaves) for side in (OURS, *peers.peers())
        }
        yield from fit_rows(work, models, work.data(share))


def fit_rows(work: Work, models: dict[str, Any], data: tabular.Split) -> Iterator[Row]:
    """Compare fits, and what they have learned."""
    classes = np.unique(data.y, return_index=True)[1]
    few = np.union1d(classes, np.arange(FEW))
    for model in models.values():
        model.fit(data.X[few], data.y[few])
    fits = {side: partial(model.fit, data.X, data.y) for side, model in models.items()}
    runs = in_rounds(fits, work.n_rounds)
    scores = {side: work.score(model, data) for side, model in models.items()}
    best = max(scores.values())
    what = "AUC" if work.score is auc else "accuracy"
    for peer in list(models)[1:]:
        check = (
            f"{what} {scores[OURS]:.4f}, theirs {scores[peer]:.4f}, best {best:.4f}; "
            f"{work.n_rounds} rounds, {len(data.X):,} rows"
        )
        equal = scores[OURS] >= best - work.tolerance
        yield _row(f"GradientBoosting, {work.name}", peer, runs, work.marks.get(peer), check, equal)


def prediction_rows(models: dict[str, Any], data: tabular.Split) -> Iterator[Row]:
    """Compare predictions of many rows."""
    for model in models.values():
        model.predict_proba(data.X[:FEW])
    runs = in_rounds({s: partial(m.predict_proba, data.X) for s, m in models.items()}, 5)
    n = len(data.X)
    for peer in list(models)[1:]:
        us, them, _ = (1e6 * second / n for second in _medians(runs, peer))
        check = f"{us:.3f} µs a row, theirs {them:.3f}; {n:,} rows"
        name = "GradientBoosting, probabilities of 1,000,000 × 28, 100 trees of 31 leaves"
        yield _row(name, peer, runs, 1.0, check, equal=True)


def _medians(runs: Runs, peer: str) -> tuple[float, float, float]:
    both = pair(runs, OURS, peer)
    return both.ours, both.theirs, both.ratio


def _row(work: str, peer: str, runs: Runs, mark: float | None, check: str, equal: bool) -> Row:
    ours, theirs, ratio = _medians(runs, peer)
    met = mark is None or (equal and ratio >= mark)
    wanted = "–" if mark is None else f"≥ {mark:g}"
    return Row(
        work, peers.shown(peer), shown(ours), shown(theirs), f"{ratio:.2f}", wanted, met, check
    )


def one_row(models: dict[str, Any], data: tabular.Split) -> Row:
    """Compare the prediction of a single row."""
    row = data.X_test[:1]
    sides = (partial(models[side].predict_proba, row) for side in (OURS, HISTOGRAM))
    both = side_by_side(*sides, times=501, rest=0.0)
    return Row(
        "GradientBoosting, probabilities of one row, 100 trees of 31 leaves",
        peers.shown(HISTOGRAM),
        micro(both.ours),
        micro(both.theirs),
        f"{both.ratio:.3g}",
        "≤ 50 µs",
        both.ours <= 50e-6,
        "through predict_proba, checks of the input included",
    )


MEMORY = """
from pathlib import Path
import numpy as np
from benchmarks import boosting_peers
def mebibytes(what):
    return int(Path("/proc/self/status").read_text().split(what + ":")[1].split()[0]) / 1024
X, y = np.load({folder!r} + "/X.npy"), np.load({folder!r} + "/y.npy")
model = boosting_peers.model({side!r})
model.fit(X[:1000], y[:1000])
before = mebibytes("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
model.fit(X, y)
print(mebibytes("VmHWM") - before)
"""


def memory_rows(sides: list[str], data: tabular.Split) -> Iterator[Row]:
    """Compare by how much a fit raises a process above its data, each in its own (Linux).

    The peak is that of the process's own memory since the data is read, code and threads being
    there already: `ru_maxrss` would count what its parent held when it was started.
    """
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "X.npy"), data.X)
        np.save(Path(folder, "y.npy"), data.y)
        extra = {
            side: float(in_new_process(MEMORY.format(folder=folder, side=side))) for side in sides
        }
    for peer in sides[1:]:
        ratio = extra[peer] / extra[OURS]
        yield Row(
            f"GradientBoosting, memory beside the data, {LARGE.name}",
            peers.shown(peer),
            f"{extra[OURS]:.0f} MiB",
            f"{extra[peer]:.0f} MiB",
            f"{ratio:.2f}",
            "≥ 1" if peer == LIGHTGBM else "–",
            peer != LIGHTGBM or ratio >= 1,
            f"peak of the process less what it held before; the data is {_mebibytes(data):.0f} MiB",
        )


def _mebibytes(data: tabular.Split) -> float:
    return (data.X.nbytes + data.y.nbytes) / 2**20
