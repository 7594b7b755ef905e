"""What is on a page as a fitted estimator, in a file that `baremath.load` reads."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, PolynomialFeatures

from baremath import save
from baremath.neural_network import NeuralNetClassifier, NeuralNetRegressor
from baremath.playground.server import network
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import EDGE
from baremath.training.progress import Progress


def model_file(plan: Plan, now: Progress) -> bytes:
    """Return the file of `estimator_of`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skops"
        save(estimator_of(plan, now), path)
        return path.read_bytes()


def estimator_of(plan: Plan, now: Progress) -> BaseEstimator:
    """Return the network as an estimator that says of a point what the screen shows.

    It is a `NeuralNetClassifier` or a `NeuralNetRegressor`. Where a page's inputs aren't simply the
    columns, it is the last step of a pipeline, after ``"inputs"``, which makes them. A user's own
    points are given, and their amounts predicted, in their own units: the first step,
    ``"square"``, lays them on the square from -6 to 6.

    Parameters
    ----------
    plan : Plan
    now : Progress

    Returns
    -------
    estimator
        A classifier predicts the classes as they are in the data. By the cross-entropy it has
        probabilities; one that learned by squares has none.
    """
    steps: list[tuple[str, Any]] = []
    if plan.config.data.name == "own":
        steps.append(("square", _square(plan.points.domain)))
    if plan.inputs != tuple(f"x{k + 1}" for k in range(plan.points.X.shape[1])):
        steps.append(("inputs", _inputs(plan.inputs).fit(plan.points.X.astype(np.float64))))
    model = _fitted(plan, now)
    return Pipeline([*steps, ("network", model)]) if steps else model


def _square(domain: NDArray[np.float64]) -> MinMaxScaler:
    """Return the step from the units of each column to the square."""
    return MinMaxScaler((-EDGE, EDGE)).fit(domain.T)


def _inputs(names: tuple[str, ...]) -> ColumnTransformer:
    """Return the step from columns to the network's inputs; each function is NumPy's."""
    product = PolynomialFeatures((2, 2), interaction_only=True, include_bias=False)
    made: dict[str, tuple[Any, list[int]]] = {
        "x1^2": (FunctionTransformer(np.square), [0]),
        "x2^2": (FunctionTransformer(np.square), [1]),
        "x1x2": (product, [0, 1]),
        "sin x1": (FunctionTransformer(np.sin), [0]),
        "sin x2": (FunctionTransformer(np.sin), [1]),
    }
    return ColumnTransformer(
        [
            (name, *made[name]) if name in made else (name, "passthrough", [int(name[1:]) - 1])
            for name in names
        ]
    )


def _fitted(plan: Plan, now: Progress) -> Any:
    """Return the network as an estimator, with the attributes that its `fit` would have set."""
    config, points = plan.config, plan.points
    regression = config.problem == "regression"
    optimizer = network.optimizer_of(config.optimizer, config.learning_rate)
    module = copy.deepcopy(plan.module)
    module.load_state_dict(plan.step.weights.parameters.pieces(now.params))
    kind: Any = NeuralNetRegressor if regression else NeuralNetClassifier
    model = kind(
        network.module_of(config, points),
        network.loss_of(config, points),
        optimizer,
        schedule=network.schedule_of(config),
        penalty=network.penalty_of(config),
        batch_size=plan.batch_size,
        max_iter=max(1, now.epochs),
        random_state=config.seed,
    )
    model.module_ = module.astype(np.float64).eval()
    model.n_features_in_ = len(plan.inputs)
    if regression:
        low, high = points.y_range
        model.target_mean_, model.target_scale_ = np.array([[low + high], [high - low]]) / 2
        model._one_column_ = True
    else:
        model.classes_, model._several_labels_ = classes_of(plan), False
    loss = plan.measured(now).train_loss
    model.history_ = {"loss": np.array([loss])}
    model.loss_, model.loss_curve_, model.best_loss_ = loss, [loss], loss
    model.validation_scores_ = model.best_validation_score_ = None
    model.n_iter_ = now.epochs
    model.t_ = now.epochs * now.n_rows + now.row
    model._step_weight_ = float(plan.batch_size)
    model._memory_ = {
        "steps": now.steps,
        "epochs": now.epochs,
        "optimizer": {k: v for k, v in now.state["optimizer"].items() if k != "held"},
        "learning_rate": config.learning_rate,
    }
    return model


def classes_of(plan: Plan) -> NDArray[Any]:
    """Return the classes in the order of their numbers, as the data has them.

    Those of the named data sets are -1 and 1, or 0, 1, 2, …; a user's own are numbers if all are,
    and else text.
    """
    own = plan.config.data.own
    given = plan.points.y if own is None or plan.config.data.name != "own" else own.y
    names = plan.points.classes or ()
    if all(isinstance(value, int | float | np.floating) for value in given):
        numbers = np.array([float(name) for name in names])
        whole = (numbers == numbers.astype(int)).all()
        return numbers.astype(int) if whole else numbers
    return np.array(names)
