"""Gradient boosting by all sides, set up alike.

Trees grow leaf by leaf, the one that gains most first, from 255 bins a column; a leaf has at
least 20 rows and hessians of at least 10⁻³ together, and λ = 1; nothing stops early, and nothing is
drawn. What can't be set alike: XGBoost has no least number of rows, only of hessians, which for the
squared error is the same; for several classes its hessians are twice those of the others, and
LightGBM's are K / (K - 1) times as large. LightGBM and HistGradientBoosting find their bins from a
sample of 200,000 rows. Everybody has all cores.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import joblib

from benchmarks.eager import installed

OURS, LIGHTGBM, XGBOOST, HISTOGRAM = "ours", "LightGBM", "XGBoost", "HistGradientBoosting"

PACKAGES = {LIGHTGBM: "lightgbm", XGBOOST: "xgboost", HISTOGRAM: "sklearn"}
NAMES = {"sklearn": "scikit-learn"}  # in the registry, where it isn't that of the module


def peers() -> list[str]:
    """Return the peers that are installed."""
    return [peer for peer, package in PACKAGES.items() if installed(package)]


def shown(peer: str) -> str:
    """Return a peer's name with its version."""
    package = PACKAGES[peer]
    return f"{peer} ({version(NAMES.get(package, package))})"


def model(side: str, n_trees: int = 100, n_leaves: int = 31, *, regression: bool = False) -> Any:
    """Return a side's estimator."""
    kind = "Regressor" if regression else "Classifier"
    return {OURS: _ours, LIGHTGBM: _lightgbm, XGBOOST: _xgboost, HISTOGRAM: _histogram}[side](
        kind, n_trees, n_leaves
    )


def _ours(kind: str, n_trees: int, n_leaves: int) -> Any:
    from baremath import ensemble

    return getattr(ensemble, f"GradientBoosting{kind}")(
        n_estimators=n_trees,
        max_leaf_nodes=n_leaves,
        learning_rate=0.1,
        max_bins=255,
        min_samples_leaf=20,
        min_hessian=1e-3,
        l2_regularization=1.0,
        n_jobs=joblib.cpu_count(),
    )


def _lightgbm(kind: str, n_trees: int, n_leaves: int) -> Any:
    import lightgbm

    return getattr(lightgbm, f"LGBM{kind}")(
        n_estimators=n_trees,
        num_leaves=n_leaves,
        learning_rate=0.1,
        max_bin=255,
        min_child_samples=20,
        min_child_weight=1e-3,
        reg_lambda=1.0,
        n_jobs=joblib.cpu_count(),
        verbose=-1,
    )


def _xgboost(kind: str, n_trees: int, n_leaves: int) -> Any:
    import xgboost

    return getattr(xgboost, f"XGB{kind}")(
        n_estimators=n_trees,
        tree_method="hist",
        grow_policy="lossguide",
        max_leaves=n_leaves,
        max_depth=0,
        learning_rate=0.1,
        max_bin=255,
        min_child_weight=20 if kind == "Regressor" else 1e-3,
        reg_lambda=1.0,
        n_jobs=joblib.cpu_count(),
    )


def _histogram(kind: str, n_trees: int, n_leaves: int) -> Any:
    from sklearn import ensemble

    return getattr(ensemble, f"HistGradientBoosting{kind}")(
        max_iter=n_trees,
        max_leaf_nodes=n_leaves,
        learning_rate=0.1,
        max_bins=255,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
    )
