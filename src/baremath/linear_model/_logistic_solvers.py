"""The ways to the minimum of logistic regression's objective, and what each leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from sklearn.exceptions import ConvergenceWarning

from baremath.estimator import warn_user
from baremath.linear_model._blocks import Floats
from baremath.linear_model._gradient_descent import MOST_PARAMETERS_KEPT, gradient_descent
from baremath.linear_model._logistic_objective import LogisticObjective
from baremath.linear_model._neurons import Neurons
from baremath.linear_model._newton import newton
from baremath.nn import BCEWithLogitsLoss, CrossEntropyLoss
from baremath.training.data import Data


@dataclass(frozen=True)
class Solution:
    """The parameters found, and how.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,)
        Those of the objective.
    n_iter : int
        Steps taken.
    history : dict of str to ndarray
        ``"loss"`` and, when they are few, ``"parameters"`` in the columns' own units.
    last_step : dict of str to ndarray
        The last update in the columns' own units; empty where it can't be shown.
    direction : ndarray of shape (n_parameters,), optional
        The last step, where it was so long that the minimum may be at infinity.
    """

    parameters: Floats
    n_iter: int
    history: dict[str, Floats]
    last_step: dict[str, Floats]
    direction: Floats | None = None


def by_newton(objective: LogisticObjective, *, tol: float, max_iter: int) -> Solution:
    """Minimise by Newton's method."""
    found = newton(objective, np.zeros(len(objective.l1)), tol=tol, max_iter=max_iter)
    shown = found.last_step and not objective.has_corners and _few(found.parameters)
    return Solution(
        parameters=found.parameters,
        n_iter=found.n_iter,
        history=_history(objective, found.losses, found.path),
        last_step=objective.step_in_own_units(found.last_step) if shown else {},
        direction=found.path[-1] - found.path[-2] if found.unbounded else None,
    )


def by_lbfgs(objective: LogisticObjective, *, tol: float, max_iter: int) -> Solution:
    """Minimise by L-BFGS, as SciPy has it."""
    start = np.zeros(len(objective.l1))
    value, gradient = objective.value_and_gradient(start)
    losses, path = [value], [start]

    def remember(intermediate_result: optimize.OptimizeResult) -> None:
        losses.append(float(intermediate_result.fun))
        if _few(start):
            path.append(intermediate_result.x.copy())

    found = optimize.minimize(
        objective.value_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=remember,
        options={
            "maxiter": max_iter,
            "maxfun": 10 * max_iter,
            "gtol": tol * float(np.max(np.abs(gradient), initial=0.0)),
            "ftol": 0.0,
        },
    )
    if found.nit >= max_iter:
        warn_user(
            f"L-BFGS took max_iter={max_iter} steps and has not settled; raise max_iter or tol, or "
            "lower C.",
            ConvergenceWarning,
        )
    return Solution(found.x, int(found.nit), _history(objective, losses, path), {})


def by_descent(
    objective: LogisticObjective,
    *,
    tol: float,
    max_iter: int,
    learning_rate: float | str,
    batch_size: int | None,
    random_state: np.random.RandomState,
) -> Solution:
    """Minimise by gradient descent; the columns are neither centred nor scaled."""
    found = gradient_descent(
        logistic_neurons(objective),
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_iter=max_iter,
        tol=tol,
        random_state=random_state,
    )
    return Solution(found.parameters, found.n_iter, found.history, found.last_step)


def logistic_neurons(objective: LogisticObjective) -> Neurons:
    """Return a neuron with a sigmoid, or one for each class with a softmax, and its objective."""
    two = objective.n_scores == 1
    targets = objective.codes[:, np.newaxis].astype(np.float64) if two else objective.codes
    weight = None if (objective.weight == 1).all() else objective.weight
    return Neurons(
        Data(objective.X, targets, weight, dtype=np.float64),
        BCEWithLogitsLoss() if two else CrossEntropyLoss(),
        n_outputs=objective.n_scores,
        fit_intercept=objective.fit_intercept,
        l1=float(objective.l1.max()),
        l2=float(objective.l2.max()),
        curvatures=lambda: (objective.curvature(),) * 2,  # a row's slope is at most one
    )


def _few(parameters: Floats) -> bool:
    return len(parameters) <= MOST_PARAMETERS_KEPT


def _history(
    objective: LogisticObjective, losses: list[float], path: list[Floats]
) -> dict[str, Floats]:
    history = {"loss": np.array(losses)}
    if _few(path[0]):
        history["parameters"] = objective.in_own_units(path)
    return history
