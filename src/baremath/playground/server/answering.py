"""Answering the questions of the lectures' pages, in processes of their own.

Run as a program, this module is such a process: a line for each question comes in, and one for each
answer goes out.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import subprocess
import sys
import threading
import time
from typing import Any, NamedTuple

import msgspec

from baremath.blas import single_threaded_blas
from baremath.playground.server import limits
from baremath.playground.server.lectures.question import question

_log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """An HTTP status and a body in JSON."""

    status: int
    body: bytes


def refused(status: int, message: str) -> Answer:
    """Return the answer that there is none, and why."""
    return Answer(status, msgspec.json.encode({"error": message}))


class AnsweringProcess:
    """A process that answers one question after the other, so that training isn't held up by them.

    It starts with the first question, and anew after one that it couldn't answer. It ends with the
    server, however that ends.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def ask(self, name: str, body: bytes = b"{}") -> Answer:
        """Wait for the answer to a question; 503 if it takes too long."""
        with self._one_at_a_time:
            process = self._started()
            if process is None:
                return refused(503, "the server ends.")
            clock = threading.Timer(limits.LONGEST_ANSWER, process.kill)
            clock.start()
            began = time.monotonic()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(msgspec.json.encode((name, body)) + b"\n")
                process.stdin.flush()
                return msgspec.json.decode(process.stdout.readline(), type=Answer)
            except (OSError, ValueError):
                process.kill()
                process.communicate()
                if time.monotonic() - began < limits.LONGEST_ANSWER:
                    return refused(503, "the process that answers has ended; ask again.")
                seconds = limits.LONGEST_ANSWER
                return refused(503, f"no answer was found; it may take {seconds:.0f} s at most.")
            finally:
                clock.cancel()

    def _started(self) -> subprocess.Popen[bytes] | None:
        """Return the process, started if it doesn't run; None if there is to be none any more."""
        with self._starting:
            if self._ended:
                return None
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    process_group=0,  # Ctrl-C is meant for the server alone
                )
            return self._process

    def end(self) -> None:
        """End it, whatever it does."""
        with self._starting:
            self._ended = True
        if self._process is not None:
            self._process.kill()
            with self._one_at_a_time:
                self._process.communicate()


def _answered(name: str, body: bytes) -> Answer:
    """Answer a question; 400 for one that makes no sense."""
    asked, answer = question(name)
    try:
        found: dict[str, Any] = answer(msgspec.json.decode(body or b"{}", type=asked))
    except ValueError as error:
        return refused(400, str(error))
    return Answer(200, msgspec.json.encode(found))


def _answer_all() -> None:
    """Answer what comes, until there is nobody to ask."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    for line in sys.stdin.buffer:
        name, body = msgspec.json.decode(line, type=tuple[str, bytes])
        faulthandler.dump_traceback_later(limits.LONGEST_ANSWER, exit=True)  # without a server
        try:
            answer = _answered(name, body)
        except Exception:
            _log.exception("a question failed: %s", name)
            answer = refused(500, f"{name} failed in the server; its log says why.")
        faulthandler.cancel_dump_traceback_later()
        answers.write(msgspec.json.encode(answer) + b"\n")
        answers.flush()


if __name__ == "__main__":
    try:
        with single_threaded_blas():
            _answer_all()
    except BrokenPipeError:  # the server has ended
        os._exit(0)
