"""Steps taken by the interpreter: the traced step, computed by NumPy node by node."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from baremath.autodiff import Tensor
from baremath.compiler import compile  # noqa: A004 - as in torch.compile
from baremath.training.compiled.facts import facts_of
from baremath.training.eager import Setting, Taken
from baremath.training.progress import Progress
from baremath.training.side_effects import refused
from baremath.training.step import Batch, TrainingStep


class Interpreted:
    """Takes steps by the interpreter."""

    def __init__(self) -> None:
        self._step: TrainingStep | None = None
        self._functions: dict[Any, Callable[..., Any]] = {}

    def take(self, setting: Setting, now: Progress, n_steps: int) -> Taken:
        """Take one step, whatever is asked for."""
        if now.row == now.n_rows:
            now = now.next_epoch()
        last = setting.last_row(now)
        rows = setting.data.drawn(now.row, last, now.epochs, setting.seed, setting.shuffle)
        batch = rows.as_batch(
            Tensor(np.array(setting.seed, np.uint64)), Tensor(np.array(now.steps, np.uint64))
        )
        params, state, loss = self._function(setting)(
            Tensor(now.params), _tensors(now.state), setting.hyper(now), *batch
        )
        loss = float(loss.item())
        after = now.after_step(params.data, _arrays(state), last, loss, rows.weight)
        return Taken(after if math.isfinite(loss) else now, [loss], [])

    def _function(self, setting: Setting) -> Callable[..., Any]:
        """Return the compiled step; it is traced again for batches of another size."""
        if setting.step is not self._step:
            self._functions, self._step = {}, setting.step
        key, step = facts_of(setting), setting.step

        def one_step(
            params: Any, state: Any, hyper: Any, X: Any, y: Any, weight: Any, seed: Any, number: Any
        ) -> Any:
            with refused(step), step.weights.mode(training=True):
                return step(params, state, hyper, Batch(X, y, weight, seed, number))

        if key not in self._functions:
            self._functions[key] = compile(one_step, backend="interpreter")
        return self._functions[key]


def _tensors(state: dict[str, Any]) -> dict[str, Any]:
    memory = {name: Tensor(value) for name, value in state["optimizer"].items()}
    return {"optimizer": memory, "buffers": Tensor(state["buffers"])}


def _arrays(state: dict[str, Any]) -> dict[str, Any]:
    memory = {name: value.data for name, value in state["optimizer"].items()}
    return {"optimizer": memory, "buffers": state["buffers"].data}
