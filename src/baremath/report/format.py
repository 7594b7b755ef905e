"""Numbers and names as people read them, the same in the terminal and in the report."""

from __future__ import annotations

import math


def score(value: float) -> str:
    """Return a score, an R² or an accuracy, with three decimals.

    >>> score(0.63751), score(-0.0001), score(-123456.0), score(float("nan"))
    ('0.638', '0.000', '-1.23e+05', '–')
    """
    if math.isnan(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:.3g}"
    return f"{round(value, 3) + 0.0:.3f}"  # + 0.0 turns a rounded -0.0 into 0.0


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
    """Return a measured value with at most four significant digits, or whole if it is whole.

    >>> quantity(500001.0), quantity(-124.35), quantity(0.012355), quantity(3)
    ('500,001', '-124.3', '0.01235', '3')
    """
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def shortened(value: object, longest: int = 40) -> str:
    """Return a name or a value on one line, its end left out if it is long.

    >>> shortened("a district by the ocean", longest=12)
    'a district …'
    """
    text = " ".join(str(value).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
