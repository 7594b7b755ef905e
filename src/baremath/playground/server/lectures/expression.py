"""Expressions as people type them: a tokeniser, a recursive-descent parser, and their value.

.. code-block:: text

    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/") signed)*
    signed  = "-" signed | power
    power   = atom ("^" signed)?
    atom    = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"

As in Python, ``-x^2`` is ``-(x^2)`` and ``2^3^2`` is ``2^(3^2)``. Nothing typed is ever run as
code: what a name may call stands in `FUNCTIONS`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from baremath import autodiff

#: Limits of what may be typed.
MOST_CHARACTERS, DEEPEST, MOST_VARIABLES, LONGEST_NAME = 200, 30, 12, 20


class ExpressionError(ValueError):
    """What is wrong with an expression, and at which of its characters.

    Parameters
    ----------
    text : str
        The expression.
    at : int
        The character, counted from 0.
    message : str
        What is wrong there, and what to do.
    """

    def __init__(self, text: str, at: int, message: str) -> None:
        self.at = at
        before, after = text[max(0, at - 24) : at], text[at : at + 24]
        super().__init__(f"{message} (character {at + 1}: {before}⟨here⟩{after})")


class Function(NamedTuple):
    """What a name calls, and how many arguments it takes; most is None where any number."""

    compute: Callable[..., Any]
    least: int = 1
    most: int | None = 1


def _folded(operation: Callable[[Any, Any], Any]) -> Function:
    return Function(lambda *arguments: reduce(operation, arguments), 2, None)


FUNCTIONS: dict[str, Function] = {
    "sin": Function(autodiff.sin),
    "cos": Function(autodiff.cos),
    "tan": Function(autodiff.tan),
    "tanh": Function(autodiff.tanh),
    "exp": Function(autodiff.exp),
    "log": Function(autodiff.log),
    "sqrt": Function(autodiff.sqrt),
    "sigmoid": Function(autodiff.sigmoid),
    "softplus": Function(autodiff.softplus),
    "relu": Function(autodiff.relu),
    "abs": Function(autodiff.abs),
    "max": _folded(autodiff.maximum),
    "min": _folded(autodiff.minimum),
}

CONSTANTS = {"pi": math.pi}

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a ** (b if b.requires_grad else float(b.data)),
    "negative": lambda a: -a,
}


@dataclass(frozen=True)
class Number:
    """A number that was written out."""

    value: float
    start: int
    end: int


@dataclass(frozen=True)
class Variable:
    """A name that stands for a number."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Call:
    """An operator or a function, and what it is applied to.

    Parameters
    ----------
    name : str
        A key of `OPERATORS` or `FUNCTIONS`.
    arguments : tuple of Expression
    start, end : int
        The characters that it stands for.
    """

    name: str
    arguments: tuple[Expression, ...]
    start: int
    end: int


Expression: TypeAlias = "Number | Variable | Call"


class _Token(NamedTuple):
    kind: str  # number, name, sign, or end
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>[-+*/^(),])",
    re.ASCII,
)


def parse(text: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        At most 200 characters.

    Returns
    -------
    Number, Variable or Call

    Raises
    ------
    ExpressionError
        If it isn't one, with the character at which that shows.

    Examples
    --------
    >>> parse("2 * x").name
    '*'
    >>> parse("2 x")
    Traceback (most recent call last):
    baremath.playground.server.lectures.expression.ExpressionError: an operator such as * ...
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            text,
            MOST_CHARACTERS,
            f"the expression has {len(text)} characters; {MOST_CHARACTERS} are the most",
        )
    return _Parser(text).whole()


def variables(expression: Expression) -> tuple[str, ...]:
    """Return the names that stand for numbers, in the order in which they come first."""
    return tuple(dict.fromkeys(leaf.name for leaf in _variables(expression)))


def evaluate(
    expression: Expression,
    values: Mapping[str, Any],
    note: Callable[[Expression, Any], None] = lambda expression, value: None,
) -> Any:
    """Compute an expression.

    Parameters
    ----------
    expression : Expression
    values : mapping of str to Tensor
        A number for each name.
    note : callable, optional
        Told of each part of the expression, and its value, when it has been computed.

    Returns
    -------
    Tensor
    """
    match expression:
        case Number(value):
            return autodiff.tensor(value, dtype=np.float64)
        case Variable(name):
            return values[name]
        case Call(name, arguments):
            compute = OPERATORS[name] if name in OPERATORS else FUNCTIONS[name].compute
            found = compute(*(evaluate(argument, values, note) for argument in arguments))
            note(expression, found)
            return found


