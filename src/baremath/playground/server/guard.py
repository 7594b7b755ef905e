"""The guard: who may talk to the server."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: What only a page of this server may reach.
_KEPT = ("/ws", "/api/")


class Guard:
    """Lets requests through that come from this server's own pages.

    A page of another site can send requests to a server on this machine: its browser says so in
    ``Origin``. It can also let its own name point here: then ``Host`` is that name.

    Parameters
    ----------
    app : ASGI application
    hosts : iterable of str or None
        Names under which the server may be called; None for any, where a token is asked for.
    token : str, default=""
        What a page must know to train, where others can reach the server too.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str] | None = LOOPBACK, token: str = ""
    ) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 403 and the reason."""
        reason = self._refusal(scope) if scope["type"] in ("http", "websocket") else ""
        if not reason:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await JSONResponse({"error": reason}, 403)(scope, receive, send)
        else:
            await WebSocketClose(1008, reason)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            return f"the server isn't called {host!r}."
        origin = headers.get("origin")
        if origin is not None and _address(origin) != host:
            return f"a page of {origin!r} may not use this server."
        if self._token and scope["path"].startswith(_KEPT):
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if not secrets.compare_digest(given.encode(), self._token.encode()):
                return "the token is missing or wrong; open the address that the server printed."
        return ""


def _address(origin: str) -> str:
    """Return the name and the port in an Origin header."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _name(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
