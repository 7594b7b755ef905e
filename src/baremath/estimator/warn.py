"""Warnings that point at the user's line."""

from __future__ import annotations

import sys
import warnings

PACKAGE = __name__.partition(".")[0] + "."


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn at the line outside baremath from which all this was called, however deep we are."""
    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").startswith(PACKAGE):
        level += 1
    warnings.warn(message, category, stacklevel=level + 1)
