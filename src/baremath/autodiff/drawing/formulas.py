"""The formulas that an operation declares, with what goes into it put in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from baremath.autodiff.ops.indexing import getitem
from baremath.autodiff.ops.operation import Operation, shape_of
from baremath.maths.tokens import tokenise

_LONGEST_DETAIL = 24


class Computed(Protocol):
    """What was computed, or will be: a node behind a tensor, or one of a compiled graph."""

    @property
    def operation(self) -> Operation | None: ...  # noqa: D102

    @property
    def inputs(self) -> Sequence[Any]: ...  # noqa: D102

    @property
    def attributes(self) -> Mapping[str, Any]: ...  # noqa: D102


def value_formula(node: Computed, terms: list[str]) -> str:
    """Return how the operation of a node computes its value, with the terms for its inputs."""
    assert node.operation is not None
    template = node.operation.formula(**node.attributes)
    if "_" not in terms[0] and "begin" not in terms[0]:  # w[0] is w₀ where w has no index yet
        template = re.sub(r"^\{0\}\[(\d+)\]$", r"{0}_{{\1}}", template)
    return filled(template, terms)


def derivative_template(node: Computed, place: int) -> str:
    """Return the formula of a derivative, with {g} for the gradient by the result y, and {y}."""
    assert node.operation is not None
    templates = node.operation.derivative_latex
    template = templates[min(place, len(templates) - 1)] if templates else ""
    return "".join(
        f"{{{t.source}}}" if t.source in ("g", "y") else t.source for t in tokenise(template)
    )


def filled(template: str, terms: list[str], g: str = "g", y: str = "y") -> str:
    """Return a formula of an operation with the terms in the places of its inputs."""
    template = template.replace(r"{0}, \dots", ", ".join(f"{{{k}}}" for k in range(len(terms))))
    template = template.replace(r"{0} \cdots", r" \, ".join(f"{{{k}}}" for k in range(len(terms))))
    # A term that has an index already gets its second one outside of braces.
    template = re.sub(r"(\{\w\})_", r"{{\1}}_", template)
    # So an exponent's index stays with the exponent: e^y is e^{v_4}, not e^v_4.
    template = re.sub(r"\^(\{\w\})", r"^{{\1}}", template)
    return template.format(*terms, g=g, y=y)


def details(node: Computed) -> str:
    """Return the attributes that say more than that all is as usual."""
    ndim = len(shape_of(node.inputs[0]))
    parts = []
    for name, value in node.attributes.items():
        if value is None or value is False or (name == "axis" and value == (*range(ndim),)):
            continue
        if node.operation is getitem:
            continue  # the formula has the index
        text = f"{name} {_attribute(value)}"
        parts.append(text if len(text) <= _LONGEST_DETAIL else f"{name} …")
    return ", ".join(parts)


def _attribute(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_attribute, value))})" if len(value) != 1 else _attribute(value[0])
    if isinstance(value, slice):
        parts = (value.start, value.stop, *([value.step] if value.step is not None else []))
        return ":".join("" if part is None else str(part) for part in parts)
    return f"of shape {value.shape}" if isinstance(value, np.ndarray) else str(value)
