"""L-BFGS: all rows at once, each step along the curvature that the last gradients show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import value_and_grad
from baremath.nn import Module
from baremath.training import DivergenceError, Layout


class Found(NamedTuple):
    """The loss before the first step and after each, and whether it ended at rest."""

    losses: list[float]
    at_rest: bool


def minimise(
    module: Module, objective: Callable[[], Any], *, max_iter: int, max_fun: int, tol: float
) -> Found:
    """Move a module's parameters to where an objective is least.

    Parameters
    ----------
    module : Module
        In float64: the line search compares losses that differ little.
    objective : callable
        The loss of the module as it is, with the penalty.
    max_iter, max_fun : int
        Steps, and evaluations of the objective, at most.
    tol : float
        It rests when no element of the gradient is larger.

    References
    ----------
    Liu and Nocedal (1989), On the limited memory BFGS method for large scale optimization.
    """
    from scipy.optimize import minimize

    layout = Layout(module.named_parameters())

    def at(pieces: dict[str, Any]) -> Any:
        with module.using(pieces):
            return objective()

    both = value_and_grad(at)

    def evaluate(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = both(layout.pieces(flat))
        return float(value), np.asarray(layout.flat(gradient))

    start = np.asarray(layout.flat({path: p.data for path, p in module.named_parameters().items()}))
    with np.errstate(all="ignore"):
        losses = [evaluate(start)[0]]
        result = minimize(
            evaluate,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=lambda intermediate_result: losses.append(float(intermediate_result.fun)),
            options={"maxiter": max_iter, "maxfun": max_fun, "gtol": tol},
        )
    if not np.isfinite(result.fun):
        raise DivergenceError(f"the loss is {result.fun} after {result.nit} steps of L-BFGS.")
    module.load_state_dict({**module.state_dict(), **layout.pieces(result.x)})
    return Found(losses, bool(result.success))
