"""The other end of a session: what a page would say, and be sent."""

import base64
import json

import numpy as np

from baremath.playground.server import messages
from baremath.playground.server.config import Config
from baremath.playground.server.frames import decode
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import points_of
from baremath.playground.server.session import Session

TURN = 0.002  # seconds; only how many steps a turn takes depends on it
PAUSING = ("pause", "step", "seek", "reset")


class Page:
    """The other end: asks, and keeps what it is sent."""

    def __init__(self) -> None:
        self.texts, self.binaries = [], []
        self.session = Session(self.take)
        self.number = 0
        self.playing = False
        self.draws = True  # one that can't be seen draws nothing, and asks for no more

    def take(self, message) -> None:
        if isinstance(message, bytes):
            header, arrays = decode(message)
            self.binaries.append((header, arrays))
            if header["type"] == "frame" and self.draws:
                ack = json.dumps({"type": "ack", "seq": header["seq"]})
                self.session.receive(messages.read(ack))
        else:
            self.texts.append(json.loads(message))

    def ask(self, kind: str, **fields):
        """Send a message, give the session its turns, and return the reply."""
        self.number += 1
        text = json.dumps({"type": kind, "id": self.number, **fields})
        self.session.receive(messages.read(text))
        self.playing = kind == "play" or (self.playing and kind not in PAUSING)
        replies, delay = [], 0.0
        while not replies or (delay is not None and not self.playing):
            delay = self.session.turn(TURN)
            replies = [one for one in self.texts if one.get("re") == self.number]
        (reply,) = replies
        return reply

    def configure(self, config=None, **fields):
        return self.ask("configure", config=config or {}, **fields)

    def train(self, turns: int = 1) -> None:
        self.ask("play")
        for _ in range(turns):
            self.session.turn(TURN)
        self.ask("pause")

    def told(self, kind: str):
        return [one for one in self.texts if one["type"] == kind]

    @property
    def frame(self):
        """The last frame."""
        return next(one for one in reversed(self.binaries) if one[0]["type"] == "frame")

    @property
    def run(self):
        return self.frame[0]["runs"][0]

    def losses(self, run: int = 0):
        """All points of a run's curve that were sent, by the branch of their frame."""
        found = {}
        for header, arrays in self.binaries:
            if header["type"] == "frame":
                found.setdefault(header["branch"], []).extend(arrays[f"{run}/losses"].tolist())
        return found

    @property
    def branch(self):
        return self.frame[0]["branch"]

    @property
    def timeline(self):
        """Branches and bookmarks, as told last."""
        return self.told("timeline")[-1]

    @property
    def weights(self):
        return self.frame[1]["0/weights"]


def plan_of(config: Config) -> Plan:
    return Plan(config, points_of(config.data, config.problem))


def coded(weights) -> str:
    return base64.b64encode(np.asarray(weights, "<f4").tobytes()).decode()
