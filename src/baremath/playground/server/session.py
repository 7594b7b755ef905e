"""A session: what one page trains, and its conversation with the page."""

from __future__ import annotations

import base64
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from baremath.playground.server import export, formulas, inspection, messages, network
from baremath.playground.server.config import Config, Variant
from baremath.playground.server.frames import encode
from baremath.playground.server.plan import DivergedError, Measured, Plan
from baremath.playground.server.points import Points, points_of
from baremath.playground.server.timeline import Timeline
from baremath.training.progress import Progress

_log = logging.getLogger(__name__)

#: Seconds between two frames, at least.
_FRAME = 0.02

#: Cells of a picture's side; hidden units are drawn a third as wide.
_SIDE, _SIDE_OF_MANY, _SIDE_OF_INPUTS = 96, 48, 32

#: Points of the loss curve that wait for a page that can't be seen.
_MOST_LOSSES = 20_000

Send = Callable[[str | bytes], None]


class Run:
    """One network in training: where it is, and what the page isn't told yet."""

    def __init__(self, label: str, plan: Plan, now: Progress) -> None:
        self.label, self.plan, self.now = label, plan, now
        self.losses: list[tuple[float, float, float]] = []
        self.failed = ""
        self._measured: tuple[Progress, Measured] | None = None

    def measured(self) -> Measured:
        """Measure the network as it is now, once."""
        if self._measured is None or self._measured[0] is not self.now:
            self._measured = (self.now, self.plan.measured(self.now))
        return self._measured[1]

    def note_loss(self) -> None:
        """Add a point to the curve of the loss."""
        found = self.measured()
        self.losses.append((float(self.now.steps), found.train_loss, found.test_loss))
        if len(self.losses) > _MOST_LOSSES:
            del self.losses[1::2]


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
        self._config: Config | None = None
        self._variants: tuple[Variant, ...] = ()
        self._points: Points | None = None
        self._runs: list[Run] = []
        self._timeline = Timeline()
        self._running = self._edited = False
        self._limit: float | None = None  # steps a second that are asked for
        self._due = 0.0  # when the next step is, if they are limited
        self._rate = 0.0  # steps a second that one thread takes
        self._seen = _Speed()
        self._visible = True
        self._focus: tuple[int, int] | None = None
        self._seq, self._in_flight, self._changed, self._drawn = 0, False, False, 0.0
        self._best: tuple[float, int] | None = None  # of the test loss, and its epoch
        self._handlers: dict[type, Callable[[Any], dict[str, Any] | None]] = {
            messages.Configure: self._configure,
            messages.Play: self._play,
            messages.Pause: self._pause,
            messages.Step: self._step,
            messages.Reset: self._reset,
            messages.Speed: self._set_speed,
            messages.SetWeight: self._set_weight,
            messages.Freeze: self._freeze,
            messages.Seek: self._seek,
            messages.Bookmark: self._bookmark,
            messages.Inspect: self._inspect,
            messages.Formula: self._formula,
            messages.Learn: self._learn,
            messages.Focus: self._set_focus,
            messages.Export: self._export,
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
            reply = self._handlers[type(message)](message)
        except ValueError as error:
            reply = {"type": "error", "message": str(error)}
        except Exception:
            _log.exception("a message failed: %r", message)
            reply = {
                "type": "error",
                "message": f"{type(message).__name__} failed in the server; nothing was changed. "
                "Its log says why.",
            }
        self._tell({"type": "done", **(reply or {}), "re": message.id})

    def _tell(self, message: dict[str, Any]) -> None:
        self._send(msgspec.json.encode(message).decode())

    # What is trained

    def _configure(self, message: messages.Configure) -> dict[str, Any]:
        config, variants = message.config, message.variants
        old = self._config
        same_data = old is not None and old.data == config.data and old.problem == config.problem
        points = self._points if same_data else points_of(config.data, config.problem)
        assert points is not None
        anew = (
            old is None
            or message.weights is not None
            or (old.data.name, old.data.own, old.problem)
            != (config.data.name, config.data.own, config.problem)
            or (old.seed, old.init) != (config.seed, config.init)
            or [one.label for one in self._variants] != [one.label for one in variants]
            or (not self._edited and self._runs[0].now.steps == 0)
        )
        wanted = [("", config), *((one.label, varied(config, one)) for one in variants)]
        runs = []
        for k, (label, one) in enumerate(wanted):
            before = None if anew else self._runs[k]
            runs.append(_planned(label, one, points, before))
        if message.weights is not None:
            runs[0].now = runs[0].plan.begun(_weights(message.weights), message.step)
            for run in runs[1:]:
                if run.plan.shape == runs[0].plan.shape:
                    run.now = run.plan.begun(runs[0].now.params, message.step)
        if anew:
            self._timeline, self._best = Timeline(), None
            self._edited = message.weights is not None
        else:
            assert old is not None
            self._edited |= msgspec.structs.replace(old, stop=config.stop) != config
        self._config, self._variants, self._points, self._runs = config, variants, points, runs
        self._rate = 0.0
        if self._focus and not self._has(*self._focus):
            self._focus = None
        self._remember(kept=True)
        if not same_data or anew:
            self._send_points()
        return self._configured(anew)

    def _configured(self, anew: bool) -> dict[str, Any]:
        assert self._config is not None
        assert self._points is not None
        plan, config = self._runs[0].plan, self._config
        outputs = list(self._points.classes or ("y",))
        return {
            "type": "configured",
            "config": config,
            "shape": list(plan.shape),
            "inputs": list(plan.inputs),
            "outputs": outputs if self._points.n_classes > 2 else ["y"],
            "activations": [
                *(layer.activation for layer in config.layers),
                network.output_activation(config, self._points),
            ],
            "n_weights": plan.n_weights,
            "redrawn": anew,
            "runs": [run.label for run in self._runs],
            "step": self._runs[0].now.steps,
        }

    def _send_points(self) -> None:
        points, plan = self._points, self._runs[0].plan
        assert points is not None
        assert self._config is not None
        across, down = points.shown[0], points.shown[min(1, len(points.columns) - 1)]
        header = {
            "type": "points",
            "n": len(points.X),
            "problem": self._config.problem,
            "columns": [points.columns[across], points.columns[down]],
            "domain": [points.domain[across].tolist(), points.domain[down].tolist()],
            "classes": points.classes,
            "y_range": points.y_range,
        }
        arrays: dict[str, Any] = {
            "X": points.X[:, [across, down]],
            "y": points.y,
            "train": points.train.astype(np.uint8),
            "features": plan.features(_SIDE_OF_INPUTS),
        }
        self._send(encode(header, arrays))

    def _changed_by_hand(self) -> None:
        """Take note of a change to the weights or to how they are trained."""
        self._edited = True
        self._remember(kept=True)

    def _remember(self, *, kept: bool) -> None:
        runs = [(run.plan, run.now) for run in self._runs]
        if self._timeline.note(*runs, kept=kept) or (kept and self._runs[0].now.steps == 0):
            self._tell_timeline()
        for run in self._runs:
            run.note_loss()
        self._changed = True

    def _tell_timeline(self) -> None:
        self._tell({"type": "timeline", **self._timeline.described()})

    # Driving it

    def _play(self, message: messages.Play) -> None:
        self._running, self._best = True, None
        self._due = time.monotonic()
        self._seen.clear()

    def _pause(self, message: messages.Pause) -> None:
        self._running = False
        self._changed = True

    def _set_speed(self, message: messages.Speed) -> None:
        self._limit, self._due = message.steps_per_second, time.monotonic()
        self._seen.clear()

    def _step(self, message: messages.Step) -> None:
        self._running = False
        if message.unit == "sample":
            for run in self._alive():
                run.now = run.plan.one_row_taken(run.now)
            self._changed_by_hand()
            return
        first = self._runs[0]
        n = first.plan.steps_left(first.now) if message.unit == "epoch" else 1
        self._advance(n)

    def _reset(self, message: messages.Reset) -> None:
        for run in self._runs:
            run.now, run.failed = run.plan.first(), ""
        self._running = self._edited = False
        self._timeline, self._best = Timeline(), None
        self._remember(kept=True)
        self._tell_timeline()

    def _train(self, seconds: float) -> float:
        """Train for so long; return in how many seconds to go on."""
        began = time.perf_counter()
        if self._limit is not None:
            now = time.monotonic()
            n = int((now - self._due) * self._limit)
            if n < 1:
                return max(0.0, self._due + 1 / self._limit - now)
            self._due += n / self._limit
            most = max(1, int(self._rate * seconds)) if self._rate else 16
            if n > most:  # it can't keep up: no debts
                n, self._due = most, now
        else:
            n = max(1, int(self._rate * seconds)) if self._rate else 16
        n = min(n, self._until_stop())
        before = self._runs[0].now.steps
        self._advance(n)
        took = time.perf_counter() - began
        done = self._runs[0].now.steps - before
        if done and took > 0:
            speed = done / took
            self._rate = speed if not self._rate else min(speed, 4 * self._rate)
            self._seen.note(done)
        self._stop_by_rule()
        if self._limit is not None:
            return max(0.0, self._due + 1 / self._limit - time.monotonic())
        return 0.0

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
        back, cause = error.back, error.cause
        run.failed = str(error)
        if run is self._runs[0]:
            self._running, run.failed = False, ""
            if back is not None:
                moment = self._timeline.before(back.steps, None)
                run.plan, run.now = moment.runs[0][0], back
                for other, (plan, now) in zip(self._runs[1:], moment.runs[1:], strict=True):
                    other.plan, other.now = plan, now
                    self._caught_up(other, back.steps)
                self._timeline.went_to(back.steps)
        layer = "".join(one for one in cause.layer.rpartition("layers.")[2] if one.isdigit())
        self._tell(
            {
                "type": "diverged",
                "message": str(error),
                "run": self._runs.index(run),
                "step": cause.step,
                "layer": run.plan.layer_of(int(layer)) if layer else None,
                "operation": cause.operation,
                "learning_rate": cause.learning_rate,
                "went_back_to": run.now.steps,
            }
        )

    def _caught_up(self, run: Run, step: int) -> None:
        """Train a run again up to a step."""
        if run.now.steps < step:
            try:
                run.now = run.plan.taken(run.now, step - run.now.steps)
            except DivergedError as error:
                run.failed = str(error)

    def _until_stop(self) -> int:
        """Return how many steps there may be before a rule is asked again."""
        assert self._config is not None
        stop, first = self._config.stop, self._runs[0]
        if stop.loss is not None or stop.patience is not None:
            return first.plan.steps_left(first.now)
        if stop.epochs is None:
            return 1 << 40
        of_an_epoch = math.ceil(len(first.plan.train) / first.plan.batch_size)
        done = first.now.epochs + (first.now.row == first.now.n_rows)
        left = stop.epochs - done - 1
        return first.plan.steps_left(first.now) + max(0, left) * of_an_epoch

    def _stop_by_rule(self) -> None:
        assert self._config is not None
        stop, run = self._config.stop, self._runs[0]
        if not (run.now.row == run.now.n_rows or run.now.row == 0) or not self._running:
            return
        epoch = run.now.epochs + (run.now.row == run.now.n_rows)
        loss = run.measured().test_loss
        if self._best is None or loss < self._best[0]:
            self._best = (loss, epoch)
        reason = ""
        if stop.epochs is not None and epoch >= stop.epochs:
            reason = f"epoch {epoch:,} is reached"
        elif stop.loss is not None and loss <= stop.loss:
            reason = f"the test loss, {loss:.4g}, is at most {stop.loss:g}"
        elif stop.patience is not None and epoch - self._best[1] >= stop.patience:
            reason = (
                f"the test loss has not been below {self._best[0]:.4g} for {stop.patience} epochs"
            )
        if reason:
            self._running = False
            self._tell({"type": "stopped", "reason": reason})

    # Single weights

    def _set_weight(self, message: messages.SetWeight) -> None:
        run = self._runs[0]
        place = network.place_of(run.plan.shape, message.layer, message.unit, message.input)
        params = run.now.params.copy()
        params[place] = message.value
        run.now = run.now._replace(params=params)
        self._changed_by_hand()

    def _freeze(self, message: messages.Freeze) -> None:
        run = self._runs[0]
        place = network.place_of(run.plan.shape, message.layer, message.unit, message.input)
        held = (
            np.zeros(run.plan.n_weights, np.bool_)
            if run.plan.held is None
            else run.plan.held.copy()
        )
        held[place] = message.frozen
        plan = Plan(run.plan.config, run.plan.points, held)
        run.now = plan.taken_over(run.plan, run.now)
        run.plan = plan
        self._changed_by_hand()

    def _learn(self, message: messages.Learn) -> None:
        run = self._runs[0]
        run.now = run.plan.learned(run.now, message.sample)
        for other in self._runs[1:]:
            other.now = other.plan.learned(other.now, message.sample)
        self._changed_by_hand()

    # The past

    def _seek(self, message: messages.Seek) -> dict[str, Any]:
        moment = self._timeline.before(message.step, message.branch)
        self._running = False
        for run, (plan, now) in zip(self._runs, moment.runs, strict=True):
            run.plan, run.now, run.failed = plan, now, ""
            self._caught_up(run, message.step)
            run.note_loss()
        first = self._runs[0]
        self._config, self._points = first.plan.config, first.plan.points
        self._timeline.went_to(first.now.steps)
        self._changed = True
        self._tell_timeline()
        return self._configured(anew=False)

    def _bookmark(self, message: messages.Bookmark) -> None:
        self._remember(kept=True)
        self._timeline.bookmark(message.name, self._runs[0].now.steps)
        self._tell_timeline()

    # Looking inside

    def _inspect(self, message: messages.Inspect) -> dict[str, Any]:
        run = self._runs[0]
        found = inspection.inspected(run.plan, run.now, message.sample, message.point)
        return {"type": "inspected", **found}

    def _formula(self, message: messages.Formula) -> dict[str, Any]:
        run = self._runs[0]
        found = formulas.formula(
            run.plan, run.now, message.layer, message.unit, message.sample, message.point
        )
        return {"type": "formula", **found}

    def _export(self, message: messages.Export) -> dict[str, Any]:
        run = self._runs[0]
        filename, mime, content = export.exported(
            run.plan, run.now, message.what, edited=self._edited
        )
        coded = base64.b64encode(content).decode()
        return {"type": "exported", "filename": filename, "mime": mime, "content": coded}

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
        assert self._points is not None
        many = len(self._runs) > 1
        side = _SIDE_OF_MANY if many else _SIDE
        arrays: dict[str, Any] = {}
        for k, run in enumerate(self._runs):
            arrays[f"{k}/weights"] = run.now.params.astype("<f4")
            drawn = run.plan.pictures(
                run.now, side, units=k == 0, focus=self._focus if k == 0 else None
            )
            arrays |= {f"{k}/{name}": array for name, array in drawn.items()}
            arrays[f"{k}/losses"] = np.array(run.losses, "<f8").reshape(-1, 3)
            run.losses = []
            confusion = run.measured().confusion
            if confusion is not None:
                arrays[f"{k}/confusion"] = confusion
        held = self._runs[0].plan.held
        if held is not None:
            arrays["0/frozen"] = held.astype(np.uint8)
        self._seq += 1
        header = {
            "type": "frame",
            "seq": self._seq,
            "running": self._running,
            "steps_per_second": round(self._seen.rate(), 1) if self._running else 0,
            "runs": [_stats(run) for run in self._runs],
            "range": {"units": [-1, 1], "output": [0 if self._points.n_classes > 2 else -1, 1]},
            "focus": list(self._focus) if self._focus else None,
            "branch": self._timeline.current.id,
        }
        self._in_flight, self._changed, self._drawn = True, False, time.monotonic()
        self._send(encode(header, arrays))


class _Speed:
    """How many steps a second were taken of late."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int]] = deque()

    def clear(self) -> None:
        self._noted = deque([(time.monotonic(), 0)])

    def note(self, steps: int) -> None:
        now = time.monotonic()
        self._noted.append((now, steps))
        while now - self._noted[0][0] > 1:
            self._noted.popleft()

    def rate(self) -> float:
        """Return the mean over the last second."""
        if len(self._noted) < 2:
            return 0.0
        seconds = time.monotonic() - self._noted[0][0]
        steps = sum(steps for _, steps in self._noted) - self._noted[0][1]
        return steps / seconds if seconds > 0 else 0.0


def varied(config: Config, variant: Variant) -> Config:
    """Return the configuration of a run that differs in what its variant names."""
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(variant).items()
        if value is not None and name not in ("label", "activation")
    }
    changed = msgspec.structs.replace(config, **changes)
    if variant.activation is None:
        return changed
    layers = tuple(
        msgspec.structs.replace(layer, activation=variant.activation) for layer in changed.layers
    )
    return msgspec.structs.replace(changed, layers=layers)


def _planned(label: str, config: Config, points: Points, before: Run | None) -> Run:
    """Return a run under a configuration, which goes on from what was before if there was any."""
    if before is None:
        plan = Plan(config, points)
        return Run(label, plan, plan.first())
    old = before.plan
    if old.config == config and old.points is points:
        return before
    plan = Plan(config, points)
    if old.held is not None:
        held = network.transplanted(
            old.held.astype(np.float32), old.shape, old.inputs,
            np.zeros(plan.n_weights, np.float32), plan.shape, plan.inputs,
        )  # fmt: skip
        plan = Plan(config, points, held > 0)
    run = Run(label, plan, plan.taken_over(old, before.now))
    run.losses = before.losses
    return run


def _weights(coded: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    try:
        return np.frombuffer(base64.b64decode(coded, validate=True), "<f4").astype(np.float32)
    except ValueError as error:
        raise ValueError(f"weights: they are not the base64 of float32 numbers: {error}") from None


def _stats(run: Run) -> dict[str, Any]:
    found, now = run.measured(), run.now
    values = {
        "label": run.label,
        "step": now.steps,
        "epoch": now.epochs + (now.row == now.n_rows),
        "train_loss": found.train_loss,
        "test_loss": found.test_loss,
        "train_accuracy": found.train_accuracy,
        "test_accuracy": found.test_accuracy,
        "r2": found.r2,
        "learning_rate": run.plan.learning_rate(now),
        "failed": run.failed,
    }
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
