r"""LaTeX mathematics as a tree.

The subset that the rooms of baremath write their formulas in; `parse` says what is wrong with
anything else. A command it doesn't know is a word.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import TypeAlias

from baremath.maths.symbols import (
    ACCENTS,
    BLACKBOARD,
    CHARACTERS,
    COMMANDS,
    ENVIRONMENTS,
    INVISIBLE,
    SPACES,
    STYLES,
)
from baremath.maths.tokens import Token, tokenise, unreadable


@dataclass(frozen=True)
class Atom:
    """One symbol: a letter, a number, a word, an operator; see `symbols` for the kinds."""

    text: str
    kind: str = "ordinary"


@dataclass(frozen=True)
class Space:
    """A space in the source (`width` 0: it may or may not show) or one that was asked for."""

    width: int = 0


@dataclass(frozen=True)
class Group:
    """What stood between braces."""

    body: Row


@dataclass(frozen=True)
class Fraction:
    """A fraction."""

    top: Row
    bottom: Row


@dataclass(frozen=True)
class Root:
    """A square root, or the root of another degree."""

    body: Row
    degree: Row = ()


@dataclass(frozen=True)
class Scripts:
    """A symbol with an index below, an exponent above, or both."""

    base: Node
    below: Row | None = None
    above: Row | None = None


@dataclass(frozen=True)
class Accent:
    """A mark over something: a hat, a bar."""

    name: str
    body: Row


@dataclass(frozen=True)
class Brace:
    """A brace under something, with a label."""

    body: Row
    label: Row


@dataclass(frozen=True)
class Fence:
    """Brackets that grow with what they enclose; one may be empty."""

    left: str
    body: Row
    right: str


@dataclass(frozen=True)
class Table:
    """A matrix, the cases of a definition, or aligned lines."""

    environment: str
    rows: tuple[tuple[Row, ...], ...]


Node: TypeAlias = Atom | Space | Group | Fraction | Root | Scripts | Accent | Brace | Fence | Table
Row: TypeAlias = tuple[Node, ...]

_PRIME = Atom("′")


def parse(latex: str) -> Row:
    r"""Read LaTeX mathematics into a tree.

    Parameters
    ----------
    latex : str
        A formula, without the dollar signs.

    Returns
    -------
    tuple of Node
        The formula's parts from left to right.

    Raises
    ------
    ValueError
        If a brace, `\left` or `\begin` has no partner, a command lacks its argument, or a symbol
        has two exponents.
    """
    return _Parser(latex).formula()


class _Parser:
    """Recursive descent: one method for each construct."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = list(tokenise(latex))
        self.at = 0

    def formula(self) -> Row:
        body = self.row()
        if self.at < len(self.tokens):
            raise unreadable(self.latex, f"{self.tokens[self.at].source} has no beginning")
        return body

    def row(self, stops: Container[str] = ()) -> Row:
        """Read up to a stop, a } or the end of a bracketed part, and leave that unread."""
        parts: list[Node] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.source in stops or token.source in ("}", "\\right") or token.kind == "end":
                break
            self.at += 1
            if token.kind == "char" and token.text in "^_'":
                while parts and parts[-1] == Space():
                    parts.pop()
                if not parts:
                    raise unreadable(self.latex, f"{token.text} needs a symbol, or {{}}, before it")
                parts.append(self.scripts(parts.pop(), token.text))
            elif parts or token.kind != "space":
                parts.extend(self.node(token))
        while parts and parts[-1] == Space():
            parts.pop()
        return tuple(parts)

    def node(self, token: Token) -> Row:
        """Return what `token`, already read, begins."""
        match token.kind:
            case "space":
                return (Space(),)
            case "number" | "function":
                return (Atom(token.text, token.kind),)
            case "text":
                return (Atom(token.text, "ordinary" if len(token.text) == 1 else "word"),)
            case "begin":
                return (self.table(token.text),)
            case "command":
                return self.command(token.text)
        if token.text == "{":
            return (Group(self.until("}")),)
        if token.source in ("&", "\\\\"):
            raise unreadable(self.latex, f"{token.source} belongs between \\begin and \\end")
        return (Atom(*CHARACTERS.get(token.text, (token.text, "ordinary"))),)

    def command(self, name: str) -> Row:
        if name in COMMANDS:
            return (Atom(*COMMANDS[name]),)
        if name in SPACES:
            return (Space(SPACES[name]),)
        if name in INVISIBLE:
            return ()
        if name in STYLES:
            body = self.argument(name)
            return (Group(_on_blackboard(body) if name == "mathbb" else body),)
        if name in ACCENTS:
            return (Accent(name, self.argument(name)),)
        match name:
            case "frac" | "dfrac" | "tfrac":
                return (Fraction(self.argument(name), self.argument(name)),)
            case "sqrt":
                degree = self.until("]") if self.skip("[") else ()
                return (Root(self.argument(name), degree),)
            case "underbrace":
                body = self.argument(name)
                return (Brace(body, self.argument(name) if self.skip("_") else ()),)
            case "left":
                return (self.fence(),)
        return (Atom(name, "word"),)

    def scripts(self, base: Node, mark: str) -> Scripts:
        """Put an index or an exponent, whose mark has been read, on `base`."""
        if not isinstance(base, Scripts):
            base = Scripts(base)
        if mark == "_":
            if base.below is not None:
                raise unreadable(self.latex, "a symbol has two subscripts; group with braces")
            return Scripts(base.base, self.argument("_"), base.above)
        above = base.above or ()
        if any(part != _PRIME for part in above):
            raise unreadable(self.latex, "a symbol has two superscripts; group with braces")
        added = (_PRIME,) if mark == "'" else self.argument("^")
        return Scripts(base.base, base.below, (*above, *added))

    def argument(self, command: str) -> Row:
        """Read a group in braces, or else one symbol; of a number, its first digit."""
        self.skip_spaces()
        if self.skip("{"):
            return self.until("}")
        if self.at == len(self.tokens) or self.tokens[self.at].source in ("}", "^", "_", "&"):
            raise unreadable(self.latex, f"{command} lacks its argument")
        token = self.tokens[self.at]
        if token.kind == "number" and len(token.text) > 1:
            rest = token.text[1:]
            self.tokens[self.at] = Token("number", rest, rest)
            return (Atom(token.text[0], "number"),)
        self.at += 1
        return self.node(token)

    def fence(self) -> Fence:
        left = self.bracket()
        body = self.row()
        if not self.skip("\\right"):
            raise unreadable(self.latex, "\\left has no \\right")
        return Fence(left, body, self.bracket())

    def bracket(self) -> str:
        self.skip_spaces()
        if self.at == len(self.tokens):
            raise unreadable(self.latex, "\\left or \\right lacks its bracket")
        token = self.tokens[self.at]
        self.at += 1
        if token.source == ".":
            return ""
        known = COMMANDS if token.kind == "command" else CHARACTERS
        character, kind = known.get(token.text, ("", ""))
        if kind not in ("open", "close", "glue"):
            raise unreadable(self.latex, f"{token.source} is no bracket for \\left or \\right")
        return character

    def table(self, environment: str) -> Table:
        if environment not in ENVIRONMENTS:
            known = ", ".join(ENVIRONMENTS)
            raise unreadable(self.latex, f"the environment {environment!r} is none of {known}")
        rows: list[list[Row]] = [[]]
        while True:
            self.skip_spaces()
            rows[-1].append(self.row(stops=("&", "\\\\")))
            if self.at == len(self.tokens):
                raise unreadable(self.latex, f"\\begin{{{environment}}} has no \\end")
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "end" and token.text == environment:
                break
            if token.source == "\\\\":
                rows.append([])
            elif token.source != "&":
                raise unreadable(self.latex, f"{token.source} stands inside {environment}")
        if rows[-1] == [()]:
            rows.pop()
        return Table(environment, tuple(map(tuple, rows)))

    def until(self, stop: str) -> Row:
        body = self.row(stops=(stop,))
        if not self.skip(stop):
            raise unreadable(self.latex, f"a {stop} is missing")
        return body

    def skip(self, source: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at].source == source
        self.at += found
        return found

    def skip_spaces(self) -> None:
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "space":
            self.at += 1


def _on_blackboard(body: Row) -> Row:
    return tuple(
        Atom(part.text.translate(BLACKBOARD), part.kind) if isinstance(part, Atom) else part
        for part in body
    )
