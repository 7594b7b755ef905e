"""A session: what one page trains, and its conversation with the page."""

from __future__ import annotations

import base64
import logging
import time
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import msgspec

from baremath.playground.server import messages, network
from baremath.playground.server.config import DataConfig
from baremath.playground.server.drawing import frame_message, pictures_of, points_message
from baremath.playground.server.exporting import export
from baremath.playground.server.looking import formulas, inspection
from baremath.playground.server.plan import Plan
from baremath.playground.server.training import Reply, Training, Work

_log = logging.getLogger(__name__)

#: Seconds between two frames, at least; and how many times what one costs. And between two that a
#: page is sent that can't be seen, so that it can go on from there.
_FRAME, _COST, _HIDDEN = 0.02, 2, 10.0

Send = Callable[[str | bytes], None]


class Session:
    """Trains what one page asks for. It belongs to whichever thread gives it its turn.

    Parameters
    ----------
    send : callable
        Sends a text or a binary message to the page, from any thread.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._inbox: deque[messages.AnyMessage] = deque()
        self._training = Training(self._tell)
        self._work: Work | None = None  # under way: an answer, a portion of steps, a frame
        self._visible = True
        self._focus: tuple[int, int] | None = None
        self._seq, self._drawn, self._wait = 0, 0.0, _FRAME
        self._in_flight = False
        training, waits = self._training, self._waits
        self._handlers: dict[type, Callable[[Any], Any]] = {
            messages.Configure: self._configure,
            messages.Play: training.play,
            messages.Pause: training.pause,
            messages.Step: partial(training.step, interrupted=waits),
            messages.Reset: training.reset,
            messages.Speed: self._set_speed,
            messages.SetWeight: training.set_weight,
            messages.Freeze: training.freeze,
            messages.Learn: training.learn,
            messages.Seek: self._seek,
            messages.Bookmark: training.bookmark,
            messages.Unbookmark: training.unbookmark,
            messages.Adopt: self._adopt,
            messages.Inspect: self._inspect,
            messages.Formula: self._formula,
            messages.Export: self._export,
            messages.Focus: self._set_focus,
            messages.View: self._view,
        }

    # From the page

    def receive(self, message: messages.AnyMessage) -> bool:
        """Take a message; return whether it needs a turn soon, to be answered."""
        if isinstance(message, messages.Ack):
            if message.seq == self._seq:
                self._in_flight = False
            slow = not self._training.running or self._training.pace.limit is not None
            return slow and self._training.changed
        self._inbox.append(message)
        return True

    @property
    def trains(self) -> bool:
        """Whether it trains by itself."""
        return self._training.running

    @property
    def waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._inbox)

    def _waits(self, *kinds: type) -> bool:
        """Whether a message of some kind waits."""
        return any(isinstance(one, kinds) for one in tuple(self._inbox))

    # Its turn

    def turn(self, seconds: float) -> float | None:
        """Answer what has come, or train for so long and draw; see `Scheduler`.

        Work that takes longer has as long again, and then goes on in the next turn: until it ends
        an answer waits. A picture of what was answered comes in the next, too: others wait for
        their answers.
        """
        until = time.perf_counter() + seconds
        trains, answered = self._training.running, False
        while True:
            if self._work is None:
                if self._inbox:
                    answered = True
                    self._work = self._answering(self._inbox.popleft())
                elif answered:
                    break
                elif self._frame_in() == 0:
                    self._work = self._drawing()
                elif trains and self._training.running:
                    self._work, trains = self._going_on(seconds), False
                else:
                    break
            try:
                next(self._work)
            except StopIteration:
                self._work = None
            if time.perf_counter() >= (until if self._work is None else until + seconds):
                break
        return self._delay()

    def _delay(self) -> float | None:
        """Return in how many seconds it needs another turn."""
        if self._work is not None or self._inbox:
            return 0.0
        delays = []
        if self._training.running:
            delays.append(self._training.pace.delay())
        frame = self._frame_in()
        if frame is not None:
            delays.append(frame)
        return min(delays, default=None)

    def _answering(self, message: messages.AnyMessage) -> Work:
        kind = type(message).__name__
        try:
            if not self._training.runs and not isinstance(
                message, messages.Configure | messages.Speed | messages.View
            ):
                raise ValueError("nothing is configured yet; send a configuration first.")
            reply = self._handlers[type(message)](message)
            if isinstance(reply, Generator):
                reply = yield from reply
            reply = reply or {"type": "done"}
        except ValueError as error:
            reply = {"type": "error", "message": str(error)}
        except Exception:
            _log.exception("a message failed: %s", kind)
            reply = {"type": "error", "message": f"{kind} failed in the server; its log says why."}
        self._tell({**reply, "re": message.id})

    def _going_on(self, seconds: float) -> Work:
        try:
            yield from self._training.train(seconds)
        except Exception:
            _log.exception("training failed")
            self._training.running = False
            self._tell({"type": "stopped", "reason": "training failed; the server's log says why"})

    def _tell(self, message: Reply) -> None:
        self._send(msgspec.json.encode(message).decode())

    # What is trained

    def _configure(self, message: messages.Configure) -> Work:
        before = self._plan
        anew = yield from self._training.configure(message)
        return self._configured(before, anew=anew)

    def _seek(self, message: messages.Seek) -> Work:
        before = self._plan
        yield from self._training.seek(message, self._waits)
        return self._configured(before)

    def _adopt(self, message: messages.Adopt) -> Reply:
        before = self._plan
        self._training.adopt(message)
        return self._configured(before)

    @property
    def _plan(self) -> Plan | None:
        """The plan of the first run."""
        runs = self._training.runs
        return runs[0].plan if runs else None

    def _configured(self, before: Plan | None, *, anew: bool = False) -> Reply:
        """Send the points if they are others than before; return the reply."""
        first = self._training.runs[0]
        plan = first.plan
        if self._focus and not self._has(*self._focus):
            self._focus = None
        if before is None or not plan.is_drawn_like(before):
            self._send(points_message(plan))
        last = network.output_activation(plan.config, plan.points)
        return {
            "type": "configured",
            "config": msgspec.structs.replace(plan.config, data=_without_points(plan.config.data)),
            "variants": self._training.variants,
            "shape": plan.shape,
            "inputs": plan.inputs,
            "outputs": plan.points.classes if plan.points.n_classes > 2 else ["y"],
            "activations": [*(layer.activation for layer in plan.config.layers), last],
            "n_weights": plan.n_weights,
            "redrawn": anew,
            "runs": [run.label for run in self._training.runs],
            "step": first.now.steps,
        }

    def _set_speed(self, message: messages.Speed) -> None:
        self._training.pace.begin(message.steps_per_second)

    # Looking inside

    def _inspect(self, message: messages.Inspect) -> Reply:
        run = self._training.runs[0]
        found = inspection.inspected(run.plan, run.now, message.sample, message.point)
        return {"type": "inspected", **found}

    def _formula(self, message: messages.Formula) -> Reply:
        run, of = self._training.runs[0], message
        found = formulas.formula(run.plan, run.now, of.layer, of.unit, of.sample, of.point)
        return {"type": "formula", **found}

    def _export(self, message: messages.Export) -> Reply:
        run = self._training.runs[0]
        name, mime, content = export.exported(
            run.plan, run.now, message.what, edited=self._training.edited
        )
        coded = base64.b64encode(content).decode()
        return {"type": "exported", "filename": name, "mime": mime, "content": coded}

    def _set_focus(self, message: messages.Focus) -> None:
        if message.layer is None:
            self._focus = None
        elif self._has(message.layer, message.unit):
            self._focus = (message.layer, message.unit)
        else:
            raise ValueError(f"there is no unit {message.unit} in layer {message.layer}.")
        self._training.changed = True

    def _has(self, layer: int, unit: int) -> bool:
        shape = self._training.runs[0].plan.shape
        return layer + 1 < len(shape) and unit < shape[layer + 1]

    # Frames

    def _view(self, message: messages.View) -> None:
        self._visible, self._training.changed = message.visible, True

    def _frame_in(self) -> float | None:
        """Return in how many seconds a frame is due; None if there is nothing new, or none may.

        A page that can't be seen doesn't draw, and so asks for no more: it is sent the last one.
        """
        training = self._training
        if not (training.runs and training.changed):
            return None
        if self._in_flight and (self._visible or training.running):
            return None
        if not training.running:
            return 0.0
        wait = self._wait if self._visible else _HIDDEN
        return max(0.0, self._drawn + wait - time.monotonic())

    def _drawing(self) -> Work:
        """Send one frame: everything that has changed since the last."""
        training = self._training
        self._seq += 1
        header = {
            "seq": self._seq,
            "running": training.running,
            "steps_per_second": round(training.pace.rate(), 1) if training.running else 0,
            "branch": training.timeline.current.id,
        }
        training.changed = False
        pictures, cost = [], 0.0
        for run in training.runs:
            began = time.perf_counter()
            pictures.append(pictures_of(run, training.runs, self._focus))
            cost += time.perf_counter() - began
            yield
        self._in_flight, self._drawn = True, time.monotonic()
        self._wait = max(_FRAME, _COST * cost)
        losses = training.taken_losses()
        self._send(frame_message(training.runs, pictures, losses, self._focus, header))


def _without_points(data: DataConfig) -> DataConfig:
    """Leave out the page's own points, which it has."""
    return msgspec.structs.replace(data, own=None)
