"""Numbers and names as people read them, the same in the terminal and in the report."""

from __future__ import annotations

import math
import re

# In text that was written with ASCII signs: a sign between two terms, and one before a number.
_BETWEEN_TERMS = re.compile(r"(?<= )([-+]) (?=[\d…])")
_BEFORE_NUMBER = re.compile(r"(?<![^ (])-(?=\d)")
_TIED_SIGNS = {"+": "+\N{NO-BREAK SPACE}", "-": "−\N{NO-BREAK SPACE}"}


def score(value: float) -> str:
    """Return a score, an R² or an accuracy, with three decimals.

    >>> score(0.63751), score(-0.0001), score(-123456.0), score(float("nan"))
    ('0.638', '0.000', '−123,456', '–')
    """
    if math.isnan(value):
        return "–"
    if abs(value) >= 1000:
        return quantity(value)
    return f"{round(value, 3) + 0.0:.3f}".replace("-", "−")  # + 0.0 makes a rounded -0.0 0.0


def signed(text: str) -> str:
    """Return a formula or a sentence with true minus signs, each sign kept to its number.

    The space after a sign between terms becomes one at which no line breaks.

    >>> signed("y = -2 - 3.5 x + 4 z-score").replace("\N{NO-BREAK SPACE}", "_")
    'y = −2 −_3.5 x +_4 z-score'
    """
    tied = _BETWEEN_TERMS.sub(lambda sign: _TIED_SIGNS[sign[1]], text)
    return _BEFORE_NUMBER.sub("−", tied)


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> duration(0.00042), duration(0.0351), duration(2.04), duration(83.0)
    ('0.4 ms', '35 ms', '2.0 s', '1 min 23 s')
    """
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def quantity(value: float) -> str:
    """Return a measured value with four significant digits, its whole part never rounded away.

    >>> quantity(500001.0), quantity(-124.35), quantity(0.0123456), quantity(3), quantity(2.5e-7)
    ('500,001', '−124.3', '0.01235', '3', '2.5 × 10⁻⁷')
    """
    from baremath.maths import number, plain

    whole = float(value).is_integer() and abs(value) < 1e15
    return plain(number(int(value) if whole else float(value), digits=4))


def shortened(value: object, longest: int = 40) -> str:
    """Return a name or a value on one line, its end left out if it is long.

    >>> shortened("a district by the ocean", longest=12)
    'a district …'
    """
    text = " ".join(str(value).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
