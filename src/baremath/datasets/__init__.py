"""Data: generators with a formula, real tables, and files read with care.

Generators return ``(X, y)`` as scikit-learn's do; tables are polars data frames.
"""

from baremath.datasets._batman import batman_curve, make_batman
from baremath.datasets._costume_issues import make_costume_issues
from baremath.datasets._errors import TableError
from baremath.datasets._housing import fetch_housing
from baremath.datasets._logic import make_logic
from baremath.datasets._playground import (
    make_circle,
    make_gauss,
    make_reg_gauss,
    make_reg_plane,
    make_spiral,
    make_xor,
)
from baremath.datasets._polynomial import make_line, make_polynomial
from baremath.datasets._registry import DATASETS, Dataset
from baremath.datasets._spirals import make_spirals
from baremath.datasets._table import MISSING, read_table

__all__ = [
    "DATASETS",
    "MISSING",
    "Dataset",
    "TableError",
    "batman_curve",
    "fetch_housing",
    "make_batman",
    "make_circle",
    "make_costume_issues",
    "make_gauss",
    "make_line",
    "make_logic",
    "make_polynomial",
    "make_reg_gauss",
    "make_reg_plane",
    "make_spiral",
    "make_spirals",
    "make_xor",
    "read_table",
]
