"""Patience with connections: one whose request doesn't come is closed after a time."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from baremath.playground.server import limits


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a limit on the time until a request's headers are there.

    Uvicorn itself waits for the first request, or for the rest of one that has begun, without end.
    """

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._clock = self.loop.call_later(limits.LONGEST_HEADERS, self._leave)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()

    def _leave(self) -> None:
        """Close the connection, if no request is being answered and it is no WebSocket by now."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if not answering and self.transport.get_protocol() is self:
            self.transport.close()
