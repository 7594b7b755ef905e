"""Points of the page's own are said once: later configurations mean those that there are."""

import json
from typing import Any

from baremath.playground.server import messages
from baremath.playground.server.session import Session

OWN = {"columns": ["a", "b"], "X": [[i, i % 3] for i in range(20)], "y": [i % 2 for i in range(20)]}


class Page:
    """A page that keeps what its session sends."""

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []
        self.session = Session(self.sent.append)

    def configure(self, **config: Any) -> dict[str, Any]:
        """Ask for settings; return the last reply."""
        message = {"type": "configure", "id": 1, "config": config}
        self.session.receive(messages.read(json.dumps(message)))
        while self.session.turn(0.01) == 0.0:
            pass
        return json.loads([one for one in self.sent if isinstance(one, str)][-1])

    def take_points(self) -> int:
        """Return how many messages of points have come since the last call."""
        found = [one for one in self.sent if isinstance(one, bytes) and b'"type": "points"' in one]
        self.sent.clear()
        return len(found)


def test_points_that_the_server_has_stay() -> None:
    page = Page()
    assert page.configure(data={"name": "own", "own": OWN})["redrawn"]
    assert page.take_points() == 1
    reply = page.configure(data={"name": "own"}, batch_size=7)
    assert reply["config"]["batch_size"] == 7
    assert reply["n_weights"] == 25
    assert page.take_points() <= 1
    page.session.receive(messages.Step(unit="batch"))
    while page.session.turn(0.01) == 0.0:
        pass
    page.sent.clear()
    reply = page.configure(data={"name": "own"}, batch_size=9)
    assert not reply["redrawn"]
    assert page.take_points() == 0


def test_points_are_not_sent_back() -> None:
    reply = Page().configure(data={"name": "own", "own": OWN})
    assert reply["config"]["data"] == {
        "name": "own", "n": 500, "noise": 0.0, "share": 50, "seed": 0, "own": None
    }  # fmt: skip


def test_points_that_were_never_said_are_asked_for() -> None:
    assert "own" in Page().configure(data={"name": "own"})["message"]
