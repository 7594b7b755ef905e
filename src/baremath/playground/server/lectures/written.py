"""Derivations as a page shows them: each step as formulas, and as text to be read aloud."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from baremath.maths import Derivation, Step, plain
from baremath.maths.mathml import mathml
from baremath.maths.shown import equations


class Formula(NamedTuple):
    """A formula as MathML, and as text."""

    mathml: str
    text: str


@lru_cache(4096)
def formula(latex: str) -> Formula:
    """Return a formula; most are the same when only the values have changed."""
    return Formula(mathml(latex), plain(latex))


def step(one: Step) -> dict[str, Any]:
    """Return a step: its equations as one formula, and the same as text."""
    rights = [formula(row.right) for row in equations(one) if row.right]
    symbol = formula(one.symbol)
    return {
        "title": one.title,
        "formula": _equations(symbol, rights),
        "text": " = ".join([symbol.text, *(right.text for right in rights)]),
        "note": one.note,
    }


def derivation(derived: Derivation) -> dict[str, Any]:
    """Return a derivation: its title and its steps."""
    return {"title": derived.title, "steps": [step(one) for one in derived.steps]}


def _equations(symbol: Formula, rights: list[Formula]) -> str:
    """Return symbol = right = right as MathML, a line for each."""
    rows = [
        f"<mtr><mtd>{'' if k else _inner(symbol)}</mtd>"
        f"<mtd><mrow><mo>=</mo>{_inner(right)}</mrow></mtd></mtr>"
        for k, right in enumerate(rights)
    ]
    return f'<math><mtable class="equations" displaystyle="true">{"".join(rows)}</mtable></math>'


def _inner(one: Formula) -> str:
    """Return what stands in a <math> element."""
    return one.mathml[one.mathml.index(">") + 1 : one.mathml.rindex("<")]
