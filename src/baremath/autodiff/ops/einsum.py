"""Sums of products by Einstein's convention."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath.autodiff.node import Like
from baremath.autodiff.ops.elementwise import sum_to
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample, common_dtype, shape_of

#: Products, sums, diagonals, traces, stacks, three operands.
SAMPLES: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 2)]),
    ("ba", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ij->j", [(2, 3)]),
    ("ii", [(3, 3)]),
    ("ii->i", [(3, 3)]),
    ("iij,j->i", [(2, 2, 3), (3,)]),
    ("i,i->", [(3,), (3,)]),
    ("i,j->ij", [(2,), (3,)]),
    ("...ij,...jk->...ik", [(2, 1, 2, 3), (4, 3, 2)]),
    ("...i,i", [(2, 3), (3,)]),
    ("ab,bc,cd->ad", [(2, 3), (3, 2), (2, 2)]),
    (",i->i", [(), (3,)]),
    ("ij,ij->i", [(0, 3), (0, 3)]),
]


class Einsum(Operation):
    r"""A sum of products, written with a letter for each axis: ``"ij,jk->ik"`` is a @ b.

    Letters that don't stand after the arrow are summed over. Without an arrow, those that stand
    once, in alphabetical order, are kept. An ellipsis stands for the axes not named, which
    broadcast; a letter that stands twice in one operand takes its diagonal.

    Its attribute ``subscripts`` has an arrow and no ellipsis.
    """

    name = "einsum"
    latex = r"\sum {0} \cdots"
    derivative_latex = (r"\sum g \cdots",)

    def __call__(self, subscripts: str, *operands: Any) -> Any:
        """Return the sum of products that the subscripts describe."""
        if not isinstance(subscripts, str):
            raise TypeError('einsum() begins with its subscripts as a text, as in "ij,jk->ik"')
        return super().__call__(*operands, subscripts=explicit(subscripts, operands))

    def value(self, *operands: Any, subscripts: str) -> Any:
        """Multiply and sum."""
        return np.einsum(subscripts, *operands, optimize=len(operands) > 1)

    def misfit(self, *operands: Any, subscripts: str) -> str:
        """List the lengths of a letter."""
        lengths: dict[str, set[int]] = {}
        for letters, x in zip(subscripts.split("->")[0].split(","), operands, strict=True):
            for letter, n in zip(letters, np.shape(x), strict=True):
                lengths.setdefault(letter, set()).add(n)
        shapes = ", ".join(str(np.shape(x)) for x in operands)
        for letter, found in lengths.items():
            if len(found - {1}) > 1:
                listed = " and ".join(map(str, sorted(found)))
                return f"einsum {subscripts!r} of shapes {shapes}: {letter!r} is {listed}."
        return ""

    def vjp(self, i: int, g: Any, _y: Any, *operands: Any, subscripts: str) -> Any:
        """Multiply `g` with the other operands, and sum to the letters of the i-th.

        Ones bring back a letter that was summed over in the i-th operand alone, and the identity
        matrix puts the gradient of a diagonal back on it.
        """
        left, result = subscripts.split("->")
        letters = left.split(",")
        own, shape = letters[i], operands[i].shape
        terms = [result, *letters[:i], *letters[i + 1 :]]
        factors = [g, *operands[:i], *operands[i + 1 :]]
        unused = (letter for letter in string.ascii_letters if letter not in left)
        target = ""
        for letter, n in zip(own, shape, strict=True):
            if letter in target:
                twin = next(unused)
                terms.append(letter + twin)
                factors.append(np.eye(n, dtype=g.dtype))
                letter = twin
            elif not any(letter in term for term in terms):
                terms.append(letter)
                factors.append(np.ones(n, g.dtype))
            target += letter
        gradient = einsum(f"{','.join(terms)}->{target}", *factors)
        return sum_to(gradient, shape)

    def result(self, *operands: Any, subscripts: str) -> Like:
        """Return the length of each letter that is kept."""
        left, kept = subscripts.split("->")
        lengths: dict[str, int] = {}
        for letters, x in zip(left.split(","), operands, strict=True):
            for letter, n in zip(letters, shape_of(x), strict=True):
                if lengths.setdefault(letter, n) == 1:
                    lengths[letter] = n
                elif n not in (1, lengths[letter]):
                    raise ValueError(self.misfit(*operands, subscripts=subscripts))
        return Like.of(tuple([lengths[letter] for letter in kept]), common_dtype(*operands))

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield every kind of subscripts."""
        for subscripts, shapes in SAMPLES:
            yield (subscripts, *(rng.normal(size=shape) for shape in shapes)), {}


einsum = Einsum()


def explicit(subscripts: str, operands: tuple[Any, ...]) -> str:
    """Return the subscripts with an arrow and without an ellipsis.

    Raises
    ------
    ValueError
        If they don't fit the operands.
    """
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError(
            f"einsum {subscripts!r} names {len(terms)} operands and was given {len(operands)}."
        )
    free = [letter for letter in string.ascii_letters if letter not in subscripts]
    widest = ""
    for k, x in enumerate(operands):
        ndim = len(shape_of(x))
        named = len(terms[k].replace("...", ""))
        if ndim < named or (ndim > named and "..." not in terms[k]):
            raise ValueError(
                f"einsum {subscripts!r}: {terms[k]!r} names {named} axes, and operand {k} has "
                f"shape {shape_of(x)}."
            )
        hidden = "".join(free[: ndim - named][::-1])
        widest = max(widest, hidden, key=len)
        terms[k] = terms[k].replace("...", hidden)
    joined = "".join(terms)
    if not arrow:
        once = sorted(c for c in set(joined) if joined.count(c) == 1 and c not in widest)
        result = ("..." if widest else "") + "".join(once)
    result = result.replace("...", widest)
    odd = [c for c in joined + result if c not in string.ascii_letters]
    if odd or not set(result) <= set(joined) or len(set(result)) < len(result):
        raise ValueError(
            f"einsum {subscripts!r}: write a letter for each axis, commas between the operands, "
            "and after -> each letter to keep, once."
        )
    return f"{','.join(terms)}->{result}"


def _numpy_einsum(*operands: Any, optimize: Any = True) -> Any:
    return einsum(*operands)


NUMPY[np.einsum] = _numpy_einsum
