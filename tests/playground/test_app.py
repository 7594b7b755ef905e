"""The application: pages, conversations and questions over HTTP and WebSocket."""

import asyncio
import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from baremath.playground.server import conversation, limits, messages
from baremath.playground.server.app import PAGES, application
from baremath.playground.server.frames import decode
from baremath.playground.server.outbox import Outbox

HOST = {"host": "127.0.0.1:8000"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "index.html").write_text("<title>the pages</title>")
    (folder / "app.js").write_text("1")
    return folder


@pytest.fixture(scope="module")
def client(bundle):
    with TestClient(application(bundle), base_url="http://127.0.0.1:8000") as client:
        yield client


def ask(websocket, **message):
    """Send a message, and return its reply; frames are acknowledged on the way."""
    websocket.send_text(json.dumps(message))
    while True:
        reply = receive(websocket)
        if reply.get("re") == message.get("id", 0):
            return reply


def receive(websocket):
    """Return the next text message."""
    while True:
        received = websocket.receive()
        if received.get("text") is not None:
            return json.loads(received["text"])
        header, _ = decode(received["bytes"])
        if header["type"] == "frame":
            websocket.send_text(json.dumps({"type": "ack", "seq": header["seq"]}))


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in PAGES)])
def test_pages(client, path: str) -> None:
    reply = client.get(path)
    assert "the pages" in reply.text
    assert "default-src 'self'" in reply.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/nothing", "/../pyproject.toml", "/%2e%2e/pyproject.toml"])
def test_what_is_not_there(client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_unknown_page_is_told_by_the_pages(client) -> None:
    reply = client.get("/nothing", headers={"accept": "text/html,*/*"})
    assert reply.status_code == 404
    assert "the pages" in reply.text
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    # Its files would be looked for in the wrong folder.
    assert "the pages" not in client.get("/a/b", headers={"accept": "text/html"}).text


def test_a_conversation(client) -> None:
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        welcome = receive(websocket)
        assert welcome["type"] == "welcome"
        assert welcome["limits"]["units"] == 32
        assert ask(websocket, type="configure", id=1)["shape"] == [2, 4, 2, 1]
        assert ask(websocket, type="play", id=2)["type"] == "done"
        assert ask(websocket, type="pause", id=3)["type"] == "done"
        assert ask(websocket, type="step", id=4, unit="epoch")["type"] == "done"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type": "nothing"}',
        '{"type": "configure", "config": {"layers": [{"units": 33}]}}',
        '{"type": "configure", "config": {"learning_rate": -1}}',
        '{"type": "configure", "config": {"learning_rate": 1e999}}',
        '{"type": "play", "more": 1}',
        '{"type": "set_weight", "value": "1"}',
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ],
)
def test_a_bad_message_gets_an_error_and_the_server_goes_on(client, text: str) -> None:
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        websocket.send_text(text)
        error = receive(websocket)
        assert error["type"] == "error"
        assert "not understood" in error["message"]
        assert ask(websocket, type="configure", id=1)["type"] == "configured"


def test_bytes_are_no_message(client) -> None:
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        websocket.send_bytes(b"\x00\x01")
        assert "messages to the server are text" in receive(websocket)["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=10), one, max_size=4),
    max_leaves=10,
)
KINDS = st.sampled_from([kind.__struct_config__.tag for kind in messages.AnyMessage.__args__])
NAMES = st.sampled_from(["id", "config", "unit", "layer", "value", "step", "weights", "name"])


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.text(max_size=40)
    | JSON.map(json.dumps)
    | st.builds(
        lambda kind, fields: json.dumps({**fields, "type": kind}),
        KINDS,
        st.dictionaries(NAMES, JSON, max_size=4),
    )
)
def test_reading_raises_nothing_but_value_errors(text: str) -> None:
    with suppress(ValueError):
        messages.read(text)


def test_too_many_messages(client, monkeypatch) -> None:
    monkeypatch.setattr(limits.Bucket.__init__, "__defaults__", (0.0, 2.0))
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        for _ in range(3):
            websocket.send_text('{"type": "view", "visible": true, "id": 5}')
        replies = [receive(websocket) for _ in range(3)]
        assert sum("messages a second" in reply.get("message", "") for reply in replies) == 1


def test_an_ack_is_taken_however_many_messages_came(client, monkeypatch) -> None:
    """A page whose ack was left out would see no frame any more."""
    monkeypatch.setattr(limits.Bucket.__init__, "__defaults__", (0.0, 1.0))
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        websocket.send_text('{"type": "view", "id": 1}')
        websocket.send_text('{"type": "ack", "seq": 1}')
        websocket.send_text('{"type": "view", "id": 7}')
        assert receive(websocket)["type"] == "done"
        error = receive(websocket)
        assert (error["type"], error["re"]) == ("error", 7)


