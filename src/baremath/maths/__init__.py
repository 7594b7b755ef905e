"""The maths laid bare: derivations, and the notation they are written in."""

from baremath.maths.derivation import Derivation, Step, Terms
from baremath.maths.notation import (
    factor,
    matrix,
    name,
    number,
    product_sum,
    signed_sum,
    vector,
)
from baremath.maths.plain import plain

__all__ = [
    "Derivation",
    "Step",
    "Terms",
    "factor",
    "matrix",
    "name",
    "number",
    "plain",
    "product_sum",
    "signed_sum",
    "vector",
]
