"""How one row of a table is prepared and becomes a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from sklearn.dummy import DummyClassifier, DummyRegressor

from baremath.ladder._columns import as_numbers, as_typed
from baremath.ladder._formula import commonest
from baremath.ladder._preparation import Indicator, Number, prepared_columns, read
from baremath.maths import Derivation, Step, Terms, number, plain

if TYPE_CHECKING:
    from baremath.ladder._table_model import TableModel


def explain_row(model: TableModel, table: pl.DataFrame, y: Any, row: int) -> Derivation:
    """Return the preparation of one row of a table, then what the model's estimator says of it.

    Parameters
    ----------
    model : TableModel
        Fitted.
    table : polars.DataFrame
        With the row, and the rows that the loss is taken over.
    y : Series, array-like or None
        The target of every row. Rows where it is missing, or a class the model doesn't know, play
        no part; where that is this row (or nearly all of them), there is only the prediction.
    row : int
        Counted from 0.
    """
    title = f"How row {row} gets its {model.target_name_}"
    estimator = model.estimator_
    prepared = model.prepare(table)
    if isinstance(estimator, DummyRegressor):
        return Derivation(title, (_mean(model),))
    if isinstance(estimator, DummyClassifier):
        return Derivation(title, (_commonest_class(model),))
    if not hasattr(estimator, "explain"):
        raise TypeError(
            f"{type(estimator).__name__} can't explain itself; the models of baremath can"
        )
    steps = preparation_steps(model, table[[row]], prepared.row(row))
    if y is not None:
        values, known = _known_targets(model, y, table.height)
        rows = np.flatnonzero(known)
        if known[row] and row < len(rows):
            # The others close up around the row, which keeps its number.
            rows = np.insert(rows[rows != row], row, row)
            prepared, y = prepared[rows], values[rows]
        else:
            y = None
    return Derivation(title, (*steps, *estimator.explain(prepared, y, row=row).steps))


def preparation_steps(
    model: TableModel, table: pl.DataFrame, prepared: Sequence[float]
) -> tuple[Step, ...]:
    """Return the steps that make the numbers `prepared` from one row; none if it stays raw."""
    if model.preparation_ is None:
        return ()
    columns = prepared_columns(model.preparation_)
    values = read(table, model.kinds_).row(0, named=True)
    parts = []
    if any(isinstance(column, Number) for column in columns):
        parts.append(_scaling(columns, values, prepared))
    if any(isinstance(column, Indicator) for column in columns):
        parts.append(_encoding(columns, values, prepared))
    return tuple(parts)


def _scaling(columns: Sequence[Any], values: dict[str, Any], prepared: Sequence[float]) -> Step:
    numbers = [
        (column, column.fill if values[column.name] is None else values[column.name], x)
        for column, x in zip(columns, prepared, strict=True)
        if isinstance(column, Number)
    ]
    missing = [column for column, _, _ in numbers if values[column.name] is None]
    return Step(
        title="Centre and scale the numbers",
        symbol="x_j",
        formula=r"\frac{v_j - \bar{v}_j}{s_j}",
        substituted="",
        value=[x for _, _, x in numbers],
        expression="(v - mean) / s",
        inputs={
            "v": [v for _, v, _ in numbers],
            "mean": [column.mean for column, _, _ in numbers],
            "s": [column.scale for column, _, _ in numbers],
        },
        terms=Terms(
            (r"\text{column}", "v_j", r"\bar{v}_j", "s_j", "x_j"),
            tuple((c.name, v, c.mean, c.scale, x) for c, v, x in numbers),
        ),
        note=" ".join(
            f"{column.name} is missing in this row; the median of the training rows, "
            f"{plain(number(column.fill))}, stands in."
            for column in missing
        ),
    )


def _encoding(columns: Sequence[Any], values: dict[str, Any], prepared: Sequence[float]) -> Step:
    indicators = [
        (column, x)
        for column, x in zip(columns, prepared, strict=True)
        if isinstance(column, Indicator)
    ]
    holds = {column.column: column.name for column, x in indicators if x}
    texts = dict.fromkeys(column.column for column, _ in indicators)
    unknown = [text for text in texts if text not in holds]
    rare = {column.column: column.name for column, x in indicators if x and column.rare}
    return Step(
        title="Turn text into 0 and 1",
        symbol="x_j",
        formula=r"\begin{cases} 1 & \text{if the row is of category } j \\ "
        r"0 & \text{otherwise} \end{cases}",
        substituted="",
        value=[x for _, x in indicators],
        expression="where(category == holds, 1.0, 0.0)",
        inputs={
            "category": [column.name for column, _ in indicators],
            "holds": [holds.get(column.column, "") for column, _ in indicators],
        },
        terms=Terms(
            (r"\text{category } j", "x_j"), tuple((column.name, x) for column, x in indicators)
        ),
        note=" ".join(
            [
                f"{text} is {values[text] or 'missing'}, as in no training row: none of its "
                "categories counts."
                for text in unknown
            ]
            + [
                f"{text} is {values[text] or 'missing'}, rare or never seen among the training "
                f"rows: it counts as {name}."
                for text, name in rare.items()
            ]
        ),
    )


def _mean(model: TableModel) -> Step:
    mean = float(np.ravel(model.estimator_.constant_)[0])
    return Step(
        title="Predict the mean, whatever the row",
        symbol=r"\hat{y}",
        formula=r"\bar{y} = \frac{1}{N} \sum_{i=1}^{N} y_i",
        substituted="",
        value=mean,
        expression="y_mean",
        inputs={"y_mean": mean},
        note=f"The mean {model.target_name_} of the {model.n_rows_:,} training rows.",
    )


def _commonest_class(model: TableModel) -> Step:
    classes: list[Any] = [str(label) for label in model.classes_]
    shares = model.estimator_.class_prior_
    return Step(
        title="Predict the commonest class, whatever the row",
        symbol=r"\hat{y}",
        formula=r"\arg\max_c p_c",
        substituted="",
        value=str(commonest(model.estimator_)),
        expression="classes[argmax(p)]",
        inputs={"classes": classes, "p": shares},
        terms=Terms((r"\text{class } c", "p_c"), tuple(zip(classes, shares, strict=True))),
        note=f"p is the share of each class among the {model.n_rows_:,} training rows.",
    )


def _known_targets(model: TableModel, y: Any, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the target of every row, and where it is one that the model could have learnt."""
    series = y if isinstance(y, pl.Series) else pl.Series("y", np.asarray(y))
    series = as_typed(series, (model.kinds or {}).get(model.target_name_, "mixed"))
    if len(series) != n_rows:
        raise ValueError(f"y has {len(series):,} values for the {n_rows:,} rows of the table")
    if model.task == "regression":
        values = as_numbers(series, "mixed").to_numpy()
        return values, ~np.isnan(values)
    labels, classes = series.to_numpy(), set(model.classes_.tolist())
    return labels, np.array([label in classes for label in labels.tolist()])
