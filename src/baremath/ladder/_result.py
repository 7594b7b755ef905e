"""What a climb found: a result for every rung, and which of them is worth it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from baremath.ladder._importances import Importance
from baremath.ladder._table_model import TableModel


@dataclass(frozen=True)
class RungResult:
    """How well one model predicts.

    Parameters
    ----------
    name : str
        The rung.
    cv_scores : tuple of float
        The score (R² or accuracy) on each fold, after a fit on the others.
    test : float
        The score on the test rows, after a fit on all the training rows.
    fit_seconds : float
        How long that fit took, preparation included.
    model : TableModel
        The model that fit gave.
    """

    name: str
    cv_scores: tuple[float, ...]
    test: float
    fit_seconds: float
    model: TableModel

    @property
    def cv_mean(self) -> float:
        """The mean score over the folds."""
        return float(np.mean(self.cv_scores))

    @property
    def cv_std(self) -> float:
        """The standard deviation of the score over the folds (divided by k - 1)."""
        return float(np.std(self.cv_scores, ddof=1))

    @property
    def standard_error(self) -> float:
        r"""How far `cv_mean` may be off by the luck of the folds, :math:`s / \sqrt k`."""
        return self.cv_std / math.sqrt(len(self.cv_scores))

    @property
    def n_parameters(self) -> int:
        """The number of fitted numbers."""
        return self.model.n_parameters_

    def to_dict(self) -> dict[str, str | float | int | list[float]]:
        """Return the result as plain values, for JSON."""
        return {
            "name": self.name,
            "cv_mean": self.cv_mean,
            "cv_std": self.cv_std,
            "test": self.test,
            "fit_seconds": self.fit_seconds,
            "n_parameters": self.n_parameters,
        }


def worth_it(results: Sequence[RungResult]) -> RungResult:
    r"""Return the simplest model within one standard error of the best.

    With the results in the ladder's order, simplest first, it is the first whose mean score is at
    least :math:`m - s / \sqrt k`, where :math:`m` is the best mean score over the :math:`k` folds
    and :math:`s` the standard deviation of the best model's scores.

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984), Classification and Regression Trees, section 3.4.3:
    the 1 SE rule.
    """
    best = best_of(results)
    threshold = best.cv_mean - best.standard_error
    return next(result for result in results if result.cv_mean >= threshold)


def best_of(results: Sequence[RungResult]) -> RungResult:
    """Return the result with the highest mean score; of equals, the simplest."""
    return max(results, key=lambda result: result.cv_mean)


@dataclass(frozen=True)
class Climb:
    """The ladder, climbed on one table.

    Parameters
    ----------
    task : {"regression", "classification"}
        What was predicted.
    target : str
        The column it stood in.
    metric : {"R²", "accuracy"}
        What the scores are.
    models : tuple of RungResult
        A result for every rung that could be fitted, simplest first.
    best : str
        The name of the rung that is worth it: the simplest within one standard error of the best.
    sentence : str
        Which one is worth it and why, in one sentence.
    warnings : tuple of str
        What had to be said about the table and the fits, a sentence each.
    importances : tuple of Importance
        By how much the best's score on the test rows falls when a column is shuffled, most first.
    random_state : int
        The seed of the split into training and test rows and folds, and of the models.
    cv : int
        The number of folds.
    versions : dict of str to str
        Of Python and the libraries that had a hand in it.
    train, test : polars.DataFrame
        The training and the test rows: the columns learnt from, then the target.
    train_rows, test_rows : ndarray of int
        Where each of these rows stands in the table that was given, counted from 0.
    """

    task: str
    target: str
    metric: str
    models: tuple[RungResult, ...]
    best: str
    sentence: str
    warnings: tuple[str, ...]
    importances: tuple[Importance, ...]
    random_state: int
    cv: int
    versions: dict[str, str]
    train: pl.DataFrame
    test: pl.DataFrame
    train_rows: npt.NDArray[np.int64]
    test_rows: npt.NDArray[np.int64]

    @property
    def n_rows(self) -> int:
        """How many rows were used, training and test together."""
        return self.train.height + self.test.height

    @property
    def n_features(self) -> int:
        """How many of the table's columns were learnt from."""
        return self.train.width - 1

    @property
    def best_model(self) -> TableModel:
        """The model that is worth it, fitted on the training rows."""
        return next(result.model for result in self.models if result.name == self.best)

    @property
    def formula(self) -> str:
        """The formula of the model that is worth it, in the table's own units, its main terms."""
        return self.best_model.formula()

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain values, for JSON; the formula with all its terms."""
        return {
            "task": self.task,
            "target": self.target,
            "n_rows": self.n_rows,
            "n_test": self.test.height,
            "n_features": self.n_features,
            "best": self.best,
            "models": [result.to_dict() for result in self.models],
            "metric": self.metric,
            "formula": self.best_model.formula(most=None),
            "importances": [asdict(importance) for importance in self.importances],
            "warnings": list(self.warnings),
            "versions": dict(self.versions),
            "random_state": self.random_state,
        }
