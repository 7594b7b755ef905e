"""Questions over HTTP: the processes that answer them, and what is refused."""

import asyncio
import json
import os
import subprocess
from contextlib import contextmanager

import pytest
from starlette.requests import Request

from baremath.playground.server import limits
from baremath.playground.server.answering import AnsweringProcess
from baremath.playground.server.answers import Answers, Desk


@contextmanager
def process():
    answering = AnsweringProcess()
    try:
        yield answering
    finally:
        answering.end()


def test_a_process_answers_until_it_is_ended() -> None:
    with process() as answering:
        for x in (0.0, 2.0):
            status, body = answering.ask("activations", json.dumps({"x": x}).encode())
            assert status == 200
            assert json.loads(body)
        assert answering.ask("activations", b'{"nonsense": 1}').status == 400
    assert answering.ask("activations").status == 503


def test_the_next_question_after_one_that_takes_too_long(monkeypatch) -> None:
    with process() as answering:
        monkeypatch.setattr(limits, "LONGEST_ANSWER", 0.0)
        status, body = answering.ask("ladder")
        assert status == 503
        assert "may take" in json.loads(body)["error"]
        monkeypatch.undo()
        assert answering.ask("activations").status == 200


def test_no_process_is_left(monkeypatch) -> None:
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *args, **options) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with process() as answering:
        answering.ask("activations")
        (one,) = started
        assert one.pid != os.getpid()
        assert one.poll() is None
    assert one.returncode is not None


def request(name: str, *messages) -> Request:
    """Return a request whose body comes in some messages; nothing more comes after them."""
    left = list(messages)

    async def receive():
        return left.pop(0) if left else await asyncio.Event().wait()

    scope = {"type": "http", "method": "POST", "headers": [], "path_params": {"name": name}}
    return Request(scope, receive)


def part(body: bytes, *, more: bool = False):
    return {"type": "http.request", "body": body, "more_body": more}


def asked(*messages, name: str = "regression", answers: Answers | None = None):
    async def ask():
        return await (answers or Answers())(request(name, *messages))

    return asyncio.run(ask())


def test_a_body_that_never_ends(monkeypatch) -> None:
    monkeypatch.setattr(limits, "LONGEST_BODY", 0.01)
    reply = asked(part(b"{", more=True))
    assert reply.status_code == 408
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("name", ["regression", "nothing"])
def test_what_is_refused_is_not_read_to_its_end(monkeypatch, name: str) -> None:
    monkeypatch.setattr(limits, "MOST_BODY", 10)
    reply = asked(part(b"12345678901", more=True), name=name)
    assert reply.status_code in (404, 413)
    assert reply.headers["connection"] == "close"


def test_too_many_questions(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_ASKED", 0)
    assert asked(part(b"{}")).status_code == 429


def test_nothing_is_computed_for_who_has_left() -> None:
    class Never:
        def ask(self, name: str, body: bytes):
            raise AssertionError

    async def ask() -> int:
        desk = Desk()
        desk.process = Never()
        gone = request("ladder", {"type": "http.disconnect"})
        return (await desk.answer(gone, "ladder", b"{}")).status

    assert asyncio.run(ask()) == 400
