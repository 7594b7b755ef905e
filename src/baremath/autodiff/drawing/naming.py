"""What the numbers of a computation are called."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping

from baremath import maths

_LETTER_AND_INDEX = re.compile(r"([A-Za-z])_?(\d+)")
_LONGEST = 28


def symbol(name: str) -> str:
    r"""Return a name as LaTeX: w0 and w_0 alike are a letter with an index.

    >>> print(symbol("w0"), symbol("out"), symbol("<b>"))
    w_{0} \mathrm{out} \text{\textless{}b\textgreater{}}
    """
    match = _LETTER_AND_INDEX.fullmatch(name)
    return "{}_{{{}}}".format(*match.groups()) if match else maths.name(shortened(name))


def shortened(name: str, longest: int = _LONGEST) -> str:
    """Return a name without its middle where it is long.

    >>> shortened("encoder.layers.11.attention.query.weight")
    'encoder.layers…n.query.weight'
    """
    half = longest // 2
    return name if len(name) <= longest + 1 else f"{name[:half]}…{name[-half:]}"


def named(
    asked: Iterable[tuple[Hashable, str, str]], given: Mapping[Hashable, str]
) -> dict[Hashable, str]:
    """Return a name for each thing, no two alike.

    Parameters
    ----------
    asked : iterable of (key, name, letter)
        Things in their order, with their own name; of one that has none, the letter to count by.
    given : mapping of key to str
        Names that come before their own.
    """
    things = [(key, given.get(key) or name, letter) for key, name, letter in asked]
    own = {name for _, name, _ in things}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    names: dict[Hashable, str] = {}
    for key, name, letter in things:
        if name:
            candidate, again = name, 2
            while candidate in taken or (again > 2 and candidate in own):
                candidate, again = f"{name} ({again})", again + 1
        else:
            candidate = ""
            while not candidate or candidate in own or candidate.replace("_", "") in own:
                count = counts.setdefault(letter, 1 if letter == "v" else 0)
                counts[letter] = count + 1
                candidate = f"{letter}_{count}"
        taken.add(candidate)
        names[key] = candidate
    return names
