"""Training samples, one a round, and the test sample: from a table or from a generator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.sparse import vstack as sparse_vstack
from sklearn.utils import check_consistent_length

from baremath.datasets import DATASETS, Dataset
from baremath.model_selection._points import row_keys, rows_of, same_rows

Rng: TypeAlias = np.random.Generator
Sample: TypeAlias = tuple[Any, NDArray[Any]]
Sampler: TypeAlias = Callable[[Rng], Sample]

TEST_ROWS = 1000  # of a generator, where no other number is asked for
TEST_SHARE = 0.25  # of a table


@dataclass(frozen=True)
class Bootstrap:
    """As many rows as the table has, each drawn from all of them."""

    X: Any
    y: NDArray[Any]

    def __call__(self, rng: Rng) -> Sample:
        """Return a bootstrap sample."""
        rows = rng.integers(0, len(self.y), size=len(self.y))
        return rows_of(self.X, rows), self.y[rows]


@dataclass(frozen=True)
class Fresh:
    """A new sample from where the data come from.

    Parameters
    ----------
    source : callable or Dataset
        A function of a `numpy.random.Generator`; or one with a parameter ``random_state``, as
        those of `baremath.datasets` and scikit-learn's ``make_*`` have; or a `Dataset`.
    """

    source: Any

    def __call__(self, rng: Rng) -> Sample:
        """Return a sample drawn from the source."""
        if isinstance(self.source, Dataset):
            table = self.source.load(_seed(rng))
            X, y = table.drop(self.source.target), table[self.source.target]
            return X.to_numpy(), np.asarray(y.to_list())
        drawn = (
            self.source(random_state=_seed(rng)) if _is_seeded(self.source) else self.source(rng)
        )
        if not (isinstance(drawn, tuple) and len(drawn) == 2):
            raise TypeError(
                "a generator must return a tuple (X, y) at each call; it returned "
                f"{type(drawn).__name__}."
            )
        return drawn[0], checked_target(*drawn)


def is_generator(X: Any) -> bool:
    """Whether samples can be drawn from `X`."""
    return callable(X) or isinstance(X, Dataset)


def named(name: str) -> Dataset:
    """Return a data set by its name.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    if name not in DATASETS:
        known = ", ".join(map(repr, DATASETS))
        raise ValueError(
            f"X={name!r} is the name of no data set, which are {known}; pass one of these that "
            "is generated, a generator such as baremath.datasets.make_polynomial, or a table and y."
        )
    return DATASETS[name]


def check_fresh(draw: Fresh, stream: np.random.SeedSequence) -> None:
    """Raise ValueError unless two draws differ."""
    first, second = (draw(np.random.default_rng(child)) for child in stream.spawn(2))
    if len(first[1]) == len(second[1]) and list(keys(*first)) == list(keys(*second)):
        what = f"the data set {draw.source.name}" if isinstance(draw.source, Dataset) else "X"
        raise ValueError(
            f"{what} draws the same sample each time, and so tells nothing of the variance. A "
            "generator must draw all it draws from the rng it is given; of a fixed table pass X "
            "and y, which are bootstrapped."
        )


def checked_target(X: Any, y: Any) -> NDArray[Any]:
    """Return y as one column with a row for each of X."""
    column = np.asarray(y)
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim != 1:
        raise ValueError(
            f"y must be one column of targets, of shape (n_samples,); it has shape {column.shape}."
        )
    check_consistent_length(X, column)
    return column


def draw_test_sample(draw: Fresh, n_rows: int, rng: Rng) -> Sample:
    """Return `n_rows` rows at random from as many draws as have them."""
    draws = [draw(rng)]
    while sum(len(y) for _, y in draws) < n_rows:
        draws.append(draw(rng))
    X, y = _stacked([X for X, _ in draws]), np.concatenate([y for _, y in draws])
    rows = rng.permutation(len(y))[:n_rows]
    return rows_of(X, rows), y[rows]


def split(X: Any, y: NDArray[Any], n_test: int, rng: Rng) -> tuple[Sample, Sample]:
    """Return a training and a test sample of a table; rows with the same features stay together."""
    group, _ = same_rows(X)
    order = rng.permutation(group.max() + 1)
    before = np.cumsum(np.bincount(group)[order])
    tested = np.zeros(len(order), dtype=bool)
    tested[order[: np.searchsorted(before, n_test) + 1]] = True
    test = np.flatnonzero(tested[group])
    train = np.flatnonzero(~tested[group])
    if not len(train):
        raise ValueError(
            f"test_size leaves no rows to train on: the table has {len(y)} rows, "
            f"{len(order)} of them different."
        )
    return (rows_of(X, train), y[train]), (rows_of(X, test), y[test])


def n_test_rows(test_size: Any, n_rows: int | None) -> int:
    """Return how many rows to test on: of a table of `n_rows`, or None for a generator."""
    size = test_size
    if size is None:
        size = TEST_ROWS if n_rows is None else TEST_SHARE
    is_count = isinstance(size, Integral) and not isinstance(size, bool)
    if n_rows is None and is_count and size >= 1:
        return int(size)
    if n_rows is not None and is_count and 1 <= size < n_rows:
        return int(size)
    if n_rows is not None and not is_count and isinstance(size, Real) and 0 < float(size) < 1:
        return max(int(np.ceil(float(size) * n_rows)), 1)
    raise ValueError(
        f"test_size={test_size!r} must be a number of rows, at least 1"
        + (
            "."
            if n_rows is None
            else f" and fewer than the {n_rows} there are, or a share in (0, 1)."
        )
    )


def shared_rows(train: Sample, test: Sample) -> int:
    """Return how many rows of the test sample are in the training sample, features and target."""
    known = set(keys(*train))
    return sum(key in known for key in keys(*test))


def keys(X: Any, y: NDArray[Any]) -> list[Any]:
    """Return for each row what only a row with the same features and target has too."""
    return list(zip(row_keys(X), y.tolist(), strict=True))


def _stacked(tables: list[Any]) -> Any:
    if len(tables) == 1:
        return tables[0]
    if issparse(tables[0]):
        return sparse_vstack(tables, format="csr")
    return np.concatenate([np.asarray(table) for table in tables])


def _seed(rng: Rng) -> int:
    return int(rng.integers(2**31 - 1))


def _is_seeded(source: Any) -> bool:
    try:
        return "random_state" in inspect.signature(source).parameters
    except (TypeError, ValueError):  # a callable that says nothing of its parameters
        return False
