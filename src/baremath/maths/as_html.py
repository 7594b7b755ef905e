"""A Derivation as a fragment of HTML."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from baremath.maths.derivation import Derivation, Step
from baremath.maths.mathml import mathml
from baremath.maths.notation import number
from baremath.maths.plain import plain
from baremath.maths.shown import aligned, numeric_columns, table_rows
from baremath.maths.tokens import printable

_LINE = 100  # about as many characters as stand beside each other on a page


def to_html(derivation: Derivation) -> str:
    """Return the derivation as a section of HTML; all text that users supply is escaped."""
    return _template().render(derivation=derivation)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("baremath", "maths"),
        autoescape=True,
        finalize=_finalised,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        cell=lambda entry: entry if isinstance(entry, str) else plain(number(entry)),
        equations=_equations,
        math=lambda latex: Markup(mathml(latex)),
        numeric=numeric_columns,
        rows=table_rows,
    )
    return environment.get_template("derivation.html")


def _finalised(value: object) -> object:
    return printable(value) if type(value) is str else value


def _equations(step: Step) -> Markup:
    """Return the step's equations as one formula, aligned on the relation."""
    rows = aligned(step, _LINE)
    return Markup(mathml(rf"\begin{{aligned}} {rows} \end{{aligned}}", block=True))
