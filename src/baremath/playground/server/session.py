"""A session: what one page trains, and its conversation with the page."""

from __future__ import annotations

import base64
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from baremath.playground.server import export, formulas, inspection, messages, network
from baremath.playground.server.config import Variant
from baremath.playground.server.drawing import frame_message, points_message
from baremath.playground.server.pace import Pace
from baremath.playground.server.plan import DivergedError, Plan
from baremath.playground.server.points import points_of
from baremath.playground.server.run import Run, run_of, varied
from baremath.playground.server.stopping import Stopping
from baremath.playground.server.timeline import Timeline

_log = logging.getLogger(__name__)

#: Seconds between two frames, at least.
_FRAME = 0.02

Send = Callable[[str | bytes], None]
Reply = dict[str, Any]


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
        self._runs: list[Run] = []
        self._variants: tuple[Variant, ...] = ()
        self._timeline, self._stopping, self._pace = Timeline(), Stopping(), Pace()
        self._running = False
        self._edited = False  # whether the first weights and the steps don't tell it all
        self._visible = True
        self._focus: tuple[int, int] | None = None
        self._seq, self._drawn = 0, 0.0
        self._in_flight = self._changed = False
        self._handlers: dict[type, Callable[[Any], Reply | None]] = {
            messages.Configure: self._configure,
            messages.Play: self._play,
            messages.Pause: self._pause,
            messages.Step: self._step,
            messages.Reset: self._reset,
            messages.Speed: self._set_speed,
            messages.SetWeight: self._set_weight,
            messages.Freeze: self._freeze,
            messages.Learn: self._learn,
            messages.Seek: self._seek,
            messages.Bookmark: self._bookmark,
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
            return not self._running and self._changed
        self._inbox.append(message)
        return True

    @property
    def waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._inbox)

    def turn(self, seconds: float) -> float | None:
        """Answer what has come, train for so long, and draw; see `Scheduler`."""
        while self._inbox:
            self._answer(self._inbox.popleft())
        delay = self._train(seconds) if self._running else None
        if self._draws():
            self._draw()
        if self._running:
            return delay
        return _FRAME if self._changed and self._visible and not self._in_flight else None

    def _answer(self, message: messages.AnyMessage) -> None:
        try:
            if not self._runs and not isinstance(message, messages.Configure | messages.View):
                raise ValueError("nothing is configured yet; send a configuration first.")
            reply = self._handlers[type(message)](message) or {"type": "done"}
        except ValueError as error:
            reply = {"type": "error", "message": str(error)}
        except Exception:
            _log.exception("a message failed: %r", message)
            kind = type(message).__name__
            reply = {"type": "error", "message": f"{kind} failed in the server; its log says why."}
        self._tell({**reply, "re": message.id})

    def _tell(self, message: Reply) -> None:
        self._send(msgspec.json.encode(message).decode())

    # What is trained

    def _configure(self, message: messages.Configure) -> Reply:
        config, variants = message.config, message.variants
        old = self._runs[0].plan if self._runs else None
        same_points = old is not None and (old.config.data, old.config.problem) == (
            config.data,
            config.problem,
        )
        points = old.points if old and same_points else points_of(config.data, config.problem)
        anew = old is None or message.weights is not None or self._begins_anew(message)
        wanted = [("", config), *((one.label, varied(config, one)) for one in variants)]
        runs = [
            run_of(label, one, points, None if anew else self._runs[k])
            for k, (label, one) in enumerate(wanted)
        ]
        if message.weights is not None:
            _begin_with(runs, _weights(message.weights), message.frozen, message.step)
        if anew:
            self._timeline = Timeline()
            self._edited = message.weights is not None
        elif old is not None:
            self._edited |= msgspec.structs.replace(old.config, stop=config.stop) != config
        self._runs, self._variants, self._stopping = runs, variants, Stopping()
        self._pace.forget()
        if self._focus and not self._has(*self._focus):
            self._focus = None
        self._remember(kept=True)
        if anew:
            self._tell_timeline()
        if not same_points or anew or (old and old.inputs != config.features):
            self._send(points_message(runs[0].plan))
        return self._configured(anew=anew)

    def _begins_anew(self, message: messages.Configure) -> bool:
        """Whether a configuration draws first weights; nothing is lost before the first step."""
        config, old = message.config, self._runs[0].plan.config
        untouched = self._runs[0].now.steps == 0 and not self._edited
        return (
            untouched
            or (old.data.name, old.data.own) != (config.data.name, config.data.own)
            or (old.problem, old.seed, old.init) != (config.problem, config.seed, config.init)
            or [one.label for one in self._variants] != [one.label for one in message.variants]
        )

    def _configured(self, *, anew: bool) -> Reply:
        plan = self._runs[0].plan
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
            "runs": [run.label for run in self._runs],
            "step": self._runs[0].now.steps,
        }

    # Driving it

    def _play(self, message: messages.Play) -> None:
        self._running, self._stopping = True, Stopping()
        self._pace.begin(self._pace.limit)

    def _pause(self, message: messages.Pause) -> None:
        self._running, self._changed = False, True

    def _set_speed(self, message: messages.Speed) -> None:
        self._pace.begin(message.steps_per_second)

    def _step(self, message: messages.Step) -> None:
        self._running = False
        first = self._runs[0]
        if message.unit != "sample":
            self._advance(first.plan.steps_left(first.now) if message.unit == "epoch" else 1)
            return
        for run in self._alive():
            run.now = run.plan.one_row_taken(run.now)
        self._changed_by_hand()

    def _reset(self, message: messages.Reset) -> None:
        for run in self._runs:
            run.go_to(run.plan, run.plan.first(), 0)
        self._running = self._edited = False
        self._timeline = Timeline()
        self._remember(kept=True)
        self._tell_timeline()

    def _train(self, seconds: float) -> float:
        """Train for so long; return in how many seconds to go on."""
        n = self._pace.portion(seconds)
        if n:
            first = self._runs[0]
            before, began = first.now.steps, time.perf_counter()
            self._advance(min(n, self._stopping.steps_until(first)))
            self._pace.note(first.now.steps - before, time.perf_counter() - began)
            if self._running and (reason := self._stopping.reason(first)):
                self._running = False
                self._tell({"type": "stopped", "reason": reason})
        return self._pace.delay()

    def _advance(self, n_steps: int) -> None:
        """Take steps with every run, as many with each."""
        end = self._runs[0].now.steps + n_steps
        for run in self._alive():
            try:
                run.now = run.plan.taken(run.now, end - run.now.steps)
            except DivergedError as error:
                self._diverged(run, error)
        self._remember(kept=False)

    def _alive(self) -> list[Run]:
        return [run for run in self._runs if not run.failed]

    def _diverged(self, run: Run, error: DivergedError) -> None:
        """Go back to the last finite state, and let the page know what helps."""
        if run is not self._runs[0]:
            run.failed = str(error)
        else:
            self._running = False
            if error.back is not None:
                self._go_back_to_sense(error.back.steps)
        cause = error.cause
        module = cause.layer.rpartition("layers.")[2]
        self._tell(
            {
                "type": "diverged",
                "message": str(error),
                "run": self._runs.index(run),
                "step": cause.step,
                "layer": run.plan.layer_of(int(module)) if module.isdigit() else None,
                "operation": cause.operation,
                "learning_rate": cause.learning_rate,
                "went_back_to": run.now.steps,
            }
        )

    def _go_back_to_sense(self, step: int) -> None:
        """Go to the last moment, not after a step, at which the losses are numbers."""
        self._go_to(step, None)
        while not self._runs[0].has_losses and self._timeline.current.moments[0].step < step:
            step = self._timeline.before(step - 1, None).step
            self._go_to(step, None)

    # Single weights

    def _set_weight(self, message: messages.SetWeight) -> None:
        run = self._runs[0]
        place = network.place_of(run.plan.shape, message.layer, message.unit, message.input)
        params = run.now.params.copy()
        params[place] = message.value
        run.now = run.now._replace(params=params)
        self._changed_by_hand()

    def _freeze(self, message: messages.Freeze) -> None:
        run, old = self._runs[0], self._runs[0].plan
        place = network.place_of(old.shape, message.layer, message.unit, message.input)
        held = np.zeros(old.n_weights, np.bool_) if old.held is None else old.held.copy()
        held[place] = message.frozen
        run.plan = Plan(old.config, old.points, held)
        run.now = run.plan.taken_over(old, run.now)
        self._changed_by_hand()

    def _learn(self, message: messages.Learn) -> None:
        for run in self._alive():
            run.now = run.plan.learned(run.now, message.sample)
        self._changed_by_hand()

    def _changed_by_hand(self) -> None:
        """Take note of a change that the configuration doesn't tell."""
        self._edited = True
        self._remember(kept=True)

    # The past

    def _seek(self, message: messages.Seek) -> Reply:
        self._running = False
        self._go_to(message.step, message.branch)
        for run in self._runs:
            run.note_loss()
        self._changed = True
        self._tell_timeline()
        return self._configured(anew=False)

    def _go_to(self, step: int, branch: int | None) -> None:
        moment = self._timeline.before(step, branch)
        for run, (plan, now) in zip(self._runs, moment.runs, strict=True):
            run.go_to(plan, now, step)
        self._timeline.went_to(step)

    def _bookmark(self, message: messages.Bookmark) -> None:
        self._timeline.bookmark(message.name, self._runs[0].now.steps)
        self._tell_timeline()

    def _remember(self, *, kept: bool) -> None:
        """Remember this moment, and note its losses."""
        branched = self._timeline.note(*((run.plan, run.now) for run in self._runs), kept=kept)
        if branched:
            self._tell_timeline()
        for run in self._runs:
            run.note_loss()
        self._changed = True

    def _tell_timeline(self) -> None:
        self._tell({"type": "timeline", **self._timeline.described()})

    # Looking inside

    def _inspect(self, message: messages.Inspect) -> Reply:
        run = self._runs[0]
        found = inspection.inspected(run.plan, run.now, message.sample, message.point)
        return {"type": "inspected", **found}

    def _formula(self, message: messages.Formula) -> Reply:
        run, of = self._runs[0], message
        found = formulas.formula(run.plan, run.now, of.layer, of.unit, of.sample, of.point)
        return {"type": "formula", **found}

    def _export(self, message: messages.Export) -> Reply:
        run = self._runs[0]
        name, mime, content = export.exported(run.plan, run.now, message.what, edited=self._edited)
        coded = base64.b64encode(content).decode()
        return {"type": "exported", "filename": name, "mime": mime, "content": coded}

    def _set_focus(self, message: messages.Focus) -> None:
        if message.layer is None:
            self._focus = None
        elif self._has(message.layer, message.unit):
            self._focus = (message.layer, message.unit)
        else:
            raise ValueError(f"there is no unit {message.unit} in layer {message.layer}.")
        self._changed = True

    def _has(self, layer: int, unit: int) -> bool:
        shape = self._runs[0].plan.shape
        return layer + 1 < len(shape) and unit < shape[layer + 1]

    # Frames

    def _view(self, message: messages.View) -> None:
        self._visible, self._changed = message.visible, True

    def _draws(self) -> bool:
        soon = time.monotonic() - self._drawn >= _FRAME or not self._running
        return bool(self._runs) and self._changed and self._visible and not self._in_flight and soon

    def _draw(self) -> None:
        """Send one frame: everything that has changed since the last."""
        self._seq += 1
        header = {
            "seq": self._seq,
            "running": self._running,
            "steps_per_second": round(self._pace.rate(), 1) if self._running else 0,
            "branch": self._timeline.current.id,
        }
        self._in_flight, self._changed, self._drawn = True, False, time.monotonic()
        self._send(frame_message(self._runs, self._focus, header))


def _begin_with(
    runs: list[Run], params: NDArray[np.float32], frozen: Sequence[int], step: int
) -> None:
    """Let runs go on from weights: the first, with some held, and those of the same shape."""
    first = runs[0]
    if frozen:
        held = np.zeros(first.plan.n_weights, np.bool_)
        held[[place for place in frozen if place < len(held)]] = True
        first.plan = Plan(first.plan.config, first.plan.points, held)
    for run in runs:
        if run.plan.shape == first.plan.shape:
            run.now = run.plan.begun(params, step)


def _weights(coded: str) -> NDArray[np.float32]:
    try:
        return np.frombuffer(base64.b64decode(coded, validate=True), "<f4").astype(np.float32)
    except ValueError as error:
        raise ValueError(f"weights: they are not the base64 of float32 numbers: {error}") from None