def _variables(expression: Expression) -> Iterator[Variable]:
    if isinstance(expression, Variable):
        yield expression
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from _variables(argument)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(text, at, f"{text[at]!r} means nothing here")
        assert match.lastgroup is not None
        yield _Token(match.lastgroup, match[0], at, match.end())
        at = match.end()
    yield _Token("end", "", len(text), len(text))


class _Parser:
    """One method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def whole(self) -> Expression:
        found = self.sum()
        if self.token.text == ")":
            raise self.wrong("there is no ( for this )")
        if self.token.text == ",":
            raise self.wrong("a comma stands between the arguments of max or min only")
        if self.token.kind != "end":
            raise self.wrong(f"an operator such as * is missing before {self.token.text!r}")
        return found

    def sum(self) -> Expression:
        left = self.product()
        while self.token.text in ("+", "-"):
            left = self.joined(left, self.product)
        return left

    def product(self) -> Expression:
        left = self.signed()
        while self.token.text in ("*", "/"):
            left = self.joined(left, self.signed)
        return left

    def joined(self, left: Expression, right_part: Callable[[], Expression]) -> Expression:
        operator = self.take()
        right = right_part()
        return Call(operator.text, (left, right), left.start, right.end)

    def signed(self) -> Expression:
        """Read a part that may nest: the only one that counts how deep it is."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"parts are nested more than {DEEPEST} deep here")
        if self.token.text == "-":
            minus = self.take()
            part = self.signed()
            found: Expression = Call("negative", (part,), minus.start, part.end)
        else:
            found = self.power()
        self.depth -= 1
        return found

    def power(self) -> Expression:
        base = self.atom()
        return self.joined(base, self.signed) if self.token.text == "^" else base

    def atom(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return self.number()
        if token.kind == "name":
            return self.call() if token.text in FUNCTIONS else self.name()
        if token.text == "(":
            self.take()
            found = self.sum()
            closing = self.close("this ( is never closed", token)
            return replace(found, start=token.start, end=closing.end)
        what = f"not {token.text!r}" if token.text else "where the expression ends"
        raise self.wrong(f"a number, a name or a ( is expected here, {what}")

    def number(self) -> Expression:
        token = self.token
        value = float(token.text)
        if not math.isfinite(value):
            raise self.wrong(f"{token.text} is too large for a number")
        self.take()
        return Number(value, token.start, token.end)

    def name(self) -> Expression:
        token = self.token
        if len(token.text) > LONGEST_NAME:
            raise self.wrong(f"a name has {LONGEST_NAME} characters at most")
        self.take()
        if self.token.text == "(":
            known = ", ".join(FUNCTIONS)
            raise ExpressionError(
                self.text, token.start, f"{token.text} is no function; there are {known}"
            )
        if token.text in CONSTANTS:
            return Number(CONSTANTS[token.text], token.start, token.end)
        return Variable(token.text, token.start, token.end)

    def call(self) -> Expression:
        name = self.take()
        function = FUNCTIONS[name.text]
        if self.token.text != "(":
            raise self.wrong(f"{name.text} is a function: write {name.text}(…)")
        opening = self.take()
        arguments = [self.sum()]
        while self.token.text == ",":
            comma = self.take()
            if len(arguments) == function.most:
                raise ExpressionError(self.text, comma.start, f"{name.text} takes one argument")
            arguments.append(self.sum())
        closing = self.close(f"the ( of {name.text} is never closed", opening)
        if len(arguments) < function.least:
            raise ExpressionError(
                self.text, name.start, f"{name.text} takes {function.least} arguments or more"
            )
        return Call(name.text, tuple(arguments), name.start, closing.end)

    def close(self, message: str, opening: _Token) -> _Token:
        if self.token.text == ")":
            return self.take()
        if self.token.kind == "end":
            raise ExpressionError(self.text, opening.start, message)
        if self.token.text == ",":
            raise self.wrong("a comma stands between the arguments of max or min only")
        raise self.wrong(f"an operator such as * is missing before {self.token.text!r}")

    def take(self) -> _Token:
        token = self.token
        self.next += 1
        return token

    def wrong(self, message: str) -> ExpressionError:
        return ExpressionError(self.text, self.token.start, message)
