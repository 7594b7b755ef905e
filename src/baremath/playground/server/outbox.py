"""The outbox: what waits to be sent to a page."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from baremath.playground.server import limits

#: What is raised when a page has gone.
GONE = (WebSocketDisconnect, RuntimeError, OSError)


class Outbox:
    """Messages to a page, in their order; of one that doesn't read them, none.

    Parameters
    ----------
    websocket : WebSocket

    Attributes
    ----------
    full : asyncio.Event
        Set when more waited than `limits.MOST_UNREAD`; nothing is sent from then on.
    """

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._unread = 0
        self.full = asyncio.Event()

    def send(self, message: str | bytes) -> None:
        """Send a message, from any thread."""
        with suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: str | bytes) -> None:
        if self.full.is_set():
            return
        self._unread += len(message)
        self._queue.put_nowait(message)
        if self._unread > limits.MOST_UNREAD:
            self.full.set()
            self._queue = asyncio.Queue()

    async def empty(self) -> None:
        """Send what comes until the page is gone."""
        with suppress(*GONE):
            while True:
                message = await self._queue.get()
                if isinstance(message, str):
                    await self._websocket.send_text(message)
                else:
                    await self._websocket.send_bytes(message)
                self._unread -= len(message)
