"""The bias–variance decomposition against mlxtend's, each with a full tree of its own side."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor as TheirTree

from baremath.model_selection import bias_variance_decomposition
from baremath.tree import DecisionTreeRegressor
from benchmarks.eager import installed
from benchmarks.linear_models import shown
from benchmarks.measure import Row, side_by_side

N_ROUNDS, MARK = 200, 3
TOLERANCE = 0.1  # relative: the training samples are drawn, and not the same


def rows() -> Iterator[Row]:
    """Compare two hundred rounds on the diabetes table."""
    if not installed("mlxtend"):
        return
    from mlxtend.evaluate import bias_variance_decomp

    X, X_test, y, y_test = train_test_split(*load_diabetes(return_X_y=True), random_state=0)
    ours = partial(
        bias_variance_decomposition, DecisionTreeRegressor(), X, y, X_test=X_test, y_test=y_test,
        n_rounds=N_ROUNDS, random_state=0,
    )  # fmt: skip
    theirs = partial(
        bias_variance_decomp, TheirTree(), X, y, X_test, y_test,
        loss="mse", num_rounds=N_ROUNDS, random_seed=0,
    )  # fmt: skip
    both = side_by_side(ours, theirs, times=15)
    result, (loss, bias2, variance) = ours(), theirs()
    parts = ((result.loss, loss), (result.bias2, bias2), (result.variance, variance))
    yield Row(
        "bias–variance decomposition, 200 rounds of a full tree, diabetes",
        f"mlxtend, with scikit-learn's tree ({version('mlxtend')})",
        shown(both.ours),
        shown(both.theirs),
        f"{both.ratio:.1f}",
        f"≥ {MARK}",
        both.ratio >= MARK and all(abs(us / them - 1) <= TOLERANCE for us, them in parts),
        "loss, bias² and variance "
        + ", ".join(f"{us:.0f}" for us, _ in parts)
        + "; theirs "
        + ", ".join(f"{them:.0f}" for _, them in parts),
    )
