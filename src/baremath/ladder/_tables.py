"""Any DataFrame, as a polars DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl


def as_table(data: Any) -> pl.DataFrame:
    """Return `data` as a polars DataFrame; a polars DataFrame comes back as it is.

    Parameters
    ----------
    data : DataFrame or mapping of str to sequence
        polars (also lazy), pandas, or any table that speaks Arrow's PyCapsule interface.

    Raises
    ------
    TypeError
        If `data` isn't a table with named columns.
    ValueError
        If two columns share a name.
    """
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if isinstance(data, Mapping):
        return pl.DataFrame(dict(data), strict=False)
    if type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "items"):
        return _from_pandas(data)
    if hasattr(data, "__arrow_c_stream__"):
        return pl.DataFrame(data)
    raise TypeError(
        f"a table with named columns is needed (a polars or pandas DataFrame, or a dict of "
        f"columns); got {type(data).__name__}"
    )


def _from_pandas(frame: Any) -> pl.DataFrame:
    names = [str(name) for name in frame.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"two columns are named {repeated[0]!r}; rename one of them")
    # Column by column, since polars's own way asks for pyarrow and refuses mixed columns.
    columns = zip(names, (column for _, column in frame.items()), strict=True)
    return pl.DataFrame([_series(name, column) for name, column in columns])


def _series(name: str, column: Any) -> pl.Series:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufbmM":
        return pl.Series(name, column.to_numpy())
    values = column.astype(object).where(column.notna(), None).tolist()
    return pl.Series(name, values, strict=False)
