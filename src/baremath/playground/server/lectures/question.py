"""A question of a page: what it may say, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from msgspec import Struct


class Question(NamedTuple):
    """What may be asked, and what answers.

    Parameters
    ----------
    asked : type
        A msgspec struct: fields, ranges and defaults are the contract with the page.
    answer : callable
        ``answer(asked) -> dict``, of what JSON can hold. Raises ValueError for what makes no sense.
    """

    asked: type[Struct]
    answer: Callable[[Any], dict[str, Any]]


#: The module of each question; each has a `QUESTION`. Imported when it is asked first.
QUESTIONS: dict[str, str] = {
    name: f"baremath.playground.server.lectures.{name.replace('-', '_')}"
    for name in (
        "regression",
        "logistic",
        "optimizers",
        "activations",
        "chain-rule",
        "boosting",
        "bias-variance",
        "ladder",
    )
}

#: Those that take long: kernels of trees are compiled for them, or read from disk.
SLOW = ("ladder", "boosting", "bias-variance")


def question(name: str) -> Question:
    """Return a question by its name."""
    found: Question = import_module(QUESTIONS[name]).QUESTION
    return found
