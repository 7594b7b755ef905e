"""A Derivation as strict JSON, and back."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from baremath.maths.derivation import Derivation, Step, Terms

_NOT_IN_JSON = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_dict(derivation: Derivation) -> dict[str, Any]:
    """Return the derivation as dicts, lists, text and finite numbers."""
    return {"title": derivation.title, "steps": [_step_to_dict(step) for step in derivation.steps]}


def to_json(derivation: Derivation, indent: int | None) -> str:
    """Return the derivation as JSON."""
    return json.dumps(to_dict(derivation), indent=indent, ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> Derivation:
    """Read a derivation from JSON."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"a derivation is JSON, and this isn't: {error}") from error
    try:
        return Derivation(document["title"], tuple(map(_step_from_dict, document["steps"])))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"this JSON isn't a derivation as to_json writes it: {type(error).__name__}: {error}"
        ) from error


def _step_to_dict(step: Step) -> dict[str, Any]:
    fields = {f.name: getattr(step, f.name) for f in dataclasses.fields(step)}
    fields["value"] = _encoded(step.value)
    fields["inputs"] = {key: _encoded(value) for key, value in step.inputs.items()}
    if step.terms is not None:
        rows = [[_encoded(entry) for entry in row] for row in step.terms.rows]
        fields["terms"] = {"columns": list(step.terms.columns), "rows": rows}
    return fields


def _step_from_dict(fields: dict[str, Any]) -> Step:
    terms = fields["terms"]
    decoded = {
        "value": _decoded(fields["value"]),
        "inputs": {key: _decoded(value) for key, value in fields["inputs"].items()},
        "terms": terms and Terms(terms["columns"], _decoded(terms["rows"])),
    }
    return Step(**{**fields, **decoded})


def _encoded(value: Any) -> Any:
    """Return `value` with text for the numbers that JSON lacks.

    Text that would be taken for such a number gets an apostrophe in front, as in a spreadsheet.
    """
    if isinstance(value, list):
        return [_encoded(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str) and value.lstrip("'") in _NOT_IN_JSON:
        return "'" + value
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(entry) for entry in value]
    if isinstance(value, str) and value.lstrip("'") in _NOT_IN_JSON:
        return value[1:] if value.startswith("'") else _NOT_IN_JSON[value]
    return value
