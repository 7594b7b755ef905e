"""Stacking with our own models against scikit-learn's with its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from typing import Any

import sklearn.ensemble as sk
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.model_selection import StratifiedKFold

from baremath import ensemble
from baremath.linear_model import LogisticRegression
from benchmarks import tabular
from benchmarks.boosting import FEW, auc
from benchmarks.linear_models import shown
from benchmarks.measure import Row
from benchmarks.rounds import in_rounds, pair

N_ROWS, WIDTH, N_ROUNDS, MARK, TOLERANCE = 20_000, 20, 2, 4, 0.002


def ours(n_jobs: int) -> Any:
    """Return our stack."""
    models = [
        ("forest", ensemble.RandomForestClassifier(random_state=0)),
        ("boosting", ensemble.GradientBoostingClassifier()),
        ("logistic", LogisticRegression()),
    ]
    return ensemble.StackingClassifier(
        models, LogisticRegression(), cv=StratifiedKFold(5), n_jobs=n_jobs
    )


def theirs(n_jobs: int) -> Any:
    """Return scikit-learn's, with the same settings."""
    models = [
        ("forest", sk.RandomForestClassifier(random_state=0)),
        ("boosting", sk.HistGradientBoostingClassifier(early_stopping=False)),
        ("logistic", TheirLogisticRegression(max_iter=1000)),
    ]
    return sk.StackingClassifier(
        models, TheirLogisticRegression(), cv=StratifiedKFold(5), n_jobs=n_jobs
    )


def rows(share: float = 1.0) -> Iterator[Row]:
    """Compare whole fits, with a share of the rows."""
    n = max(FEW, int(share * N_ROWS))
    data = tabular.split(*tabular.higgs_like(n + n // 5, WIDTH), n)
    stacks = {"ours": ours(n_jobs=-1), "theirs": theirs(n_jobs=-1)}
    for stack in stacks.values():
        stack.fit(data.X[:FEW], data.y[:FEW])
    fits = {side: partial(stack.fit, data.X, data.y) for side, stack in stacks.items()}
    both = pair(in_rounds(fits, N_ROUNDS), "ours", "theirs")
    scores = [auc(stack, data) for stack in stacks.values()]
    yield Row(
        "Stacking of forest, boosting and logistic regression, 5 folds, 20,000 × 20",
        f"StackingClassifier with its own models ({version('scikit-learn')})",
        shown(both.ours),
        shown(both.theirs),
        f"{both.ratio:.1f}",
        f"≥ {MARK}",
        both.ratio >= MARK and scores[0] >= scores[1] - TOLERANCE,
        f"AUC {scores[0]:.4f}, theirs {scores[1]:.4f}; {n:,} rows; n_jobs=-1 of the stacks",
    )
