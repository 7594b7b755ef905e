"""What would take a moment when it is asked for first: imports, and compiled code."""

from __future__ import annotations

from baremath.playground.server.messages import Configure, Export, Formula, Step
from baremath.playground.server.session import Session


def look_around() -> None:
    """Train the default network for a step, draw it, and look into it."""
    session = Session(lambda message: None)
    for message in Configure(), Step(unit="batch"), Formula(sample=0), Export(what="python"):
        session.receive(message)
    while session.turn(1.0) is not None:
        pass
