"""What boosting and forests reach on fresh rows, beside the peers at equal settings."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import sklearn.ensemble as sk
from numpy.typing import NDArray
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    make_classification,
    make_friedman1,
)
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold

from baremath import ensemble
from baremath.datasets import fetch_housing
from benchmarks import boosting_peers, tabular
from benchmarks.boosting_peers import OURS

FOLDS = 5
Floats = NDArray[np.float64]
Maker = Callable[[bool], Any]


class Task(NamedTuple):
    """A table, and what its models are judged by."""

    name: str
    X: NDArray[Any]
    y: NDArray[Any]
    what: str


def tasks() -> Iterator[Task]:
    """Yield the tables, some of them generated."""
    table = fetch_housing()
    y = table["median_house_value"].to_numpy() / 1e5
    columns = table.drop("median_house_value").to_dummies("ocean_proximity")
    gaps = columns.with_columns(pl.col("total_bedrooms").cast(pl.Float64).fill_null(np.nan))
    yield Task("California housing", gaps.to_numpy().astype(float), y, "R²")
    yield Task("covtype-like, 10,000 × 54", *tabular.covtype_like(10_000), "accuracy")
    yield Task("digits", *load_digits(return_X_y=True), "accuracy")
    yield Task("breast_cancer", *load_breast_cancer(return_X_y=True), "AUC")
    yield Task("Higgs-like, 10,000 × 28", *tabular.higgs_like(10_000), "AUC")
    yield Task(
        "Friedman's first, 5,000 × 10", *make_friedman1(5_000, noise=1.0, random_state=0), "R²"
    )
    X, y = make_classification(5_000, n_informative=8, n_classes=4, flip_y=0.05, random_state=0)
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    yield Task("four classes, 5,000 × 20, a tenth missing", X, y, "accuracy")


def score(task: Task, model: Any, rows: NDArray[np.intp]) -> float:
    """Return how good a model is on these rows."""
    if task.what == "AUC":
        return float(roc_auc_score(task.y[rows], model.predict_proba(task.X[rows])[:, 1]))
    judge = r2_score if task.what == "R²" else accuracy_score
    return float(judge(task.y[rows], model.predict(task.X[rows])))


def scores(task: Task, makers: dict[str, Maker]) -> dict[str, Floats]:
    """Return the scores of every side, a fold after another, the same for all."""
    regression = task.what == "R²"
    splitter = (KFold if regression else StratifiedKFold)(FOLDS, shuffle=True, random_state=0)
    reached: dict[str, list[float]] = {side: [] for side in makers}
    for train, test in splitter.split(task.X, task.y):
        for side, make in makers.items():
            model = make(regression).fit(task.X[train], task.y[train])
            reached[side].append(score(task, model, test))
    return {side: np.array(values) for side, values in reached.items()}


def boosting_makers() -> dict[str, Maker]:
    """Return what makes the boosting of every side."""
    return {side: partial(_boosting, side) for side in (OURS, *boosting_peers.peers())}


def _boosting(side: str, regression: bool) -> Any:
    return boosting_peers.model(side, regression=regression)


def forest_makers() -> dict[str, Maker]:
    """Return what makes the forest of both sides: of 100 full trees."""
    return {OURS: partial(_forest, ensemble), "scikit-learn": partial(_forest, sk)}


def _forest(package: Any, regression: bool) -> Any:
    name = "RandomForestRegressor" if regression else "RandomForestClassifier"
    return getattr(package, name)(
        n_estimators=100, max_features=1 / 3 if regression else "sqrt", n_jobs=-1, random_state=0
    )


def standard_error(values: Floats) -> float:
    """Return the standard error of the mean over the folds."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def shown(values: Floats) -> str:
    """Return a mean with its standard error."""
    return f"{values.mean():.4f} ± {standard_error(values):.4f}"


def lines() -> Iterator[str]:
    """Measure, and yield the tables line by line."""
    warnings.filterwarnings("ignore", "X does not have valid feature names")  # by LightGBM
    everything = list(tasks())
    titles = {
        side: side if side == OURS else boosting_peers.shown(side) for side in boosting_makers()
    }
    yield from table("GradientBoosting", everything, boosting_makers(), titles)
    yield ""
    titles = {OURS: OURS, "scikit-learn": f"RandomForest* ({version('scikit-learn')})"}
    yield from table("RandomForest", everything, forest_makers(), titles)
    yield ""
    yield (
        f"Scores of {FOLDS} folds, the same for all sides: mean ± standard error. No worse: ours "
        "is no lower than the peer's by more than the peer's standard error. Furthest behind: the "
        "lowest of our mean lead over a peer, fold by fold, with the standard error of that. 100 "
        "trees; boosting of 31 leaves at rate 0.1, forests of full trees from a third of the "
        "columns (R²) or the square root of their number."
    )


def table(
    name: str, everything: list[Task], makers: dict[str, Maker], titles: dict[str, str]
) -> Iterator[str]:
    """Yield the scores of a family of models on all tables."""
    cells = [name, "score", *titles.values(), "furthest behind", "no worse", "seconds of all fits"]
    yield f"| {' | '.join(cells)} |"
    yield "|" + "---|" * len(cells)
    for task in everything:
        start = time.perf_counter()
        reached = scores(task, makers)
        took = time.perf_counter() - start
        ours, theirs = reached[OURS], {side: reached[side] for side in reached if side != OURS}
        lowest = min(theirs, key=lambda side: (ours - theirs[side]).mean())
        lead = ours - theirs[lowest]
        worse = [
            side
            for side, values in theirs.items()
            if ours.mean() < values.mean() - standard_error(values)
        ]
        cells = [
            task.name,
            task.what,
            *map(shown, reached.values()),
            f"{lead.mean():+.4f} ± {standard_error(lead):.4f} ({lowest})",
            f"**no**: {', '.join(worse)}" if worse else "yes",
            f"{took:.0f}",
        ]
        yield f"| {' | '.join(cells)} |"
