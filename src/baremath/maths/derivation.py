"""A Derivation: how a number came to be, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from baremath.maths.tree import parse

if TYPE_CHECKING:
    from rich.console import RenderableType

Value: TypeAlias = "float | int | str | Sequence[Any] | NDArray[Any] | None"


@dataclass(frozen=True)
class Terms:
    r"""The summands of a step as a table, one row for each.

    Parameters
    ----------
    columns : tuple of str
        Headings, as LaTeX; the first is usually plain text, as in ``r"\text{feature}"``.
    rows : tuple of tuple
        One entry a column: a str is plain text (a feature's name), a number is printed.

    Raises
    ------
    ValueError
        If a heading isn't LaTeX, or a row has more or fewer entries than there are columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]

    def __post_init__(self) -> None:
        columns = tuple(_text("a heading of Terms", heading) for heading in self.columns)
        for heading in columns:
            parse(heading)
        rows = tuple(tuple(_cell(entry) for entry in row) for row in self.rows)
        for i, row in enumerate(rows):
            if len(row) != len(columns):
                raise ValueError(
                    f"row {i} of Terms has {len(row)} entries for {len(columns)} columns: {row}"
                )
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "rows", rows)


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
        The formula with the numbers put in, as LaTeX; ``""`` where that would say nothing new.
    value : float, str or None, or nested list of float
        The result, to full precision, as the model computed it; text is a class's name. None
        where the step states a formula only.
    expression : str
        The formula as a Python expression over `inputs` (lists as arrays) and NumPy's functions:
        ``"b + sum(w * x)"``.
    inputs : mapping of str to float or nested list of float
        Every number that goes in, to full precision, by its name in `expression`.
    terms : Terms, optional
        The summands, where the formula is a sum.
    note : str, default=""
        A sentence that says what the number means.
    relation : str, default="="
        What stands between `symbol` and `formula`, as LaTeX: ``r"\leftarrow"`` for an update.

    Raises
    ------
    TypeError
        If a field isn't of its type. NumPy's scalars and arrays become Python's numbers and lists.
    ValueError
        If a formula isn't LaTeX that baremath reads.
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
    relation: str = "="

    def __post_init__(self) -> None:
        for attribute in ("title", "expression", "note"):
            object.__setattr__(self, attribute, _text(attribute, getattr(self, attribute)))
        for attribute in ("symbol", "formula", "substituted", "relation"):
            latex = _text(attribute, getattr(self, attribute))
            parse(latex)
            object.__setattr__(self, attribute, latex)
        if not isinstance(self.terms, Terms | None):
            raise TypeError(f"terms of a step are Terms or None, not {type(self.terms).__name__}")
        inputs = {
            _text("the name of an input", key): _plain_value(f"the input {key!r}", value)
            for key, value in dict(self.inputs).items()
        }
        object.__setattr__(self, "value", _plain_value("value", self.value))
        object.__setattr__(self, "inputs", inputs)


@dataclass(frozen=True)
class Derivation:
    r"""How a number came to be, step by step; as text, LaTeX, HTML and JSON.

    Parameters
    ----------
    title : str
        What is derived, in a few plain words.
    steps : tuple of Step
        In the order in which they are computed.

    Examples
    --------
    >>> step = Step(
    ...     title="The line at x = 3",
    ...     symbol=r"\hat{y}",
    ...     formula="b + w x",
    ...     substituted=r"1 + 2 \cdot 3",
    ...     value=7.0,
    ...     expression="b + w * x",
    ...     inputs={"b": 1.0, "w": 2.0, "x": 3.0},
    ... )
    >>> print(Derivation("A prediction", (step,)))
    A prediction
    <BLANKLINE>
    1. The line at x = 3
       ŷ = b + w x
         = 1 + 2 · 3
         = 7
    """

    title: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _text("title", self.title))
        steps = tuple(self.steps)
        for step in steps:
            if not isinstance(step, Step):
                raise TypeError(f"a derivation is made of Step, not {type(step).__name__}")
        object.__setattr__(self, "steps", steps)

    def to_text(self, width: int = 100) -> str:
        """Return the derivation as Unicode text, its lines at most `width` characters long."""
        from baremath.maths.as_text import to_text

        return to_text(self, width)

    def __str__(self) -> str:
        return self.to_text()

    def __rich__(self) -> RenderableType:
        from baremath.maths.as_text import TextView, Trimmed

        return Trimmed(TextView(self))

    def to_latex(self) -> str:
        """Return the body of a LaTeX document that uses amsmath.

        Names beyond the Latin alphabet need LuaLaTeX or XeLaTeX, and a font that has them.
        """
        from baremath.maths.as_latex import to_latex

        return to_latex(self)

    def to_html(self) -> str:
        """Return a fragment of HTML with MathML, which needs neither scripts nor a network."""
        from baremath.maths.as_html import to_html

        return to_html(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_dict(self) -> dict[str, Any]:
        """Return what `to_json` writes: dicts, lists, text and finite numbers."""
        from baremath.maths.as_json import to_dict

        return to_dict(self)

    def to_json(self, indent: int | None = 2) -> str:
        """Return strict JSON, every number to full precision.

        What JSON has no number for is the text "NaN", "Infinity" or "-Infinity".
        """
        from baremath.maths.as_json import to_json

        return to_json(self, indent)

    @classmethod
    def from_json(cls, text: str) -> Derivation:
        """Read back what `to_json` wrote.

        Raises
        ------
        ValueError
            If `text` isn't JSON, or isn't a derivation.
        """
        from baremath.maths.as_json import from_json

        return from_json(text)


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {value!r} of type {type(value).__name__}")
    return str(value)  # a numpy.str_ becomes a str


def _plain_value(what: str, value: object) -> Value:
    """Return `value` in Python's own types: the one place where NumPy's are left behind."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, Iterable) and not isinstance(value, Mapping | bytes):
        return [_plain_value(what, entry) for entry in value]
    raise TypeError(
        f"{what} is a number, text, None or nested lists of them, not of type "
        f"{type(value).__name__}"
    )


def _cell(entry: object) -> str | float:
    value = _plain_value("an entry of Terms", entry)
    if isinstance(value, str | float | int):
        return value
    raise TypeError(f"an entry of Terms is text or a number, not of type {type(entry).__name__}")
