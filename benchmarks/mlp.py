"""Whole fits of the multi-layer perceptron, everything included, beside scikit-learn's."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version

from benchmarks.measure import Row, in_new_process, seconds

DIGITS = "from benchmarks.mlp import digits_fit; print(*digits_fit({ours}))"


def digits_fit(ours: bool, times: int = 6) -> list[float]:
    """Return the mean log-loss after 50 epochs on the digits, and the seconds of each fit."""
    from sklearn.datasets import load_digits
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier as Theirs

    from baremath.neural_network import MLPClassifier

    X, y = load_digits(return_X_y=True)
    model = (MLPClassifier if ours else Theirs)(
        hidden_layer_sizes=(100,), max_iter=50, tol=0, n_iter_no_change=50, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 50 epochs aren't all that it could take
        took = [seconds(partial(model.fit, X / 16, y)) for _ in range(times)]
    return [float(log_loss(y, model.predict_proba(X / 16))), *took]


def rows(processes: int = 5) -> Iterator[Row]:
    """Compare whole fits with scikit-learn's, the first of a process and later ones."""
    runs = [
        [[float(x) for x in in_new_process(DIGITS.format(ours=i)).split()] for i in (True, False)]
        for _ in range(processes)
    ]
    our_loss, their_loss = runs[0][0][0], runs[0][1][0]
    for call, mark, part in (
        ("first fit in a process", 3, slice(1, 2)),
        ("later fits", 6, slice(2, None)),
    ):
        us, them = (
            statistics.median(statistics.median(run[side][part]) for run in runs) for side in (0, 1)
        )
        yield Row(
            f"MLPClassifier, digits, 50 epochs, {call}",
            f"MLPClassifier ({version('scikit-learn')})",
            f"{1e3 * us:.0f} ms",
            f"{1e3 * them:.0f} ms",
            f"{them / us:.1f}",
            f"≥ {mark}",
            them / us >= mark and our_loss <= 1.1 * their_loss,
            f"log-loss {our_loss:.4f}, theirs {their_loss:.4f}",
        )
