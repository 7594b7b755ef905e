"""Trainer: the loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import Tensor, no_grad
from baremath.nn import Module
from baremath.optim import Optimizer
from baremath.training.advice import with_advice
from baremath.training.callbacks import Hook, hooks
from baremath.training.checkpoint import load_trainer, save_trainer
from baremath.training.checks import (
    check_count,
    check_parts,
    check_settings,
    check_stop,
    where_else,
)
from baremath.training.compiled.predictor import predict
from baremath.training.data import Data, numbers
from baremath.training.divergence import DivergenceError, Guard
from baremath.training.eager import Eager, Setting, Steps, one_step
from baremath.training.files import PathLike
from baremath.training.measuring import forget_after, measure, record
from baremath.training.one_thread import Turn, in_one_thread
from baremath.training.progress import Progress
from baremath.training.progress_bar import progress_bar
from baremath.training.side_effects import undone
from baremath.training.step import TrainingStep
from baremath.training.stopping import Best, StopWhen


def _steps_by(backend: str) -> Steps:
    """Return what takes the steps; LLVM and the compiler take a while to be imported."""
    if backend == "native":
        from baremath.training.compiled.native import Native

        return Native()
    if backend == "interpreter":
        from baremath.training.interpreted import Interpreted

        return Interpreted()
    return Eager()


class Trainer:
    r"""The loop that teaches a module: batch after batch, epoch after epoch.

    One step of it is the pure function `TrainingStep`:

    .. math:: w \leftarrow \operatorname{update}\Bigl(w, \frac{\partial}{\partial w}
              \bigl( L(f_w(X_{batch}), y_{batch}) + P(w) \bigr)\Bigr)

    In each epoch the rows come in a new order, a function of the seed and the epoch; the last
    batch holds what is left and may be smaller. Every argument is an attribute too and may be
    changed between calls, as may the hyperparameters of the optimizer, the rate of the penalty or
    of a dropout, and the weights: training goes on with the new value. Between calls the module
    holds the current weights; an interruption or an error leaves it at the last whole step.

    Parameters
    ----------
    module : Module
        What learns. Its parameters are all float32, or all float64.
    loss : callable
        ``loss(output, y)``, and ``loss(output, y, sample_weight)`` where rows have weights: one of
        `baremath.nn`, or a function written in operations.
    optimizer : Optimizer
        How a gradient becomes a step.
    batch_size : int or None
        Rows a step; None for all rows, in their own order.
    schedule : callable, optional
        ``schedule(epochs)``, the factor on the learning rate after so many (parts of) epochs.
    penalty : callable, optional
        ``penalty(parameters)``, added to the loss: L1 or L2.
    clip : float, optional
        The largest norm of the gradient; a longer one is shortened to it.
    seed : int, default=0
        Of the order of the rows, and of what layers draw while they train. The first weights are
        the module's own: see `Module.initialise`.
    shuffle : bool, default=True
        Whether the rows come in a new order in each epoch.
    metrics : mapping of str to callable, optional
        ``metric(output, y)`` of arrays, recorded after each epoch, in eval mode, for all rows, and
        as ``"validation_…"`` for those of the validation.
    backend : {"native", "interpreter", "eager"}, default="native"
        What takes the steps: machine code, compiled on the first step for this module, loss,
        optimizer and shape of batch; NumPy, over the same traced graph; or the eager engine,
        operation by operation. All compute the same but for rounding, and any of them may go on
        where another stopped.

    Attributes
    ----------
    history : dict of str to list of float
        One number an epoch, NaN where it wasn't measured. ``"loss"``: the mean over its batches,
        each before its update, with the penalty, weighted by what their rows count.
        ``"validation_loss"``: after the epoch, in eval mode, without the penalty. The metrics.
    best : Best or None
        The best epoch of a `fit` that looks for it, see `StopWhen`.
    stopped_because : str
        What the rule said that stopped the last `fit`, or "".

    Examples
    --------
    >>> import numpy as np
    >>> from baremath import nn, optim
    >>> from baremath.training import Trainer
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> line = nn.Linear(1, 1)
    >>> trainer = Trainer(line, nn.MSELoss(), optim.SGD(0.1), batch_size=None)
    >>> trainer.fit(X, 2 * X + 1, epochs=300).history["loss"][-1] < 1e-6
    True
    >>> print(f"{line.bias.item():.2f} + {line.weight.item():.2f} x")
    1.00 + 2.00 x
    """

    def __init__(
        self,
        module: Module,
        loss: Callable[..., Any],
        optimizer: Optimizer,
        *,
        batch_size: int | None,
        schedule: Callable[[float], float] | None = None,
        penalty: Callable[..., Any] | None = None,
        clip: float | None = None,
        seed: int = 0,
        shuffle: bool = True,
        metrics: Mapping[str, Callable[[Any, Any], float]] | None = None,
        backend: str = "native",
    ) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.schedule = schedule
        self.penalty = penalty
        self.clip = clip
        self.seed = seed
        self.shuffle = shuffle
        self.metrics = metrics or {}
        self.backend = backend
        self._backends: dict[str, Steps] = {}
        self._turn = Turn()
        self.history: dict[str, list[float]] = {"loss": []}
        self.best: Best | None = None
        self.stopped_because = ""
        self._data: Data | None = None
        self._validation: Data | None = None
        self._seconds = 0.0
        self._began: float | None = None
        self._fitting = False
        self._watched = False  # whether somebody wants to see every epoch of a fit
        check_parts(self)
        self._step = TrainingStep(module, loss, optimizer, penalty)
        check_settings(self, self._step, None)
        params, buffers = self._step.weights.read()
        self._now = Progress(params, self._step.init(params, buffers))
        self._guard = Guard(self._now)

    def __setattr__(self, name: str, value: Any) -> None:
        ours = type(self).__module__.startswith("baremath.")  # a class of one's own may keep more
        if ours and "_guard" in vars(self) and not hasattr(self, name):
            raise AttributeError(f"a Trainer has no {name!r} to set{where_else(self, name)}.")
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and store all but the machine code, which is compiled again when it is needed."""
        return {**vars(self), "_backends": {}}

    def __repr__(self) -> str:
        n = sum(parameter.size for parameter in self.module.parameters())
        losses = self.history["loss"]
        last = f", loss {losses[-1]:.4g}" if losses else ""
        return (
            f"<Trainer of {type(self.module).__name__} ({n:,} parameters) by "
            f"{type(self.optimizer).__name__}: {self.steps:,} steps, {self.epochs:,} epochs{last}>"
        )

    # Where it is

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self._now.steps

    @property
    def epochs(self) -> int:
        """Epochs completed."""
        return self._now.epochs

    @property
    def epochs_passed(self) -> float:
        """Epochs completed, and the part of the current one."""
        return self._now.epochs + self._now.row / (self._now.n_rows or 1)

    @property
    def seconds(self) -> float:
        """How long training has taken since the last `fit` began."""
        running = 0.0 if self._began is None else time.perf_counter() - self._began
        return self._seconds + running

    @property
    def hyper(self) -> dict[str, float]:
        """The numbers that the next step is taken with; the learning rate after the schedule."""
        return self._hyper(self._now)

    # Driving it

    @in_one_thread
    def fit(
        self,
        X: Any,
        y: Any,
        epochs: int,
        *,
        validation: float | tuple[Any, ...] | None = None,
        sample_weight: Any = None,
        callbacks: Iterable[Any] = (),
        stop: Callable[[Trainer], object] | None = None,
        progress: bool = False,
    ) -> Trainer:
        """Train for some epochs more.

        Parameters
        ----------
        X : array_like of shape (n_rows, ...)
            Inputs; converted once to the dtype of the module.
        y : array_like of shape (n_rows, ...)
            Targets, as the loss wants them: numbers, or classes 0, 1, 2, …
        epochs : int
            How many more to complete; one that is under way counts as one. To go on after `load`:
            ``epochs=total - trainer.epochs``.
        validation : (X, y), (X, y, sample_weight) or float, optional
            Rows to measure the loss on after each epoch; or the share of the rows to set aside
            for it, drawn at random.
        sample_weight : array_like of shape (n_rows,), optional
            What each row counts. A row of weight 0 is as if it weren't there.
        callbacks : iterable, optional
            Called after each epoch with the trainer: functions, or objects with the methods
            ``on_epoch_end(trainer)``, ``on_step_end(trainer)`` or both. They find the module in
            eval mode, and may change it and the settings.
        stop : callable, optional
            A `StopWhen`, or a function of the trainer that tells after an epoch whether to stop:
            False, or True, or a reason. One that has a method ``epochs_until(trainer)`` is asked
            after so many epochs only, which are then run in one go.
        progress : bool, default=False
            Whether to show a bar in the terminal.

        Returns
        -------
        Trainer
            Itself.

        Raises
        ------
        ValueError
            If an argument or a setting makes no sense, before anything has changed.
        DivergenceError
            If the loss stops being finite.
        """
        epochs = check_count("epochs", epochs, 0)
        on_step, on_epoch = hooks(callbacks)
        check_stop(stop, self._measures(validation is not None))
        self.data(X, y, sample_weight, validation=validation)
        resumes = self._fitting and not self._step.weights.changed()
        if not resumes:
            self.best, self._seconds = None, 0.0
        self._fitting, self.stopped_because = True, ""
        soonest = getattr(stop, "epochs_until", None)
        blind = stop is None or soonest is not None
        self._watched = bool(on_step or on_epoch or progress or not blind)
        end = self.epochs + epochs
        with progress_bar(self, end) if progress else nullcontext(), self._training():
            stopped = resumes and self.epochs > 0 and self._stops(stop)
            while self.epochs < end and not stopped:
                left = end - self.epochs if self._may_go_through_epochs() else 1
                if soonest is not None:
                    left = int(min(left, soonest(self)))
                self._finish_epoch(on_step, stop, left)
                self._call(on_epoch)
                stopped = self._stops(stop)
            if self.best is not None and isinstance(stop, StopWhen) and stop.restore_best:
                state = {**self._now.state, "buffers": self.best.buffers}
                self._now = self._now._replace(params=self.best.parameters, state=state)
                self._guard = Guard(self._now)
            self._fitting = False
        return self

    @in_one_thread
    def data(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation: float | tuple[Any, ...] | None = None,
    ) -> Trainer:
        """Set the rows to learn from, as `fit` does, for `step`, `epoch` and `run`.

        If there are as many rows as before, the epoch that is under way goes on; else a new one
        begins.
        """
        step = self._current_step()
        dtype = step.weights.dtype
        data, held_out = Data(X, y, sample_weight, dtype=dtype), None
        if isinstance(validation, tuple | list) and len(validation) in (2, 3):
            held_out = Data(*validation, dtype=dtype, name="validation ")
        elif validation is not None:
            data, held_out = data.split(validation, self.seed)
        self._check_rows(step, data, held_out)
        check_settings(self, step, len(data))
        now = self._now
        if now.n_rows != len(data):
            now = now.with_rows(len(data))
            self._guard.go_on_with(len(data))
        # In one call in C, so that Ctrl-C finds all of them set, or none
        vars(self).update(_data=data, _validation=held_out, _now=now)
        return self

    def step(self) -> float:
        """Take one step, and return its loss."""
        return self.run(1)

    @in_one_thread
    def run(self, n_steps: int) -> float:
        """Take some steps, through as many epochs as it needs; return the loss of the last."""
        n_steps = check_count("n_steps", n_steps, 1)
        with self._training():
            end = self.steps + n_steps
            while self.steps < end:
                loss = self._advance(end - self.steps)
                if self._now.row == self._now.n_rows:
                    self._close_epoch()
        return loss

    @in_one_thread
    def epoch(self) -> float:
        """Train to the end of the epoch that is under way, or a whole one; return its loss."""
        with self._training():
            self._finish_epoch()
        return self.history["loss"][-1]

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the module's output for each row, in eval mode.

        The native backend computes what is worth compiling for by machine code, and the rest as
        the other backends do, by the eager engine; which one depends on the module and the number
        of rows alone.

        Raises
        ------
        TraceError
            If it is worth compiling for, and what the module does depends on values.
        """
        step = self._current_step()
        rows = numbers("X", X, step.weights.dtype)
        with step.weights.mode(training=False), no_grad():
            if self.backend == "native":
                n_weights = step.weights.parameters.size + step.weights.buffers.size
                with with_advice(self.backend):
                    found = predict(self.module, rows, n_weights)
                if found is not None:
                    return found
            return np.asarray(self.module(Tensor(rows)).data)

    # Keeping it

    def save(self, path: PathLike) -> None:
        """Write a checkpoint: all that it takes to go on as if nothing had happened.

        Parameters, buffers, the optimizer's state, counters, the place in the epoch, the schedule,
        history, the best epoch, seed and hyperparameters, in one safetensors file with JSON in its
        header. The file appears whole or not at all.

        Raises
        ------
        OSError
            If it can't be written; an older file stays as it was.
        """
        save_trainer(self, path)

    @in_one_thread
    def load(self, path: PathLike) -> Trainer:
        """Go on from a checkpoint: everything is as it was when it was saved, but for the data.

        Make the trainer as it was made then, load, and call `fit` with the same data: it ends with
        exactly the weights it would have had without the interruption.

        Raises
        ------
        OSError
            If there is no such file.
        ValueError
            If it isn't a checkpoint, is damaged, or was made by a trainer of another module or
            other parts; nothing has changed then.
        """
        load_trainer(self, path)
        return self

    # Inside

    @contextmanager
    def _training(self) -> Iterator[None]:
        """Train inside; at the end the module has the weights of the last whole step."""
        if self._data is None:
            raise ValueError("there are no rows to learn from: call data(X, y), or fit(X, y, …).")
        self._take_over()
        self._began = time.perf_counter()
        try:
            with self._step.weights.mode(training=True), np.errstate(all="ignore"):
                yield
                self._check_weights()
        finally:
            vars(self).update(_seconds=self.seconds, _began=None)
            self._write()

    def _finish_epoch(
        self, on_step: list[Hook] | None = None, stop: Any = None, epochs: int = 1
    ) -> None:
        """Train to the end of an epoch; or of a later one, if nothing happens in between."""
        setting = self._setting()
        end = self._now.epochs + epochs - 1
        while self._now.epochs < end or self._now.row < self._now.n_rows:
            whole = setting.steps_left(self._now._replace(row=0))
            left = setting.steps_left(self._now) + (end - self._now.epochs) * whole
            self._advance(1 if on_step else left)
            self._call(on_step)
        self._close_epoch(stop)

    def _stops(self, stop: Callable[[Trainer], object] | None) -> bool:
        reason = stop(self) if stop is not None else ""
        if reason:
            self.stopped_because = reason if isinstance(reason, str) else "stop said so"
        return bool(reason)

    def _advance(self, n_steps: int) -> float:
        """Take steps, at most so many and to the end of the epoch; return the loss of the last."""
        if self._now.row == self._now.n_rows:  # the end of the epoch was interrupted
            self._close_epoch()
        now, setting = self._now, self._setting()
        if not self._may_go_through_epochs():
            n_steps = min(n_steps, setting.steps_left(now))
        with with_advice(self.backend):
            after, losses, epochs = self._steps().take(setting, now, n_steps)
        loss = float(losses[-1])
        self._guard.note(now, losses if math.isfinite(loss) else losses[:-1])
        self._now = after
        for k, mean in enumerate(epochs):
            record(self.history, now.epochs + k, {"loss": mean})
        if not math.isfinite(loss):
            raise self._diverged(loss)
        return loss

    def _may_go_through_epochs(self) -> bool:
        """Whether nothing is to be done between two epochs but to write down the loss."""
        observes = getattr(self.schedule, "observe", None) is not None
        return not (observes or self.metrics or self._validation is not None or self._watched)

    def _steps(self) -> Steps:
        """Return what takes the steps."""
        if self.backend not in self._backends:
            self._backends[self.backend] = _steps_by(self.backend)
        return self._backends[self.backend]

    def _setting(self) -> Setting:
        assert self._data is not None
        return Setting(
            self._step,
            self._data,
            self.batch_size,
            self.seed,
            self.shuffle,
            self._hyper,
            self.schedule is not None,
            self.clip is not None,
        )

    def _hyper(self, now: Progress) -> dict[str, float]:
        values = self._step.hyper()
        if self.schedule is not None:
            passed = now.epochs + now.row / (now.n_rows or 1)
            factor = float(self.schedule(passed))
            if not 0 <= factor < math.inf:
                raise ValueError(f"schedule({passed}) is {factor}; a factor is 0 or more.")
            values["optimizer.learning_rate"] *= factor
        if self.clip is not None:
            values["clip"] = float(self.clip)
        return values

    def _close_epoch(self, stop: Any = None) -> None:
        """Measure what the history records, and count the epoch."""
        assert self._data is not None
        self._check_weights()
        self._write()
        now = self._now
        measured = {"loss": now.loss_sum / now.weight_sum}
        with self._step.weights.mode(training=False):
            if self.metrics:
                measured |= measure(self._data, self.module, None, self.metrics)
            if self._validation is not None:
                held_out = measure(self._validation, self.module, self.loss, self.metrics)
                measured |= {f"validation_{name}": value for name, value in held_out.items()}
        record(self.history, now.epochs, measured)
        observe = getattr(self.schedule, "observe", None)
        if observe is not None:
            observe(measured.get("validation_loss", measured["loss"]))
        self._now = now.next_epoch()
        if isinstance(stop, StopWhen) and (value := stop.improves(self)) is not None:
            self.best = Best(self.epochs, value, now.params, now.state["buffers"])

    def _call(self, hooks: list[Hook] | None) -> None:
        """Call the callbacks, and take over what they change."""
        if not hooks:
            return
        self._write()
        with self._step.weights.mode(training=False):
            for hook in hooks:
                hook(self)
        self._take_over()

    def _write(self) -> None:
        """Let the module have the current weights."""
        self._step.weights.write(self._now.params, self._now.state["buffers"])

    def _current_step(self) -> TrainingStep:
        """Return the step of the parts that the trainer has now."""
        check_parts(self)
        parts = (self.module, self.loss, self.optimizer, self.penalty)
        return self._step if self._step.fits(*parts) else TrainingStep(*parts)

    def _check_rows(self, step: TrainingStep, *tables: Data | None) -> None:
        """Raise an error unless module and loss can compute with these rows."""
        with undone(step.weights.parts.values()), step.weights.mode(training=False):
            for table in tables:
                if table is not None:
                    table.check(self.module, self.loss)

    def _take_over(self) -> None:
        """Go on with what was changed from outside: weights, their number, loss, optimizer."""
        old, now, step = self._step, self._now, self._current_step()
        check_settings(self, step, now.n_rows)
        if step is old and not old.weights.changed():
            return
        if self._data is not None and self._data.X.dtype != step.weights.dtype:
            raise ValueError(
                f"the module is {step.weights.dtype} now, and the rows are {self._data.X.dtype}: "
                "call data(X, y) again."
            )
        if step is not old:
            self._check_rows(step, self._data, self._validation)
        params, state = step.go_on_from(old, now.state)
        if not (np.isfinite(params).all() and np.isfinite(state["buffers"]).all()):
            raise ValueError("module: its weights are not finite; draw them by initialise(seed).")
        vars(self).update(_step=step, _now=now._replace(params=params, state=state))
        self._guard = Guard(self._now)

    def _resume(self, progress: Progress, seconds: float, fitting: bool) -> None:
        """Go on from a checkpoint's progress."""
        if self._data is not None and progress.n_rows != len(self._data):
            progress = progress.with_rows(len(self._data))
        vars(self).update(_now=progress, _seconds=seconds, _fitting=fitting)
        self._guard = Guard(self._now)
        self._write()

    def _measures(self, validates: bool) -> list[str]:
        """Return the columns of the history that will grow."""
        names = ["loss", *self.metrics]
        return [*names, *(f"validation_{name}" for name in names)] if validates else names

    def _check_weights(self) -> None:
        now = self._now
        if not (np.isfinite(now.params).all() and np.isfinite(now.state["buffers"]).all()):
            raise self._diverged(None)

    def _diverged(self, loss: float | None) -> DivergenceError:
        """Go back to the last finite weights, and return what happened."""
        rate, setting = float(self.optimizer.learning_rate), self._setting()

        def replay(place: tuple[Progress, int]) -> Progress:
            progress, n_steps = place
            end = progress.steps + n_steps
            while progress.steps < end:
                progress = self._steps().take(setting, progress, end - progress.steps).progress
            return progress.next_epoch() if progress.row == progress.n_rows else progress

        error, before = self._guard.explain(
            partial(one_step, setting), replay, self._now, rate, loss
        )
        if before is not None:
            self._guard.before = None
            vars(self).update(_now=before, _fitting=False)
            forget_after(self.history, before.epochs)
        return error
