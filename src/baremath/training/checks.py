"""What is wrong with a setting, said before anything changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from baremath.nn import BatchNorm1d, Module
from baremath.optim import Optimizer

if TYPE_CHECKING:
    from baremath.training.step import TrainingStep
    from baremath.training.trainer import Trainer


def check_count(name: str, value: Any, least: int) -> int:
    """Return a whole number that is at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}={value!r} must be a whole number, {least} or more.")
    return int(value)


def check_parts(trainer: Trainer) -> None:
    """Raise TypeError unless the trainer is made of what it can work with."""
    if not isinstance(trainer.module, Module):
        raise TypeError(f"module must be a Module, not {_described(trainer.module)}.")
    if not isinstance(trainer.optimizer, Optimizer):
        raise TypeError(
            "optimizer must be an Optimizer, such as optim.SGD(0.1), not "
            f"{_described(trainer.optimizer)}."
        )
    for name in ("loss", "schedule", "penalty"):
        part = getattr(trainer, name)
        if isinstance(part, type) or not (callable(part) or (part is None and name != "loss")):
            raise TypeError(f"{name} must be a function or an object, not {_described(part)}.")
    if not isinstance(trainer.metrics, Mapping) or not all(map(callable, trainer.metrics.values())):
        raise TypeError('metrics must be functions by name, such as {"accuracy": accuracy}.')
    if "loss" in trainer.metrics:
        raise ValueError('metrics: "loss" is the name of the loss itself; choose another.')


def check_output(output: Any) -> None:
    """Raise TypeError unless this is something that a loss can look at."""
    if output is None:
        raise TypeError("module: its forward returned nothing: is a `return` missing?")
    if not hasattr(output, "shape"):
        raise TypeError(f"module: its forward must return one tensor, not {_described(output)}.")


def check_stop(stop: Any, measures: list[str]) -> None:
    """Raise an error unless this is a stop rule that watches what is measured."""
    if stop is None:
        return
    if isinstance(stop, type) or not callable(stop):
        raise TypeError(
            f"stop must be a StopWhen(…) or a function of the trainer, not {_described(stop)}."
        )
    monitor = getattr(stop, "monitor", None)
    if monitor is not None and monitor not in measures:
        raise ValueError(f"monitor={monitor!r} isn't measured; there is {', '.join(measures)}.")


#: What takes the steps: machine code, NumPy over the traced step, or the eager engine.
BACKENDS = ("native", "interpreter", "eager")


def check_settings(trainer: Trainer, step: TrainingStep, n_rows: int | None) -> None:
    """Raise ValueError if a number that may be changed between calls makes no sense."""
    check_count("seed", trainer.seed, 0)
    if trainer.backend not in BACKENDS:
        raise ValueError(
            f"backend={trainer.backend!r} must be one of {', '.join(map(repr, BACKENDS))}."
        )
    if trainer.clip is not None and not check_number("clip", trainer.clip) > 0:
        raise ValueError(f"clip={trainer.clip!r} must be more than 0, or None for no bound.")
    trainer.optimizer.check()
    for name, place in step.knobs.items():
        _check_hyperparameter(name, getattr(*place))
    if trainer.batch_size is not None:
        _check_batch_size(check_count("batch_size", trainer.batch_size, 1), n_rows)
    if n_rows is not None:
        _check_last_batch(trainer.batch_size, n_rows, step)


def where_else(trainer: Trainer, name: str) -> str:
    """Return the words that say which part of a trainer has what it hasn't, or what it has."""
    for part in ("optimizer", "penalty", "loss", "module"):
        if hasattr(getattr(trainer, part), name):
            return f"; its {part} has: trainer.{part}.{name}"
    return f"; it has {', '.join(key for key in vars(trainer) if not key.startswith('_'))}"


def _check_batch_size(batch_size: int, n_rows: int | None) -> None:
    if n_rows is not None and batch_size > n_rows:
        raise ValueError(
            f"batch_size={batch_size} is more than the {n_rows} rows of X; use at most {n_rows}, "
            "or batch_size=None for all rows."
        )


def _check_last_batch(batch_size: int | None, n_rows: int, step: TrainingStep) -> None:
    """Refuse batches of one row where a layer measures a variance over the rows."""
    size = batch_size or n_rows
    if size > 1 and n_rows % size != 1:
        return
    for path, part in step.weights.parts.items():
        if isinstance(part, BatchNorm1d):
            raise ValueError(
                f"batch_size={batch_size} of {n_rows} rows leaves a batch of one row, and "
                f"{path or 'the module'} (BatchNorm1d) measures the variance of its batch; choose "
                "another batch_size."
            )


def _check_hyperparameter(name: str, value: Any) -> None:
    number = check_number(name, value)
    last = name.rpartition(".")[2]
    if last == "rate" and number < 0:
        raise ValueError(f"{name}={value!r} must be 0 or more.")
    if last == "p" and not 0 <= number < 1:
        raise ValueError(f"{name}={value!r}, a share to drop, must be 0 or more and below 1.")


def check_number(name: str, value: Any) -> float:
    """Return a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        advice = "; a schedule is an argument of Trainer: schedule=…" if callable(value) else ""
        raise ValueError(f"{name}={value!r} must be a finite number{advice}.")
    return number


def _described(part: Any) -> str:
    return f"the class {part.__name__}" if isinstance(part, type) else repr(part)
