"""Where long code is cut, and what is inlined: LLVM's time grows with the square of the length."""

from __future__ import annotations

from baremath.compiler.loops.language import Call, Comment, Let, Statement
from baremath.scalar import Expression

#: Statements of one function, about.
LONGEST = 200

#: Elementary functions that are inlined into one body; more are called, which takes a twentieth
#: longer to run.
MOST_INLINED = 64


def cut(body: tuple[Statement, ...]) -> list[tuple[Statement, ...]]:
    """Return the statements in pieces; what only NumPy computes is a piece of its own.

    A long piece ends before a comment: what follows reads nothing of what came before but from
    memory.
    """
    pieces: list[tuple[Statement, ...]] = []
    piece: list[Statement] = []

    def close() -> None:
        if piece:
            pieces.append(tuple(piece))
            piece.clear()

    for statement in body:
        described = isinstance(statement, Comment) and piece and not isinstance(piece[-1], Comment)
        if (described and len(piece) >= LONGEST) or isinstance(statement, Call):
            close()
        piece.append(statement)
        if isinstance(statement, Call):
            close()
    close()
    return pieces


def is_inlined(body: tuple[Statement, ...]) -> bool:
    """Whether the elementary functions of a body are inlined into it; loops in it have their own.

    A called function stays short, and so does what calls it.
    """
    calls = sum(_calls(statement.expression) for statement in body if isinstance(statement, Let))
    return calls <= MOST_INLINED


def _calls(expression: Expression) -> int:
    """Return how many functions an expression calls."""
    return (expression.kind == "call") + sum(map(_calls, expression.operands))
