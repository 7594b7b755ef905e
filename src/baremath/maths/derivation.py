"""A Derivation: how a number came to be, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = "float | int | str | None | list[Value]"


@dataclass(frozen=True)
class Terms:
    """The summands of a step as a table, one row for each.

    Parameters
    ----------
    columns : tuple of str
        Headings, as LaTeX; the first is usually plain text, as in ``r"\\text{feature}"``.
    rows : tuple of tuple
        One entry a column: a str is plain text (a feature's name), a number is printed.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]


@dataclass(frozen=True)
class Step:
    r"""One line of a derivation: a formula, the numbers put in, the result.

    It reads `symbol` = `formula` = `substituted` = `value`. `expression` is the same formula in
    NumPy over `inputs`, so anyone can compute `value` again from the numbers shown.

    Parameters
    ----------
    title : str
        What the step does, in a few plain words.
    symbol : str
        What is computed, as LaTeX: ``r"\hat{y}"``.
    formula : str
        The general formula (the right-hand side), as LaTeX.
    substituted : str
        The formula with the numbers put in, as LaTeX.
    value : float, or nested list of float
        The result, to full precision, as the model computed it.
    expression : str
        The formula as a Python expression over `inputs` and NumPy's functions: ``"b + sum(w * x)"``.
    inputs : mapping of str to float or nested list of float
        Every number that goes in, to full precision, by its name in `expression`.
    terms : Terms, optional
        The summands, where the formula is a sum.
    note : str, default=""
        A sentence that says what the number means.
    """

    title: str
    symbol: str
    formula: str
    substituted: str
    value: Value
    expression: str
    inputs: Mapping[str, Value] = field(default_factory=dict)
    terms: Terms | None = None
    note: str = ""
