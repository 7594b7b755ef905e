"""The playground's server: steps a second, replies, and many pages at once."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import websockets

from baremath.playground.server.frames import decode
from benchmarks.measure import Row

#: Microseconds of a step of TensorFlow Playground's own engine (nn.ts) on its default network
#: under Node.js on such a machine.
TENSORFLOW_PLAYGROUND = 7.3

PAGES = 50
SECONDS = 20.0
SOAK = 60.0

SERVER = """
import sys
from baremath.playground import serving
playground = serving.Playground()
print(playground.port, flush=True)
playground.run()
"""


@dataclass
class Seen:
    """What one page has seen."""

    first_picture: float = 0.0
    frames: int = 0
    steps: int = 0
    replies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    compiled: float = 0.0


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """Run the server in a process of its own; yield its port and process."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait()


class Page:
    """A page that draws nothing."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._asked: dict[int, tuple[float, str]] = {}
        self.seen = Seen()

    async def ask(self, kind: str, **fields: Any) -> None:
        """Send a message; its reply is timed when it comes."""
        number = len(self._asked) + 1
        self._asked[number] = (time.perf_counter(), kind)
        await self._socket.send(json.dumps({"type": kind, "id": number, **fields}))

    async def listen(self, until: float) -> dict[str, Any] | None:
        """Take the next message; return the header of a frame."""
        try:
            async with asyncio.timeout_at(until):
                message = await self._socket.recv()
        except TimeoutError:
            return None
        if isinstance(message, str):
            self._note(json.loads(message))
            return None
        header, _ = decode(message)
        if header["type"] != "frame":
            return None
        await self._socket.send(json.dumps({"type": "ack", "seq": header["seq"]}))
        self.seen.frames += 1
        self.seen.steps = header["runs"][0]["step"]
        self.seen.rates.append(header["steps_per_second"])
        return header

    def _note(self, reply: dict[str, Any]) -> None:
        asked, kind = self._asked.get(reply.get("re", 0), (0.0, ""))
        if kind and kind != "configure":
            self.seen.replies.append(time.perf_counter() - asked)
        if reply["type"] == "error":
            raise RuntimeError(reply["message"])


async def page(port: int, seconds: float, *, asks_every: float, edits: bool) -> Seen:
    """Open a page, train the default network, and ask something now and then."""
    began = time.perf_counter()
    address = f"ws://127.0.0.1:{port}/ws"
    async with websockets.connect(address, max_size=None, compression=None) as socket:
        one, loop = Page(socket), asyncio.get_running_loop()
        await one.ask("configure")
        while await one.listen(loop.time() + 10) is None:
            pass
        one.seen.first_picture = time.perf_counter() - began
        await one.ask("play")
        end, next_question = loop.time() + seconds, loop.time() + asks_every
        while loop.time() < end:
            await one.listen(min(end, next_question))
            if loop.time() >= next_question:
                next_question += asks_every
                await one.ask("speed", steps_per_second=None)
        if edits:
            one.seen.compiled = await compiled(one)
        return one.seen


async def compiled(one: Page) -> float:
    """Return the seconds from a new architecture to its first steps, the median of several."""
    loop, found = asyncio.get_running_loop(), []
    for units in (5, 6, 7, 8, 3):
        began, before = time.perf_counter(), one.seen.steps
        layers = [{"units": units}, {"units": 3, "activation": "relu"}]
        await one.ask("configure", config={"layers": layers})
        seen = False
        while not seen:
            header = await one.listen(loop.time() + 10)
            is_new = header is not None and header["arrays"][0]["shape"][0] == 6 * units + 7
            seen = bool(is_new and header and header["runs"][0]["step"] > before)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


async def pages(port: int, count: int, seconds: float) -> list[Seen]:
    """Open many pages at once."""
    asked = (page(port, seconds, asks_every=0.5, edits=False) for _ in range(count))
    return list(await asyncio.gather(*asked))


def resident(process: int) -> float:
    """Return the memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def rows() -> Iterator[Row]:
    """Measure."""
    with server() as (port, _):
        asyncio.run(page(port, 1.0, asks_every=1.0, edits=False))
        alone = asyncio.run(page(port, 10.0, asks_every=0.5, edits=True))
    yield from _alone(alone)
    with server() as (port, process):
        many = asyncio.run(pages(port, PAGES, SECONDS))
        before = resident(process)
        asyncio.run(pages(port, PAGES, SOAK))
        after = resident(process)
    yield from _many(many, before, after)


def _alone(seen: Seen) -> Iterator[Row]:
    rate = statistics.median(seen.rates[len(seen.rates) // 4 :])
    ratio = rate * TENSORFLOW_PLAYGROUND * 1e-6
    yield Row(
        "playground, steps of the default network while it is drawn",
        "TensorFlow Playground's engine, Node: cited",
        f"{rate / 1e6:.2f} M a second",
        f"{1 / TENSORFLOW_PLAYGROUND:.2f} M a second",
        f"{ratio:.3g}",
        "≥ 20",
        ratio >= 20,
        "as the page's corner shows it",
    )
    frames = seen.frames / 10
    yield _limit("playground, frames", f"{frames:.0f} a second", "≥ 30", frames >= 30, "one page")
    first = seen.first_picture
    yield _limit("playground, first picture", f"{1e3 * first:.0f} ms", "≤ 1 s", first <= 1, "")
    worst = max(seen.replies)
    yield _limit(
        "playground, reply to a change", f"{1e3 * worst:.0f} ms", "≤ 100 ms", worst <= 0.1, "worst"
    )
    yield _limit(
        "playground, a new architecture trains after",
        f"{1e3 * seen.compiled:.0f} ms",
        "≤ 300 ms",
        seen.compiled <= 0.3,
        "2-u-3-1 for several u",
    )


def _many(many: list[Seen], before: float, after: float) -> Iterator[Row]:
    replies = np.concatenate([one.replies for one in many])
    late = float(np.percentile(replies, 99))
    yield _limit(
        f"playground, {PAGES} pages at once: replies, 99th percentile",
        f"{1e3 * late:.0f} ms",
        "≤ 250 ms",
        late <= 0.25,
        f"{len(replies):,} replies, median {1e3 * float(np.median(replies)):.0f} ms",
    )
    steps = sorted(one.steps for one in many)
    share = steps[0] / statistics.mean(steps)
    yield _limit(
        f"playground, {PAGES} pages at once: steps of the slowest, of the mean",
        f"{share:.2f}",
        "≥ 0.5",
        share >= 0.5,
        f"{sum(steps) / SECONDS / 1e6:.2f} M steps a second together",
    )
    grown = after - before
    yield _limit(
        f"playground, memory that {PAGES} more pages leave behind after {SOAK:.0f} s",
        f"{grown:.0f} MiB",
        "≤ 20 MiB",
        grown <= 20,
        f"{after:.0f} MiB in all",
    )


def _limit(work: str, ours: str, mark: str, met: bool, check: str) -> Row:
    return Row(work, "–", ours, "–", "–", mark, met, check)
