"""The playground as a process: its address, its pages, its end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import msgspec
import pytest
import websockets

from baremath.cli import main, playground
from baremath.playground import serving
from baremath.playground.server import messages
from baremath.playground.server.points import points_of
from baremath.playground.serving import MissingPagesError, Playground


@pytest.fixture
def command():
    """Run `baremath playground`, and yield the process and the address that it prints."""
    running = []

    def run(*arguments: str):
        process = subprocess.Popen(
            [sys.executable, "-m", "baremath", "playground", "--no-browser", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        running.append(process)
        line = ""
        while "http://" not in line:
            line = process.stdout.readline()
            assert line, process.stderr.read()
        return process, line.split()[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


async def welcomed(url: str):
    address = url.replace("http://", "ws://").replace("/?", "/ws?") + ("" if "?" in url else "ws")
    async with websockets.connect(address) as page:
        return json.loads(await page.recv())


def test_it_serves_until_it_is_interrupted(command) -> None:
    process, url = command()
    with urllib.request.urlopen(url) as reply:
        assert b"<title>" in reply.read()
    assert asyncio.run(welcomed(url))["type"] == "welcome"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Ended" in out
    assert not errors


def test_a_table_to_begin_with(command) -> None:
    _, url = command("--data", "iris")
    begin = asyncio.run(welcomed(url))["begin"]
    assert begin["problem"] == "classification"
    assert begin["data"]["own"]["columns"][0].startswith("sepal")
    assert len(begin["data"]["own"]["X"]) == 150


LONG = "the population of the municipality at the end of the last year but one"
TABLES = {
    "amounts": (
        f"{LONG},b,kind,y",
        [f"{1_500_000 * (k + 1)},{k},word,{2.5e9 - k}" for k in range(20)],
        "regression",
    ),
    "large classes": (f"{LONG},y", [f"{k * 1e7},{1_000_000_007 + k % 2}" for k in range(20)], ""),
    "long classes": ("a,y", [f"{k},{LONG}" if k % 2 else f"{k},no" for k in range(20)], ""),
    "yes and no": ("a,y", [f"{k},{'true' if k % 2 else 'false'}" for k in range(20)], ""),
    "infinite": ("a,y", ["1,inf", *(f"{k},{k}.5" for k in range(20))], "regression"),
    "wide": (
        ",".join([*(f"c{k}" for k in range(40)), "y"]),
        [",".join(["1"] * 40 + [str(k % 3)]) for k in range(20)],
        "",
    ),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_page_takes_what_it_begins_with(table: str, tmp_path, capsys) -> None:
    """What the page sends back is within the bounds of a configuration."""
    header, rows, problem = TABLES[table]
    path = tmp_path / "table.csv"
    path.write_text("\n".join([header, *rows]))
    begin = playground._config(str(path), None)
    assert begin.problem == (problem or "classification")
    sent = msgspec.json.encode({"type": "configure", "config": begin})
    assert messages.read(sent).config == begin
    points = points_of(begin.data, begin.problem)
    assert len(points.X) == 20
    out = capsys.readouterr().out
    if table == "amounts":
        assert begin.data.own.columns[0].endswith("1e2")
        assert begin.data.own.X[3][0] == 60_000
        assert "no numbers: kind" in out
    if table == "large classes":
        assert points.classes == ("1000000007", "1000000008")
    if table == "wide":
        assert "after the first 32: c32" in " ".join(out.split())
    assert ("Left out" in out) == (table in ("amounts", "infinite", "wide"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,y", *(f"{k},word{k}" for k in range(11))], "11 different values"),
        (["a,y", "1,x", "2,x"], "1 different values"),
        (["a,b,y", "1,,x", ",2,z"], "0 different values"),
    ],
)
def test_tables_that_make_no_sense(rows, message: str, tmp_path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(rows))
    with pytest.raises(ValueError, match=message):
        playground._config(str(path), None)


def test_a_port_that_is_taken(capsys) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["playground", "--no-browser", "--port", str(port)]) == 1
    assert f"127.0.0.1:{port} can't be used" in capsys.readouterr().err


def test_the_next_port_is_taken_if_none_is_asked_for() -> None:
    first, second = Playground(), Playground()
    assert first.port != second.port
    first.close()
    second.close()


def test_elsewhere_the_address_has_a_token() -> None:
    own, others = Playground(), Playground("0.0.0.0")
    assert "?token=" not in own.url
    assert len(others.url.split("?token=")[1]) >= 20
    own.close()
    others.close()


def test_pages_that_were_not_built(monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(serving, "BUNDLE", tmp_path)
    with pytest.raises(MissingPagesError, match="make web"):
        Playground()
    assert main(["playground"]) == 1
    assert "make web" in capsys.readouterr().err


def test_in_a_thread() -> None:
    served = Playground().start()
    with urllib.request.urlopen(served.url) as reply:
        assert reply.status == 200
    served.close()


def test_again_on_the_same_port() -> None:
    with socket.socket() as free:  # which no other test takes, as those from 8000 on
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Playground(port=port).start().close()
    second = Playground(port=port).start()
    with urllib.request.urlopen(second.url) as reply:
        assert reply.status == 200
    second.close()


def test_one_that_can_not_begin_says_so(monkeypatch) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    with pytest.raises(RuntimeError, match="ended before it began"):
        Playground().start()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nothing.csv"], "nothing.csv"),
        (["--data", "iris", "--target", "colour"], "no column 'colour'"),
        (["--target", "species"], "give the table by --data"),
        (["--port", "0"], "greater than or equal to 1"),
    ],
)
def test_commands_that_make_no_sense(arguments, message: str, capsys) -> None:
    assert main(["playground", "--no-browser", *arguments]) in (1, 2)
    assert message in capsys.readouterr().err
