"""Many sessions, and long ones: all progress, and none grows."""

import gc
import threading
import tracemalloc

from baremath.playground.server import messages
from baremath.playground.server.config import Config
from baremath.playground.server.frames import decode
from baremath.playground.server.scheduler import Scheduler
from baremath.playground.server.session import Session

N_SESSIONS = 30
STEPS = 20_000


class Page:
    """Takes every frame at once, and says when enough steps have been taken."""

    def __init__(self, scheduler: Scheduler, seed: int) -> None:
        self.steps, self.done = 0, threading.Event()
        self.scheduler = scheduler
        self.session = Session(self.take)
        self.ask(messages.Configure(config=Config(seed=seed)))
        self.ask(messages.Play())

    def ask(self, message) -> None:
        self.session.receive(message)
        self.scheduler.call(self.session)

    def take(self, message) -> None:
        if isinstance(message, str):
            return
        header, _ = decode(message)
        if header["type"] == "frame":
            self.steps = header["runs"][0]["step"]
            self.session.receive(messages.Ack(seq=header["seq"]))
            if self.steps >= STEPS:
                self.done.set()


def test_all_sessions_progress() -> None:
    scheduler = Scheduler(2)
    pages = [Page(scheduler, seed) for seed in range(N_SESSIONS)]
    assert all(page.done.wait(60) for page in pages)
    scheduler.close()


def test_a_long_session_keeps_its_size() -> None:
    """What grew by a kilobyte a turn would show: a hundred kilobytes of moments come and go."""
    session: Session

    def take(message) -> None:
        if isinstance(message, bytes):
            header, _ = decode(message)
            if header["type"] == "frame":
                session.receive(messages.Ack(seq=header["seq"]))

    session = Session(take)
    session.receive(messages.Configure(config=Config(learning_rate=1e-6)))
    session.receive(messages.Play())

    def train(turns: int) -> int:
        for _ in range(turns):
            session.turn(0.0)  # one step
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    train(1000)
    tracemalloc.start()
    before = train(100)
    after = train(2000)
    tracemalloc.stop()
    assert after - before < 1_000_000
