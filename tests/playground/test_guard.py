"""Who may talk to the server."""

from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from baremath.playground.server.guard import Guard


def client(**options) -> TestClient:
    async def hello(request):
        return PlainTextResponse("hello")

    async def talk(websocket):
        await websocket.accept()
        await websocket.send_text("hello")
        await websocket.close()

    routes = [Route("/", hello), Route("/api/x", hello), WebSocketRoute("/ws", talk)]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, **options)])
    return TestClient(app, base_url="http://127.0.0.1:8000")


def hears(talks: TestClient, path: str = "/ws", **headers: str) -> bool:
    with suppress(WebSocketDisconnect), talks.websocket_connect(path, headers=headers) as websocket:
        return websocket.receive_text() == "hello"
    return False


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost:8000", "localhost", "[::1]:8000", "LOCALHOST:9"]
)
def test_own_names(host: str) -> None:
    assert client().get("/", headers={"host": host}).text == "hello"
    assert hears(client(), host=host)


@pytest.mark.parametrize(
    "host",
    ["evil.example:8000", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1:8000", "localhost.evil"],
)
def test_a_name_that_was_pointed_here(host: str) -> None:
    reply = client().get("/", headers={"host": host})
    assert reply.status_code == 403
    assert "isn't called" in reply.json()["error"]
    assert not hears(client(), host=host)


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", True),
        ("http://127.0.0.1:9000", False),
        ("http://localhost:8000", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_pages_of_other_sites(origin: str, welcome: bool) -> None:
    headers = {"host": "127.0.0.1:8000", "origin": origin}
    assert (client().post("/api/x", headers=headers).status_code != 403) is welcome
    assert hears(client(), **headers) is welcome


@pytest.mark.parametrize(
    ("query", "welcome"),
    [("?token=secret", True), ("", False), ("?token=", False), ("?token=secre", False),
     ("?token=%ff", False), ("?other=secret", False)],
)  # fmt: skip
def test_elsewhere_a_token_is_needed(query: str, welcome: bool) -> None:
    guarded = client(hosts=None, token="secret")
    headers = {"host": "box.example:8000"}
    assert (guarded.get(f"/api/x{query}", headers=headers).status_code == 200) is welcome
    assert hears(guarded, f"/ws{query}", **headers) is welcome
    assert guarded.get("/", headers=headers).text == "hello"
