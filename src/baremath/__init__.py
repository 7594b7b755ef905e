"""baremath: machine learning with the maths laid bare.

The models are scikit-learn estimators; each explains its prediction and its training with your own
numbers put into the formula. Under the networks lies an engine that one can read: `tensor` and
`grad` here, layers in `nn`, optimizers in `optim`, the loop in `training`.

>>> from baremath.linear_model import LinearRegression
>>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [3.0, 5.0, 7.0])
>>> print(f"{model.intercept_:.2f} + {model.coef_[0]:.2f} x")
1.00 + 2.00 x
>>> import baremath as bm
>>> x = bm.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
>>> (3 * (x - 2) ** 2).mean().backward()
>>> x.grad
tensor([[-1.5,  0. ],
        [ 1.5,  3. ]])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baremath.autodiff import (
        check_gradient,
        derivation,
        detect_anomaly,
        grad,
        hessian,
        jacobian,
        no_grad,
        show,
        value_and_grad,
        vjp,
    )
    from baremath.autodiff.creation import tensor
    from baremath.autodiff.tensor import Tensor
    from baremath.compiler import compile  # noqa: A004 - as in torch.compile
    from baremath.persistence import load, save

__version__ = "0.1.0"
__all__ = [
    "Tensor",
    "check_gradient",
    "compile",
    "derivation",
    "detect_anomaly",
    "grad",
    "hessian",
    "jacobian",
    "load",
    "no_grad",
    "save",
    "show",
    "tensor",
    "value_and_grad",
    "vjp",
]

_ROOMS = {
    "autodiff",
    "compiler",
    "datasets",
    "ensemble",
    "ladder",
    "linear_model",
    "maths",
    "model_selection",
    "neural_network",
    "nn",
    "optim",
    "plotting",
    "report",
    "scalar",
    "training",
    "tree",
}


def __getattr__(name: str) -> Any:
    """Import a room, or the room of a name in ``__all__``, when it is first asked for."""
    if name in _ROOMS:
        return importlib.import_module(f"baremath.{name}")
    if name in __all__:
        room = {"compile": "compiler", "load": "persistence", "save": "persistence"}.get(
            name, "autodiff"
        )
        return getattr(importlib.import_module(f"baremath.{room}"), name)
    raise AttributeError(f"module 'baremath' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
