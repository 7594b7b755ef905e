"""The rounds: a sample, a model fitted to it, its predictions at all points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.utils.parallel import Parallel, delayed

from baremath.blas import single_threaded_blas
from baremath.model_selection._result import Floats
from baremath.model_selection._sampling import Rng, Sampler

CHUNK = 2**22  # predictions that a worker hands over together: 32 MiB
CHUNKS_PER_JOB = 4  # so that none waits long for another

Streams = Sequence[np.random.SeedSequence]


def predicted_numbers(
    estimator: Any, sampler: Sampler, X: Any, m: int, streams: Streams, n_jobs: int | None
) -> Floats:
    """Return what each round's model predicts at each of `m` points, shape (n_rounds, m)."""
    predictions = np.empty((len(streams), m))
    for rows, chunk in _chunks(estimator, sampler, X, m, streams, n_jobs):
        try:
            predictions[rows] = chunk
        except (TypeError, ValueError) as error:
            raise ValueError(
                "loss='squared_error' needs an estimator that predicts numbers; this "
                f"{type(estimator).__name__} predicts {chunk[0, 0]!r}. Pass loss='zero_one' for "
                "classes."
            ) from error
    wrong = np.flatnonzero(~np.isfinite(predictions).all(axis=1))
    if len(wrong):
        raise ValueError(
            f"the {type(estimator).__name__} of round {wrong[0]} predicts a value that is not "
            f"finite, as do {len(wrong) - 1} others of {len(streams)} rounds."
        )
    return predictions


def predicted_classes(
    estimator: Any,
    sampler: Sampler,
    X: Any,
    m: int,
    streams: Streams,
    n_jobs: int | None,
    classes: NDArray[Any],
) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return the places of the predicted classes, shape (n_rounds, m), and all classes there are.

    Samples that are drawn fresh may hold classes that `classes` lacks.
    """
    codes = np.empty((len(streams), m), dtype=np.int32)
    tables = []
    for rows, chunk in _chunks(estimator, sampler, X, m, streams, n_jobs):
        table, place = np.unique(chunk, return_inverse=True)
        codes[rows] = place.reshape(chunk.shape)
        tables.append((rows, table))
        classes = np.union1d(classes, table)
    for rows, table in tables:
        codes[rows] = np.searchsorted(classes, table)[codes[rows]]
    return codes, classes


def _chunks(
    estimator: Any, sampler: Sampler, X: Any, m: int, streams: Streams, n_jobs: int | None
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Yield the places of some rounds, and their predictions, as they come."""
    jobs = joblib.effective_n_jobs(n_jobs)
    size = max(min(CHUNK // m, -(-len(streams) // (jobs * CHUNKS_PER_JOB))), 1)
    starts = range(0, len(streams), size)
    parallel = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
    with single_threaded_blas() if jobs > 1 else nullcontext():
        chunks = parallel(
            delayed(_rounds)(estimator, sampler, X, m, start, streams[start : start + size])
            for start in starts
        )
        for start, chunk in zip(starts, chunks, strict=True):
            yield slice(start, start + len(chunk)), chunk


def _rounds(
    estimator: Any, sampler: Sampler, X: Any, m: int, first: int, streams: Streams
) -> NDArray[Any]:
    model, unseeded, remembers = clone(estimator), _unseeded(estimator), _remembers(estimator)
    predictions = []
    for round_, stream in enumerate(streams, start=first):
        rng = np.random.default_rng(stream)
        try:
            features, target = sampler(rng)
            if remembers:
                model = clone(estimator)
            _seed(model, unseeded, rng)
            with _parameters_checked() if round_ > first else nullcontext():
                model.fit(features, target)
                prediction = np.asarray(model.predict(X))
        except Exception as error:
            error.add_note(f"in round {round_} of the bias–variance decomposition")
            raise
        if prediction.size != m:
            raise ValueError(
                f"{type(model).__name__}.predict must return one value for each of {m} rows; it "
                f"returned an array of shape {prediction.shape}."
            )
        predictions.append(prediction.reshape(m))
    return np.stack(predictions)


def _parameters_checked() -> AbstractContextManager[None]:
    """Spare scikit-learn's look at the parameters, which are those of the round before."""
    context: AbstractContextManager[None] = config_context(skip_parameter_validation=True)
    return context


def _unseeded(estimator: Any) -> list[str]:
    """Return the seeds that are left open: each round gives them its own."""
    params = estimator.get_params(deep=True).items()
    return sorted(
        name
        for name, value in params
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    )


def _remembers(estimator: Any) -> bool:
    """Whether a second fit of the same model would depend on the first: it needs a clone each."""
    return any(
        isinstance(value, np.random.RandomState | np.random.Generator)
        or (name.split("__")[-1] == "warm_start" and bool(value))
        for name, value in estimator.get_params(deep=True).items()
    )


def _seed(model: Any, names: list[str], rng: Rng) -> None:
    """Give the open seeds numbers.

    `set_params` looks at the signatures of all parts first, which takes as long as a small fit; a
    model that leaves it to scikit-learn has its own seed as an attribute.
    """
    seeds = {name: int(rng.integers(2**31 - 1)) for name in names}
    if list(seeds) == ["random_state"] and type(model).set_params is BaseEstimator.set_params:
        model.random_state = seeds["random_state"]
    elif seeds:
        model.set_params(**seeds)
