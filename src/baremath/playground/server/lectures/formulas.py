"""The steps of a derivation as a page shows them: a title, a formula as MathML, a note, a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from baremath.maths import Step, number, plain
from baremath.maths.mathml import mathml
from baremath.maths.shown import aligned, table_rows

_LINE = 60  # about as many characters as stand beside each other on a phone held upright, or two


def shown(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return the steps for a page.

    Returns
    -------
    list of dict
        ``title``, ``formula`` (MathML), ``note``, and ``table``: None, or its ``columns`` (MathML)
        and ``rows`` (text).
    """
    return [
        {
            "title": step.title,
            "formula": mathml(
                rf"\begin{{aligned}} {aligned(step, _LINE)} \end{{aligned}}", block=True
            ),
            "note": step.note,
            "table": _table(step),
        }
        for step in steps
    ]


def _table(step: Step) -> dict[str, Any] | None:
    if step.terms is None:
        return None
    return {
        "columns": [mathml(heading) for heading in step.terms.columns],
        "rows": [
            [entry if isinstance(entry, str) else plain(number(entry)) for entry in row]
            for row in table_rows(step.terms)
        ],
    }
