"""Checkpoints: training written down, so that it can go on from there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from baremath.training.files import PathLike, read_file, write_file
from baremath.training.progress import Progress
from baremath.training.stopping import Best

if TYPE_CHECKING:
    from baremath.training.trainer import Trainer

_SETTINGS = ("seed", "batch_size", "shuffle", "clip")
_COUNTERS = ("steps", "epochs", "n_rows", "row", "loss_sum", "weight_sum")
_PARTS = ("loss", "optimizer", "schedule", "penalty")


class Checkpoint:
    """A callback that saves the trainer now and then.

    Each file replaces the one before, so that one is always there and whole, whenever the process
    is killed. See `Trainer.load` for the way back.

    Parameters
    ----------
    path : str or path
        Where to write, usually ``*.safetensors``. The folder must exist.
    every : int or float, default=1
        How often.
    unit : {"epochs", "steps", "seconds"}, default="epochs"
        What `every` counts. Seconds are looked at after each step.

    Examples
    --------
    >>> Checkpoint("spirals.safetensors", every=30, unit="seconds")
    Checkpoint('spirals.safetensors', every=30, unit='seconds')
    """

    def __init__(self, path: PathLike, every: float = 1, unit: str = "epochs") -> None:
        if unit not in ("epochs", "steps", "seconds"):
            raise ValueError(f'unit={unit!r} must be "epochs", "steps" or "seconds".')
        if not every > 0 or (unit != "seconds" and every != int(every)):
            what = "a number" if unit == "seconds" else "a whole number"
            raise ValueError(f"every={every!r} must be {what} of {unit} above 0.")
        if not Path(path).resolve().parent.is_dir():
            raise FileNotFoundError(f"cannot write {path}: its folder doesn't exist")
        self.path = Path(path)
        self.every = every
        self.unit = unit
        self._saved_at = time.monotonic()

    def __repr__(self) -> str:
        return f"Checkpoint({str(self.path)!r}, every={self.every}, unit={self.unit!r})"

    def on_step_end(self, trainer: Trainer) -> None:
        """Save, if so many steps or seconds have passed."""
        if self.unit == "steps":
            due = trainer.steps % self.every == 0
        else:
            due = self.unit == "seconds" and time.monotonic() - self._saved_at >= self.every
        if due:
            trainer.save(self.path)
            self._saved_at = time.monotonic()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Save, if so many epochs have passed."""
        if self.unit == "epochs" and trainer.epochs % self.every == 0:
            trainer.save(self.path)


def save_trainer(trainer: Trainer, path: PathLike) -> None:
    """Write all that training depends on, but for the data; see `Trainer.save`."""
    step, now, best = trainer._step, trainer._now, trainer.best
    tensors = {
        **_named("parameters", step.weights.parameters.pieces(now.params)),
        **_named("buffers", step.weights.buffers.pieces(now.state["buffers"])),
        **_named("optimizer", now.state["optimizer"]),
    }
    if best:
        tensors |= {"best.parameters": best.parameters, "best.buffers": best.buffers}
    schedule = trainer.schedule
    facts = {
        "parts": _parts(trainer),
        "counters": {name: getattr(now, name) for name in _COUNTERS},
        "settings": {name: getattr(trainer, name) for name in _SETTINGS},
        "hyper": step.hyper(),
        "schedule": getattr(schedule, "state_dict", lambda: None)(),
        "history": trainer.history,
        "best": best and [best.epoch, best.value],
        "seconds": trainer.seconds,
        "fitting": trainer._fitting,
    }
    write_file(path, tensors, facts)


def load_trainer(trainer: Trainer, path: PathLike) -> None:
    """Set all that `save_trainer` wrote; nothing, if something doesn't fit."""
    tensors, facts = read_file(path)
    try:
        _refuse_other_parts(trainer, facts, path)
        progress = _progress(trainer, tensors, facts, path)
        best = _best(trainer, tensors, facts)
        settings, hyper = facts["settings"], facts["hyper"]
        schedule, seconds, fitting = facts["schedule"], facts["seconds"], facts["fitting"]
        history = {name: [float(x) for x in column] for name, column in facts["history"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: the checkpoint is damaged: {error!r} in its JSON") from error
    if schedule is not None:
        trainer.schedule.load_state_dict(schedule)  # type: ignore[union-attr]
    for name in _SETTINGS:
        setattr(trainer, name, settings[name])
    for name, place in trainer._step.knobs.items():
        setattr(*place, hyper[name])
    trainer.history, trainer.best = history, best
    trainer._resume(progress, seconds, fitting)


def _named(kind: str, arrays: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return {f"{kind}.{name}": np.asarray(array) for name, array in arrays.items()}


def _parts(trainer: Trainer) -> dict[str, str]:
    """Return what the trainer is made of, by class."""
    parts = {name: getattr(trainer, name) for name in _PARTS}
    return {
        name: "none" if part is None else getattr(part, "__name__", type(part).__name__)
        for name, part in parts.items()
    }


def _refuse_other_parts(trainer: Trainer, facts: dict[str, Any], path: PathLike) -> None:
    for name, part in _parts(trainer).items():
        if facts["parts"][name] != part:
            raise ValueError(
                f"{path}: saved with {name} {facts['parts'][name]}, and this trainer has {part}; "
                "make it as it was made then."
            )
    here, there = trainer._step.hyper().keys(), facts["hyper"].keys()
    if here != there:
        raise ValueError(
            f"{path}: saved with other hyperparameters: {', '.join(sorted(here ^ there))} is on "
            "one side only; make the trainer as it was made then."
        )


def _progress(
    trainer: Trainer, tensors: dict[str, NDArray[Any]], facts: dict[str, Any], path: PathLike
) -> Progress:
    """Return the progress that was saved.

    Raises
    ------
    ValueError
        If a tensor is missing or has another shape or dtype than here.
    """
    step, now = trainer._step, trainer._now
    layouts = {"parameters": step.weights.parameters, "buffers": step.weights.buffers}
    memory = now.state["optimizer"]
    wanted = {
        **_named("parameters", layouts["parameters"].pieces(now.params)),
        **_named("buffers", layouts["buffers"].pieces(now.state["buffers"])),
        **_named("optimizer", memory),
    }
    for name, array in wanted.items():
        if name not in tensors:
            raise ValueError(f"{path}: there is no {name} in it; it is of another module.")
        there = tensors[name]
        if (there.shape, there.dtype) != (array.shape, array.dtype):
            raise ValueError(
                f"{path}: {name} is {there.dtype} of shape {there.shape} in it, and {array.dtype} "
                f"of shape {array.shape} here; it is of another module."
            )
    for name in tensors.keys() - wanted.keys():
        if not name.startswith("best."):
            raise ValueError(f"{path}: {name} has no place here; it is of another module.")
    params, buffers = (
        np.concatenate(
            [np.empty(0, now.params.dtype)]
            + [tensors[f"{kind}.{name}"].reshape(-1) for name in layout.shapes]
        )
        for kind, layout in layouts.items()
    )
    optimizer = {
        name: tensors[f"optimizer.{name}"]
        if isinstance(value, np.ndarray)
        else type(value)(tensors[f"optimizer.{name}"].item())
        for name, value in memory.items()
    }
    counters = {name: facts["counters"][name] for name in _COUNTERS}
    return Progress(params, {"optimizer": optimizer, "buffers": buffers}, **counters)


def _best(trainer: Trainer, tensors: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Best | None:
    if facts["best"] is None:
        return None
    epoch, value = facts["best"]
    return Best(int(epoch), float(value), tensors["best.parameters"], tensors["best.buffers"])
