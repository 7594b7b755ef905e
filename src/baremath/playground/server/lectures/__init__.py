"""What the pages of the lectures ask: one module a page, one function a question."""

from baremath.playground.server.lectures.question import QUESTIONS, Question

__all__ = ["QUESTIONS", "Question"]
