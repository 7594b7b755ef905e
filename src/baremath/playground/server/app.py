"""The application: pages, the conversation with each, and the answers to their questions."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from baremath.playground.server.answers import Answers
from baremath.playground.server.config import Config
from baremath.playground.server.conversation import Conversations
from baremath.playground.server.guard import LOOPBACK, Guard

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
        Whether to import and compile, before anybody asks, what the lectures' pages will.
    """
    conversations: list[Conversations] = []
    desks: list[Answers] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        conversations.append(Conversations(begin))
        desks.append(Answers())
        if warm:
            threading.Thread(target=desks[0].warm_up, daemon=True).start()
        try:
            yield
        finally:
            desks.pop().end()
            conversations.pop().close()

    async def page(request: Request) -> Response:
        return FileResponse(bundle / "index.html", headers=_HEADERS)

    async def missing(request: Request, error: Exception) -> Response:
        if "/" in request.url.path[1:] or "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("Not Found", 404)
        return FileResponse(bundle / "index.html", 404, headers=_HEADERS)

    async def answer(request: Request) -> Response:
        return await desks[0](request)

    async def converse(websocket: WebSocket) -> None:
        await conversations[0](websocket)

    return Starlette(
        routes=[
            Route("/", page),
            *(Route(f"/{name}", page) for name in PAGES),
            WebSocketRoute("/ws", converse),
            Route("/api/{name}", answer, methods=["POST"]),
            Mount("/", StaticFiles(directory=bundle)),
        ],
        exception_handlers={404: missing},
        middleware=[Middleware(Guard, hosts=hosts, token=token)],
        lifespan=lifespan,
    )
