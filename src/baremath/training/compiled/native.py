"""Steps taken by machine code, many in one call."""

from __future__ import annotations

import math
import time
from typing import Any

from baremath.training.compiled.codes import code_of
from baremath.training.compiled.facts import facts_of
from baremath.training.compiled.graphs import Shapes, separable
from baremath.training.compiled.job import Job
from baremath.training.compiled.program import CompiledStep
from baremath.training.compiled.walk import Walk
from baremath.training.eager import Setting, Taken
from baremath.training.progress import Progress
from baremath.training.step import TrainingStep

#: Seconds that one call of machine code may take: it doesn't hear Ctrl-C before it returns.
_SECONDS = 0.1


class Native:
    """Takes steps by compiled code; compiles on the first, and anew if something else changes."""

    def __init__(self) -> None:
        self._codes: dict[Any, CompiledStep] = {}
        self._jobs: dict[int, tuple[Any, Job]] = {}
        self._step: TrainingStep | None = None
        self._rate = 0.0  # steps a second

    def take(self, setting: Setting, now: Progress, n_steps: int) -> Taken:
        """Take steps, through the ends of epochs too; see `Steps`."""
        if now.row == now.n_rows:
            now = now.next_epoch()
        batch = setting.batch_size or now.n_rows
        n_steps = min(n_steps, max(1, int(self._rate * _SECONDS)) if self._rate else 16)
        whole = (now.n_rows - now.row) // batch
        code, together = self._code(setting, batch if whole else now.n_rows - now.row, batch)
        if not together and now.n_rows % batch:
            n_steps = min(n_steps, max(1, whole))
        walk = Walk(setting, now, n_steps)
        began = time.perf_counter()
        params, state, losses = self._job(code, setting).run(
            now.params, now.state, walk.order, walk.starts, walk.counts, walk.hyper(code.hyper),
            now.steps,
        )  # fmt: skip
        self._rate = len(losses) / max(time.perf_counter() - began, 1e-6)
        if not math.isfinite(losses[-1]):
            before = self._exactly(setting, now, len(losses) - 1)
            return Taken(before.progress, losses, before.epochs)
        return walk.taken(params, state, losses)

    def _exactly(self, setting: Setting, now: Progress, n_steps: int) -> Taken:
        """Take a number of steps whose losses are finite, and begin the epoch of the next."""
        end = now.steps + n_steps
        epochs: list[float] = []
        while now.steps < end:
            taken = self.take(setting, now, end - now.steps)
            now, epochs = taken.progress, [*epochs, *taken.epochs]
            if now.row == now.n_rows:
                now, epochs = now.next_epoch(), [*epochs, now.loss_sum / now.weight_sum]
        return Taken(now, [], epochs)

    def _code(self, setting: Setting, rows: int, batch: int) -> tuple[CompiledStep, bool]:
        """Return the code for a batch of some rows, and whether it takes smaller ones too."""
        if setting.step is not self._step:
            self._codes, self._step, self._jobs = {}, setting.step, {}
        facts = facts_of(setting)
        data = setting.data

        def shapes(size: int) -> Shapes:
            return Shapes(
                data.X.shape[1:],
                data.y.shape[1:],
                str(data.y.dtype),
                data.sample_weight is not None,
                size,
                "clip" in facts,
            )

        for known, code in list(self._codes.items()):
            if known[1] != facts or code.stale():
                del self._codes[known]
                self._jobs.pop(id(code), None)
        key, smaller = (shapes(batch), facts), (shapes(rows), facts)
        if key not in self._codes and (
            rows == batch or (smaller not in self._codes and separable(setting.step, shapes(batch)))
        ):
            self._codes[key] = code_of(setting.step, shapes(batch))
        if key in self._codes and self._codes[key].parts:
            return self._codes[key], True
        key = smaller
        if key not in self._codes:
            self._codes[key] = code_of(setting.step, shapes(rows))
        return self._codes[key], False

    def _job(self, code: CompiledStep, setting: Setting) -> Job:
        data = setting.data
        held = (code, data.X, data.y, data.sample_weight, setting.seed)
        if id(code) in self._jobs:
            before, job = self._jobs[id(code)]
            if all(a is b for a, b in zip(before[:-1], held[:-1], strict=True)) and (
                before[-1] == held[-1]
            ):
                return job
        job = Job(*held)
        self._jobs[id(code)] = held, job
        return job
