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
from baremath.playground.server.drawing import frame_message, pictures_of, points_message
from baremath.playground.server.exporting import export
from baremath.playground.server.looking import formulas, inspection
from baremath.playground.server.training import Reply, Training, Work

_log = logging.getLogger(__name__)

#: Seconds between two frames, at least; and how many times what one costs.
_FRAME, _COST = 0.02, 2

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
    def waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._inbox)

    def _waits(self, *kinds: type) -> bool:
        """Whether a message of some kind waits."""
        return any(isinstance(one, kinds) for one in tuple(self._inbox))

    # Its turn

    def turn(self, seconds: float) -> float | None:
        """Answer what has come, train for so long, and draw; see `Scheduler`.

        Work that takes longer goes on in the next turn; so does training, after an answer.
        """
        until = time.perf_counter() + seconds
        trains = self._training.running
        while True:
            if self._work is None:
                if self._inbox:
                    trains = False
                    self._work = self._answering(self._inbox.popleft())
                elif self._draws():
                    self._work = self._drawing()
                elif trains and self._training.running:
                    self._work, trains = self._going_on(seconds), False
                else:
                    break
            try:
                next(self._work)
            except StopIteration:
                self._work = None
            if time.perf_counter() >= until:
                break
        return self._delay()

    def _delay(self) -> float | None:
        """Return in how many seconds it needs another turn."""
        if self._work is not None or self._inbox:
            return 0.0
        delays = []
        if self._training.running:
            delays.append(self._training.pace.delay())
        if self._has_news():
            delays.append(max(0.0, self._drawn + self._wait - time.monotonic()))
        return min(delays, default=None)

    def _answering(self, message: messages.AnyMessage) -> Work:
        kind = type(message).__name__
        try:
            if not self._training.runs and not isinstance(
                message, messages.Configure | messages.View
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
        anew, redraws = yield from self._training.configure(message)
        self._check_focus()
        if redraws:
            self._send(points_message(self._training.runs[0].plan))
        return self._configured(anew=anew)

    def _seek(self, message: messages.Seek) -> Work:
        yield from self._training.seek(message, self._waits)
        self._check_focus()
        return self._configured(anew=False)

    def _configured(self, *, anew: bool) -> Reply:
        first = self._training.runs[0]
        plan = first.plan
        last = network.output_activation(plan.config, plan.points)
        return {
            "type": "configured",
            "config": plan.config,
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

    def _check_focus(self) -> None:
        if self._focus and not self._has(*self._focus):
            self._focus = None

    # Frames

    def _view(self, message: messages.View) -> None:
        self._visible, self._training.changed = message.visible, True

    def _has_news(self) -> bool:
        training = self._training
        return bool(training.runs) and training.changed and self._visible and not self._in_flight

    def _draws(self) -> bool:
        soon = not self._training.running or time.monotonic() - self._drawn >= self._wait
        return self._has_news() and soon

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
        self._send(frame_message(training.runs, pictures, self._focus, header))
