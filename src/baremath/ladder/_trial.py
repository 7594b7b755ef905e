"""One rung, tried: fitted on every fold and on all training rows, scored where it hasn't looked."""

from __future__ import annotations

import math
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import polars as pl

from baremath.ladder._result import RungResult
from baremath.ladder._rungs import Rung
from baremath.ladder._table_model import TableModel


class FitError(Exception):
    """A model that could not be fitted or scored; the message says why, in one line."""


@dataclass(frozen=True)
class Trial:
    """The rows that every rung is fitted to and scored on.

    Parameters
    ----------
    train, test : polars.DataFrame
        The columns to learn from, and the target.
    target : str
        The column to predict.
    folds : tuple of (ndarray of int, ndarray of int)
        For every fold the training rows to fit on and those to score on.
    random_state : int
        Seed of the models.
    kinds : dict of str to str
        What the columns hold.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    target: str
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]
    random_state: int
    kinds: dict[str, str]

    @property
    def n_fits(self) -> int:
        """How often a rung is fitted: on every fold, then on all training rows."""
        return len(self.folds) + 1

    def of(self, rung: Rung, fitted: Callable[[int, str], None]) -> RungResult:
        """Fit and score one rung.

        Parameters
        ----------
        rung : Rung
            What to try.
        fitted : callable
            Called as ``fitted(n, label)`` after the n-th fit.

        Raises
        ------
        FitError
            If the estimator raises anything, or predicts something that isn't a number.
        """
        scores = []
        for number, (rows, held_out) in enumerate(self.folds, start=1):
            _, score, _ = self._fit(rung, self.train[rows], self.train[held_out])
            scores.append(score)
            fitted(number, f"{rung.name}, fold {number} of {len(self.folds)}")
        model, test, seconds = self._fit(rung, self.train, self.test)
        fitted(self.n_fits, f"{rung.name}, all training rows")
        return RungResult(rung.name, tuple(scores), test, seconds, model)

    def _fit(
        self, rung: Rung, rows: pl.DataFrame, held_out: pl.DataFrame
    ) -> tuple[TableModel, float, float]:
        """Return a model fitted on `rows`, its score on `held_out`, and the seconds of the fit."""
        try:
            started = time.perf_counter()
            estimator = rung.make(self.random_state, rows.height)
            model = TableModel(estimator, rung.task, self.kinds, raw=rung.raw)
            model.fit(rows.drop(self.target), rows[self.target])
            seconds = time.perf_counter() - started
            score = model.score(held_out.drop(self.target), held_out[self.target])
        except Exception as error:  # whatever one model stumbles over, the others go on
            raise FitError(one_line(error) or type(error).__name__) from error
        if not math.isfinite(score):
            raise FitError(f"its score is {score}; the target's values may be too large")
        return model, score, seconds


def try_rungs(
    trial: Trial, rungs: list[Rung], progress: Callable[[int, int, str], None]
) -> tuple[tuple[RungResult, ...], list[str]]:
    """Try every rung; one that can't be fitted is left out.

    Returns
    -------
    tuple of RungResult, list of str
        The results in the order of `rungs`; what the fits warned of and why others failed.

    Raises
    ------
    ValueError
        If no rung could be fitted.
    """
    results: list[RungResult] = []
    notes: list[str] = []
    for index, rung in enumerate(rungs):

        def fitted(n: int, label: str, before: int = index * trial.n_fits) -> None:
            progress(before + n, len(rungs) * trial.n_fits, label)

        with _warnings_said(rung, notes):
            try:
                results.append(trial.of(rung, fitted))
            except FitError as error:
                notes.append(f"The {rung.name} is left out, since its fit failed: {error}")
                fitted(trial.n_fits, rung.name)
    if not results:
        raise ValueError("no model could be fitted. " + " ".join(notes))
    return tuple(results), notes


def one_line(message: Warning | Exception | str) -> str:
    """Return a message without its line breaks."""
    return " ".join(str(message).split())


@contextmanager
def _warnings_said(rung: Rung, notes: list[str]) -> Iterator[None]:
    """Turn what is warned of in the block into notes, the first of every category."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    times = Counter(warning.category for warning in caught)
    for warning in caught:
        if n := times.pop(warning.category, 0):
            often = f" ({n} times)" if n > 1 else ""
            notes.append(f"The {rung.name} warns{often}: {one_line(warning.message)}")
