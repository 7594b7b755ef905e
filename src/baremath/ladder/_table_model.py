"""TableModel: an estimator that takes a table as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from baremath.ladder._explanation import explain_row
from baremath.ladder._formula import formula_of
from baremath.ladder._formula_of_trees import formula_of_trees
from baremath.ladder._preparation import fit_preparation, kinds_of, prepare, prepared_columns
from baremath.ladder._size import n_parameters
from baremath.ladder._tables import as_table
from baremath.maths import Derivation


def _offers_probabilities(model: TableModel) -> bool:
    return hasattr(getattr(model, "estimator_", model.estimator), "predict_proba")


class TableModel(BaseEstimator):
    r"""A table's columns made into numbers, and an estimator fitted on them.

    A numeric column is filled with its median where it is missing or infinite, and scaled,
    :math:`x = (v - \bar v) / s`. A text column becomes a column of 0 and 1 for each category; a
    missing value is a category of its own, and categories in fewer than 1% of the rows, or never
    seen before, share one. An estimator that can do without, as trees can, gets the columns `raw`.

    Parameters
    ----------
    estimator : estimator
        What is fitted on the prepared columns; it is cloned, never changed.
    task : {"regression", "classification"}
        Whether the target is an amount or a class.
    kinds : dict of str to str, optional
        What columns hold, the target too, as in `kinds_`; by default found from the rows that it
        is fitted on.
    raw : bool, default=False
        Whether the estimator takes the columns as they are, as trees can: numbers as they stand,
        missing values missing, text as categories.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator.
    preparation_ : sklearn.compose.ColumnTransformer or None
        The fitted preparation; None if the columns are taken raw.
    kinds_ : dict of str to str
        What each column held: "number", "mixed" (text, mostly numbers), "date" or "text"; for
        numbers and dates in text with their spelling, "number 1.234,5 €" or "date %d.%m.%Y".
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        The table's columns.
    n_features_in_ : int
        How many they are.
    n_rows_ : int
        The number of rows it was fitted on.
    n_parameters_ : int
        The number of fitted numbers in the estimator.
    target_name_ : str
        The name of `y`, or "y" if it had none.
    classes_ : ndarray of shape (n_classes,)
        The classes, for a classifier.

    Examples
    --------
    >>> import polars as pl
    >>> from baremath.ladder import TableModel
    >>> from baremath.linear_model import LinearRegression
    >>> table = pl.DataFrame({"km": [1.0, 2.0, 3.0, 4.0], "night": [False, True, False, True]})
    >>> fare = pl.Series("fare", [5.0, 9.0, 9.0, 13.0])
    >>> model = TableModel(LinearRegression(), "regression").fit(table, fare)
    >>> model.formula()
    'fare = 3 + 2 km + 2 night'
    """

    def __init__(
        self,
        estimator: Any,
        task: str,
        kinds: dict[str, str] | None = None,
        *,
        raw: bool = False,
    ) -> None:
        self.estimator = estimator
        self.task = task
        self.kinds = kinds
        self.raw = raw

    def fit(self, table: Any, y: Any) -> TableModel:
        """Learn how to prepare the table, and fit the estimator.

        Parameters
        ----------
        table : DataFrame of shape (n_rows, n_columns)
            Every column is used.
        y : Series or array-like of shape (n_rows,)
            The target, with no value missing.

        Returns
        -------
        TableModel
            The model itself.

        Raises
        ------
        ValueError
            If `task` is unknown, if the table has no row or no column, or a column that holds
            neither numbers, dates nor text.
        """
        if self.task not in ("regression", "classification"):
            raise ValueError(f"task must be 'regression' or 'classification'; got {self.task!r}")
        table = as_table(table)
        if table.is_empty():
            raise ValueError(f"a table with rows and columns is needed; this one is {table.shape}")
        kinds = kinds_of(table, self.kinds)
        preparation = None if self.raw else fit_preparation(table, kinds)[1]
        ready = prepare(table, kinds, preparation)
        self.estimator_ = clone(self.estimator).fit(ready, np.asarray(y))
        self.kinds_, self.preparation_ = kinds, preparation
        self.feature_names_in_ = np.asarray(table.columns, dtype=object)
        self.n_features_in_ = len(table.columns)
        self.n_rows_ = table.height
        self.target_name_ = str(getattr(y, "name", None) or "y")
        return self

    def prepare(self, table: Any) -> pl.DataFrame:
        """Return what the estimator takes, in columns named as in the formula.

        Parameters
        ----------
        table : DataFrame of shape (n_rows, n_columns)
            With the columns of the table it was fitted on, in any order; others are ignored.

        Raises
        ------
        ValueError
            If columns are missing, or hold something else than when the model was fitted.
        """
        check_is_fitted(self, "estimator_")
        table = as_table(table)
        missing = [name for name in self.kinds_ if name not in table.columns]
        if missing:
            raise ValueError(
                f"the table lacks {len(missing)} of the model's columns: "
                + ", ".join(map(repr, missing))
            )
        return prepare(table, self.kinds_, self.preparation_)

    def predict(self, table: Any) -> np.ndarray:
        """Return the amount or the class predicted for every row, shape (n_rows,)."""
        prepared = self.prepare(table)
        return np.asarray(self.estimator_.predict(prepared))

    @available_if(_offers_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, table: Any) -> np.ndarray:
        """Return the probability of every class, shape (n_rows, n_classes), as in `classes_`."""
        prepared = self.prepare(table)
        return np.asarray(self.estimator_.predict_proba(prepared))

    def score(self, table: Any, y: Any) -> float:
        """Return R² for a regression, the accuracy for a classification."""
        return score_of(self.task, np.asarray(y), self.predict(table))

    def formula(self, most: int | None = 8) -> str:
        """Return the fitted model as one line of text, in the table's own units.

        Parameters
        ----------
        most : int or None, default=8
            Of more terms than this it shows those that matter most, with the largest coefficients
            of the scaled columns, or the leaves with most rows; None shows every one.
        """
        check_is_fitted(self, "estimator_")
        if self.preparation_ is None:
            names = self.feature_names_in_.tolist()
            return formula_of_trees(self.estimator_, names, self.target_name_, most)
        columns = prepared_columns(self.preparation_)
        return formula_of(self.estimator_, columns, self.target_name_, most)

    def explain(self, table: Any, y: Any = None, row: int = 0) -> Derivation:
        """Show how one row of a table becomes a prediction, with its numbers.

        Parameters
        ----------
        table : DataFrame of shape (n_rows, n_columns)
            As in `predict`.
        y : Series or array-like of shape (n_rows,), optional
            The target; with it, the loss and its gradient are shown too.
        row : int, default=0
            The row to explain, counted from 0.

        Returns
        -------
        Derivation
            First how the row was prepared, then the estimator's own steps.

        Raises
        ------
        IndexError
            If the table has no such row.
        """
        check_is_fitted(self, "estimator_")
        table = as_table(table)
        if not 0 <= row < table.height:
            raise IndexError(
                f"row {row} isn't in the table: it has {table.height:,} rows, counted from 0"
            )
        return explain_row(self, table, y, row)

    @property
    def n_parameters_(self) -> int:
        """The number of fitted numbers in the estimator; a baseline has one."""
        check_is_fitted(self, "estimator_")
        return n_parameters(self.estimator_)

    @property
    def classes_(self) -> np.ndarray:
        """The classes, in the order of `predict_proba`'s columns."""
        classes: np.ndarray = self.estimator_.classes_
        return classes

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor" if self.task == "regression" else "classifier"
        return tags


def score_of(task: str, y: np.ndarray, predicted: np.ndarray) -> float:
    """Return R² for a regression, the accuracy for a classification."""
    score = r2_score if task == "regression" else accuracy_score
    return float(score(y, predicted))
