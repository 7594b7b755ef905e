"""What a page trains: runs in step with each other, their past, and what is done to them.

What may take long is a generator, which yields between portions of the work: its session answers
others meanwhile. Only between messages are all runs at the same step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import msgspec
import numpy as np

from baremath.playground.server import messages, network
from baremath.playground.server.begin import begin_with, weights_of
from baremath.playground.server.config import Variant
from baremath.playground.server.moment import Moment, trains_alike
from baremath.playground.server.pace import Pace
from baremath.playground.server.plan import DivergedError, Plan
from baremath.playground.server.points import points_of
from baremath.playground.server.run import Run, run_of, varied
from baremath.playground.server.stopping import Stopping
from baremath.playground.server.timeline import Losses, Timeline

#: Seconds between two points of the loss curve, at least; and how many times what they cost.
_MEASURED, _COST = 0.01, 2

Reply = dict[str, Any]
Work = Generator[None, None, Any]
Interrupted = Callable[..., bool]


class Training:
    """All that a page trains.

    Parameters
    ----------
    tell : callable
        Tells the page what happens by itself.

    Attributes
    ----------
    runs : list of Run
        The first is the page's own; each variant has another.
    variants : tuple of Variant
        What is different of them.
    running : bool
        Whether it goes on by itself.
    edited : bool
        Whether the configuration and the number of steps don't tell it all.
    changed : bool
        Whether there is something that the page hasn't been shown.
    """

    def __init__(self, tell: Callable[[Reply], None]) -> None:
        self._tell = tell
        self.runs: list[Run] = []
        self.variants: tuple[Variant, ...] = ()
        self.timeline, self.pace = Timeline(), Pace()
        self._stopping = Stopping()
        self._edited_runs: set[int] = set()  # which have not been trained alike from the beginning
        self.running = self.edited = self.changed = False
        self._measured, self._cost = 0.0, 0.0  # when, and how long that took

    def configure(self, message: messages.Configure) -> Work:
        """Train something else from now on; return whether all begins anew, the timeline too."""
        message = self._with_points(message)
        config, variants = message.config, message.variants
        old = self.runs[0].plan if self.runs else None
        same_points = old is not None and (old.config.data, old.config.problem) == (
            config.data,
            config.problem,
        )
        if old and same_points:
            points = old.points
            config = msgspec.structs.replace(config, data=old.config.data)  # which may be large
        else:
            points = points_of(config.data, config.problem)
        anew = old is None or message.weights is not None or self._begins_anew(message)
        untouched = not anew and self.runs[0].now.steps == 0 and not self.edited
        drawn = anew or untouched  # nothing is lost before the first step
        runs: list[Run] = []
        for k, one in enumerate([config, *(varied(config, variant) for variant in variants)]):
            label = variants[k - 1].label if k else ""
            like = runs[0].plan if runs else old
            runs.append(run_of(label, one, points, None if drawn else self.runs[k], like))
            yield
        if message.weights is not None:
            begin_with(runs, weights_of(message.weights), message.frozen, message.step)
        changed = [drawn or not _train_alike(*pair) for pair in zip(runs, self.runs, strict=False)]
        self.runs, self.variants, self._stopping = runs, variants, Stopping()
        self.pace.forget()
        anew |= untouched and not self.timeline.has_past
        if anew:
            self.timeline = Timeline()
        if drawn:
            self.edited = message.weights is not None
            self._edited_runs.clear()
            yield from self._begin()
        elif any(changed):
            self._edited_runs |= {k for k, one in enumerate(changed) if one}
            self.edited |= changed[0]
            yield from self._remember(kept=True)
        self.changed = True
        return anew

    def _with_points(self, message: messages.Configure) -> messages.Configure:
        """Put in the page's own points where it means those that there are."""
        data = message.config.data
        if not self.runs or data.name != "own" or data.own is not None:
            return message
        data = msgspec.structs.replace(data, own=self.runs[0].plan.config.data.own)
        config = msgspec.structs.replace(message.config, data=data)
        return msgspec.structs.replace(message, config=config)

    def _begins_anew(self, message: messages.Configure) -> bool:
        """Whether a configuration has nothing in common with what was trained so far."""
        config, old = message.config, self.runs[0].plan.config
        return (
            (old.data.name, old.data.own) != (config.data.name, config.data.own)
            or (old.problem, old.seed, old.init) != (config.problem, config.seed, config.init)
            or [one.label for one in self.variants] != [one.label for one in message.variants]
        )

    def adopt(self, message: messages.Adopt) -> None:
        """Go on with one run alone."""
        if message.run >= len(self.runs):
            raise ValueError(f"there is no run {message.run}; there are {len(self.runs)}.")
        run = self.runs[message.run]
        if run.failed:
            raise ValueError(f"this run can't go on: {run.failed}")
        run.label, self.runs, self.variants = "", [run], ()
        self.edited |= message.run in self._edited_runs
        self._stopping = Stopping()
        self.timeline.adopt(message.run, run.now.steps)
        self._note_moment(kept=True)
        self.pace.forget()
        self.changed = True
        self.tell_timeline()

    # Driving it

    def play(self, message: messages.Play) -> None:
        """Go on by itself."""
        self.running, self._stopping = True, Stopping()
        self.pace.begin(self.pace.limit)

    def pause(self, message: messages.Pause) -> None:
        """Go on no longer."""
        self.running, self.changed = False, True

    def step(self, message: messages.Step, interrupted: Interrupted) -> Work:
        """Train by a row, by a batch, or to the end of the epoch if nothing interrupts it."""
        self.running = False
        if message.unit == "sample":
            yield from self._by_hand(lambda run: run.plan.one_row_taken(run.now))
            return
        first = self.runs[0]
        left = first.plan.steps_left(first.now) if message.unit == "epoch" else 1
        end = first.now.steps + left
        while first.now.steps < end:
            n = min(end - first.now.steps, first.plan.steps_of_a_portion)
            diverged = yield from self._advance(n)
            self._note_moment(kept=False)
            if diverged or interrupted(messages.Pause, messages.Reset, messages.Seek):
                break
        yield from self._remember(kept=False)

    def reset(self, message: messages.Reset) -> Work:
        """Go back to the first weights."""
        for run in self.runs:
            run.stand_at(run.plan, run.plan.first())
        self.running, self._stopping = False, Stopping()
        self._edited_runs.clear()
        self.edited = any(run.plan.held is not None for run in self.runs)
        yield from self._begin()

    def _begin(self) -> Work:
        """Begin with the first weights: the timeline stays."""
        self.timeline.begin(self._moment())
        yield from self._note_losses()
        self.tell_timeline()

    def train(self, seconds: float) -> Work:
        """Train by as many steps as should take so long, or are due."""
        n = self.pace.portion(seconds)
        if not n:
            return
        first = self.runs[0]
        before, spent = first.now.steps, self._spent()
        yield from self._advance(min(n, self._stopping.steps_until(first)))
        self.pace.note(first.now.steps - before, self._spent() - spent)
        reason = self._stopping.reason(first) if self.running else ""
        self._note_moment(kept=False)
        since = time.monotonic() - self._measured
        if reason or not self.running or since >= max(_MEASURED, _COST * self._cost):
            yield from self._note_losses()
        if reason:
            self.running = False
            self._tell({"type": "stopped", "reason": reason})

    def _spent(self) -> float:
        return sum(run.seconds for run in self.runs)

    def _advance(self, n_steps: int) -> Work:
        """Take steps with every run, as many with each; return whether the first diverged.

        There are fewer up to where the branch was changed in its time: there it is left.
        """
        first = self.runs[0]
        end, edit = first.now.steps + n_steps, self.timeline.next_edit
        end = end if edit is None else min(end, edit)
        for run in self._alive():
            try:
                yield from run.reach(end)
            except DivergedError as error:
                yield from self._diverged(run, error)
                if run is first:
                    return True
        return False

    def _alive(self) -> list[Run]:
        return [run for run in self.runs if not run.failed]

    def _diverged(self, run: Run, error: DivergedError) -> Work:
        """Go back to the last finite state, and let the page know what helps."""
        if run is not self.runs[0]:
            run.failed = str(error)
        else:
            self.running = False
            if error.back is not None:
                yield from self._go_back_to_sense(error.back.steps)
        cause = error.cause
        module = cause.layer.rpartition("layers.")[2]
        self._tell(
            {
                "type": "diverged",
                "message": str(error),
                "run": self.runs.index(run),
                "step": cause.step,
                "layer": run.plan.layer_of(int(module)) if module.isdigit() else None,
                "operation": cause.operation,
                "learning_rate": cause.learning_rate,
                "went_back_to": run.now.steps,
            }
        )

    def _go_back_to_sense(self, step: int) -> Work:
        """Go to the last moment, not after a step, at which the losses are numbers."""
        self.timeline.reached(step)
        yield from self._go_to(*self.timeline.before(step, None))
        while not self.runs[0].has_losses and self.timeline.current.moments[0].step < step:
            moment, _ = self.timeline.before(step - 1, None)
            step = moment.step
            self._stand_at(moment)
            yield

    # By hand

    def set_weight(self, message: messages.SetWeight) -> Work:
        """Set one weight of the first run."""
        run = self.runs[0]
        place = network.place_of(run.plan.shape, message.layer, message.unit, message.input)
        params = run.now.params.copy()
        params[place] = message.value
        run.now = run.now._replace(params=params)
        yield from self._note_edit()

    def freeze(self, message: messages.Freeze) -> Work:
        """Hold one weight of the first run, or let it go."""
        run, old = self.runs[0], self.runs[0].plan
        place = network.place_of(old.shape, message.layer, message.unit, message.input)
        held = np.zeros(old.n_weights, np.bool_) if old.held is None else old.held.copy()
        held[place] = message.frozen
        run.plan = Plan(old.config, old.points, held, old)
        run.now = run.plan.taken_over(old, run.now)
        yield from self._note_edit()

    def learn(self, message: messages.Learn) -> Work:
        """Take one step by one point alone."""
        yield from self._by_hand(lambda run: run.plan.learned(run.now, message.sample))

    def _by_hand(self, taken: Callable[[Run], Any]) -> Work:
        """Take one step with every run; one that would end in no numbers fails, or is refused."""
        after: list[tuple[Run, Any]] = []
        for run in self._alive():
            try:
                after.append((run, taken(run)))
            except ValueError as error:
                if run is self.runs[0]:
                    raise
                run.failed = str(error)
            yield
        for run, now in after:
            run.now = now
        yield from self._note_edit()

    def _note_edit(self) -> Work:
        """Take note of a change that the configuration doesn't tell."""
        self.edited = True
        yield from self._remember(kept=True)

    # The past

    def seek(self, message: messages.Seek, interrupted: Interrupted) -> Work:
        """Go to a moment; to one shortly before it if the page asks for another meanwhile."""
        moment, step = self.timeline.before(message.step, message.branch)
        self.running = False
        for _ in self._go_to(moment, step):
            yield
            if interrupted(messages.Seek, messages.Reset):
                self._stand_at(moment)
                break
        self.changed = True
        self.tell_timeline()

    def _go_to(self, moment: Moment, step: int) -> Work:
        """Go to a moment, and train again from there up to a step."""
        self._stand_at(moment)
        for run in self.runs:
            try:
                yield from run.reach(step)
            except DivergedError as error:
                if run is not self.runs[0]:
                    run.failed = str(error)
        self.timeline.went_to(step)

    def _stand_at(self, moment: Moment) -> None:
        for run, (plan, now) in zip(self.runs, moment.runs, strict=True):
            run.stand_at(plan, now)
        self.edited, self.variants = moment.edited, moment.variants
        self.timeline.went_to(moment.step)

    def bookmark(self, message: messages.Bookmark) -> None:
        """Keep this moment under a name."""
        self.timeline.bookmark(message.name, self._moment())
        self.tell_timeline()

    def unbookmark(self, message: messages.Unbookmark) -> None:
        """Remove a bookmark."""
        self.timeline.remove_bookmark(message.branch, message.step)
        self.tell_timeline()

    def tell_timeline(self) -> None:
        """Tell the page which branches and bookmarks there are."""
        self._tell({"type": "timeline", **self.timeline.described()})

    def _remember(self, *, kept: bool) -> Work:
        """Remember this moment, and note its losses."""
        self._note_moment(kept=kept)
        yield from self._note_losses()

    def _note_moment(self, *, kept: bool) -> None:
        if self.timeline.note(self._moment(kept=kept)):
            self.tell_timeline()
        self.changed = True

    def _moment(self, *, kept: bool = False) -> Moment:
        """Return this moment."""
        runs = tuple((run.plan, run.now) for run in self.runs)
        return Moment(runs, self.variants, self.edited, kept)

    def _note_losses(self) -> Work:
        """Add a point to the curve of each run."""
        self._cost = 0.0
        for k, run in enumerate(self.runs):
            began = time.perf_counter()
            self.timeline.note_losses(k, run.losses)
            self._cost += time.perf_counter() - began
            yield
        self._measured, self.changed = time.monotonic(), True

    def taken_losses(self) -> list[list[Losses]]:
        """Return the new points of each run's curve on this branch; they count as sent."""
        waiting = self.timeline.current.losses
        return [waiting.pop(k, []) for k in range(len(self.runs))]


def _train_alike(run: Run, other: Run) -> bool:
    """Whether a run goes on as another would."""
    plan, old = run.plan, other.plan
    return plan.points is old.points and trains_alike(plan.config, old.config)
