"""The application: pages, the conversation with each, and the answers to their questions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from baremath.playground.server import limits
from baremath.playground.server.config import Config
from baremath.playground.server.conversation import Conversations
from baremath.playground.server.guard import LOOPBACK, Guard
from baremath.playground.server.lectures.question import QUESTIONS, question
from baremath.playground.server.warm_up import warm_up

PAGES = (
    "network",
    "regression",
    "logistic",
    "optimizers",
    "activations",
    "chain-rule",
    "boosting",
    "bias-variance",
)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self' ws: wss:; frame-ancestors *"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def application(
    bundle: Path,
    *,
    hosts: Iterable[str] | None = LOOPBACK,
    token: str = "",
    begin: Config | None = None,
    warm: bool = False,
) -> Starlette:
    """Return the playground as an ASGI application.

    Parameters
    ----------
    bundle : Path
        The folder of the built pages.
    hosts, token
        See `Guard`.
    begin : Config, optional
        What the network page begins with.
    warm : bool, default=False
        Whether to import and compile, before anybody asks, what the pages will.
    """
    conversations: list[Conversations] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        conversations.append(Conversations(begin))
        if warm:
            threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        yield
        conversations.pop().close()

    async def page(request: Request) -> Response:
        return FileResponse(bundle / "index.html", headers=_HEADERS)

    async def converse(websocket: WebSocket) -> None:
        await conversations[0](websocket)

    return Starlette(
        routes=[
            Route("/", page),
            *(Route(f"/{name}", page) for name in PAGES),
            WebSocketRoute("/ws", converse),
            Route("/api/{name}", Answers().answer, methods=["POST"]),
            Mount("/", StaticFiles(directory=bundle)),
        ],
        middleware=[Middleware(Guard, hosts=hosts, token=token)],
        lifespan=lifespan,
    )


class Answers:
    """Answers the questions of the lectures' pages, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(limits.MOST_ANSWERED)
        self._asked = 0

    async def answer(self, request: Request) -> Response:
        """Answer one; 400 for one that makes no sense, 429 if there are too many."""
        name = request.path_params["name"]
        if name not in QUESTIONS:
            return _error(404, f"there is no question {name!r}; there are {', '.join(QUESTIONS)}.")
        if self._asked >= limits.MOST_ASKED:
            return _error(429, f"{limits.MOST_ASKED} questions wait already; try again.")
        try:
            body = await _body(request)
        except ValueError as error:
            return _error(413, str(error))
        except ClientDisconnect:
            return _error(400, "the question broke off.")
        self._asked += 1
        try:
            async with self._turn:
                return await run_in_threadpool(_answered, name, body)
        finally:
            self._asked -= 1


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limits.MOST_BODY:
            raise ValueError(f"a question has {limits.MOST_BODY:,} bytes at most.")
        parts.append(part)
    return b"".join(parts)


def _answered(name: str, body: bytes) -> Response:
    asked, answer = question(name)
    try:
        found: dict[str, Any] = answer(msgspec.json.decode(body or b"{}", type=asked))
    except ValueError as error:
        return _error(400, str(error))
    return Response(msgspec.json.encode(found), media_type="application/json")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