@pytest.mark.parametrize(
    ("text", "re"),
    [
        ('{"type": "configure", "id": 5, "config": {"layers": [{"units": 33}]}}', 5),
        ('{"type": "nothing", "id": 6}', 6),
        ('{"type": "play", "id": 36893488147419103232}', 0),
        ('{"type": "play", "id": "7"}', 0),
        ("{", 0),
    ],
)
def test_a_refusal_says_of_what(client, text: str, re: int) -> None:
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        websocket.send_text(text)
        error = receive(websocket)
        assert error["type"] == "error"
        assert error["re"] == re


@pytest.mark.parametrize(
    "config",
    [
        {"data": {"own": {"columns": ["a", "b"], "X": [], "y": [], "shown": [-99, 0]}}},
        {"stop": {"epochs": 2**70}},
        {"schedule": {"name": "step", "epochs": 5e-324}},
    ],
    ids=str,
)
def test_numbers_that_nothing_can_be_done_with(config) -> None:
    with pytest.raises(ValueError, match=r"Expected|out of range"):
        messages.read(json.dumps({"type": "configure", "config": config}))


def test_a_page_that_reads_nothing_is_left() -> None:
    """What waits for it is dropped, and it is said that its box is full."""

    class Stuck:
        sent = 0

        async def send_bytes(self, message) -> None:
            self.sent += 1
            await asyncio.Event().wait()

    async def fill() -> None:
        stuck = Stuck()
        outbox = Outbox(stuck)
        emptying = asyncio.create_task(outbox.empty())
        for _ in range(12):
            outbox.send(bytes(10_000_000))
            await asyncio.sleep(0)
        await asyncio.wait_for(outbox.full.wait(), 10)
        assert stuck.sent == 1
        assert outbox._queue.empty()
        emptying.cancel()

    asyncio.run(fill())


def test_a_page_is_left_when_its_box_is_full(client, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_UNREAD", 100)
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        assert websocket.receive()["code"] == 1008


def test_a_question_that_breaks_off(bundle) -> None:
    async def ask() -> None:
        sent = []
        scope = {
            "type": "http", "method": "POST", "path": "/api/ladder", "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }  # fmt: skip

        async def receive():
            return {"type": "http.disconnect"}

        async def send(message) -> None:
            sent.append(message)

        app = application(bundle)
        async with app.router.lifespan_context(app):
            await app(scope, receive, send)
        assert sent[0]["status"] == 400

    asyncio.run(ask())


def test_too_many_sessions(client, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_SESSIONS", 1)
    with client.websocket_connect("/ws", headers=HOST) as first:
        receive(first)
        with client.websocket_connect("/ws", headers=HOST) as second:
            assert "1 sessions are open already" in receive(second)["reason"]
        assert ask(first, type="configure", id=1)["type"] == "configured"


def test_an_idle_session_ends(client, monkeypatch) -> None:
    monkeypatch.setattr(conversation.limits, "IDLE", 0.01)
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        goodbye = receive(websocket)
        assert goodbye["type"] == "goodbye"
        assert websocket.receive()["type"] == "websocket.close"


def test_a_session_that_trains_is_not_idle(client, monkeypatch) -> None:
    with client.websocket_connect("/ws", headers=HOST) as websocket:
        receive(websocket)
        ask(websocket, type="configure", id=1, config={"stop": {"epochs": 2}})
        ask(websocket, type="speed", id=2, steps_per_second=200)
        ask(websocket, type="play", id=3)
        monkeypatch.setattr(conversation.limits, "IDLE", 0.01)
        ask(websocket, type="view", id=4)
        told = []
        while "goodbye" not in told:
            told.append(receive(websocket)["type"])
        assert [one for one in told if one in ("stopped", "goodbye")] == ["stopped", "goodbye"]


def test_a_question_that_is_none(client) -> None:
    assert client.post("/api/nothing", json={}).status_code == 404


def test_a_question_that_is_too_long(client) -> None:
    reply = client.post("/api/regression", content=b" " * (limits.MOST_BODY + 1))
    assert reply.status_code == 413


@pytest.mark.parametrize("name", ["regression", "chain-rule", "ladder"])
def test_a_question_that_makes_no_sense(client, name: str) -> None:
    reply = client.post(f"/api/{name}", content=b'{"nonsense": 1}')
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_a_page_of_another_site_is_refused(client) -> None:
    reply = client.post("/api/ladder", json={}, headers={"origin": "http://evil.example"})
    assert reply.status_code == 403
