"""Bias and variance: the same model fitted to many samples, and its loss taken apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.neighbors import KNeighborsRegressor

from baremath.ensemble import RandomForestRegressor
from baremath.linear_model import LinearRegression
from baremath.model_selection import BiasVarianceDecomposition, bias_variance_decomposition
from baremath.neural_network import MLPRegressor
from baremath.playground.server.config import Frozen, Seed
from baremath.playground.server.lectures import written
from baremath.playground.server.lectures.question import Question
from baremath.tree import DecisionTreeRegressor

Floats = NDArray[np.float64]

#: Places on the line at which models are compared, and how often each is observed.
_PLACES, _OBSERVATIONS = 61, 40

#: Samples for each complexity of the curve.
_ROUNDS_OF_CURVE = 30

Truth = Literal["sine", "step", "polynomial"]
ModelName = Literal["polynomial", "neighbours", "tree", "forest", "network"]


class BiasVariance(Frozen, frozen=True):
    """What the page asks.

    Parameters
    ----------
    part : {"fits", "curve"}
        The fits of one complexity, or the decomposition over all of them.
    truth : str
        What the points come from.
    noise : float
        The standard deviation of what is added to it.
    n : int
        Points of a sample.
    model, complexity
        The model, and which of its complexities; see `MODELS`.
    rounds : int
        How many samples are drawn.
    at : float
        The place whose numbers are shown.
    seed : int
        Of all samples.
    """

    part: Literal["fits", "curve"] = "fits"
    truth: Truth = "sine"
    noise: Annotated[float, Meta(ge=0, le=2)] = 0.3
    n: Annotated[int, Meta(ge=5, le=200)] = 25
    model: ModelName = "polynomial"
    complexity: Annotated[int, Meta(ge=0, le=100)] = 3
    rounds: Annotated[int, Meta(ge=2, le=200)] = 60
    at: Annotated[float, Meta(ge=-1, le=1)] = 0.5
    seed: Seed = 0


class Model(Frozen, frozen=True):
    """A kind of model: what makes it complex, its complexities from simple on, and how it is made.

    Parameters
    ----------
    called : str
        What the complexity is.
    complexities : tuple of int
        From the simplest to the most complex.
    make : callable
        ``make(complexity)`` returns an estimator.
    rounds : int
        The most samples, for models that take long.
    """

    called: str
    complexities: tuple[int, ...]
    make: Callable[[int], Any]
    rounds: int = 200


def _powers(degree: int, X: Floats) -> Floats:
    """Return Chebyshev polynomials, which span what the powers do and are far from alike."""
    columns: Any = np.polynomial.chebyshev.chebvander(X[:, 0], degree)[:, 1:]
    return np.asarray(columns, np.float64)


def _network(width: int) -> MLPRegressor:
    return MLPRegressor(
        hidden_layer_sizes=(width,),
        activation="tanh",
        learning_rate_init=0.05,
        max_iter=400,
        n_iter_no_change=math.inf,
        random_state=None,
    )


MODELS: dict[str, Model] = {
    "polynomial": Model(
        "degree",
        tuple(range(1, 11)),
        lambda degree: LinearRegression(basis=[partial(_powers, degree)]),
    ),
    "neighbours": Model(
        "neighbours",
        (25, 15, 10, 7, 5, 4, 3, 2, 1),
        lambda k: KNeighborsRegressor(n_neighbors=k, algorithm="kd_tree"),
    ),
    "tree": Model(
        "depth",
        tuple(range(1, 9)),
        lambda depth: DecisionTreeRegressor(max_depth=depth),
    ),
    "forest": Model(
        "depth",
        (1, 2, 3, 4, 6, 8),
        lambda depth: RandomForestRegressor(n_estimators=10, max_depth=depth, n_jobs=1),
        rounds=20,
    ),
    "network": Model("hidden units", (1, 2, 3, 5, 8, 16), _network, rounds=20),
}

TRUTHS: dict[str, Callable[[Floats], Floats]] = {
    "sine": lambda x: np.sin(np.pi * x),
    "step": lambda x: np.where(x < 0, -0.8, 0.8),
    "polynomial": lambda x: 0.5 - x + 2 * x**3,
}


def answer(asked: BiasVariance) -> dict[str, Any]:
    r"""Fit a model to many samples and take its loss apart.

    A sample has one point in each of n equal parts of the line from -1 to 1, anywhere within it.

    Returns
    -------
    dict
        For the part "fits": ``x``, the places; ``truth`` there; ``fits``, a row for each sample;
        ``mean``; ``parts``: noise, bias² and variance at each place; ``sample``: x, y and the fit
        of one sample; ``total`` and ``error``: the means of the parts and of the loss, and their
        standard errors; ``here``: the sum at one place, step by step. For the part "curve":
        ``curve``, of each complexity the means and their standard errors. Both have the
        ``complexities`` and what they are ``called``.

    Raises
    ------
    ValueError
        If the model has no such complexity, or the sample is too small for it.
    """
    model = MODELS[asked.model]
    possible = [one for one in model.complexities if asked.model != "neighbours" or one <= asked.n]
    known = {"called": model.called, "complexities": possible}
    if asked.part == "curve":
        rounds = min(asked.rounds, _ROUNDS_OF_CURVE, model.rounds)
        curve = [
            {"complexity": one, **_summary(_decomposed(asked, model.make(one), rounds))}
            for one in possible
        ]
        return {**known, "rounds": rounds, "curve": curve}
    if asked.complexity not in possible:
        raise ValueError(
            f"complexity={asked.complexity} is not one of {asked.model} with {asked.n} points; "
            f"{model.called}: {', '.join(map(str, possible))}."
        )
    rounds = min(asked.rounds, 3 * model.rounds)
    return {**known, "rounds": rounds, **_fits(asked, model.make(asked.complexity), rounds)}


def _fits(asked: BiasVariance, estimator: Any, rounds: int) -> dict[str, Any]:
    result = _decomposed(asked, estimator, rounds)
    places = _places()
    order = result.point[: len(places)]  # of the places among the points
    X, y = _sample(asked, np.random.default_rng([asked.seed, 1]))
    fit = clone(estimator)
    if "random_state" in fit.get_params():
        fit.set_params(random_state=asked.seed)
    place = int(np.abs(places - asked.at).argmin())
    return {
        "x": _short(places),
        "truth": _short(TRUTHS[asked.truth](places)),
        "fits": _short(result.predictions[:, order]),
        "mean": _short(result.main_prediction[order]),
        "parts": {
            part: _short(getattr(result.per_point, part)[order])
            for part in ("noise", "bias2", "variance", "loss")
        },
        "sample": {
            "x": _short(X[:, 0]),
            "y": _short(y),
            "fit": _short(fit.fit(X, y).predict(places[:, np.newaxis])),
        },
        **_summary(result),
        "here": {"place": place, **written.derivation(result.explain(int(order[place])))},
    }


def _decomposed(asked: BiasVariance, estimator: Any, rounds: int) -> BiasVarianceDecomposition:
    X = np.tile(_places(), _OBSERVATIONS)
    rng = np.random.default_rng([asked.seed, 2])
    y = TRUTHS[asked.truth](X) + asked.noise * rng.normal(size=len(X))
    return bias_variance_decomposition(
        estimator,
        partial(_sample, asked),
        X_test=X[:, np.newaxis],
        y_test=y,
        noise="replicates",
        n_rounds=rounds,
        random_state=asked.seed,
    )


def _sample(asked: BiasVariance, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw a sample: a point in each of n equal parts of the line."""
    x = (np.arange(asked.n) + rng.uniform(size=asked.n)) * (2 / asked.n) - 1
    return x[:, np.newaxis], TRUTHS[asked.truth](x) + asked.noise * rng.normal(size=asked.n)


def _places() -> Floats:
    return np.linspace(-1, 1, _PLACES)


def _summary(result: BiasVarianceDecomposition) -> dict[str, dict[str, float]]:
    parts = ("noise", "bias2", "variance", "loss")
    return {
        "total": {part: float(getattr(result.mean, part)) for part in parts},
        "error": {part: float(getattr(result.standard_error, part)) for part in parts},
    }


def _short(values: Floats) -> Any:
    """Return numbers as lists, with as many digits as can be seen."""
    return np.round(values, 4).tolist()


QUESTION = Question(BiasVariance, answer)
