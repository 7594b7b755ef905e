"""Where text goes out: results to stdout, all else to stderr, readable on any terminal."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_SPELLED = (
    dict.fromkeys("⎡⎢⎣⎤⎥⎦⎧⎨⎩⎪⎫⎬⎭│", "|")
    | dict.fromkeys("⋮⋯⋱", "...")
    | dict.fromkeys("−–─", "-")
    | {"·": "*", "×": "x", "≈": "~", "±": "+-", "≤": "<=", "≥": ">=", "→": "->", "←": "<-"}
    | {"’": "'", "Σ": "sum", "∂": "d", "∞": "inf"}
    | {"\N{COMBINING CIRCUMFLEX ACCENT}": "^", "\N{COMBINING MACRON}": "bar"}
)
_RAISED_OR_LOWERED = {"<super>": "^", "<sub>": "_"}
_SPELL = "baremath.spell"
_NO_BREAK, _STAND_IN = "\N{NO-BREAK SPACE}", "\N{SYMBOL FOR SPACE}"


def prepare_streams() -> None:
    """Spell out what stdout and stderr can't encode, so ``R²`` is ``R^2`` on an ASCII terminal."""
    codecs.register_error(_SPELL, _spell_out)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_SPELL)


def _spell_out(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    runs = groupby(error.object[error.start : error.end], key=_mark)
    return "".join(mark + "".join(map(_ascii, run)) for mark, run in runs), error.end


def _mark(character: str) -> str:
    """Return what stands before a character that is small and raised or lowered: x² is x^2."""
    return _RAISED_OR_LOWERED.get(unicodedata.decomposition(character).partition(" ")[0], "")


def _ascii(character: str) -> str:
    if character in _SPELLED:
        return _SPELLED[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK"):
        return name.split()[-1].lower()
    letters = unicodedata.normalize("NFKD", character)
    return "".join(_SPELLED.get(c, c if c.isascii() else "") for c in letters) or "?"


def results() -> Console:
    """Return the console of stdout, where a command's result goes."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def messages() -> Console:
    """Return the console of stderr, for progress, warnings and errors."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def printable(text: str) -> str:
    r"""Return `text` on one line with control characters shown, never obeyed.

    A column's name or a file's is somebody else's text: it must not move the cursor.

    >>> printable("two\nlines \x1b[2J")
    'two lines \\x1b[2J'
    """
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def print_json(value: object) -> None:
    """Print `value` to stdout as one JSON document, exact in any encoding of the terminal."""
    import json

    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    speaks_unicode = encoding.lower().replace("-", "") == "utf8"
    print(json.dumps(value, indent=2, ensure_ascii=not speaks_unicode))


def print_prose(console: Console, text: str, style: str | None = None) -> None:
    """Print a paragraph: wrapped to the terminal, left in one line in a file or a pipe.

    A line is never broken at a no-break space, which is printed as a space.
    """
    from rich.text import Text

    # rich breaks a line at any kind of space, so a letter that nobody writes stands in for this.
    tied = Text(printable(text.replace(_NO_BREAK, _STAND_IN)), style or "")
    lines = tied.wrap(console, console.width) if console.is_terminal else [tied]
    for line in lines:
        line.plain = line.plain.rstrip().replace(_STAND_IN, " ")
        console.print(line, soft_wrap=True)
