"""The pace: how many steps a turn takes, so that it lasts as long as it may."""

from __future__ import annotations

import time
from collections import deque

#: Steps of the first turn, before anything is known.
_FIRST = 16

#: How much faster than before a turn may be taken to be.
_GROWTH = 4

#: Seconds between two turns, at least, if steps are limited: those that are due are taken together.
_TOGETHER = 0.01

#: Seconds over which the steps a second are counted.
_COUNTED = 1.0


class Pace:
    """How fast it trains, and how fast it is to.

    Attributes
    ----------
    limit : float or None
        Steps a second that are asked for; None for as many as it can.
    """

    def __init__(self) -> None:
        self.limit: float | None = None
        self._due = 0.0  # when the next step is, if they are limited
        self._speed = 0.0  # steps a second while it trains
        self._noted: deque[tuple[float, int]] = deque()
        self.begin()

    def begin(self, limit: float | None = None) -> None:
        """Begin to count anew, perhaps with another limit."""
        self.limit = limit
        self._due = time.monotonic()
        self._noted = deque([(self._due, 0)])

    def forget(self) -> None:
        """Take nothing for granted: another network trains."""
        self._speed = 0.0

    def portion(self, seconds: float) -> int:
        """Return how many steps a turn of so many seconds takes; 0 if none is due."""
        most = max(1, int(self._speed * seconds)) if self._speed else _FIRST
        if self.limit is None:
            return most
        now = time.monotonic()
        due = int((now - self._due) * self.limit)
        if due > most:  # it can't keep up, and makes no debts
            self._due = now
            return most
        self._due += due / self.limit
        return due

    def delay(self) -> float:
        """Return in how many seconds the next steps are due."""
        if self.limit is None:
            return 0.0
        return max(0.0, self._due + max(1 / self.limit, _TOGETHER) - time.monotonic())

    def note(self, steps: int, seconds: float) -> None:
        """Note how many steps were taken, and in which time."""
        if steps and seconds > 0:
            speed = steps / seconds
            self._speed = min(speed, _GROWTH * self._speed) if self._speed else speed
        now = time.monotonic()
        self._noted.append((now, steps))
        while now - self._noted[0][0] > _COUNTED:
            self._noted.popleft()

    def rate(self) -> float:
        """Return the steps a second of late, the waiting included."""
        began, before = self._noted[0]
        seconds = time.monotonic() - began
        steps = sum(steps for _, steps in self._noted) - before
        return steps / seconds if seconds > 0 else 0.0
