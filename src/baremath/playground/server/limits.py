"""Limits: how much one page, and all of them together, may ask for."""

from __future__ import annotations

import time

from baremath.playground.server import config, messages

#: Sessions at once.
MOST_SESSIONS = 64

#: Seconds without a message after which a session ends that does not train.
IDLE = 30 * 60.0

#: Messages a second, and in one burst.
RATE, BURST = 100.0, 300.0

#: Messages of a session that may wait for their turn.
MOST_WAITING = 500

#: Bytes that may wait for a page that doesn't read what it asks for.
MOST_UNREAD = 64_000_000

#: Bytes of a question's body.
MOST_BODY = messages.MOST_BYTES

#: Questions that are asked and not answered yet.
MOST_ASKED = 64

#: Seconds within which the headers of a request have to come, the body of a question, and its
#: answer, compiled code included.
LONGEST_HEADERS, LONGEST_BODY, LONGEST_ANSWER = 10.0, 10.0, 120.0


def described() -> dict[str, int]:
    """Return what a page should know, so that it need not ask for more."""
    return {
        "layers": config.MOST_LAYERS,
        "units": config.MOST_UNITS,
        "points": config.MOST_POINTS,
        "columns": config.MOST_COLUMNS,
        "classes": config.MOST_CLASSES,
        "runs": messages.MOST_RUNS,
        "bytes": messages.MOST_BYTES,
        "sessions": MOST_SESSIONS,
    }


class Bucket:
    """A bucket that fills at a rate, from which each message takes one."""

    def __init__(self, rate: float = RATE, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._since = burst, time.monotonic()

    def take(self) -> bool:
        """Take one; return whether there was one."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._since) * self._rate)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
