"""Hyperparameters: numbers with names, checked when they are given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

import numpy as np

Range = tuple[Callable[[float], bool], str]

POSITIVE: Range = (lambda x: 0 < x < math.inf, "more than 0")
NOT_NEGATIVE: Range = (lambda x: 0 <= x < math.inf, "0 or more")
SHARE: Range = (lambda x: 0 <= x < 1, "at least 0 and less than 1")
FACTOR: Range = (lambda x: 0 < x <= 1, "more than 0 and at most 1")

#: What a hyperparameter may be: a name means the same wherever it stands in this room.
RANGES: dict[str, Range] = {
    "learning_rate": POSITIVE,
    "momentum": SHARE,
    "rho": SHARE,
    "beta_1": SHARE,
    "beta_2": SHARE,
    "epsilon": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "factor": FACTOR,
    "every": POSITIVE,
    "rate": NOT_NEGATIVE,
    "epochs": POSITIVE,
    "start": SHARE,
    "minimum": SHARE,
    "patience": NOT_NEGATIVE,
    "threshold": SHARE,
    "cooldown": NOT_NEGATIVE,
}


@dataclass
class Hyperparameters:
    """What an optimizer and a schedule have in common: they are a name and a few numbers.

    A subclass is a dataclass whose fields are its hyperparameters. They are checked when it is
    made, and by `check`; as plain attributes they may be set to anything, a tensor too.

    Attributes
    ----------
    name : str
        The key in `OPTIMIZERS` or `SCHEDULES`; "" for a class of one's own that has none.
    """

    name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        self.check()

    def __setattr__(self, name: str, value: Any) -> None:
        # NumPy's float64 numbers would turn float32 parameters into float64; Python's don't.
        is_number = isinstance(value, np.generic | np.ndarray) and value.shape == ()
        object.__setattr__(self, name, value.item() if is_number else value)

    def check(self) -> None:
        """Check the numbers among the hyperparameters, for whoever has changed some.

        Raises
        ------
        TypeError
            If one isn't a number.
        ValueError
            If one is out of its range.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in RANGES or hasattr(value, "shape"):
                continue
            if field.name == "learning_rate" and isinstance(value, list | dict | Iterator):
                raise TypeError(
                    f"learning_rate=a {type(value).__name__} must be a number: give the learning "
                    "rate only; the Trainer brings the parameters."
                )
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{field.name}={value!r} must be a number.")
            allowed, words = RANGES[field.name]
            if not allowed(value):
                usual = "" if field.default is MISSING else f"; {field.default} is the default"
                raise ValueError(f"{field.name}={value} must be {words}{usual}.")

    def hyperparameters(self) -> dict[str, Any]:
        """Return the arguments that make another one like this.

        Returns
        -------
        dict of str to number
            Fit for JSON: with `name` it describes the whole. A schedule within a schedule is such a
            dict too, with its name.

        Examples
        --------
        >>> from baremath.optim import OPTIMIZERS, Momentum
        >>> optimizer = Momentum(learning_rate=0.1)
        >>> optimizer.name, optimizer.hyperparameters()
        ('momentum', {'learning_rate': 0.1, 'momentum': 0.9})
        >>> OPTIMIZERS["momentum"](**optimizer.hyperparameters()) == optimizer
        True
        """
        return {field.name: getattr(self, field.name) for field in fields(self)}
