"""From a table's columns to the numbers an estimator takes, and back to the table's own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from baremath.ladder._columns import Kind, as_numbers, as_text, kind_of

RARE_SHARE = 0.01  # a category in fewer of the rows than this joins the other rare ones


@dataclass(frozen=True)
class Number:
    """A numeric column, prepared: ``(x - mean) / scale``, `fill` where x is missing."""

    name: str
    fill: float
    mean: float
    scale: float


@dataclass(frozen=True)
class Indicator:
    """A prepared column that is 1 where text `column` falls in `category`, else 0.

    `category` is the text itself, None for a missing value, or `rare` for all that is rare or was
    never seen when the model was fitted.
    """

    column: str
    category: str | None
    rare: bool = False

    @property
    def name(self) -> str:
        """The indicator as it stands in a formula: ``[colour = red]``."""
        if self.rare:
            return f"[{self.column} is rare]"
        if self.category is None:
            return f"[{self.column} is missing]"
        return f"[{self.column} = {self.category}]"


def read(table: pl.DataFrame, kinds: Mapping[str, Kind]) -> pl.DataFrame:
    """Return the columns in `kinds`, as numbers or as text; raises as `as_numbers` does."""
    return pl.DataFrame(
        [
            as_text(table[name]) if kind == "text" else as_numbers(table[name], kind)
            for name, kind in kinds.items()
        ]
    )


def kinds_of(table: pl.DataFrame, known: Mapping[str, Kind] | None = None) -> dict[str, Kind]:
    """Return what the columns of a table hold.

    Parameters
    ----------
    table : polars.DataFrame
    known : mapping of str to str, optional
        What the columns hold, where that is known already.

    Raises
    ------
    ValueError
        If a column holds neither numbers, dates nor text.
    """
    known = known or {}
    kinds = {name: known.get(name) or kind_of(table[name]) for name in table.columns}
    for name, kind in kinds.items():
        if kind == "other":
            raise ValueError(
                f"column {name!r} holds values of type {table[name].dtype}, neither numbers nor "
                "text; leave it out"
            )
    return kinds


def fit_preparation(
    table: pl.DataFrame, kinds: Mapping[str, Kind] | None = None
) -> tuple[dict[str, Kind], ColumnTransformer]:
    """Return what the columns hold, as `kinds_of` does, and a transformer fitted on them."""
    kinds = kinds_of(table, kinds)
    return kinds, _transformer(kinds, table.height).fit(read(table, kinds))


def _transformer(kinds: Mapping[str, Kind], n_rows: int) -> ColumnTransformer:
    texts = [name for name, kind in kinds.items() if kind == "text"]
    numbers = [name for name in kinds if name not in texts]
    parts: list[tuple[str, Any, list[str]]] = []
    if numbers:
        fill = SimpleImputer(strategy="median", keep_empty_features=True)
        scale = Pipeline([("fill", fill), ("scale", StandardScaler())])
        parts.append(("numbers", scale, numbers))
    if texts:
        encode = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=max(2, round(RARE_SHARE * n_rows)),
            sparse_output=False,
        )
        parts.append(("text", encode, texts))
    return ColumnTransformer(parts).set_output(transform="polars")


def prepare(
    table: pl.DataFrame, kinds: Mapping[str, Kind], preparation: ColumnTransformer | None
) -> pl.DataFrame:
    """Return a table's rows as numbers, in columns named as in a formula.

    Without a preparation the columns are as they were: numbers, or categories where they hold text.
    """
    if preparation is None:
        return read(table, kinds).with_columns(pl.col(pl.String).cast(pl.Categorical))
    prepared: pl.DataFrame = preparation.transform(read(table, kinds))
    prepared.columns = [column.name for column in prepared_columns(preparation)]
    return prepared


def prepared_columns(preparation: ColumnTransformer) -> tuple[Number | Indicator, ...]:
    """Return what each column that a fitted `preparation` puts out means."""
    columns: list[Number | Indicator] = []
    for part, _, names in preparation.transformers_:
        fitted = preparation.named_transformers_[part]
        if part == "numbers":
            fill, scale = fitted["fill"], fitted["scale"]
            numbers = zip(names, fill.statistics_, scale.mean_, scale.scale_, strict=True)
            columns += [Number(name, *map(float, values)) for name, *values in numbers]
        elif part == "text":
            for name, categories, rare in zip(
                names, fitted.categories_, rare_categories(preparation).values(), strict=True
            ):
                columns += [Indicator(name, c) for c in categories if c not in rare]
                columns += [Indicator(name, None, rare=True)] if rare else []
    return tuple(columns)


def rare_categories(preparation: ColumnTransformer) -> dict[str, list[str | None]]:
    """Return for each text column the categories that a fitted `preparation` groups as rare."""
    for part, encoder, names in preparation.transformers_:
        if part == "text":
            grouped = encoder.infrequent_categories_
            return {
                name: [] if rare is None else rare.tolist()
                for name, rare in zip(names, grouped, strict=True)
            }
    return {}
