"""A conversation: one WebSocket, from the page's first message to the last."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

import baremath
from baremath.playground.server import limits, messages
from baremath.playground.server.config import Config
from baremath.playground.server.scheduler import Scheduler
from baremath.playground.server.session import Session


class Conversations:
    """All conversations that go on, and the threads that their sessions share.

    Parameters
    ----------
    begin : Config, optional
        What a page begins with.
    """

    def __init__(self, begin: Config | None = None) -> None:
        self._welcome = msgspec.json.encode(
            {
                "type": "welcome",
                "version": baremath.__version__,
                "limits": limits.described(),
                "begin": begin,
            }
        ).decode()
        self.scheduler = Scheduler()
        self._open: set[Session] = set()

    async def __call__(self, websocket: WebSocket) -> None:
        """Talk to a page until it leaves, says nothing for long, or the server ends."""
        await websocket.accept()
        if len(self._open) >= limits.MOST_SESSIONS:
            reason = f"{limits.MOST_SESSIONS} sessions are open already; close one and try again."
            await websocket.send_text(json.dumps({"type": "goodbye", "reason": reason}))
            await websocket.close(1013, "too many sessions")
            return
        outbox: asyncio.Queue[str | bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def send(message: str | bytes) -> None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(outbox.put_nowait, message)

        session = Session(send)
        self._open.add(session)
        sending = asyncio.create_task(_send_all(websocket, outbox))
        try:
            await websocket.send_text(self._welcome)
            await self._listen(websocket, session, outbox)
        finally:
            self._open.discard(session)
            self.scheduler.forget(session)
            sending.cancel()

    async def _listen(
        self, websocket: WebSocket, session: Session, outbox: asyncio.Queue[str | bytes]
    ) -> None:
        bucket = limits.Bucket()
        while True:
            try:
                received = await asyncio.wait_for(websocket.receive(), limits.IDLE)
            except TimeoutError:
                reason = f"nothing was heard for {limits.IDLE / 60:.0f} minutes."
                await websocket.send_text(json.dumps({"type": "goodbye", "reason": reason}))
                await websocket.close(1000, "idle")
                return
            except (WebSocketDisconnect, RuntimeError):
                return
            if received["type"] == "websocket.disconnect":
                return
            problem = self._take(session, bucket, received)
            if problem:
                outbox.put_nowait(json.dumps({"type": "error", "re": 0, "message": problem}))

    def _take(self, session: Session, bucket: limits.Bucket, received: Any) -> str:
        """Give a message to the session; return what is wrong with it, if something is."""
        if not bucket.take():
            return f"more than {limits.RATE:.0f} messages a second; this one was left out."
        if session.waiting >= limits.MOST_WAITING:
            return f"{limits.MOST_WAITING} messages wait already; this one was left out."
        text = received.get("text")
        if text is None:
            return "messages to the server are text, in JSON."
        try:
            message = messages.read(text)
        except ValueError as error:
            return f"not understood: {error}"
        if session.receive(message):
            self.scheduler.call(session)
        return ""

    def close(self) -> None:
        """End the threads."""
        self.scheduler.close()


async def _send_all(websocket: WebSocket, outbox: asyncio.Queue[str | bytes]) -> None:
    """Send what comes, in its order, until the page is gone."""
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        while True:
            message = await outbox.get()
            if isinstance(message, str):
                await websocket.send_text(message)
            else:
                await websocket.send_bytes(message)
