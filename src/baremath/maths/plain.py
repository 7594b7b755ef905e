r"""LaTeX as one line of Unicode text: ``\frac{\partial L}{\partial w}`` is ``∂L/∂w``."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from baremath.maths.symbols import ACCENTS, ENVIRONMENTS, SUBSCRIPTS, SUPERSCRIPTS
from baremath.maths.tree import (
    Accent,
    Atom,
    Brace,
    Fence,
    Fraction,
    Group,
    Node,
    Root,
    Row,
    Scripts,
    Space,
    Table,
    parse,
)


def plain(latex: str) -> str:
    r"""Return a formula as one line of text.

    Parameters
    ----------
    latex : str
        LaTeX mathematics, without the dollar signs.

    Returns
    -------
    str
        Unicode; a command that isn't known stands there as a word.

    Raises
    ------
    ValueError
        If the LaTeX is malformed.

    Examples
    --------
    >>> print(plain(r"\hat{y} = b + \sum_{j=1}^{p} w_j x_j"))
    ŷ = b + Σⱼ₌₁ᵖ wⱼ xⱼ
    >>> print(plain(r"w \leftarrow w - \alpha \frac{\partial L}{\partial w}"))
    w ← w − α ∂L/∂w
    """
    return text_of(parse(latex))


@dataclass(frozen=True)
class Piece:
    """A run of text that is never broken, with the kind that decides the space around it.

    Beside the kinds of `symbols` there are "space", which is `text` wide, and "start" and "stop",
    which print nothing and keep a fraction apart from its neighbours. Where there is a `table`,
    which takes several lines, `text` is its exponent.
    """

    text: str
    kind: str
    table: Table | None = None


_START, _STOP = Piece("", "start"), Piece("", "stop")
_NOTHING_ON_THE_LEFT = {"open", "start", "binary", "sign", "relation", "punct", "big", "function"}
_APART = {"word", "start", "stop", "function"}


def text_of(row: Row) -> str:
    """Return a parsed row as one line."""
    return "".join(gap + piece.text for gap, piece in spaced(pieces(row)))


def spaced(parts: Iterable[Piece]) -> Iterator[tuple[str, Piece]]:
    """Yield each piece that prints, with the space before it."""
    left, text, asked = "open", "", None
    for piece in parts:
        if piece.kind == "space":
            asked = max(asked or "", piece.text)
            continue
        gap = _gap(left, piece.kind, asked)
        if text.endswith(" ") or piece.text.startswith(" "):
            gap = ""  # a text brings its own
        yield gap, piece
        text = piece.text
        left, asked = piece.kind, None


def _gap(left: str, right: str, asked: str | None) -> str:
    if left in ("open", "start", "sign") or right in ("close", "stop"):
        needed = ""
    elif right == "punct":
        return ""
    elif {left, right} & {"binary", "relation", "big"} or left == "punct":
        needed = " "
    elif left in ("prefix", "glue") or right == "glue":
        needed = ""
    elif right == "open":
        needed = " " if left == "stop" or (asked is not None and left != "function") else ""
    elif left in _APART or right in _APART or asked is not None:
        needed = " "
    else:
        needed = ""
    return max(needed, asked or "")


def pieces(row: Row, *, stacked: bool = False) -> list[Piece]:
    """Return a row as pieces of text, brackets and fractions opened up so lines can break there.

    With `stacked`, a matrix outside a fraction, a root or a script is one piece: a table.
    """
    parts: list[Piece] = []
    left, bars = "start", 0
    for piece in (piece for node in row for piece in _pieces_of(node, stacked)):
        if piece.kind == "binary" and left in _NOTHING_ON_THE_LEFT and piece.text in "+−±∓":
            piece = replace(piece, kind="sign")
        parts.append(piece)
        bars += piece.text in ("|", "‖")
        if piece.kind != "space":
            left = "open" if piece.kind == "glue" and bars % 2 else piece.kind
    return parts


def _pieces_of(node: Node, stacked: bool) -> list[Piece]:
    match node:
        case Atom(text, kind):
            return [Piece(text, kind)]
        case Space(width):
            return [Piece(" " * width, "space")]
        case Group(body):
            return pieces(body, stacked=stacked)
        case Fraction(top, bottom):
            return _fraction(pieces(top), pieces(bottom))
        case Root(body, degree):
            return [Piece(_root(pieces(body), degree), "ordinary")]
        case Scripts(base, below, above):
            return _scripts(_base(base, stacked), below, above)
        case Accent(name, body):
            return _accent(name, body)
        case Brace(body, label):
            return [*pieces(body), Piece(f"({text_of(label)})", "word")] if label else pieces(body)
        case Fence(left, body, right):
            return [Piece(left, "open"), *pieces(body, stacked=stacked), Piece(right, "close")]
        case Table():
            return [Piece("", "word", node)] if stacked else _table(node)


def _fraction(top: list[Piece], bottom: list[Piece]) -> list[Piece]:
    if _has_space(top):
        top = _bracketed(top)
    if not _is_one_thing(bottom):
        bottom = _bracketed(bottom)
    return [_START, *top, Piece("/", "glue"), *bottom, _STOP]


def _has_space(parts: list[Piece]) -> bool:
    """Return whether a space, outside all brackets, would be read as the end of a numerator."""
    depth = 0
    for gap, piece in spaced(parts):
        if depth == 0 and (gap or " " in piece.text or piece.kind == "start"):
            return True
        depth += {"open": 1, "close": -1}.get(piece.kind, 0)
    return False


def _is_one_thing(parts: list[Piece]) -> bool:
    """Return whether a denominator is read whole without brackets: w, ∂w, dw, √n, f(x), (a + b)."""
    parts = [piece for piece in parts if piece.kind != "space"]
    kinds = [piece.kind for piece in parts]
    if len(kinds) == 1:
        return True
    if kinds and (kinds[0] == "prefix" or parts[0].text == "d"):
        return _is_one_thing(parts[1:])
    inside = kinds if kinds[:1] == ["open"] else kinds[1:]
    if inside[:1] != ["open"] or kinds[0] not in ("open", "ordinary", "word", "function"):
        return False
    depths, depth = [], 0
    for kind in inside:
        depth += {"open": 1, "close": -1}.get(kind, 0)
        depths.append(depth)
    return 0 in depths and depths.index(0) == len(depths) - 1


def _bracketed(parts: list[Piece]) -> list[Piece]:
    return [Piece("(", "open"), *parts, Piece(")", "close")]


def _root(body: list[Piece], degree: Row) -> str:
    sign = {"": "√", "3": "∛", "4": "∜"}.get(text_of(degree))
    sign = sign or _script(degree, SUPERSCRIPTS, "^({})").removeprefix("^") + "√"
    inside = "".join(gap + piece.text for gap, piece in spaced(body))
    return sign + (inside if len(body) == 1 else f"({inside})")


def _base(base: Node, stacked: bool) -> list[Piece]:
    """Return the pieces of what carries a script, in brackets where it would seem to carry less."""
    parts = _pieces_of(base, stacked)
    if all(piece.kind == "space" for piece in parts):
        return [*parts, Piece("", "ordinary")]
    needs_brackets = isinstance(base, Root | Brace | Group | Fraction) and (
        len(parts) > 1 or isinstance(base, Root)
    )
    return _bracketed(parts) if needs_brackets else parts


def _scripts(base: list[Piece], below: Row | None, above: Row | None) -> list[Piece]:
    script = _script(below or (), SUBSCRIPTS, "_{{{}}}") + _script(
        above or (), SUPERSCRIPTS, "^({})"
    )
    return [*base[:-1], replace(base[-1], text=base[-1].text + script)]


def _script(row: Row, characters: dict[int, int], otherwise: str) -> str:
    """Return a script in small characters if there is one for each, else marked with _ or ^."""
    parts = pieces(row)
    tight = "".join(piece.text for piece in parts if piece.kind != "space")
    if all(ord(c) in characters for c in tight):
        return tight.translate(characters)
    text = text_of(row)
    if otherwise == "^({})" and text.startswith("(") and _is_one_thing(parts):
        return f"^{text}"
    return otherwise[0] + text if len(text) == 1 else otherwise.format(text)


def _accent(name: str, body: Row) -> list[Piece]:
    match body:
        case (Group(inner),):
            return _accent(name, inner)
        case (Scripts(base, below, above),):
            return _scripts(_accent(name, (base,)), below, above)
        case (Atom(text, kind),) if len(text) == 1:
            return [Piece(unicodedata.normalize("NFC", text + ACCENTS[name]), kind)]
    return [Piece(f"{name}({text_of(body)})", "word")]


def _table(table: Table) -> list[Piece]:
    left, right = ENVIRONMENTS[table.environment]
    between = {"cases": Piece(",", "punct"), "aligned": Piece("", "space")}.get(
        table.environment, Piece("  ", "space")
    )
    parts: list[Piece] = []
    for i, row in enumerate(table.rows):
        parts += [Piece(";", "punct")] if i else []
        for j, cell in enumerate(row):
            # The author may have put the comma of a case already.
            parts += [between] if j and parts[-1:] != [between] else []
            parts += pieces(cell)
    return [Piece(left, "open"), *parts, Piece(right, "close")]
