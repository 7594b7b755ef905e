"""The scheduler: a few threads that give each session its turn."""

from __future__ import annotations

import heapq
import logging
import os
import threading
import time
from collections import deque
from typing import Protocol

_log = logging.getLogger(__name__)

#: Seconds within which every session that trains should have had a turn.
_ROUND = 0.1

#: Seconds of a turn, at least and at most.
_SHORTEST, _LONGEST = 0.003, 0.012


class Job(Protocol):
    """What takes turns."""

    def turn(self, seconds: float) -> float | None:
        """Work for about so long; return in how many seconds to be called again, None for not."""
        ...


class Scheduler:
    """Threads that call jobs in turn, no job in two threads at once.

    Jobs that a message has come for go first; the others in the order in which they came. The more
    jobs there are, the shorter is a turn.

    Parameters
    ----------
    n_threads : int, optional
        By default as many as there are cores.
    n_answering : int, default=0
        Further threads, only for jobs that a message has come for: they are there for them while
        long turns take all others.
    """

    def __init__(self, n_threads: int | None = None, n_answering: int = 0) -> None:
        self._changed = threading.Condition()
        self._urgent: deque[Job] = deque()
        self._ready: deque[Job] = deque()
        self._waiting: list[tuple[float, int, Job]] = []
        self._number = 0
        self._running: set[Job] = set()
        self._called: set[Job] = set()  # while they ran
        self._gone: set[Job] = set()
        self._closed = False
        self._n_training = n_threads or len(os.sched_getaffinity(0))
        self._threads = [
            threading.Thread(target=self._work, args=(trains,), daemon=True)
            for trains in [True] * self._n_training + [False] * n_answering
        ]
        for thread in self._threads:
            thread.start()

    def call(self, job: Job) -> None:
        """Give a job a turn soon, before those that only train."""
        with self._changed:
            if self._closed or job in self._gone:
                return
            if job in self._running:
                self._called.add(job)
                return
            if job in self._urgent:
                return
            self._unqueue(job)
            self._urgent.append(job)
            self._changed.notify_all()

    def forget(self, job: Job) -> None:
        """Give a job no turn any more; one that is under way ends."""
        with self._changed:
            if job in self._running:
                self._gone.add(job)
            if job in self._urgent:
                self._urgent.remove(job)
            self._unqueue(job)
            self._called.discard(job)

    def _unqueue(self, job: Job) -> None:
        """Take a job from those that are ready, or wait for their time."""
        if job in self._ready:
            self._ready.remove(job)
        elif any(one[2] is job for one in self._waiting):
            self._waiting = [one for one in self._waiting if one[2] is not job]
            heapq.heapify(self._waiting)

    def close(self) -> None:
        """End the threads, each after the turn that is under way."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self, trains: bool) -> None:
        while (found := self._next(trains)) is not None:
            job, seconds = found
            delay = None
            try:
                delay = job.turn(seconds)
            except Exception:
                _log.exception("a turn failed")
            self._ended(job, delay)

    def _next(self, trains: bool) -> tuple[Job, float] | None:
        """Wait for a job, and return it with the seconds that it has."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                now = time.monotonic()
                while self._waiting and self._waiting[0][0] <= now:
                    self._ready.append(heapq.heappop(self._waiting)[2])
                queue = self._urgent or (self._ready if trains else None)
                if queue:
                    job = queue.popleft()
                    self._running.add(job)
                    busy = len(self._ready) + len(self._urgent) + len(self._running)
                    share = _ROUND * self._n_training / busy
                    return job, max(_SHORTEST, min(_LONGEST, share))
                self._changed.wait(self._waiting[0][0] - now if self._waiting else None)

    def _ended(self, job: Job, delay: float | None) -> None:
        with self._changed:
            self._running.discard(job)
            called = job in self._called
            self._called.discard(job)
            if job in self._gone:
                self._gone.discard(job)
            elif called:
                self._urgent.append(job)
            elif delay is not None:
                if delay <= 0:
                    self._ready.append(job)
                else:
                    self._number += 1
                    entry = (time.monotonic() + delay, self._number, job)
                    heapq.heappush(self._waiting, entry)
            self._changed.notify_all()
