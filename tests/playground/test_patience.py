"""Connections that ask for nothing are closed; those in use stay."""

import asyncio
import json
import socket

import pytest
import websockets

from baremath.playground import serving
from baremath.playground.server import limits
from baremath.playground.server.answers import Answers
from baremath.playground.serving import Playground


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    """Serve a page of nothing, without patience."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "index.html").write_text("<title>the pages</title>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "BUNDLE", folder)
        patch.setattr(limits, "LONGEST_HEADERS", 0.5)
        patch.setattr(Answers, "warm_up", lambda _: None)
        playground = Playground().start()
        yield playground
        playground.close()


def heard(playground: Playground, *said: bytes) -> bytes:
    """Say something, and listen until the connection is closed."""
    with socket.create_connection(("127.0.0.1", playground.port), timeout=30) as one:
        for text in said:
            one.sendall(text)
        return b"".join(iter(lambda: one.recv(65536), b""))


def test_who_says_nothing(playground) -> None:
    assert heard(playground) == b""


def test_headers_that_never_end(playground) -> None:
    assert heard(playground, b"GET / HTTP/1.1\r\nHost: 127.0") == b""


def test_who_says_nothing_more(playground) -> None:
    host = f"Host: 127.0.0.1:{playground.port}\r\n".encode()
    whole = b"GET / HTTP/1.1\r\n" + host + b"\r\n"
    assert heard(playground, whole, b"GET /").count(b"the pages") == 1


def test_a_socket_that_talks_stays(playground) -> None:
    async def talk() -> None:
        address = f"ws://127.0.0.1:{playground.port}/ws"
        async with websockets.connect(address) as page:
            assert json.loads(await page.recv())["type"] == "welcome"
            # a connection that came later has been closed since
            await asyncio.to_thread(heard, playground)
            await page.send('{"type": "view", "id": 1}')
            assert json.loads(await page.recv())["re"] == 1

    asyncio.run(talk())
