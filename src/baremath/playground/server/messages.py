"""What a page may say: one class a message; anything else is refused by name."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from baremath.playground.server.config import MOST_COLUMNS, Config, Finite, Frozen, Name, Variant

#: Bytes of a message, at most: a table of 10,000 points with 32 columns fits.
MOST_BYTES = 8_000_000

#: Runs side by side, at most.
MOST_RUNS = 16

Index = Annotated[int, Meta(ge=0, le=10_000)]


class Message(Frozen, frozen=True, tag_field="type"):
    """A message; its reply repeats the `id`."""

    id: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Configure(Message, frozen=True, tag="configure"):
    """Train this from now on; what the change leaves alone is kept.

    Own data without points are learned from those that there are.

    With `weights`, the base64 of float32 numbers, training goes on from them at `step`; those at
    the places `frozen` are held.
    """

    config: Config = Config()
    variants: Annotated[tuple[Variant, ...], Meta(max_length=MOST_RUNS - 1)] = ()
    weights: str | None = None
    frozen: Annotated[tuple[Index, ...], Meta(max_length=10_000)] = ()
    step: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Play(Message, frozen=True, tag="play"):
    """Go on training."""


class Pause(Message, frozen=True, tag="pause"):
    """Stop after the step under way."""


class Step(Message, frozen=True, tag="step"):
    """Pause, and train by one row, one batch, or to the end of the epoch."""

    unit: Literal["sample", "batch", "epoch"] = "epoch"


class Reset(Message, frozen=True, tag="reset"):
    """Go back to the first weights; the timeline stays."""


class Speed(Message, frozen=True, tag="speed"):
    """Take so many steps a second; None for as many as it can."""

    steps_per_second: Annotated[float, Meta(ge=0.1, le=1e9)] | None = None


class SetWeight(Message, frozen=True, tag="set_weight"):
    """Set the weight of an input of a unit, or its bias (input None)."""

    layer: Index = 0
    unit: Index = 0
    input: Index | None = None
    value: Finite = 0


class Freeze(Message, frozen=True, tag="freeze"):
    """Hold a weight, or let it go."""

    layer: Index = 0
    unit: Index = 0
    input: Index | None = None
    frozen: bool = True


class Seek(Message, frozen=True, tag="seek"):
    """Go to a moment of the timeline, of this branch or another."""

    step: Annotated[int, Meta(ge=0, le=2**53)] = 0
    branch: Index | None = None


class Bookmark(Message, frozen=True, tag="bookmark"):
    """Keep this moment."""

    name: Name = ""


class Unbookmark(Message, frozen=True, tag="unbookmark"):
    """Remove what was bookmarked at a step of a branch."""

    branch: Index = 0
    step: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Adopt(Message, frozen=True, tag="adopt"):
    """Go on with one of the runs alone, from where it is; its past stays."""

    run: Annotated[int, Meta(ge=0, lt=MOST_RUNS)] = 0


class Inspect(Message, frozen=True, tag="inspect"):
    """Show forward and backward pass of one point, with every number."""

    sample: Index | None = None
    point: Annotated[tuple[Finite, ...], Meta(max_length=MOST_COLUMNS)] | None = None


class Formula(Message, frozen=True, tag="formula"):
    """Show the formulas of one unit for one point, with the numbers put in."""

    layer: Index = 0
    unit: Index = 0
    sample: Index | None = None
    point: Annotated[tuple[Finite, ...], Meta(max_length=MOST_COLUMNS)] | None = None


class Learn(Message, frozen=True, tag="learn"):
    """Take one step by one point alone."""

    sample: Index = 0


class Focus(Message, frozen=True, tag="focus"):
    """Send this unit's picture in full; None for none."""

    layer: Index | None = None
    unit: Index = 0


class Export(Message, frozen=True, tag="export"):
    """Send what is on the screen as a program, or as a file."""

    what: Literal["python", "model"] = "python"


class View(Message, frozen=True, tag="view"):
    """Whether the page can be seen: a hidden one is sent a frame now and then."""

    visible: bool = True


class Ack(Message, frozen=True, tag="ack"):
    """A frame has been drawn; the next may be sent."""

    seq: Annotated[int, Meta(ge=0, le=2**53)] = 0


AnyMessage = (
    Configure | Play | Pause | Step | Reset | Speed | SetWeight | Freeze | Seek | Bookmark
    | Unbookmark | Adopt | Inspect | Formula | Learn | Focus | Export | View | Ack
)  # fmt: skip

#: Characters of a message that is looked at even where it isn't taken.
_SHORT = 1000


class _Known(msgspec.Struct):
    """What is read of a message that isn't understood."""

    id: int = 0
    type: str = ""


_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


def read(text: str | bytes) -> AnyMessage:
    """Return the message in some JSON.

    Raises
    ------
    ValueError
        If it is none; says where, and what was expected.
    """
    return _decoder.decode(text)


def id_of(text: str) -> int:
    """Return the `id` of a message that may be none; 0 if it has none."""
    found = _known(text).id
    return found if 0 <= found <= 2**53 else 0


def is_ack(text: str) -> bool:
    """Whether a short message is an `Ack`."""
    return len(text) <= _SHORT and _known(text).type == "ack"


def _known(text: str) -> _Known:
    try:
        return msgspec.json.decode(text, type=_Known)
    except ValueError:
        return _Known()
