"""Random forests of full trees against scikit-learn's, at equal scores."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version

import sklearn.ensemble as sk

from baremath.ensemble import RandomForestClassifier
from benchmarks import tabular
from benchmarks.boosting import FEW, auc
from benchmarks.linear_models import shown
from benchmarks.measure import Row
from benchmarks.rounds import in_rounds, pair

N_ROWS, WIDTH, N_ROUNDS, MARK, TOLERANCE = 100_000, 20, 2, 8, 0.002


def rows(share: float = 1.0) -> Iterator[Row]:
    """Compare the fits of a hundred full trees, with a share of the rows."""
    n = max(FEW, int(share * N_ROWS))
    data = tabular.split(*tabular.higgs_like(n + n // 5, WIDTH), n)
    models = {
        side: kind(n_estimators=100, max_features="sqrt", n_jobs=-1, random_state=0)
        for side, kind in (("ours", RandomForestClassifier), ("theirs", sk.RandomForestClassifier))
    }
    for model in models.values():
        model.fit(data.X[:FEW], data.y[:FEW])
    both = pair(
        in_rounds({s: partial(m.fit, data.X, data.y) for s, m in models.items()}, N_ROUNDS),
        "ours",
        "theirs",
    )
    ours, theirs = (auc(model, data) for model in models.values())
    yield Row(
        "RandomForest, 100,000 × 20, 100 full trees",
        f"RandomForestClassifier ({version('scikit-learn')})",
        shown(both.ours),
        shown(both.theirs),
        f"{both.ratio:.1f}",
        f"≥ {MARK}",
        both.ratio >= MARK and ours >= theirs - TOLERANCE,
        f"AUC {ours:.4f}, theirs {theirs:.4f}; {n:,} rows; ours in 255 bins a column, by default",
    )
