"""The small tables that come with scikit-learn, under names one can read."""

from __future__ import annotations

from typing import Any

import polars as pl


def load_diabetes() -> pl.DataFrame:
    """Load ten measurements of 442 patients in their own units, and the progression a year on."""
    from sklearn.datasets import load_diabetes

    names = [
        "age", "sex", "bmi", "blood_pressure", "total_cholesterol", "ldl", "hdl",
        "cholesterol_to_hdl", "log_triglycerides", "glucose",
    ]  # fmt: skip
    bunch = load_diabetes(scaled=False)
    return _table(bunch.data, names).with_columns(progression=bunch.target)


def load_breast_cancer() -> pl.DataFrame:
    """Load thirty measurements of the cell nuclei of 569 tumours, and the diagnosis."""
    from sklearn.datasets import load_breast_cancer

    return _classified(load_breast_cancer(), "diagnosis")


def load_iris() -> pl.DataFrame:
    """Load four lengths of 150 flowers, in cm, and the species."""
    from sklearn.datasets import load_iris

    return _classified(load_iris(), "species")


def load_wine() -> pl.DataFrame:
    """Load thirteen measurements of 178 wines, and the cultivar of the grape."""
    from sklearn.datasets import load_wine

    return _classified(load_wine(), "cultivar")


def load_digits() -> pl.DataFrame:
    """Load 1,797 handwritten digits as 8 × 8 pixels from 0 (white) to 16 (black)."""
    from sklearn.datasets import load_digits

    return _classified(load_digits(), "digit")


def _classified(bunch: Any, target: str) -> pl.DataFrame:
    # "sepal length (cm)" -> sepal_length_cm; "od280/od315_of_diluted_wines" keeps its slash out.
    names = [
        name.translate(str.maketrans({" ": "_", "/": "_", "(": None, ")": None}))
        for name in bunch.feature_names
    ]
    classes = [str(bunch.target_names[label]) for label in bunch.target]
    return _table(bunch.data, names).with_columns(pl.Series(target, classes))


def _table(data: Any, names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(data, schema=names)
