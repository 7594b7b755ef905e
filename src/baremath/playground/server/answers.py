"""Answers to the questions of the lectures' pages, over HTTP."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from baremath.playground.server import limits
from baremath.playground.server.answering import Answer, AnsweringProcess, refused
from baremath.playground.server.lectures.question import QUESTIONS, SLOW


class TooLargeError(ValueError):
    """A question has too large a body."""


class Desk:
    """Where questions wait for a process, which answers one after the other."""

    def __init__(self) -> None:
        self.process = AnsweringProcess()
        self._turn = asyncio.Semaphore()

    async def answer(self, request: Request, name: str, body: bytes) -> Answer:
        """Answer a question, unless nobody waits for it any more."""
        async with self._turn:
            if await request.is_disconnected():
                return _BROKEN_OFF
            return await run_in_threadpool(self.process.ask, name, body)


class Answers:
    """Answers questions: at one desk those that take long, at another all others."""

    def __init__(self) -> None:
        self._quick, self._slow = Desk(), Desk()
        self._asked = 0

    def warm_up(self) -> None:
        """Let the processes import, and compile, what they need."""
        for name in sorted(QUESTIONS, key=SLOW.__contains__):
            self._desk(name).process.ask(name)

    def end(self) -> None:
        """End the processes."""
        for desk in self._quick, self._slow:
            desk.process.end()

    async def __call__(self, request: Request) -> Response:
        """Answer one; 400 for one that makes no sense, 429 if there are too many."""
        name = request.path_params["name"]
        if name not in QUESTIONS:
            known = ", ".join(QUESTIONS)
            return _unread(refused(404, f"there is no question {name!r}; there are {known}."))
        if self._asked >= limits.MOST_ASKED:
            return _unread(refused(429, f"{limits.MOST_ASKED} questions wait already; try again."))
        self._asked += 1
        try:
            return await self._answered(request, name)
        finally:
            self._asked -= 1

    async def _answered(self, request: Request, name: str) -> Response:
        try:
            async with asyncio.timeout(limits.LONGEST_BODY):
                body = await _body(request)
        except TooLargeError as error:
            return _unread(refused(413, str(error)))
        except TimeoutError:
            seconds = limits.LONGEST_BODY
            return _unread(refused(408, f"a question has to come within {seconds:.0f} s."))
        except ClientDisconnect:
            return _response(_BROKEN_OFF)
        return _response(await self._desk(name).answer(request, name, body))

    def _desk(self, name: str) -> Desk:
        return self._slow if name in SLOW else self._quick


_BROKEN_OFF = refused(400, "the question broke off.")


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limits.MOST_BODY:
            raise TooLargeError(f"a question has {limits.MOST_BODY:,} bytes at most.")
        parts.append(part)
    return b"".join(parts)


def _response(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, headers, "application/json")


def _unread(answer: Answer) -> Response:
    """Return the response to a question that may not be read to its end."""
    return _response(answer, {"connection": "close"})
