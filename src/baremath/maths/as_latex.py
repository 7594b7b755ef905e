"""A Derivation as LaTeX."""

from __future__ import annotations

from baremath.maths.derivation import Derivation, Step, Terms
from baremath.maths.notation import number
from baremath.maths.shown import aligned, numeric_columns, table_rows
from baremath.maths.symbols import COMMANDS
from baremath.maths.tokens import escape

# Mathematics among words, as in "α is the step length", which text fonts lack.
_IN_TEXT = {
    "−": "$-$",
    **{c: rf"$\{command}$" for command, (c, _) in COMMANDS.items() if not c.isascii()},
}
_LINE = 65  # about as many characters as fit between the margins of an A4 article


def to_latex(derivation: Derivation) -> str:
    """Return the body of a document that uses amsmath: a section, a subsection for each step."""
    parts = [rf"\section*{{{_text(derivation.title)}}}"]
    for i, step in enumerate(derivation.steps, start=1):
        parts.append(rf"\subsection*{{{i}. {_text(step.title)}}}")
        parts.append(_equations(step))
        if step.terms is not None:
            parts.append(_tabular(step.terms))
        if step.note:
            parts.append(_text(step.note))
    return "\n\n".join(parts) + "\n"


def _equations(step: Step) -> str:
    return f"\\begin{{align*}}\n{aligned(step, _LINE)}\n\\end{{align*}}"


def _tabular(terms: Terms) -> str:
    alignment = "".join("r" if numeric else "l" for numeric in numeric_columns(terms))
    headings = " & ".join(f"${heading}$" for heading in terms.columns)
    rows = (" & ".join(map(_cell, row)) + r" \\" for row in table_rows(terms))
    lines = [rf"\begin{{tabular}}{{{alignment}}}", rf"{headings} \\", r"\hline", *rows]
    return "\n".join(["\\begin{center}", *lines, r"\end{tabular}", r"\end{center}"])


def _cell(entry: str | float) -> str:
    return _text(entry) if isinstance(entry, str) else f"${number(entry)}$"


def _text(text: str) -> str:
    return "".join(_IN_TEXT.get(c) or escape(c) for c in text)
