"""What page and server say to each other: the page's own tests read it too, and mirror it.

Where it has changed on purpose: PYTHONPATH=src python tests/playground/test_contract.py
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from baremath.playground.server import limits, messages
from baremath.playground.server.session import Session

GOLDEN = Path(__file__).parent / "golden" / "contract.json"

#: A step too long for layers without bounds.
DIVERGING = {
    "problem": "regression",
    "data": {"name": "reg-plane"},
    "layers": 2 * [{"units": 8, "activation": "relu"}],
    "learning_rate": 10,
}

#: Commands, one of which each text message of the server answers.
COMMANDS: tuple[dict[str, Any], ...] = (
    {"type": "configure"},
    {"type": "step", "unit": "batch"},
    {"type": "bookmark"},
    {"type": "inspect", "sample": 0},
    {"type": "formula", "sample": 0},
    {"type": "export"},
    {"type": "seek", "step": 9},
    {"type": "configure", "config": DIVERGING},
    {"type": "play"},
    {"type": "configure", "config": {"stop": {"epochs": 1}}},
    {"type": "play"},
)


def contract() -> dict[str, Any]:
    """Return the schema of what a page says, and the keys of what it is told."""
    _, schema = msgspec.json.schema_components([messages.AnyMessage])
    found = {
        "commands": _undescribed(schema),
        "limits": limits.described(),
        "replies": {one["type"]: _keys(one) for one in _told()},
    }
    read: dict[str, Any] = json.loads(json.dumps(found))
    return read


def _told() -> list[dict[str, Any]]:
    sent: list[str | bytes] = []
    session = Session(sent.append)
    for number, command in enumerate(COMMANDS, 1):
        session.receive(messages.read(json.dumps({**command, "id": number})))
        for _ in range(1000):
            if session.turn(0.01) is None:
                break
    return [json.loads(one) for one in sent if isinstance(one, str)]


def _undescribed(value: Any) -> Any:
    """Leave out what is for people only, and the order of choices."""
    if isinstance(value, dict):
        kept = {key: _undescribed(one) for key, one in value.items() if key != "description"}
        return kept | ({"enum": sorted(kept["enum"])} if "enum" in kept else {})
    return [_undescribed(one) for one in value] if isinstance(value, list) else value


def _keys(message: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a message, and those of what its lists hold."""
    found: dict[str, Any] = dict.fromkeys(message)
    for key, value in message.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found[key] = _keys(value[0])
    return found


def test_contract_is_that_of_the_page() -> None:
    assert contract() == json.loads(GOLDEN.read_text())


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(contract(), indent=1, sort_keys=True) + "\n")
