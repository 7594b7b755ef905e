"""LaTeX as MathML, which a browser shows without scripts or a network.

latex2mathml does the work. What it would spell letter by letter or let through unescaped (text,
names, numbers with separators, commands nobody knows) goes in as one private character each, and
takes its place again in the tree it returns.
"""

from __future__ import annotations

import html
from collections.abc import Container, Sequence
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import Converter

from baremath.maths.plain import plain
from baremath.maths.symbols import COMMANDS, KNOWN
from baremath.maths.tokens import Token, tokenise

_FIRST_STAND_IN = 0xF0000
_NO_BREAK = str.maketrans(" ", "\N{NO-BREAK SPACE}")
_CLOSERS = frozenset(")]}|∣‖‖⟩⌋⌉!′")
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_WITH_LIMITS = frozenset(["∑", "∏", "max", "min", "lim", "sup", "inf"])
_FUNCTIONS = frozenset(name for name, (_, kind) in COMMANDS.items() if kind == "function")


def mathml(latex: str, *, block: bool = False) -> str:
    r"""Return a formula as a MathML element.

    Parameters
    ----------
    latex : str
        LaTeX mathematics, without the dollar signs.
    block : bool, default=False
        Whether it stands on lines of its own.

    Returns
    -------
    str
        A ``<math>`` element, its plain text in `alttext`; well-formed XML. A matrix has the name of
        its environment as its class, its brackets the class ``fence``.

    Raises
    ------
    ValueError
        If the LaTeX is malformed.
    """
    alternative = plain(latex)
    tokens = list(tokenise(latex))
    leaves: list[tuple[str, str]] = []
    source = "".join(_source(token, leaves) for token in tokens)
    root = Converter(display="block" if block else "inline").convert_to_element(source)
    root.set("alttext", alternative)
    for element in root.iter():
        _fill(element, leaves)
    environments = [token.text for token in tokens if token.kind == "begin"]
    for table, environment in zip(root.iter("mtable"), environments, strict=True):
        table.set("class", environment)
    functions = _FUNCTIONS.union(token.text for token in tokens if token.kind == "function")
    for element in list(root.iter()):
        _set_right(element)
        _set_apart(element, functions)
    return tostring(root, encoding="unicode")


def _source(token: Token, leaves: list[tuple[str, str]]) -> str:
    """Return LaTeX that latex2mathml reads as it is meant; add to `leaves` what stands aside."""
    match token.kind:
        case "space":
            return " "
        case "begin":  # in braces, else an exponent would be put on the bracket only
            return "{" + token.source.replace("aligned", "align*")
        case "end":
            return token.source.replace("aligned", "align*") + "}"
        case "command" if token.text == "boldsymbol":
            return r"\mathbf"  # browsers draw no bold italic
        case "number" if "," in token.text:
            leaf = ("mn", token.text)
        case "text" if not token.source.startswith(r"\mathrm"):
            leaf = ("mtext", token.text.translate(_NO_BREAK))
        case "text" | "function":
            leaf = ("mi", token.text)
        case "command" if token.text not in KNOWN or token.text == "arg":
            leaf = ("mi", token.text)  # latex2mathml knows no arg
        case _:
            return token.source
    leaves.append(leaf)
    return chr(_FIRST_STAND_IN + len(leaves) - 1)


def _fill(element: Element, leaves: Sequence[tuple[str, str]]) -> None:
    text = html.unescape(element.text or "")  # latex2mathml writes symbols as references
    index = ord(text) - _FIRST_STAND_IN if len(text) == 1 else -1
    if 0 <= index < len(leaves):
        element.tag, text = leaves[index]
        if element.tag == "mi" and len(text) == 1:
            element.set("mathvariant", "normal")  # one letter alone would be italic
    element.text = text


def _set_right(element: Element) -> None:
    """Mend what only the tree can tell: signs, limits, and the brackets of a matrix."""
    children = list(element)
    if element.tag in _LIMITS and children[0].text in _WITH_LIMITS:
        element.tag = _LIMITS[element.tag]
        children[0].set("movablelimits", "true")
    for left, child in zip([None, *children], children, strict=False):
        starts = left is None or (left.tag == "mo" and left.text not in _CLOSERS)
        if starts and child.tag == "mo" and child.text in ("−", "+"):
            child.set("form", "prefix")
    for left, child, right in zip(children, children[1:], children[2:], strict=False):
        if child.get("class") == "bmatrix":
            left.set("class", "fence")
            right.set("class", "fence")


def _set_apart(element: Element, functions: Container[str | None]) -> None:
    """Put a thin space between a function's name and an operand without brackets: log x."""
    children = list(element)
    if element.tag not in ("math", "mrow", "mtd", "msqrt"):
        return
    for i in reversed(range(1, len(children))):
        left, right = children[i - 1 : i + 1]
        names = [child.text or next(child.itertext(), "") for child in (left, right)]
        apart = (names[0] in functions and right.tag != "mo") or (
            names[1] in functions and (left.tag != "mo" or left.text in _CLOSERS)
        )
        if apart and "mspace" not in (left.tag, right.tag):
            element.insert(i, Element("mspace", width="0.167em"))
