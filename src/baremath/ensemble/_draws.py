"""Which rows and which columns a member sees: drawn from its own stream."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from baremath.ensemble._arguments import check_flag, how_many
from baremath.ensemble._rows import Rows
from baremath.estimator import warn_user

FEW = 10  # draws below which a bootstrap sample isn't one


@dataclass(frozen=True)
class Drawing:
    """How many rows and columns are drawn for a member, and whether one may come twice."""

    max_samples: float = 1.0
    max_features: float = 1.0
    bootstrap: bool = True
    bootstrap_features: bool = False

    def check(self, weight: NDArray[np.float64], n_features: int) -> None:
        """Raise ValueError where a number is out of range or asks for more than there is."""
        check_flag("bootstrap", self.bootstrap)
        check_flag("bootstrap_features", self.bootstrap_features)
        rows, columns = self.n_rows(weight), how_many("max_features", self.max_features, n_features)
        there_are = int(np.count_nonzero(weight))
        if not self.bootstrap and rows > there_are:
            raise ValueError(
                f"max_samples={self.max_samples} is more than the {there_are} rows there are; "
                "only with bootstrap=True may a row come twice."
            )
        if columns > n_features and not self.bootstrap_features:
            raise ValueError(
                f"max_features={self.max_features} is more than the {n_features} features there "
                "are; choose fewer, or a share in (0, 1]."
            )
        share = not isinstance(self.max_samples, Integral)
        if self.bootstrap and share and rows < min(FEW, there_are):
            warn_user(
                f"max_samples={self.max_samples} of weights that sum to {weight.sum():.3g} is "
                f"{rows} draws for each member; give max_samples as a whole number.",
                UserWarning,
            )

    def n_rows(self, weight: NDArray[np.float64]) -> int:
        """Return how many rows are drawn: with replacement, a share of the sum of the weights."""
        total = weight.sum() if self.bootstrap else np.count_nonzero(weight)
        return how_many("max_samples", self.max_samples, float(total))

    def rows(self, generator: np.random.Generator, weight: NDArray[np.float64]) -> Rows:
        """Draw rows, sorted.

        With replacement the draws fall on a line on which every row has its weight as length: a row
        of weight 2 is the same as the row twice, and one of weight 0 is not there.
        """
        if self.bootstrap:
            ends = np.cumsum(weight)
            falls = np.sort(generator.random(self.n_rows(weight))) * ends[-1]
            drawn: Rows = np.searchsorted(ends, falls, side="right")
            return drawn.clip(max=np.flatnonzero(weight)[-1])
        rows = np.flatnonzero(weight)
        count = self.n_rows(weight)
        return rows if count == len(rows) else np.sort(generator.choice(rows, count, replace=False))

    def columns(self, generator: np.random.Generator, n_features: int) -> Rows:
        """Draw columns, sorted."""
        count = how_many("max_features", self.max_features, n_features)
        if count == n_features and not self.bootstrap_features:
            return np.arange(n_features)
        drawn = generator.choice(n_features, count, replace=self.bootstrap_features)
        return np.sort(drawn.astype(np.intp))
