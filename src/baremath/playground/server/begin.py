"""Weights that a page sends, to go on from them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baremath.playground.server.plan import Plan
from baremath.playground.server.run import Run


def begin_with(
    runs: list[Run], params: NDArray[np.float32], frozen: Sequence[int], step: int
) -> None:
    """Let runs go on from a step: from weights, the first with some held, where they fit."""
    first = runs[0]
    if frozen:
        held = np.zeros(first.plan.n_weights, np.bool_)
        held[[place for place in frozen if place < len(held)]] = True
        first.plan = Plan(first.plan.config, first.plan.points, held, first.plan)
    for run in runs:
        fits = run.plan.shape == first.plan.shape
        run.now = run.plan.begun(params if fits else run.now.params, step)


def weights_of(coded: str) -> NDArray[np.float32]:
    """Return weights from the base64 of float32 numbers.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        return np.frombuffer(base64.b64decode(coded, validate=True), "<f4").astype(np.float32)
    except ValueError as error:
        raise ValueError(f"weights: they are not the base64 of float32 numbers: {error}") from None
