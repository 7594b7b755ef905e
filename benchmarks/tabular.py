"""Tables to learn from, generated from a seed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CHUNK = 100_000  # rows that are generated at a time, to need little memory


class Split(NamedTuple):
    """Rows to learn from, and rows to be judged by."""

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    X_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def split(X: NDArray[np.float32], y: NDArray[np.int64], n: int) -> Split:
    """Return the first n rows to learn from, and the others to be judged by."""
    return Split(X[:n], y[:n], X[n:], y[n:])


def higgs_like(n: int, width: int = 28, seed: int = 0) -> tuple[NDArray[np.float32], NDArray]:
    """Return two classes that a good model tells apart at an area under the curve of about 0.8.

    Of at least 17 columns, the first ten say something: normal ones, skewed ones and one of few
    values. The log-odds are a sum of curves and steps in single columns, of products and
    conditions of several, and a part that no column shows. The next seven are made of the first
    with noise, as physicists make masses of momenta. The others say nothing.
    """
    rng = np.random.default_rng(seed)
    X, y = np.empty((n, width), np.float32), np.empty(n, np.int64)
    for first in range(0, n, CHUNK):
        part = slice(first, min(n, first + CHUNK))
        X[part], y[part] = _higgs_like(rng, len(X[part]), width)
    return X, y


def _higgs_like(rng: np.random.Generator, n: int, width: int) -> tuple[NDArray, NDArray]:
    z = rng.normal(size=(n, width))
    x = z.copy()
    x[:, 4:8] = np.exp(0.6 * z[:, 4:8])
    x[:, 8] = rng.uniform(-np.pi, np.pi, n)
    x[:, 9] = rng.choice([0.0, 1.09, 2.17], n, p=[0.5, 0.3, 0.2])
    additive = 0.8 * z[:, 0] + 0.9 * np.sin(2 * z[:, 1]) + 0.8 * (x[:, 4] > 1.5) - 0.5 * x[:, 9]
    together = (
        z[:, 0] * z[:, 2]
        + np.cos(x[:, 8]) * z[:, 3]
        + 1.3 * (z[:, 5] > 0) * (z[:, 6] < 0.5) * z[:, 7]
    )
    hidden = 0.6 * rng.normal(size=n)
    made = [
        x[:, 4] * x[:, 5], x[:, 6] + x[:, 7], z[:, 0] * z[:, 2], np.hypot(z[:, 1], z[:, 3]),
        x[:, 4] * np.cos(x[:, 8]), np.abs(z[:, 0] - z[:, 1]), x[:, 9] * x[:, 5],
    ]  # fmt: skip
    x[:, 10:17] = np.stack(made, axis=1) + 0.5 * z[:, 10:17]
    return x, additive + together + hidden + 0.5 + rng.logistic(size=n) > 0


def many_classes(
    n: int, width: int = 20, n_classes: int = 100, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray]:
    """Return classes whose scores are curved functions of all columns, with noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, width)).astype(np.float32)
    hidden = np.tanh(X @ rng.normal(size=(width, 2 * width)) / np.sqrt(width))
    scores = hidden @ rng.normal(size=(2 * width, n_classes)) / 2
    return X, (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)


def covtype_like(n: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray]:
    """Return seven kinds of forest: ten measures of a place, its area of four, its soil of 40.

    The soil depends on the height; some kinds are many times as frequent as others.
    """
    rng = np.random.default_rng(seed)
    measures = rng.normal(size=(n, 10))
    height = measures[:, 0]
    area = rng.integers(4, size=n)
    soil = np.clip(8 * height + 4 * rng.normal(size=n) + 20, 0, 39).astype(np.int64)
    X = np.hstack([measures, np.eye(4)[area], np.eye(40)[soil]]).astype(np.float32)
    best = np.array([0.4, 0.0, -1.2, -1.8, -0.4, -0.9, 1.4])  # the height that suits each kind
    scores = (
        -3.0 * (height[:, np.newaxis] - best) ** 2
        + measures[:, 1:7] @ rng.normal(size=(6, 7)) * (measures[:, 7:8] > 0)
        + rng.normal(size=(4, 7))[area]
        + rng.normal(size=(40, 7))[soil]
        + np.array([2.0, 2.5, 0.5, -1.0, -0.5, 0.0, 0.5])
    )
    return X, (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
