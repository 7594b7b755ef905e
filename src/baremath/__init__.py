"""baremath: machine learning with the maths laid bare.

The models are scikit-learn estimators; each explains its prediction and its training with your own
numbers put into the formula.

>>> from baremath.linear_model import LinearRegression
>>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [3.0, 5.0, 7.0])
>>> print(f"{model.intercept_:.2f} + {model.coef_[0]:.2f} x")
1.00 + 2.00 x
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baremath.persistence import load, save

__version__ = "0.1.0"
__all__ = ["load", "save"]

_ROOMS = {"datasets", "ladder", "linear_model", "maths", "plotting", "report"}


def __getattr__(name: str) -> Any:
    """Import a room, or the two functions of `persistence`, when it is first asked for."""
    if name in _ROOMS:
        return importlib.import_module(f"baremath.{name}")
    if name in __all__:
        return getattr(importlib.import_module("baremath.persistence"), name)
    raise AttributeError(f"module 'baremath' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
