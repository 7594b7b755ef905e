"""LaTeX mathematics cut into tokens, and text made fit to stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from baremath.maths.symbols import SPACES

_TOKEN = re.compile(
    r"""
      (?P<space>[\s~]+)
    | (?P<number>\d{1,3}(?:\{,\}\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    | (?P<text>\\(?:text|mathrm|textrm|textbf|textit|texttt|mbox|operatorname\*?)(?![a-zA-Z])\s*)
    | (?P<row>\\\\)
    | (?P<begin>\\begin\s*\{[^{}]*\})
    | (?P<end>\\end\s*\{[^{}]*\})
    | (?P<command>\\(?:[a-zA-Z]+|.))
    | (?P<char>[^\\])
    """,
    re.VERBOSE | re.DOTALL,
)

# Characters that LaTeX's text mode reads as something else, and how to write them there.
_ESCAPES = {
    **{c: "\\" + c for c in "_&%$#{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_ESCAPED = {escape[1:].removesuffix("{}"): character for character, escape in _ESCAPES.items()}
_TEXT_PART = re.compile(r"\\([a-zA-Z]+)(?:\{\}|\s+)?|\\(.)|([{}])|(\s+)|(~)", re.DOTALL)


def printable(text: str) -> str:
    """Return `text` fit for a terminal and for XML: no control characters, breaks as spaces."""
    if text.isprintable():
        return text
    joiners = "\u200c\u200d"  # Persian, Indic scripts and emoji can't be written without them
    return "".join(
        c
        if c.isprintable() or c in joiners
        else " "
        if c.isspace()
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def escape(text: str) -> str:
    r"""Return plain text as LaTeX's text mode writes it.

    Examples
    --------
    >>> print(escape("R&D_cost < 5%"))
    R\&D\_cost \textless{} 5\%
    """
    return "".join(_ESCAPES.get(c, c) for c in printable(text))


def _unescape(source: str, *, keep_spaces: bool) -> str:
    """Return the plain text of a text command's argument: the inverse of `escape`."""

    def part(match: re.Match[str]) -> str:
        command, character, brace, space, tie = match.groups()
        if command:
            return _ESCAPED.get(command, command)
        if character:
            return " " if character in SPACES else character
        if brace:
            return ""
        return " " if tie or (space and keep_spaces) else ""

    return _TEXT_PART.sub(part, source)


@dataclass(frozen=True)
class Token:
    """A piece of LaTeX source: its kind, what it says, and how it was written."""

    kind: str
    text: str
    source: str


def tokenise(latex: str) -> Iterator[Token]:
    """Cut LaTeX source into tokens; their `source` joined is the printable source again."""
    latex = printable(latex)
    position = 0
    while position < len(latex):
        match = _TOKEN.match(latex, position)
        if match is None:
            raise unreadable(latex, "it ends in a lone backslash")
        kind, source = str(match.lastgroup), match.group()
        position = match.end()
        text = source
        if kind == "text":
            end = _closing_brace(latex, position)
            command = source.strip()[1:]
            text = _unescape(
                latex[position + 1 : end], keep_spaces=not command.startswith(("math", "op"))
            )
            kind = "function" if command.startswith("operatorname") else "text"
            source, position = source + latex[position : end + 1], end + 1
        elif kind == "number":
            text = source.replace("{,}", ",")
        elif kind in ("begin", "end"):
            text = source[source.index("{") + 1 : -1]
        elif kind == "command":
            text = source[1:]
        elif kind == "char" and text in "%#$":
            raise unreadable(latex, rf"write \{text} for a plain {text}")
        yield Token(kind, text, source)


def _closing_brace(latex: str, start: int) -> int:
    if not latex.startswith("{", start):
        raise unreadable(latex, "a text command needs its text in braces")
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(latex, start):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.start()
    raise unreadable(latex, "a { is never closed")


def unreadable(latex: str, reason: str) -> ValueError:
    """Return the error that says what is wrong with a formula."""
    return ValueError(f"cannot read the LaTeX {latex!r}: {reason}")
