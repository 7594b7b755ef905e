"""The one exception of reading tables."""

from __future__ import annotations


class TableError(ValueError):
    """A table that can't be read.

    The message is one line: which file, what is wrong with it and where, what to do.
    """
