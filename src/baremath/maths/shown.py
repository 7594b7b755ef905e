r"""What a Derivation shows, whatever the form: its equations, and the rows of its tables."""

from __future__ import annotations

from typing import NamedTuple, cast

from baremath.maths.derivation import Step, Terms, Value
from baremath.maths.notation import matrix, name, number, vector
from baremath.maths.plain import plain
from baremath.maths.tokens import tokenise

_MOST_ROWS = 40


class Equation(NamedTuple):
    """One line of a step, as LaTeX; only the first has a symbol on its left."""

    symbol: str
    relation: str
    right: str


def equations(step: Step) -> list[Equation]:
    """Return the lines of a step: the formula, the numbers put in, the value."""
    value = "" if step.value is None else shown_value(step.value)
    rights: list[str] = []
    for right in (step.formula, step.substituted, value):
        if right and right not in rights[-1:]:
            rights.append(right)
    first = Equation(step.symbol, step.relation if rights else "", rights[0] if rights else "")
    return [first, *(Equation("", "=", right) for right in rights[1:])]


def aligned(step: Step, width: int) -> str:
    r"""Return the equations of a step as the rows of an alignment, for \\begin{align*} or aligned.

    A right-hand side of more than about `width` characters continues on rows of its own.
    """
    rows = []
    for symbol, relation, right in equations(step):
        first, *others = broken(right, width)
        rows.append(f"{symbol} & {relation} {first}")
        # With nothing in braces on its left, a minus stays an operator.
        rows += [rf"& \quad {{}} {other}" for other in others]
    return " \\\\\n".join(rows)


def broken(latex: str, width: int) -> list[str]:
    """Cut a long sum into lines of about `width` characters, each but the first from its sign."""
    lines: list[str] = []
    for summand in _summands(latex):
        if lines and len(plain(lines[-1])) + len(plain(summand)) <= width:
            lines[-1] += summand
        else:
            lines.append(summand)
    return lines


def _summands(latex: str) -> list[str]:
    """Cut a sum before each + and - that stands outside all braces and brackets."""
    nesting, brackets, follows_operand = 0, 0, False
    summands = [""]
    for token in tokenise(latex):
        nesting += token.kind == "begin" or token.source in ("{", r"\left")
        nesting -= token.kind == "end" or token.source in ("}", r"\right")
        brackets += token.source in ("(", "[", r"\{")
        brackets -= token.source in (")", "]", r"\}")
        outside = nesting == 0 and brackets <= 0
        if token.source in ("+", "-") and outside and follows_operand:
            summands.append("")
        summands[-1] += token.source
        if token.kind != "space":
            follows_operand = token.source not in ("+", "-", "=", r"\cdot", r"\times")
    return summands


def shown_value(value: Value) -> str:
    """Return a value as LaTeX, a large one elided."""
    if isinstance(value, list):
        rows = [entry for entry in value if isinstance(entry, list)]
        if rows and len(rows) == len(value) and len({len(row) for row in rows}) == 1:
            return matrix([[shown_value(entry) for entry in row] for row in rows])
        return vector([shown_value(entry) for entry in value])
    if isinstance(value, str | bool | None):
        return name(value)
    return number(cast("float", value))  # a Step holds Python's own types only


def table_rows(terms: Terms) -> list[tuple[str | float, ...]]:
    """Return the rows of a table; of a long one, the beginning, a row of dots and the last."""
    if len(terms.rows) <= _MOST_ROWS:
        return list(terms.rows)
    dots = ("⋮",) * len(terms.columns)
    return [*terms.rows[: _MOST_ROWS - 2], dots, terms.rows[-1]]


def numeric_columns(terms: Terms) -> list[bool]:
    """Return, for each column, whether it holds numbers only."""
    columns = zip(*terms.rows, strict=True) if terms.rows else [()] * len(terms.columns)
    return [bool(column) and not any(isinstance(e, str) for e in column) for column in columns]
