"""The bias–variance decomposition of a learning algorithm's expected loss."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baremath.estimator import check_several, find_classes
from baremath.model_selection._checks import (
    Noise,
    check_apart,
    check_estimator,
    check_noise,
    check_numbers,
    check_rounds,
    check_twins,
    is_replicates,
    warn_of_noise,
)
from baremath.model_selection._points import points_of
from baremath.model_selection._result import BiasVarianceDecomposition
from baremath.model_selection._rounds import predicted_classes, predicted_numbers
from baremath.model_selection._sampling import (
    Bootstrap,
    Fresh,
    Sample,
    Sampler,
    check_fresh,
    checked_target,
    draw_test_sample,
    is_generator,
    n_test_rows,
    named,
    split,
)
from baremath.model_selection._squared_error import decompose_squared_error
from baremath.model_selection._zero_one import decompose_zero_one

Seed: TypeAlias = int | np.random.RandomState | np.random.Generator | None


def bias_variance_decomposition(
    estimator: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    loss: Literal["squared_error", "zero_one"] = "squared_error",
    n_rounds: int = 200,
    noise: Noise = None,
    sample: Literal["bootstrap", "fresh"] | None = None,
    X_test: Any = None,
    y_test: ArrayLike | None = None,
    test_size: float | int | None = None,
    random_state: Seed = None,
    n_jobs: int | None = None,
) -> BiasVarianceDecomposition:
    r"""Take the expected loss of a learning algorithm apart into noise, bias² and variance.

    Each round draws a training sample, fits a clone of the estimator to it and lets it predict the
    same test points. With :math:`f_D` the model learned from the sample D, and t the target,

    .. math:: \operatorname{E}_{D, t} (t - f_D)^2 = \underbrace{\operatorname{Var}(t)}_\text{noise}
              + \underbrace{(\operatorname{E} t - \operatorname{E}_D f_D)^2}_{\text{bias}^2}
              + \underbrace{\operatorname{Var}_D(f_D)}_\text{variance}

    at each point, and in the mean over all. For 0–1 loss there are two decompositions in use: that
    of Domingos is the result, and that of Kohavi and Wolpert its attribute `kohavi_wolpert`. In
    all of them the parts sum to the loss exactly.

    Parameters
    ----------
    estimator : estimator
        With `fit` and `predict`; it is cloned, never fitted itself. A `random_state` of None, its
        own or that of a part, gets a seed of its own in each round; any other is left alone.
    X : array-like or table of shape (n_samples, n_features), generator or str
        The features; or where samples come from: a function ``draw(rng)`` of a
        `numpy.random.Generator` that returns ``X, y``, a function with a parameter
        ``random_state`` such as those of `baremath.datasets`, or one of
        `baremath.datasets.DATASETS` that is generated, or its name, as ``"xor"``.
    y : array-like of shape (n_samples,), default=None
        The target; None for a generator, which makes it.
    loss : {"squared_error", "zero_one"}, default="squared_error"
        The first for regressors, the second for classifiers.
    n_rounds : int, default=200
        How many models are fitted, at least 2.
    noise : "replicates", float, callable or None, default=None
        What is known of the noise. None: nothing, and it counts as bias. "replicates": it is found
        from rows of the test sample with identical features; a row without a twin takes the mean
        of the others. A number: the variance of the target, or the rate at which labels are wrong
        (any wrong class alike). A function of the features: the variance of the target at each row,
        shape (n,); for 0–1 loss the probability of each class, shape (n, n_classes), in the order
        of the sorted classes, and the loss is then the expected one.
    sample : {"bootstrap", "fresh"}, default=None
        How a round gets its sample: as many rows drawn with replacement from the training sample,
        or a new draw from the generator. None for "fresh" where there is a generator. Bootstrap
        samples hold 63% of the different rows, so that the variance is that of the bootstrap, and
        an estimate of the true one.
    X_test, y_test : array-like, default=None
        The test sample. None: it is split off, or drawn from the generator.
    test_size : float in (0, 1) or int, default=None
        The share or number of rows to split off, 0.25 unless given; rows with the same features
        stay together. Of a generator the number of rows to draw, 1000 unless given.
    random_state : int, RandomState, Generator or None, default=None
        Seed of all sampling. The same seed gives the same result for any `n_jobs`.
    n_jobs : int, default=None
        How many rounds run at once, in threads unless `joblib.parallel_config` says otherwise;
        -1 for all cores.

    Returns
    -------
    BiasVarianceDecomposition
        The parts with their standard errors, at each point too, and all predictions.

    Raises
    ------
    TypeError
        If the estimator can't be fitted or cloned, or can't predict.
    ValueError
        If an argument isn't as described, y holds one class only, no two test rows are identical
        where the noise is to be found from them, the generator draws the same each time, or all of
        the test sample is in the training sample.

    Warns
    -----
    UserWarning
        If the noise is larger than the loss by more than two standard errors, or part of the test
        sample is in the training sample.

    Notes
    -----
    From R rounds and n observations at a point, the plain estimates of noise and variance come out
    too small by the factors :math:`(n - 1) / n` and :math:`(R - 1) / R`, and that of bias² too
    large by as much. All three are corrected, for the squared error and for Kohavi and Wolpert;
    the sum doesn't change. So a bias² may be below zero by chance. Domingos' parts depend on the
    class predicted most often, for which no correction is known: near a tie the variance comes
    out too small, and the noise from replicates too.

    The standard errors have a share from the choice of test points and one from that of the rounds.
    They say nothing of the one training sample that is bootstrapped.

    References
    ----------
    Geman, Bienenstock and Doursat (1992), Neural networks and the bias/variance dilemma.
    Domingos (2000), A unified bias-variance decomposition for zero-one and squared loss.
    Kohavi and Wolpert (1996), Bias plus variance decomposition for zero-one loss functions.

    Examples
    --------
    A line fitted to a cubic errs by its kind; a tree by chasing the noise, whose variance is 0.01:

    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from baremath.datasets import make_polynomial
    >>> from baremath.model_selection import bias_variance_decomposition
    >>> for model in (LinearRegression(), DecisionTreeRegressor()):
    ...     result = bias_variance_decomposition(
    ...         model, make_polynomial, noise=0.01, n_rounds=50, random_state=0
    ...     )
    ...     print(f"bias² {result.bias2:.3f}, variance {result.variance:.3f}")
    bias² 0.090, variance 0.003
    bias² 0.001, variance 0.011
    """
    check_estimator(estimator, loss)
    check_rounds(n_rounds)
    check_noise(noise, loss)
    setting, *streams = _seed_sequence(random_state).spawn(1 + int(n_rounds))
    sampler, test = _samples(X, y, X_test, y_test, test_size, sample, setting, noise)
    points = points_of(*test, together=is_replicates(noise))
    check_twins(points, noise)
    noise_from = _noise_from(noise)
    m = len(points.counts)
    if loss == "squared_error":
        for of_what, values in (("y of the test sample", points.y), *_training_target(sampler)):
            check_numbers(values, of_what)
        predictions = predicted_numbers(estimator, sampler, points.X, m, streams, n_jobs)
        result = decompose_squared_error(predictions, points, noise, noise_from)
    else:
        classes = find_classes(points.y)
        for _, target in _training_target(sampler):
            check_several(estimator, find_classes(target))
            classes = np.union1d(classes, find_classes(target))
        codes, classes = predicted_classes(
            estimator, sampler, points.X, m, streams, n_jobs, classes
        )
        check_several(estimator, classes)
        result = decompose_zero_one(codes, classes, points, noise, noise_from)
    warn_of_noise(result, noise)
    return result


def _samples(
    X: Any,
    y: ArrayLike | None,
    X_test: Any,
    y_test: ArrayLike | None,
    test_size: Any,
    sample: str | None,
    setting: np.random.SeedSequence,
    noise: Noise,
) -> tuple[Sampler, Sample]:
    """Return what draws the training samples, and the test sample."""
    if sample not in ("bootstrap", "fresh", None):
        raise ValueError(f"sample={sample!r} is not known; choose 'bootstrap' or 'fresh'.")
    if (X_test is None) != (y_test is None):
        raise ValueError("X_test and y_test go together; pass both, or none.")
    if X_test is not None and test_size is not None:
        raise ValueError("test_size is for a test sample that is still to be made; X_test is one.")
    given = None if X_test is None else (X_test, checked_target(X_test, y_test))
    probe, drawing, testing = setting.spawn(3)
    rng = np.random.default_rng(testing)
    X = named(X) if isinstance(X, str) else X
    if is_generator(X):
        if y is not None:
            raise ValueError("X is a generator, which makes y; leave y out.")
        draw = Fresh(X)
        check_fresh(draw, probe)
        test = given or draw_test_sample(draw, n_test_rows(test_size, None), rng)
        if sample == "bootstrap":
            return Bootstrap(*draw(np.random.default_rng(drawing))), test
        return draw, test
    if y is None:
        raise ValueError("y is missing: pass the target of X, or a generator for X.")
    if sample == "fresh":
        raise ValueError("sample='fresh' needs a generator for X; a table is bootstrapped.")
    table = X, checked_target(X, y)
    if given is None:
        train, test = split(*table, n_test_rows(test_size, len(table[1])), rng)
        return Bootstrap(*train), test
    if not is_replicates(noise):  # there, identical rows are new observations of one point
        check_apart(table, given)
    return Bootstrap(*table), given


def _training_target(sampler: Sampler) -> list[tuple[str, NDArray[Any]]]:
    return [("y", sampler.y)] if isinstance(sampler, Bootstrap) else []


def _noise_from(noise: Noise) -> str | None:
    if noise is None:
        return None
    return "replicates" if is_replicates(noise) else "given"


def _seed_sequence(random_state: Seed) -> np.random.SeedSequence:
    if isinstance(random_state, np.random.RandomState):
        return np.random.SeedSequence(random_state.randint(2**31 - 1, size=4).tolist())
    if isinstance(random_state, np.random.Generator):
        return np.random.SeedSequence(random_state.integers(2**31 - 1, size=4).tolist())
    if random_state is None or (isinstance(random_state, Integral) and random_state >= 0):
        return np.random.SeedSequence(random_state)
    raise ValueError(
        f"random_state={random_state!r} must be a whole number of at least 0, a RandomState, a "
        "Generator or None."
    )
