"""Where long code is cut into functions: LLVM's time grows with the square of their length."""

from __future__ import annotations

from baremath.compiler.loops.language import Call, Comment, Statement

#: Statements of one function, about.
LONGEST = 200


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
