"""A conversation: one WebSocket, from the page's first message to the last."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import msgspec
from starlette.websockets import WebSocket

import baremath
from baremath.playground.server import limits, messages
from baremath.playground.server.config import Config
from baremath.playground.server.outbox import GONE, Outbox
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
        self.scheduler = Scheduler(n_answering=1)
        self._open: set[Session] = set()

    async def __call__(self, websocket: WebSocket) -> None:
        """Talk to a page until it leaves, says nothing for long, or the server ends."""
        await websocket.accept()
        if len(self._open) >= limits.MOST_SESSIONS:
            reason = f"{limits.MOST_SESSIONS} sessions are open already; close one and try again."
            with suppress(*GONE):
                await websocket.send_text(json.dumps({"type": "goodbye", "reason": reason}))
                await websocket.close(1013, "too many sessions")
            return
        outbox = Outbox(websocket)
        outbox.send(self._welcome)
        session = Session(outbox.send)
        self._open.add(session)
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._listen(websocket, session, outbox),
                outbox.empty(),
                outbox.full.wait(),
            )
        ]
        listening, _, full = tasks
        try:
            await asyncio.wait((listening, full), return_when=asyncio.FIRST_COMPLETED)
            if full.done():
                with suppress(*GONE):
                    await websocket.close(1008, "what was sent is not read")
        finally:
            self._open.discard(session)
            self.scheduler.forget(session)
            for task in tasks:
                task.cancel()

    async def _listen(self, websocket: WebSocket, session: Session, outbox: Outbox) -> None:
        bucket = limits.Bucket()
        while True:
            try:
                received = await asyncio.wait_for(websocket.receive(), limits.IDLE)
            except TimeoutError:
                if session.trains:
                    continue
                reason = f"nothing was heard for {limits.IDLE / 60:.0f} minutes."
                with suppress(*GONE):
                    await websocket.send_text(json.dumps({"type": "goodbye", "reason": reason}))
                    await websocket.close(1000, "idle")
                return
            except GONE:
                return
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text") or ""
            problem = self._take(session, bucket, text)
            if problem:
                error = {"type": "error", "re": messages.id_of(text), "message": problem}
                outbox.send(json.dumps(error))

    def _take(self, session: Session, bucket: limits.Bucket, text: str) -> str:
        """Give a message to the session; return what is wrong with it, if something is."""
        is_ack = messages.is_ack(text)
        if not bucket.take() and not is_ack:
            return f"more than {limits.RATE:.0f} messages a second; this one was left out."
        if session.waiting >= limits.MOST_WAITING and not is_ack:
            return f"{limits.MOST_WAITING} messages wait already; this one was left out."
        if not text:
            return "not understood: messages to the server are text, in JSON."
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
